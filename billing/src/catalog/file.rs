//! The catalogue file: TOML, checked as a whole before anything of it is stored, and written so that it
//! reads as the same again.

use std::{collections::HashSet, fmt};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{
    Catalog, OfferKind, Problem, Published,
    coupon_entry::CouponEntry,
    offer_entry::{PackEntry, PlanEntry},
    problem,
    reconciliation_entry::ReconciliationEntry,
    trial::TrialEntry,
};
use crate::{money::Currency, reconcile::Policy};

const DEMO: &str = include_str!("demo.toml");

/// A catalogue file that was read and makes sense.
#[derive(Clone, Debug)]
pub struct CatalogFile {
    /// What it sells, with version 0: the store gives versions.
    pub catalog: Catalog,
    /// As it was read.
    pub text: String,
    /// Built in: it is sold where there is nothing else.
    pub(super) is_demo: bool,
}

/// Why a file is no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("{0}")]
    Toml(String),
    #[error("{}", .0.iter().map(Wrong::to_string).collect::<Vec<_>>().join("; "))]
    Entries(Vec<Wrong>),
}

impl CatalogError {
    /// Each thing that is wrong, in a line that says where.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Toml(error) => vec![error.clone()],
            Self::Entries(all) => all.iter().map(Wrong::to_string).collect(),
        }
    }
}

/// What is wrong with an entry of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// From 1.
    pub line: usize,
    /// `[[pack]] 'starter'`
    pub entry: String,
    pub problem: Problem,
}

/// `line 5, [[pack]] 'starter': price must be more than zero`
impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { field, text } = self.problem;
        write!(f, "line {}, {}: {field} {text}", self.line, self.entry)
    }
}

/// Where and what, without the quotation from the file that stands between them.
fn one_line(error: &toml::de::Error) -> String {
    let text = error.to_string();
    let place = text.lines().next().unwrap_or_default();
    let what: Vec<&str> = error.message().lines().collect();
    format!("{place}: {}", what.join(", "))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    currency: Currency,
    trial: Option<Spanned<TrialEntry>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    plan: Vec<Spanned<PlanEntry>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pack: Vec<Spanned<PackEntry>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    coupon: Vec<Spanned<CouponEntry>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reconciliation: Vec<Spanned<ReconciliationEntry>>,
}

impl CatalogFile {
    /// The catalogue that is sold where there is no other.
    pub fn demo() -> Result<Self, CatalogError> {
        Ok(Self {
            is_demo: true,
            ..Self::parse(DEMO)?
        })
    }

    /// # Errors
    /// Names each entry and field that is wrong, and its line.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        let file: File =
            toml::from_str(text).map_err(|error| CatalogError::Toml(one_line(&error)))?;
        let mut reading = Reading {
            text,
            wrong: Vec::new(),
        };
        let currency = file.currency;
        let mut keys = HashSet::new();
        let mut plans = Vec::new();
        for entry in file.plan {
            let place = reading.place(&entry, format!("[[plan]] '{}'", entry.get_ref().key));
            let is_new = keys.insert(entry.get_ref().key.clone());
            let plan = entry.into_inner().checked(currency);
            plans.extend(reading.once(place, plan, is_new, "key"));
        }
        let mut packs = Vec::new();
        for entry in file.pack {
            let place = reading.place(&entry, format!("[[pack]] '{}'", entry.get_ref().key));
            let is_new = keys.insert(entry.get_ref().key.clone());
            let pack = entry.into_inner().checked(currency);
            packs.extend(reading.once(place, pack, is_new, "key"));
        }
        // Also what has something wrong with it.
        let is_sold = |key: &str| keys.contains(key);
        let mut codes = HashSet::new();
        let mut coupons = Vec::new();
        for entry in file.coupon {
            let code = super::Coupon::normalized(&entry.get_ref().code);
            let place = reading.place(&entry, format!("[[coupon]] '{code}'"));
            let is_new = codes.insert(code);
            let coupon = entry.into_inner().checked(is_sold, currency);
            coupons.extend(reading.once(place, coupon, is_new, "code"));
        }
        let trial = file.trial.and_then(|entry| {
            let place = reading.place(&entry, "[trial]".to_owned());
            reading.noted(place, entry.into_inner().checked(currency))?
        });
        let mut rules = Vec::new();
        for entry in file.reconciliation {
            let name = format!("[[reconciliation]] '{}'", entry.get_ref().class);
            let place = reading.place(&entry, name);
            rules.extend(reading.noted(place, entry.into_inner().checked(is_sold)));
        }
        if !reading.wrong.is_empty() {
            return Err(CatalogError::Entries(reading.wrong));
        }
        Ok(Self {
            catalog: Catalog {
                currency,
                plans,
                packs,
                coupons,
                trial,
                policy: Policy(rules),
            },
            text: text.to_owned(),
            is_demo: false,
        })
    }
}

/// A file that is being read, and what was found wrong with it so far.
struct Reading<'t> {
    text: &'t str,
    wrong: Vec<Wrong>,
}

/// The line of an entry, and its name.
type Place = (usize, String);

impl Reading<'_> {
    fn place<T>(&self, entry: &Spanned<T>, name: String) -> Place {
        let before = self.text.get(..entry.span().start).unwrap_or_default();
        (before.matches('\n').count() + 1, name)
    }

    /// The entry, or nothing, and what is wrong with it is noted.
    fn noted<T>(&mut self, (line, entry): Place, checked: Result<T, Vec<Problem>>) -> Option<T> {
        let problems = match checked {
            Ok(thing) => return Some(thing),
            Err(problems) => problems,
        };
        let wrong = problems.into_iter().map(|problem| Wrong {
            line,
            entry: entry.clone(),
            problem,
        });
        self.wrong.extend(wrong);
        None
    }

    /// The same of an entry whose name must not stand in the file twice.
    fn once<T>(
        &mut self,
        place: Place,
        checked: Result<T, Vec<Problem>>,
        is_new: bool,
        field: &'static str,
    ) -> Option<T> {
        if !is_new {
            let twice = vec![problem(field, "is there twice")];
            self.noted::<T>(place.clone(), Err(twice));
        }
        self.noted(place, checked)
    }
}

impl Published {
    /// What is on sale, as a file that changes nothing when it is read.
    pub fn to_toml(&self) -> String {
        // Where it stands is told to who reads a file, and lost when one is written.
        fn entry<T>(entry: T) -> Spanned<T> {
            Spanned::new(0..0, entry)
        }
        let plans = self.plans.iter().filter_map(|plan| match plan.kind {
            OfferKind::Plan(interval) => Some(entry(PlanEntry::of(plan, interval))),
            OfferKind::Pack => None,
        });
        let file = File {
            currency: self.currency,
            trial: self.trial.as_ref().map(TrialEntry::of).map(entry),
            plan: plans.collect(),
            pack: self.packs.iter().map(PackEntry::of).map(entry).collect(),
            coupon: self
                .coupons
                .iter()
                .map(CouponEntry::of)
                .map(entry)
                .collect(),
            reconciliation: (self.policy.0.iter())
                .map(ReconciliationEntry::of)
                .map(entry)
                .collect(),
        };
        // Tables of texts and numbers can always be written.
        let text = toml::to_string(&file).unwrap_or_default();
        format!(
            "# Catalogue {}, on sale since {}.\n\n{text}",
            self.number, self.at
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Time;

    fn refused(text: &str) -> String {
        CatalogFile::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_demo_sells_three_plans_and_three_packs() {
        let demo = CatalogFile::demo().unwrap();
        let Catalog { plans, packs, .. } = demo.catalog;
        assert_eq!((plans.len(), packs.len()), (3, 3));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let pack = |key: &str, price: i64, credits: i64| {
            format!("[[pack]]\nkey='{key}'\nname='A'\nprice={price}\ncredits={credits}\n")
        };
        let file = |packs: &str| format!("currency='usd'\n{packs}");
        assert_eq!(
            refused(&file(&pack("a", 0, 1))),
            "line 2, [[pack]] 'a': price must be more than zero"
        );
        assert_eq!(
            refused(&file(&pack("a", 1, -1))),
            "line 2, [[pack]] 'a': credits must be more than zero"
        );
        assert!(refused(&file(&pack("A b", 1, 1))).contains("key must be"));
        let plan = |rollover: &str| {
            let plan = "[[plan]]\nkey='a'\nname='A'\nprice=1\ncredits=1\ninterval='month'\n";
            file(&format!("{plan}{rollover}\n"))
        };
        for odd in [
            "rollover='some'",
            "rollover='capped'",
            "rollover_cap=5",
            "rollover='capped'\nrollover_cap=0",
            "rollover='all'\nrollover_cap=5",
        ] {
            assert!(refused(&plan(odd)).contains("rollover must be"), "{odd}");
        }
        let rule = |class: &str, action: &str, more: &str| {
            let rule = format!("class='{class}'\naction='{action}'\n{more}\n");
            file(&format!("{}[[reconciliation]]\n{rule}", pack("a", 1, 1)))
        };
        let sold = rule(
            "paid_not_settled",
            "refund",
            "offers=['a']\nolder_than_days=2",
        );
        assert_eq!(CatalogFile::parse(&sold).unwrap().catalog.policy.0.len(), 1);
        assert!(refused(&rule("paid", "refund", "")).contains("'paid': class is none"));
        for odd in ["reverse", "settled"] {
            let odd = rule("paid_not_settled", odd, "");
            assert!(refused(&odd).contains("'paid_not_settled': action is none"));
        }
        let unsold = rule("paid_not_settled", "refund", "offers=['b']");
        assert!(refused(&unsold).contains("offers names something"));
        let twice = pack("a", 1, 1) + &pack("a", 2, 2);
        assert!(refused(&file(&twice)).contains("key is there twice"));
        assert!(refused(&file("[[pack]]\nkeys='a'")).contains("keys"));
        assert!(refused("currency='dollar'").contains("is not a currency"));
    }
    #[test]
    fn everything_wrong_is_told_with_its_line() {
        let text = "currency='usd'\n\n[[pack]]\nkey='a'\nname=' '\nprice=0\ncredits=1\n\n\
                    [[coupon]]\ncode='x'\nname='X'\npercent_off=500\n";
        let lines = CatalogFile::parse(text).unwrap_err().lines();
        assert_eq!(
            lines,
            [
                "line 3, [[pack]] 'a': name is empty",
                "line 3, [[pack]] 'a': price must be more than zero",
                "line 9, [[coupon]] 'X': percent_off must be 1 to 100",
            ]
        );
        assert!(refused("currency='usd'\n[[pack]]\nkey=5").contains("line 3"));
    }

    #[test]
    fn one_mistake_is_told_once() {
        let pack = "[[pack]]\nkey='a'\nname='A'\nprice=0\ncredits=1\n";
        let code = "[[coupon]]\ncode='x'\nname='X'\npercent_off=5\noffers=['a']\n";
        let text = format!("currency='usd'\n{pack}{code}");
        assert_eq!(CatalogFile::parse(&text).unwrap_err().lines().len(), 1);
    }

    #[test]
    fn what_is_on_sale_reads_as_the_same_again() {
        let more = "[[coupon]]\ncode='LATE'\nname='Late'\namount_off=5\ntotal=3\n\
                    until=2027-01-31T10:00:00Z\noffers=['pro','studio']\n\
                    [[coupon]]\ncode='JANUARY'\nname='January'\ncredits=5\nuntil='2027-01-31'\n\
                    [[reconciliation]]\nclass='paid_not_settled'\naction='refund'\n\
                    offers=['pro']\nolder_than_days=2\n";
        for text in [DEMO, &format!("{DEMO}\n{more}"), "currency='jpy'\n"] {
            let catalog = CatalogFile::parse(text).unwrap().catalog;
            let published = Published {
                number: 7,
                at: Time(0),
                by: "owner@shop.example".to_owned(),
                catalog: catalog.clone(),
            };
            let written = published.to_toml();
            let again = CatalogFile::parse(&written).unwrap().catalog;
            assert!(catalog.differs_from(&again).is_none(), "{written}");
        }
    }
}
