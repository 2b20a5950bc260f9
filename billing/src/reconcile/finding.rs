//! Something that differs between a gateway's books and ours, and what became of it.

use super::{Difference, Reconciliation};
use crate::{
    clock::Time,
    id::{FindingId, ReconciliationId, TransactionId},
    money::Money,
    words::words,
};

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Paid there; here it failed, was given up, or is still open.
    PaidNotSettled,
    /// Settled here; the gateway knows the payment, and it did not succeed.
    SettledNotPaid,
    /// Paid there, for nothing that we sold.
    PaymentWithoutOrder,
    /// Settled here, with a payment that the gateway does not know.
    OrderWithoutPayment,
    /// Paid there once more than it was asked for.
    DuplicatePayment,
    /// Amounts or currencies are not the same.
    AmountDiffers,
    /// Other credits were granted than were bought.
    CreditsDiffer,
    /// The gateway names another fee than before.
    FeeDiffers,
    /// A refund that was made there, or went further there than we know.
    RefundNotKnown,
    /// A refund that is only written here.
    RefundNotThere,
    DisputeNotKnown,
    DisputeNotThere,
    /// What was paid out is not the sum of what it contains.
    PayoutDiffers,
}

words!(Class {
    PaidNotSettled = "paid_not_settled",
    SettledNotPaid = "settled_not_paid",
    PaymentWithoutOrder = "payment_without_order",
    OrderWithoutPayment = "order_without_payment",
    DuplicatePayment = "duplicate_payment",
    AmountDiffers = "amount_differs",
    CreditsDiffer = "credits_differ",
    FeeDiffers = "fee_differs",
    RefundNotKnown = "refund_not_known",
    RefundNotThere = "refund_not_there",
    DisputeNotKnown = "dispute_not_known",
    DisputeNotThere = "dispute_not_there",
    PayoutDiffers = "payout_differs",
});

/// What is done about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Asks the gateway about it, and settles what it answers.
    Settle,
    /// Sends the money back, and takes the credits that it brought.
    Refund,
    /// Takes back credits that no money came for.
    Reverse,
    /// Sets such credits aside until a person has decided.
    Hold,
    /// Leaves it to a person.
    Review,
    /// Leaves it as it is, for good.
    Leave,
}

words!(Action {
    Settle = "settle",
    Refund = "refund",
    Reverse = "reverse",
    Hold = "hold",
    Review = "review",
    Leave = "leave",
});

/// Something that differs, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub id: FindingId,
    pub gateway: String,
    pub class: Class,
    /// The gateway's id of what differs, or ours where the gateway knows none.
    pub subject: String,
    /// The gateway's id of the payment that it is about.
    pub payment: Option<String>,
    pub transaction: Option<TransactionId>,
    /// What the gateway says, or we, where it says nothing.
    pub amount: Option<Money>,
    /// In words.
    pub detail: String,
    pub happened_at: Time,
    pub found_by: ReconciliationId,
    /// The latest run that met it.
    pub seen_by: ReconciliationId,
    pub state: FindingState,
    pub done: Option<Done>,
    /// Why it did not work so far.
    pub trouble: Option<String>,
    /// Counts what became of it, from 1.
    pub version: i64,
    pub created_at: Time,
}

/// What was done about a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    pub action: Option<Action>,
    /// What came of it, in words.
    pub outcome: String,
    /// Who wished it: an address of staff, `command line`, `schedule`.
    pub by: String,
    pub at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingState {
    Open,
    /// Its credits are set aside; a person decides.
    Held,
    Done,
}

words!(FindingState { Open = "open", Held = "held", Done = "done" });

impl Finding {
    /// A difference that a run has just met.
    pub(super) fn of(run: &Reconciliation, difference: Difference, now: Time) -> Self {
        Self {
            id: FindingId::new(),
            gateway: run.gateway.clone(),
            class: difference.class,
            subject: difference.subject,
            payment: None,
            transaction: None,
            amount: None,
            detail: difference.detail,
            happened_at: now,
            found_by: run.id,
            seen_by: run.id,
            state: FindingState::Open,
            done: None,
            trouble: None,
            version: 1,
            created_at: now,
        }
    }
}
