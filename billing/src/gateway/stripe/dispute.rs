//! A Dispute, as Stripe writes it. Source: <https://docs.stripe.com/api/disputes/object>.

use serde::Deserialize;

use super::{
    Stripe,
    invoice::{Expandable, Named},
};
use crate::{
    clock::Time,
    dispute::State,
    gateway::{DisputeNotice, GatewayError, Meaning},
    money::{Currency, Money},
};

#[derive(Deserialize)]
pub struct Dispute {
    pub(super) id: String,
    amount: i64,
    currency: Currency,
    created: i64,
    payment_intent: Option<Expandable<Named>>,
    status: Status,
    reason: String,
    evidence_details: Option<EvidenceDetails>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Status {
    WarningNeedsResponse,
    WarningUnderReview,
    WarningClosed,
    NeedsResponse,
    UnderReview,
    Prevented,
    Won,
    Lost,
    /// Before 2021: the seller refunded it, and so it was over.
    ChargeRefunded,
}

#[derive(Deserialize)]
struct EvidenceDetails {
    due_by: Option<i64>,
}

impl Stripe {
    /// The dispute as it is now.
    pub async fn dispute(&self, reference: &str) -> Result<DisputeNotice, GatewayError> {
        let request = self.request(reqwest::Method::GET, &format!("/v1/disputes/{reference}"));
        let dispute: Dispute = self.send(request).await?;
        dispute.notice().ok_or_else(GatewayError::unrelated)
    }
}

impl Dispute {
    pub fn meaning(self) -> Meaning {
        match self.notice() {
            Some(notice) => Meaning::Dispute(notice),
            None => Meaning::Ignored("a dispute without a payment intent is not ours"),
        }
    }

    /// What it says, if it is of a payment such as we make.
    pub fn notice(self) -> Option<DisputeNotice> {
        Some(DisputeNotice {
            reference: self.id,
            payment: self.payment_intent?.into_id(),
            amount: Money {
                value: self.amount,
                currency: self.currency,
            },
            state: match self.status {
                Status::WarningNeedsResponse | Status::WarningUnderReview => State::Inquiry,
                Status::WarningClosed => State::InquiryClosed,
                Status::NeedsResponse | Status::UnderReview => State::Open,
                Status::Prevented | Status::ChargeRefunded => State::Prevented,
                Status::Won => State::Won,
                Status::Lost => State::Lost,
            },
            reason: self.reason,
            respond_by: self
                .evidence_details
                .and_then(|details| details.due_by)
                .map(Time::from_unix),
            happened_at: Time::from_unix(self.created),
        })
    }
}
