//! What stands on a receipt, in words: the page and the PDF say the same.

use billing::{
    clock::Time,
    document::Receipt,
    refund::{Refund, State},
};
use jiff::{Timestamp, tz::TimeZone};

use crate::{context::Site, words};

/// A receipt as people read it.
pub struct Written {
    /// Name and address, line by line.
    pub seller: Vec<String>,
    pub customer: String,
    /// `2026-000042`
    pub number: String,
    /// In UTC.
    pub date: String,
    /// What, and how much. The first is what was bought; a discount follows.
    pub lines: Vec<(String, String)>,
    pub paid: String,
    /// What went back of it, and how much.
    pub refunds: Vec<(String, String)>,
    /// `Visa, ending in 4242`
    pub how: String,
}

impl Written {
    pub fn of(receipt: &Receipt, site: &Site) -> Self {
        let transaction = &receipt.transaction;
        let what = match transaction.credits.0 {
            0 => transaction.title.clone(),
            _ => format!(
                "{}, {}",
                transaction.title,
                words::credits(transaction.credits)
            ),
        };
        let list_price = match &receipt.redemption {
            Some(redemption) => redemption.list_price,
            None => transaction.amount,
        };
        let mut lines = vec![(what, list_price.to_string())];
        if let Some(redemption) = &receipt.redemption {
            let coupon = &redemption.coupon;
            let name = format!("{} ({})", coupon.name, coupon.code);
            lines.push((name, words::taken_off(redemption.discount)));
        }
        Self {
            seller: site.seller.clone(),
            customer: receipt.email.clone().unwrap_or_default(),
            number: receipt.document.to_string(),
            date: day(receipt.document.issued_at),
            lines,
            paid: transaction.amount.to_string(),
            refunds: receipt.refunds.iter().map(refunded).collect(),
            how: how(receipt),
        }
    }
}

fn day(time: Time) -> String {
    let zoned = Timestamp::from(time).to_zoned(TimeZone::UTC);
    zoned.strftime("%-d %B %Y").to_string()
}

fn refunded(refund: &Refund) -> (String, String) {
    let day = day(refund.happened_at);
    let said = match refund.state {
        State::Succeeded => format!("Refunded on {day}"),
        _ => format!("Refund of {day}, on its way"),
    };
    (said, words::taken_off(refund.amount))
}

fn how(receipt: &Receipt) -> String {
    if receipt.transaction.amount.value == 0 {
        return "Nothing was due".to_owned();
    }
    match &receipt.document.card {
        Some(card) => format!(
            "{}, ending in {}",
            billing::card::brand(&card.brand),
            card.last4
        ),
        None => "Card".to_owned(),
    }
}
