//! One payment action and its life. The one thing a client waits for.

mod give_up;
mod next;
mod open;
mod price;
mod settle;
mod waiting;
mod way;

use crate::{
    clock::Time,
    id::{CustomerId, OrderId, SubscriptionId, TransactionId},
    money::{Credits, Money},
    words::words,
};

pub use next::{Change, next};
pub(crate) use price::reprice;
pub(crate) use settle::{Settled, cancel_unpaid, review_silence, settle, settle_nothing_due, turn};
pub(crate) use waiting::Questions;
pub use waiting::{Awaited, Until};
pub use way::Way;

/// A transaction as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    pub id: TransactionId,
    pub kind: Kind,
    pub state: State,
    /// When its effects were applied. This, and not the gateway's word, is what a client waits for.
    pub settled_at: Option<Time>,
    /// Counts the changes of this transaction, from 1.
    pub version: i64,
    pub amount: Money,
    pub credits: Credits,
    pub customer: CustomerId,
    /// For people, in history, mails and documents: `Starter pack`.
    pub title: String,
    /// What was ordered. A renewal has none: nobody asked for it.
    pub order: Option<OrderId>,
    /// The plan that it pays for, if it is for a plan.
    pub subscription: Option<SubscriptionId>,
    /// In which of its ways it is being paid.
    pub way: Way,
    /// The gateway's own id of the payment, once there is one; of its page, while nobody has paid there.
    pub reference: Option<String>,
    /// Why the last attempt failed.
    pub failure: Option<Failure>,
    /// Why a person must look at it before anything is granted.
    pub review: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Why a person must look at money that is on its way: there are no news of it. Should there be some
/// after all, they settle it.
pub const NO_NEWS: &str = "the gateway says for 30 days that the money is on its way";
pub const GONE: &str = "the gateway does not know this payment any more";

impl Transaction {
    /// Whether it was paid and a person must decide what becomes of it. Where only news are missing
    /// nobody knows yet that it was.
    pub fn is_held_back(&self) -> bool {
        self.review_after_news().is_some()
    }

    /// Why a person must look at it once there are news.
    fn review_after_news(&self) -> Option<String> {
        let review = self.review.as_deref();
        review
            .filter(|reason| ![NO_NEWS, GONE].contains(reason))
            .map(str::to_owned)
    }
}

/// Why an attempt to pay failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The gateway's code: `card_declined`, `insufficient_funds`, …
    pub code: String,
    /// In the customer's words.
    pub message: String,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A pack, once.
    Purchase,
    /// The first period of a plan.
    Subscription,
    /// A further period of a plan. Nobody ordered it.
    Renewal,
    /// What another plan costs more for the rest of a period.
    PlanChange,
    /// A code that brought credits.
    Coupon,
    /// A bank is asked about a card: to keep it, or to open a trial with it. No money is taken.
    CardValidation,
}

words!(Kind {
    Purchase = "purchase",
    Subscription = "subscription",
    Renewal = "renewal",
    PlanChange = "plan_change",
    Coupon = "coupon",
    CardValidation = "card_validation",
});

impl Kind {
    /// Whether something is sold, and so deserves a receipt, even if a coupon left nothing to pay.
    pub(crate) fn has_a_price(self) -> bool {
        match self {
            Self::Purchase | Self::Subscription | Self::Renewal | Self::PlanChange => true,
            Self::Coupon | Self::CardValidation => false,
        }
    }
}

/// Where a transaction is in its life. `Failed` may still become `Succeeded`: another card can be
/// tried on the same payment. `Succeeded` and `Canceled` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Created,
    RequiresAction,
    Processing,
    Failed,
    Succeeded,
    Canceled,
}

words!(State {
    Created = "created",
    RequiresAction = "requires_action",
    Processing = "processing",
    Failed = "failed",
    Succeeded = "succeeded",
    Canceled = "canceled",
});
