//! The catalogue file: TOML, checked as a whole before anything of it is stored.

use std::collections::HashSet;

use serde::Deserialize;

use super::{
    Interval, Offer, OfferKind, Rollover,
    coupon::Coupon,
    coupon_entry::{self, CouponEntry},
    reconciliation_entry::ReconciliationEntry,
    trial::TrialEntry,
};
use crate::{
    id::OfferId,
    money::{Credits, Currency, Money},
    reconcile::Policy,
    validation::Trial,
};

const DEMO: &str = include_str!("demo.toml");

/// A catalogue file that was read and makes sense.
#[derive(Clone, Debug)]
pub struct CatalogFile {
    pub(super) currency: Currency,
    /// Plans and packs in the order of the file, with version 0: the store gives versions.
    pub(super) offers: Vec<Offer>,
    /// Coupons, likewise.
    pub(super) coupons: Vec<Coupon>,
    pub(super) trial: Option<Trial>,
    pub(super) policy: Policy,
}

#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("{0}")]
    Toml(String),
    #[error("[trial]: {field} {problem}")]
    Trial {
        field: &'static str,
        problem: &'static str,
    },
    #[error("[[{kind}]] '{key}': {field} {problem}")]
    Field {
        kind: &'static str,
        key: String,
        field: &'static str,
        problem: &'static str,
    },
}

/// Where and what, without the quotation from the file that stands between them.
fn one_line(error: &toml::de::Error) -> String {
    let text = error.to_string();
    let place = text.lines().next().unwrap_or_default();
    let what: Vec<&str> = error.message().lines().collect();
    format!("{place}: {}", what.join(", "))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    currency: Currency,
    #[serde(default)]
    plan: Vec<Plan>,
    #[serde(default)]
    pack: Vec<Pack>,
    #[serde(default)]
    coupon: Vec<CouponEntry>,
    trial: Option<TrialEntry>,
    #[serde(default)]
    reconciliation: Vec<ReconciliationEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    key: String,
    name: String,
    #[serde(default)]
    description: String,
    price: i64,
    interval: Interval,
    credits: Credits,
    rollover: Option<String>,
    rollover_cap: Option<Credits>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pack {
    key: String,
    name: String,
    #[serde(default)]
    description: String,
    price: i64,
    credits: Credits,
}

impl CatalogFile {
    /// The catalogue that is sold when no other is named.
    pub fn demo() -> Result<Self, CatalogError> {
        Self::parse(DEMO)
    }

    /// # Errors
    /// Names the entry and the field that is wrong.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        let File {
            currency,
            plan,
            pack,
            coupon,
            trial,
            reconciliation,
        } = toml::from_str(text).map_err(|error| CatalogError::Toml(one_line(&error)))?;
        let offer = |kind, key, name, description, price, credits| Offer {
            id: OfferId::new(),
            key,
            version: 0,
            kind,
            name,
            description,
            price: Money {
                value: price,
                currency,
            },
            credits,
            rollover: Rollover::All,
        };
        let plans = plan.into_iter().map(|plan| {
            let kind = OfferKind::Plan(plan.interval);
            let rollover = Rollover::read(plan.rollover.as_deref(), plan.rollover_cap);
            let offer = offer(
                kind,
                plan.key,
                plan.name,
                plan.description,
                plan.price,
                plan.credits,
            );
            match rollover {
                Some(rollover) => Ok(Offer { rollover, ..offer }),
                None => Err(wrong(&offer, "rollover", ROLLOVER)),
            }
        });
        let packs = pack.into_iter().map(|pack| {
            let kind = OfferKind::Pack;
            Ok(offer(
                kind,
                pack.key,
                pack.name,
                pack.description,
                pack.price,
                pack.credits,
            ))
        });
        let offers: Vec<Offer> = plans.chain(packs).collect::<Result<_, _>>()?;
        let mut keys = HashSet::new();
        for offer in &offers {
            check(offer)?;
            if !keys.insert(&offer.key) {
                return Err(wrong(offer, "key", "is there twice"));
            }
        }
        let mut codes = HashSet::new();
        let mut coupons = Vec::new();
        for entry in coupon {
            let coupon = entry.checked(&offers, currency)?;
            if !codes.insert(coupon.code.clone()) {
                return Err(coupon_entry::wrong(&coupon.code, "code", "is there twice"));
            }
            coupons.push(coupon);
        }
        let trial = trial.map(|trial| trial.checked(currency)).transpose()?;
        let rules = reconciliation.into_iter().map(|rule| rule.checked(&offers));
        let policy = Policy(rules.collect::<Result<_, _>>()?);
        Ok(Self {
            currency,
            offers,
            coupons,
            trial: trial.flatten(),
            policy,
        })
    }
}

const ROLLOVER: &str = "must be \"none\", \"all\", or \"capped\" with a rollover_cap above zero";

fn check(offer: &Offer) -> Result<(), CatalogError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if offer.key.is_empty() || !offer.key.chars().all(plain) {
        return Err(wrong(
            offer,
            "key",
            "must be lower-case letters, digits and hyphens",
        ));
    }
    if offer.name.trim().is_empty() {
        return Err(wrong(offer, "name", "is empty"));
    }
    // Gateways take no charge below about half a dollar; zero needs no gateway and is not sold.
    if offer.price.value <= 0 {
        return Err(wrong(offer, "price", "must be more than zero"));
    }
    if offer.credits <= Credits(0) {
        return Err(wrong(offer, "credits", "must be more than zero"));
    }
    Ok(())
}

fn wrong(offer: &Offer, field: &'static str, problem: &'static str) -> CatalogError {
    let kind = match offer.kind {
        OfferKind::Pack => "pack",
        OfferKind::Plan(_) => "plan",
    };
    CatalogError::Field {
        kind,
        key: offer.key.clone(),
        field,
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        CatalogFile::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_demo_sells_three_plans_and_three_packs() {
        let demo = CatalogFile::demo().unwrap();
        let (packs, plans): (Vec<_>, Vec<_>) = demo
            .offers
            .iter()
            .partition(|offer| offer.kind == OfferKind::Pack);
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
            "[[pack]] 'a': price must be more than zero"
        );
        assert_eq!(
            refused(&file(&pack("a", 1, -1))),
            "[[pack]] 'a': credits must be more than zero"
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
        assert_eq!(CatalogFile::parse(&sold).unwrap().policy.0.len(), 1);
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
}
