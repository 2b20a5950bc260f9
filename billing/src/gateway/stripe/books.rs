//! What stands in Stripe's own books: charges, refunds, disputes and payouts, each with its line there
//! and what was taken for it. Source: <https://docs.stripe.com/api/balance_transactions/object>.

use std::collections::HashMap;

use serde::Deserialize;

use super::{
    dispute::Dispute,
    invoice::{Expandable, Named},
    payment_intent::TRANSACTION,
    refund::Refund,
};
use crate::{
    clock::Time,
    money::{Currency, Money},
    reconcile::{Line, Said},
};

/// A line of Stripe's books.
#[derive(Clone, Deserialize)]
pub struct BalanceTransaction {
    id: String,
    fee: i64,
    currency: Currency,
}

#[derive(Deserialize)]
pub struct Charge {
    pub id: String,
    amount_captured: i64,
    currency: Currency,
    captured: bool,
    status: String,
    #[serde(default)]
    refunded: bool,
    created: i64,
    payment_intent: Option<Expandable<Named>>,
    /// Before basil.
    invoice: Option<Expandable<Named>>,
    balance_transaction: Option<Expandable<BalanceTransaction>>,
    metadata: Option<HashMap<String, String>>,
}

#[derive(Deserialize)]
pub struct ListedRefund {
    #[serde(flatten)]
    pub refund: Refund,
    balance_transaction: Option<Expandable<BalanceTransaction>>,
}

#[derive(Deserialize)]
pub struct ListedDispute {
    #[serde(flatten)]
    pub dispute: Dispute,
    #[serde(default)]
    balance_transactions: Vec<BalanceTransaction>,
}

#[derive(Deserialize)]
pub struct ListedPayout {
    pub id: String,
    pub amount: i64,
    pub currency: Currency,
    pub status: String,
    pub arrival_date: i64,
    /// Stripe tells only of its own payouts what they contain.
    #[serde(default)]
    pub automatic: bool,
}

/// A line of a payout, with what caused it.
#[derive(Deserialize)]
pub struct Content {
    pub id: String,
    pub net: i64,
    fee: i64,
    currency: Currency,
    #[serde(rename = "type")]
    pub kind: String,
    source: Option<Expandable<Cause>>,
}

#[derive(Deserialize)]
#[serde(tag = "object", rename_all = "snake_case")]
enum Cause {
    Charge(Charge),
    Refund(ListedRefund),
    Dispute(ListedDispute),
    #[serde(other)]
    Other,
}

impl Charge {
    /// What it says, once its money was taken.
    pub fn line(self, books: Option<BalanceTransaction>) -> Option<Line> {
        let is_paid = self.captured && self.status == "succeeded";
        let books = books.or(in_full(self.balance_transaction));
        let payment = self.payment_intent.map_or(self.id, Expandable::into_id);
        let ours = self.metadata.as_ref();
        let amount = Money {
            value: self.amount_captured,
            currency: self.currency,
        };
        is_paid.then(|| Line {
            said: Said::Paid,
            fee: fee(books.as_ref(), amount),
            id: books.map(|books| books.id),
            reference: payment.clone(),
            payment: Some(payment),
            invoice: self.invoice.map(Expandable::into_id),
            transaction: ours.and_then(|ours| ours.get(TRANSACTION)?.parse().ok()),
            amount,
            payout: None,
            went_back: self.refunded,
            at: Time::from_unix(self.created),
        })
    }
}

impl ListedRefund {
    pub fn line(self, books: Option<BalanceTransaction>) -> Option<Line> {
        let notice = self.refund.notice()?;
        let books = books.or(in_full(self.balance_transaction));
        let line = after_payment(
            Said::Refund(notice.state),
            (notice.reference, notice.payment, notice.amount),
            notice.happened_at,
            books,
        );
        Some(line)
    }
}

impl ListedDispute {
    pub fn line(self, books: Option<BalanceTransaction>) -> Option<Line> {
        let notice = self.dispute.notice()?;
        let books = books.or(self.balance_transactions.into_iter().next());
        let line = after_payment(
            Said::Dispute(Some(notice.state)),
            (notice.reference, notice.payment, notice.amount),
            notice.happened_at,
            books,
        );
        Some(line)
    }
}

/// What a refund or dispute says: its id, its payment, its amount.
fn after_payment(
    said: Said,
    (reference, payment, amount): (String, String, Money),
    at: Time,
    books: Option<BalanceTransaction>,
) -> Line {
    Line {
        said,
        fee: fee(books.as_ref(), amount),
        id: books.map(|books| books.id),
        reference,
        payment: Some(payment),
        invoice: None,
        transaction: None,
        amount,
        payout: None,
        went_back: false,
        at,
    }
}

impl Content {
    /// What it says of a payment, refund or dispute.
    pub fn line(self, payout: &str) -> Option<Line> {
        let books = Some(BalanceTransaction {
            id: self.id,
            fee: self.fee,
            currency: self.currency,
        });
        let line = match in_full(self.source)? {
            Cause::Charge(charge) => charge.line(books),
            Cause::Refund(refund) => refund.line(books),
            Cause::Dispute(dispute) => dispute.line(books),
            Cause::Other => None,
        };
        line.map(|line| Line {
            payout: Some(payout.to_owned()),
            ..line
        })
    }
}

fn fee(books: Option<&BalanceTransaction>, paid: Money) -> Money {
    let none = Money { value: 0, ..paid };
    books.map_or(none, |books| Money {
        value: books.fee,
        currency: books.currency,
    })
}

/// What stands there in full, and not only by its id.
fn in_full<T>(expandable: Option<Expandable<T>>) -> Option<T> {
    expandable.and_then(Expandable::into_object)
}
