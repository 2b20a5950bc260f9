//! `[[coupon]]` in the catalogue file.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::Deserialize;

use super::{
    CatalogError, Offer,
    coupon::{Benefit, Coupon},
};
use crate::{
    clock::Time,
    id::CouponId,
    money::{Credits, Currency, Money},
};

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CouponEntry {
    code: String,
    name: String,
    credits: Option<i64>,
    credits_expire_after_days: Option<i64>,
    percent_off: Option<i64>,
    amount_off: Option<i64>,
    per_customer: Option<i64>,
    total: Option<i64>,
    /// A date or a time of RFC 3339, with or without quotation marks.
    until: Option<toml::Value>,
    #[serde(default)]
    offers: Vec<String>,
}

impl CouponEntry {
    /// The coupon with version 0: the store gives versions.
    pub(super) fn checked(
        self,
        offers: &[Offer],
        currency: Currency,
    ) -> Result<Coupon, CatalogError> {
        let wrong = |field, problem| wrong(&self.code, field, problem);
        let code = Coupon::normalized(&self.code);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if code.is_empty() || !code.chars().all(plain) {
            return Err(wrong("code", "must be letters, digits and hyphens"));
        }
        if self.name.trim().is_empty() {
            return Err(wrong("name", "is empty"));
        }
        for (field, number) in [
            ("credits", self.credits),
            ("credits_expire_after_days", self.credits_expire_after_days),
            ("amount_off", self.amount_off),
            ("per_customer", self.per_customer),
            ("total", self.total),
        ] {
            if number.is_some_and(|number| number <= 0) {
                return Err(wrong(field, "must be more than zero"));
            }
        }
        let benefit = match (self.credits, self.percent_off, self.amount_off) {
            (Some(credits), None, None) => Benefit::Credits {
                amount: Credits(credits),
                expire_after_days: self.credits_expire_after_days,
            },
            (None, Some(percent @ 1..=100), None) => Benefit::PercentOff(percent),
            (None, Some(_), None) => return Err(wrong("percent_off", "must be 1 to 100")),
            (None, None, Some(value)) => Benefit::AmountOff(Money { value, currency }),
            _ => {
                return Err(wrong(
                    "credits",
                    "or percent_off or amount_off: give exactly one of them",
                ));
            }
        };
        if self.credits.is_some() && !self.offers.is_empty() {
            return Err(wrong("offers", "are for codes that lower a price"));
        }
        if self.credits.is_none() && self.credits_expire_after_days.is_some() {
            return Err(wrong(
                "credits_expire_after_days",
                "is for codes that bring credits",
            ));
        }
        let is_sold = |key: &String| offers.iter().any(|offer| offer.key == *key);
        if !self.offers.iter().all(is_sold) {
            return Err(wrong("offers", "names something that is not sold here"));
        }
        let until = match &self.until {
            None => None,
            Some(value) => {
                let expected = "must be a date such as 2027-01-31, or a time of RFC 3339";
                Some(moment(value).ok_or_else(|| wrong("until", expected))?)
            }
        };
        Ok(Coupon {
            id: CouponId::new(),
            code,
            version: 0,
            name: self.name,
            benefit,
            per_customer: self.per_customer,
            total: self.total,
            until,
            offers: self.offers,
        })
    }
}

pub(super) fn wrong(code: &str, field: &'static str, problem: &'static str) -> CatalogError {
    CatalogError::Field {
        kind: "coupon",
        key: code.to_owned(),
        field,
        problem,
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

#[cfg(test)]
mod tests {
    use crate::catalog::{CatalogFile, coupon::Coupon};

    fn parsed(lines: &str) -> Result<Vec<Coupon>, String> {
        let pack = "[[pack]]\nkey='a'\nname='A'\nprice=500\ncredits=1\n";
        let plan = "[[plan]]\nkey='p'\nname='P'\nprice=500\ncredits=1\ninterval='month'\n";
        let text = format!("currency='usd'\n{pack}{plan}[[coupon]]\nname='C'\n{lines}");
        CatalogFile::parse(&text)
            .map(|file| file.coupons)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (lines, named) in [
            ("code='a b'\ncredits=5", "[[coupon]] 'a b': code must be"),
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
