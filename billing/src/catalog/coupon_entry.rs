//! `[[coupon]]` in the catalogue file. The form of the desk fills in the same.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{
    Problem,
    coupon::{Benefit, Coupon},
    offer_entry::unless,
    problem,
};
use crate::{
    clock::{Day, Time},
    id::CouponId,
    money::{Credits, Currency, Money},
};

/// A coupon as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CouponEntry {
    pub code: String,
    pub name: String,
    pub credits: Option<i64>,
    pub credits_expire_after_days: Option<i64>,
    pub percent_off: Option<i64>,
    pub amount_off: Option<i64>,
    pub per_customer: Option<i64>,
    pub total: Option<i64>,
    /// A date or a time of RFC 3339, with or without quotation marks.
    pub until: Option<toml::Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<String>,
}

const EXPECTED_TIME: &str = "must be a date such as 2027-01-31, or a time of RFC 3339";
const ONE_BENEFIT: &str = "or percent_off or amount_off: give exactly one of them";

impl CouponEntry {
    /// The coupon with version 0: the store gives versions.
    pub(super) fn checked(
        self,
        is_sold: impl Fn(&str) -> bool,
        currency: Currency,
    ) -> Result<Coupon, Vec<Problem>> {
        let until = self.until.as_ref().map(moment);
        let benefit = match (self.credits, self.percent_off, self.amount_off) {
            (Some(credits), None, None) => Some(Benefit::Credits {
                amount: Credits(credits),
                expire_after_days: self.credits_expire_after_days,
            }),
            (None, Some(percent), None) => Some(Benefit::PercentOff(percent)),
            (None, None, Some(value)) => Some(Benefit::AmountOff(Money { value, currency })),
            _ => None,
        };
        let code = Coupon::normalized(&self.code);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let is_plain = !code.is_empty() && code.chars().all(plain);
        let is_more = |number: Option<i64>| number.is_none_or(|number| number > 0);
        let brings = self.credits.is_some();
        let expiry = self.credits_expire_after_days;
        let is_part = self.percent_off.is_none_or(|it| (1..=100).contains(&it));
        let more = "must be more than zero";
        let rules = [
            (is_plain, "code", "must be letters, digits and hyphens"),
            (!self.name.trim().is_empty(), "name", "is empty"),
            (is_more(self.credits), "credits", more),
            (is_more(expiry), "credits_expire_after_days", more),
            (is_more(self.amount_off), "amount_off", more),
            (is_more(self.per_customer), "per_customer", more),
            (is_more(self.total), "total", more),
            (is_part, "percent_off", "must be 1 to 100"),
            (benefit.is_some(), "credits", ONE_BENEFIT),
            (
                !brings || self.offers.is_empty(),
                "offers",
                "are for codes that lower a price",
            ),
            (
                brings || expiry.is_none(),
                "credits_expire_after_days",
                "is for codes that bring credits",
            ),
            (
                self.offers.iter().all(|key| is_sold(key)),
                "offers",
                "names something that is not sold here",
            ),
            (until != Some(None), "until", EXPECTED_TIME),
        ];
        let broken = rules.into_iter().filter(|(holds, ..)| !holds);
        let problems = broken.map(|(_, field, text)| problem(field, text));
        let problems: Vec<_> = problems.collect();
        let Some(benefit) = benefit else {
            return Err(problems);
        };
        let coupon = Coupon {
            id: CouponId::new(),
            code,
            version: 0,
            name: self.name,
            benefit,
            per_customer: self.per_customer,
            total: self.total,
            until: until.flatten(),
            offers: self.offers,
        };
        unless(problems, coupon)
    }

    pub(super) fn of(coupon: &Coupon) -> Self {
        let (mut credits, mut days, mut percent, mut amount) = (None, None, None, None);
        match coupon.benefit {
            Benefit::Credits {
                amount: granted,
                expire_after_days,
            } => (credits, days) = (Some(granted.0), expire_after_days),
            Benefit::PercentOff(off) => percent = Some(off),
            Benefit::AmountOff(off) => amount = Some(off.value),
        }
        Self {
            code: coupon.code.clone(),
            name: coupon.name.clone(),
            credits,
            credits_expire_after_days: days,
            percent_off: percent,
            amount_off: amount,
            per_customer: coupon.per_customer,
            total: coupon.total,
            until: coupon
                .until
                .map(|until| toml::Value::String(written(until))),
            offers: coupon.offers.clone(),
        }
    }
}

/// A moment, or the end of a day in UTC.
fn moment(value: &toml::Value) -> Option<Time> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(time) => time.to_string(),
        _ => return None,
    };
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.into());
    }
    let is_date_alone = text.len() == "2027-01-31".len();
    let day: civil::Date = text.parse().ok().filter(|_| is_date_alone)?;
    let end = day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(end.timestamp().into())
}

/// The last day, where it is valid to the end of one.
pub(super) fn written(until: Time) -> String {
    let last = Day::from(until).before();
    match last.end() == until {
        true => last.to_string(),
        false => until.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::{CatalogFile, coupon::Coupon};

    fn parsed(lines: &str) -> Result<Vec<Coupon>, String> {
        let pack = "[[pack]]\nkey='a'\nname='A'\nprice=500\ncredits=1\n";
        let plan = "[[plan]]\nkey='p'\nname='P'\nprice=500\ncredits=1\ninterval='month'\n";
        let text = format!("currency='usd'\n{pack}{plan}[[coupon]]\nname='C'\n{lines}");
        CatalogFile::parse(&text)
            .map(|file| file.catalog.coupons)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (lines, named) in [
            ("code='a b'\ncredits=5", "[[coupon]] 'A B': code must be"),
            ("code=''\ncredits=5", "code must be"),
            (
                "code='A'\ncredits=0",
                "[[coupon]] 'A': credits must be more",
            ),
            ("code='A'\npercent_off=101", "percent_off must be 1 to 100"),
            ("code='A'\npercent_off=0", "percent_off must be 1 to 100"),
            ("code='A'\namount_off=-1", "amount_off must be more"),
            ("code='A'\ncredits=5\ntotal=0", "total must be more"),
            ("code='A'\ncredits=5\nper_customer=0", "per_customer must"),
            ("code='A'", "give exactly one"),
            ("code='A'\ncredits=5\npercent_off=5", "give exactly one"),
            ("code='A'\ncredits=5\noffers=['a']", "offers are for codes"),
            ("code='A'\namount_off=5\noffers=['b']", "offers names"),
            (
                "code='A'\namount_off=5\ncredits_expire_after_days=5",
                "credits_expire_after_days is for",
            ),
            ("code='A'\ncredits=5\nuntil='soon'", "until must be a date"),
            ("code='A'\ncredits=5\nuntil=5", "until must be a date"),
            (
                "code='A'\ncredits=5\nuntil='2027-01-31T10:00:00'",
                "until must be a date",
            ),
            (
                "code='A'\ncredits=5\n[[coupon]]\ncode='a'\nname='B'\ncredits=6",
                "[[coupon]] 'A': code is there twice",
            ),
            ("code='A'\ncredit=5", "credit"),
        ] {
            let refused = parsed(lines).unwrap_err();
            assert!(refused.contains(named), "{lines}: {refused}");
        }
    }

    #[test]
    fn packs_and_plans_can_be_named() {
        let coupons = parsed("code='A'\namount_off=5\noffers=['a', 'p']").unwrap();
        assert_eq!(coupons[0].offers, ["a", "p"]);
    }

    #[test]
    fn a_date_is_valid_to_its_end() {
        for (until, end) in [
            ("2027-01-31", "2027-02-01T00:00:00Z"),
            ("'2027-01-31'", "2027-02-01T00:00:00Z"),
            ("2027-01-31T10:00:00+02:00", "2027-01-31T08:00:00Z"),
            ("'2027-01-31T10:00:00Z'", "2027-01-31T10:00:00Z"),
        ] {
            let coupons = parsed(&format!("code='a'\ncredits=5\nuntil={until}")).unwrap();
            assert_eq!(coupons[0].until.unwrap().to_string(), end);
            assert_eq!(coupons[0].code, "A");
        }
    }
}
