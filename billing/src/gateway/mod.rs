//! The outside that moves money. What a gateway says is decoded under its own folder into the
//! words here, and nothing of its JSON goes further.

mod notices;
pub mod stripe;

pub use notices::{ChargeNotice, DisputeNotice, FraudNotice, RefundNotice};

use std::time::Duration;

use crate::{
    clock::Time,
    id::{SubscriptionId, TransactionId},
    money::Money,
    plan,
    transaction::{Failure, Way},
    words::words,
};

/// The gateway of what needs none, because nothing is due.
pub const NONE: &str = "none";

/// A payment as a gateway describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Payment {
    /// The gateway's own id of it.
    pub reference: String,
    pub status: PaymentStatus,
    /// What was asked for; once it succeeded, what was received.
    pub amount: Money,
    /// Our id, which travels with it. A payment without one is not ours.
    pub transaction: Option<TransactionId>,
    /// In which way it pays the transaction: an earlier one than the last does not count any more.
    pub way: Way,
    /// Lets a browser confirm this one payment. Not part of what webhooks are believed for.
    pub client_secret: Option<String>,
    /// What it pays for, when that is a plan.
    pub invoice: Option<Invoice>,
    /// What it is paid with. Nothing while nobody has tried, or after a failure.
    pub method: Option<Method>,
    /// The method stays with the customer once this has succeeded.
    pub keeps_method: bool,
    /// Since when it is so, as far as the gateway tells.
    pub since: Option<Time>,
}

/// The gateway's own page, on which a customer pays.
#[derive(Clone, Debug, PartialEq)]
pub struct HostedPage {
    /// The gateway's own id of it.
    pub reference: String,
    pub status: PageStatus,
    /// Where it is, while it is open.
    pub url: Option<String>,
    /// What is paid on it.
    pub payment: Payment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStatus {
    Open,
    /// Somebody has paid on it. Their money may still be on its way, or not come at all.
    Complete,
    /// Nobody has paid on it, and nobody can any more.
    Expired,
}

/// A bill for one period of a plan, or for a change within one.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoice {
    /// The gateway's id of the plan.
    pub subscription: String,
    /// Our id of it, which travels with it. A plan without one is not ours.
    pub ours: Option<SubscriptionId>,
    pub occasion: Occasion,
    /// The gateway's id of the price that is charged.
    pub price: Option<String>,
    /// The period that is paid for.
    pub start: Time,
    pub end: Time,
}

/// Why there is an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    Start,
    Renewal,
    Change,
}

/// A customer's plan as a gateway describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The gateway's own id of it.
    pub reference: String,
    /// Our id, which travels with it.
    pub ours: Option<SubscriptionId>,
    pub status: plan::Status,
    /// The present period.
    pub start: Time,
    pub end: Time,
    /// It ends with that period.
    pub cancel_at_end: bool,
    /// What the gateway calls the line on which its price stands.
    pub item: String,
    /// The newest invoice.
    pub latest_invoice: Option<String>,
}

/// What will be charged for the next period of a plan, if nothing changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Upcoming {
    /// The gateway's id of the plan, and ours, which travels with it.
    pub subscription: String,
    pub ours: Option<SubscriptionId>,
    pub amount: Money,
    /// When that period begins.
    pub start: Time,
}

/// What somebody pays with, as a gateway describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The gateway's own id of it.
    pub reference: String,
    /// The gateway's customer who keeps it there.
    pub owner: Option<String>,
    /// What is printed on it. Nothing when it is only named, or is no card.
    pub face: Option<CardFace>,
}

/// What is printed on a card, as far as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardFace {
    /// `visa`, …
    pub brand: String,
    pub last4: String,
    pub exp_month: i64,
    pub exp_year: i64,
    /// The same for the same number, and no way back to it.
    pub fingerprint: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PaymentStatus {
    /// Nobody has tried to pay yet.
    Waiting,
    /// The bank asks the customer to confirm.
    RequiresAction,
    /// The money is on its way.
    Processing,
    /// Set aside on the card and not taken.
    Authorized,
    /// Something is wrong with it, and only an answer to our question says what.
    Unclear,
    /// Set aside on the card, and given back without having been taken.
    Released,
    /// The last try failed; another may follow.
    Failed(Failure),
    Succeeded,
    Canceled,
}

/// What an event means to us.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    Payment(Box<Payment>),
    Standing(Standing),
    Upcoming(Upcoming),
    Refund(RefundNotice),
    /// A charge that counts its refunds.
    Refunds(ChargeNotice),
    Dispute(DisputeNotice),
    FraudWarning(FraudNotice),
    /// A card, or what else is paid with, came, went or changed.
    Method(Method),
    /// Nothing, for this reason.
    Ignored(&'static str),
}

impl Meaning {
    /// Whether it carries an id of ours, so that what it is about must exist or come.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::Payment(payment) => {
                let invoice = payment.invoice.as_ref();
                payment.transaction.is_some() || invoice.is_some_and(|it| it.ours.is_some())
            }
            Self::Standing(standing) => standing.ours.is_some(),
            Self::Upcoming(upcoming) => upcoming.ours.is_some(),
            Self::Refund(refund) => refund.refund.is_some(),
            Self::Method(_)
            | Self::Refunds(_)
            | Self::Dispute(_)
            | Self::FraudWarning(_)
            | Self::Ignored(_) => false,
        }
    }

    /// The transaction whose id it carries.
    pub fn transaction(&self) -> Option<TransactionId> {
        match self {
            Self::Payment(payment) => payment.transaction,
            _ => None,
        }
    }

    /// The payment that it is about, when it is about something else than the payment itself.
    pub fn payment_behind(&self) -> Option<&str> {
        match self {
            Self::Payment(_)
            | Self::Standing(_)
            | Self::Upcoming(_)
            | Self::Method(_)
            | Self::Ignored(_) => None,
            Self::Refund(refund) => Some(&refund.payment),
            Self::Refunds(charge) => Some(&charge.payment),
            Self::Dispute(dispute) => Some(&dispute.payment),
            Self::FraudWarning(warning) => Some(&warning.payment),
        }
    }
}

/// Why a gateway did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// It could not be reached, or answered that it cannot answer now. Whether it did what was
    /// asked is not known: ask again with the same key.
    #[error("the payment provider does not answer: {0}")]
    Unreachable(String),
    /// Like that, and it says after how long it may be asked again.
    #[error("the payment provider does not answer for {} s: {message}", pause.as_secs())]
    NotNow { message: String, pause: Duration },
    /// It understood and refused.
    #[error("the payment provider refused: {message}")]
    Refused {
        status: u16,
        code: String,
        message: String,
    },
    /// It answered something that we cannot read.
    #[error("the payment provider's answer cannot be read: {0}")]
    Unreadable(String),
}

impl GatewayError {
    /// In one word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::NotNow { .. } => "unreachable",
            Self::Refused { .. } => "refused",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// It told of something without saying of which payment.
    fn unrelated() -> Self {
        Self::Unreadable("it names no payment".to_owned())
    }

    /// Whether it answers nobody at the moment, whatever is asked.
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::NotNow { .. })
    }

    /// Whether the thing that was asked about does not exist there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}

/// Who told us, and how much that proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// An event that was sent to us: what was so when it was made, perhaps long ago.
    Webhook,
    /// The same event, which nobody sent: it was found in the gateway's list.
    Listing,
    /// An answer to our own question: what is so now.
    Fetch,
    /// Nobody yet: it is our own wish.
    Ourselves,
}

words!(Witness {
    Webhook = "webhook",
    Listing = "listing",
    Fetch = "fetch",
    Ourselves = "ourselves",
});

impl Witness {
    /// Whether it tells of a moment that may be long ago.
    pub fn is_event(self) -> bool {
        matches!(self, Self::Webhook | Self::Listing)
    }
}

/// What a gateway says about a transaction.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub gateway: &'static str,
    pub payment: Payment,
    pub witness: Witness,
    /// Which event, or which question.
    pub detail: Option<String>,
}
