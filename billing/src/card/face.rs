//! What is printed on a card, as people read it.

use std::fmt;

use jiff::{ToSpan, civil::Date, tz::TimeZone};

use crate::{clock::Time, gateway::CardFace};

impl CardFace {
    /// The first moment at which the card is good no more: it ends with its month. Nothing when
    /// there is no such date.
    pub fn end(&self) -> Option<Time> {
        let year = i16::try_from(self.exp_year).ok()?;
        let month = i8::try_from(self.exp_month).ok()?;
        let next = Date::new(year, month, 1)
            .ok()?
            .checked_add(1.month())
            .ok()?;
        let start = next.to_zoned(TimeZone::UTC).ok()?;
        Some(Time::from_unix(start.timestamp().as_second()))
    }
}

/// `Visa ending in 4242`
impl fmt::Display for CardFace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ending in {}", brand(&self.brand), self.last4)
    }
}

/// A brand as it writes itself. Source: <https://docs.stripe.com/api/charges/object>.
pub fn brand(code: &str) -> String {
    match code {
        "amex" => "American Express".to_owned(),
        "diners" => "Diners Club".to_owned(),
        "jcb" => "JCB".to_owned(),
        "mastercard" => "Mastercard".to_owned(),
        "unionpay" => "UnionPay".to_owned(),
        "unknown" | "" => "Card".to_owned(),
        code => {
            let mut letters = code.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            let name: String = first.into_iter().chain(letters).collect();
            name.replace('_', " ")
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn brands_are_named_as_they_name_themselves() {
        assert_eq!(brand("visa"), "Visa");
        assert_eq!(brand("amex"), "American Express");
        assert_eq!(brand("cartes_bancaires"), "Cartes bancaires");
        assert_eq!(brand(""), "Card");
    }

    #[test]
    fn a_card_ends_with_its_month() {
        let end = |exp_month, exp_year| {
            let face = CardFace {
                brand: "visa".to_owned(),
                last4: "4242".to_owned(),
                exp_month,
                exp_year,
                fingerprint: None,
            };
            face.end().map(|end| Timestamp::from(end).to_string())
        };
        assert_eq!(end(12, 2026).as_deref(), Some("2027-01-01T00:00:00Z"));
        assert_eq!(end(2, 2028).as_deref(), Some("2028-03-01T00:00:00Z"));
        assert_eq!(end(13, 2028), None);
    }
}
