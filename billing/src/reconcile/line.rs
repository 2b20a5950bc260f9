//! One line of a gateway's own books, wherever it stood.

use crate::{clock::Time, dispute, id::TransactionId, money::Money, refund};

/// Something that moved, or failed to move, as the gateway tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub said: Said,
    /// The gateway's id of the line in its books; none while it is not there.
    pub id: Option<String>,
    /// The gateway's id of what it is about.
    pub reference: String,
    /// The payment that it is about; itself, when it is a payment.
    pub payment: Option<String>,
    /// The invoice that the payment pays, if it says so.
    pub invoice: Option<String>,
    /// Our id, which travels with the payment.
    pub transaction: Option<TransactionId>,
    /// What was paid, refunded or disputed, without fees.
    pub amount: Money,
    /// What the gateway took for it, in the currency in which it pays out.
    pub fee: Money,
    /// In which payout it arrived.
    pub payout: Option<String>,
    /// All of it went back already, as far as the gateway tells.
    pub went_back: bool,
    pub at: Time,
}

/// A line of a file that says nothing that we understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// As an editor counts them, from 1.
    pub line: i64,
    pub text: String,
}

/// What a line is about, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Paid,
    NotPaid,
    Refund(refund::State),
    /// A file says that there is one, and not always what became of it.
    Dispute(Option<dispute::State>),
}

impl Said {
    /// How such lines are called where the gateway's books are kept.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Paid | Self::NotPaid => "payment",
            Self::Refund(_) => "refund",
            Self::Dispute(_) => "dispute",
        }
    }
}
