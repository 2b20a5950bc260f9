//! A Refund, as Stripe writes it. Source: <https://docs.stripe.com/api/refunds/object>.

use std::collections::HashMap;

use serde::Deserialize;

use super::{
    Stripe,
    charge::Refunds,
    client::KEYS,
    invoice::{Expandable, Named},
    payment_intent::TRANSACTION,
};
use crate::{
    clock::Time,
    gateway::{ChargeNotice, GatewayError, Meaning, RefundNotice},
    id::FindingId,
    money::{Currency, Money},
    refund::{self, State},
};

#[derive(Deserialize)]
pub struct Refund {
    pub(super) id: String,
    amount: i64,
    currency: Currency,
    created: i64,
    payment_intent: Option<Expandable<Named>>,
    /// Refunds made before 2018 have none: they had succeeded.
    status: Option<Status>,
    reason: Option<String>,
    failure_reason: Option<String>,
    metadata: Option<HashMap<String, String>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Status {
    Pending,
    /// The customer must tell where the money shall go.
    RequiresAction,
    Succeeded,
    Failed,
    Canceled,
}

/// The key in the metadata under which our refund's id travels.
const REFUND: &str = "refund";

impl Stripe {
    /// Gives money of a payment back. Stripe remembers its own failures, and behind one there may be
    /// a refund after all: only when it was `looked_up` and is not there, another key is tried.
    pub async fn create_refund(
        &self,
        refund: &refund::Refund,
        payment: &str,
        looked_up: bool,
    ) -> Result<RefundNotice, GatewayError> {
        let mut form = vec![
            ("payment_intent", payment.to_owned()),
            ("amount", refund.amount.value.to_string()),
        ];
        let (ours, paid) = (
            format!("metadata[{REFUND}]"),
            format!("metadata[{TRANSACTION}]"),
        );
        form.push((&ours, refund.id.to_string()));
        form.push((&paid, refund.transaction.to_string()));
        form.extend(refund.reason.clone().map(|reason| ("reason", reason)));
        let keys = if looked_up { KEYS } else { 1 };
        let made: Refund = self
            .make_within(keys, "/v1/refunds", &refund.id.to_string(), &form)
            .await?;
        Ok(RefundNotice {
            refund: Some(refund.id),
            ..made.notice().ok_or_else(GatewayError::unrelated)?
        })
    }

    /// Gives all that is left of a payment back that no transaction took in. Asking again for the same
    /// finding refunds once: what has gone back already cannot go back again.
    pub async fn refund_stray(
        &self,
        finding: FindingId,
        payment: &str,
    ) -> Result<RefundNotice, GatewayError> {
        let form = [
            ("payment_intent", payment.to_owned()),
            ("metadata[finding]", finding.to_string()),
        ];
        let key = format!("finding:{finding}");
        let made: Refund = self.make_within(1, "/v1/refunds", &key, &form).await?;
        made.notice().ok_or_else(GatewayError::unrelated)
    }

    /// The refund as it is now.
    pub async fn refund(&self, reference: &str) -> Result<RefundNotice, GatewayError> {
        let request = self.request(reqwest::Method::GET, &format!("/v1/refunds/{reference}"));
        let refund: Refund = self.send(request).await?;
        refund.notice().ok_or_else(GatewayError::unrelated)
    }

    /// All refunds of a payment, as they are now.
    pub async fn refunds_of(&self, payment: &str) -> Result<ChargeNotice, GatewayError> {
        let path = format!("/v1/refunds?payment_intent={payment}&limit=100");
        let request = self.request(reqwest::Method::GET, &path);
        let refunds: Refunds = self.send(request).await?;
        Ok(refunds.of(payment))
    }
}

impl Refund {
    pub fn meaning(self) -> Meaning {
        match self.notice() {
            Some(notice) => Meaning::Refund(notice),
            None => Meaning::Ignored("a refund without a payment intent is not ours"),
        }
    }

    /// What it says, if it is of a payment such as we make.
    pub fn notice(self) -> Option<RefundNotice> {
        Some(RefundNotice {
            reference: self.id,
            payment: self.payment_intent?.into_id(),
            refund: self
                .metadata
                .and_then(|metadata| metadata.get(REFUND)?.parse().ok()),
            amount: Money {
                value: self.amount,
                currency: self.currency,
            },
            state: match self.status.unwrap_or(Status::Succeeded) {
                Status::Pending | Status::RequiresAction => State::Pending,
                Status::Succeeded => State::Succeeded,
                Status::Canceled => State::Canceled,
                Status::Failed => State::Failed,
            },
            reason: self.reason,
            failure: self.failure_reason,
            happened_at: Time::from_unix(self.created),
        })
    }
}
