//! Amounts. Money and credits are integers in their smallest unit; nothing here is ever a float.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A whole number of credits.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type,
)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Credits(pub i64);

impl Credits {
    /// `1 credit`, `1,050 credits`.
    pub fn counted(self) -> String {
        match self.0 {
            1 => "1 credit".to_owned(),
            _ => format!("{self} credits"),
        }
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&grouped(self.0))
    }
}

/// An amount of money in the currency's smallest unit (cents for `usd`, yen for `jpy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub value: i64,
    pub currency: Currency,
}

#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not an amount of {1:?}")]
pub struct NotAnAmount(String, Currency);

impl Money {
    /// Reads an amount as people write it, `19.00`, exactly: it has no more digits than its currency.
    ///
    /// # Errors
    /// When it is something else, or too much to be counted.
    pub fn from_decimal(text: &str, currency: Currency) -> Result<Self, NotAnAmount> {
        let refused = || NotAnAmount(text.to_owned(), currency);
        let digits = currency.fraction_digits() as usize;
        let (sign, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (-1, unsigned),
            None => (1, text),
        };
        let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_plain(whole) || !is_plain(part) {
            return Err(refused());
        }
        let (part, rest) = part.split_at(part.len().min(digits));
        if rest.bytes().any(|byte| byte != b'0') {
            return Err(refused());
        }
        let value: i64 = format!("{whole}{part:0<digits$}")
            .parse()
            .map_err(|_| refused())?;
        Ok(Self {
            value: sign * value,
            currency,
        })
    }
}

impl Money {
    /// The amount as people type it, without its currency: `1900.00`. It reads back as the same.
    pub fn to_decimal(self) -> String {
        let digits = self.currency.fraction_digits();
        let unit = 10_u64.pow(digits);
        let sign = if self.value < 0 { "-" } else { "" };
        let value = self.value.unsigned_abs();
        match digits {
            0 => format!("{sign}{value}"),
            width => {
                let width = width as usize;
                format!("{sign}{}.{:0width$}", value / unit, value % unit)
            }
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.fraction_digits();
        let unit = 10_i64.pow(digits);
        let (sign, value) = if self.value < 0 {
            ("-", -self.value)
        } else {
            ("", self.value)
        };
        match self.currency.symbol() {
            Some(symbol) => write!(f, "{sign}{symbol}")?,
            None => write!(f, "{sign}{} ", self.currency.as_str().to_ascii_uppercase())?,
        }
        f.write_str(&grouped(value / unit))?;
        match digits {
            0 => Ok(()),
            width => write!(f, ".{:0width$}", value % unit, width = width as usize),
        }
    }
}

/// An ISO 4217 code in lower case, as gateways write it: `usd`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    pub const USD: Self = Self(*b"usd");

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Digits after the decimal point. Source: <https://docs.stripe.com/currencies#zero-decimal>.
    fn fraction_digits(self) -> u32 {
        match &self.0 {
            b"bif" | b"clp" | b"djf" | b"gnf" | b"jpy" | b"kmf" | b"krw" | b"mga" | b"pyg"
            | b"rwf" | b"ugx" | b"vnd" | b"vuv" | b"xaf" | b"xof" | b"xpf" => 0,
            b"bhd" | b"jod" | b"kwd" | b"omr" | b"tnd" => 3,
            _ => 2,
        }
    }

    fn symbol(self) -> Option<&'static str> {
        match &self.0 {
            b"usd" => Some("$"),
            b"eur" => Some("€"),
            b"gbp" => Some("£"),
            b"jpy" => Some("¥"),
            b"inr" => Some("₹"),
            _ => None,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not a currency: three letters are expected, such as usd")]
pub struct NotACurrency(String);

impl FromStr for Currency {
    type Err = NotACurrency;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [a, b, c] if text.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                Ok(Self([*a, *b, *c].map(|byte| byte.to_ascii_lowercase())))
            }
            _ => Err(NotACurrency(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = NotACurrency;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// `1234567` as `1,234,567`.
fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_people_write_it() {
        let money = |value, code: &str| {
            Money {
                value,
                currency: code.parse().unwrap(),
            }
            .to_string()
        };
        assert_eq!(money(500, "usd"), "$5.00");
        assert_eq!(money(123_456_789, "EUR"), "€1,234,567.89");
        assert_eq!(money(-5, "usd"), "-$0.05");
        assert_eq!(money(1200, "jpy"), "¥1,200");
        assert_eq!(money(1500, "chf"), "CHF 15.00");
        assert_eq!(money(1234, "kwd"), "KWD 1.234");
    }

    #[test]
    fn money_is_read_exactly_or_not_at_all() {
        let read = |text: &str, code: &str| {
            let money = Money::from_decimal(text, code.parse().unwrap());
            money.ok().map(|money| money.value)
        };
        assert_eq!(read("19.00", "usd"), Some(1900));
        assert_eq!(read("-0.5", "usd"), Some(-50));
        assert_eq!(read("7", "usd"), Some(700));
        assert_eq!(read("0.290000", "usd"), Some(29));
        assert_eq!(read("1200", "jpy"), Some(1200));
        assert_eq!(read("1.234", "kwd"), Some(1234));
        for (value, code, text) in [
            (190_005, "usd", "1900.05"),
            (-5, "usd", "-0.05"),
            (7, "jpy", "7"),
        ] {
            let currency = code.parse().unwrap();
            assert_eq!(Money { value, currency }.to_decimal(), text);
            assert_eq!(read(text, code), Some(value));
        }
        for odd in [
            "",
            ".",
            "-",
            "1.005",
            "1,000.00",
            "$5",
            "5e3",
            "٣",
            "99999999999999999999",
        ] {
            assert_eq!(read(odd, "usd"), None, "{odd}");
        }
    }

    #[test]
    fn a_currency_is_three_letters() {
        assert!("us".parse::<Currency>().is_err());
        assert!("us1".parse::<Currency>().is_err());
        assert!("dollar".parse::<Currency>().is_err());
        assert_eq!("USD".parse::<Currency>().unwrap(), Currency::USD);
    }
}
