//! An early fraud warning. Source: <https://docs.stripe.com/api/radar/early_fraud_warnings/object>.

use serde::Deserialize;

use super::invoice::{Expandable, Named};
use crate::{
    clock::Time,
    gateway::{FraudNotice, Meaning},
};

#[derive(Deserialize)]
pub struct FraudWarning {
    id: String,
    created: i64,
    payment_intent: Option<Expandable<Named>>,
    fraud_type: String,
}

impl FraudWarning {
    pub fn meaning(self) -> Meaning {
        match self.payment_intent {
            Some(payment) => Meaning::FraudWarning(FraudNotice {
                reference: self.id,
                payment: payment.into_id(),
                kind: self.fraud_type,
                happened_at: Time::from_unix(self.created),
            }),
            None => Meaning::Ignored("a warning without a payment intent is not ours"),
        }
    }
}
