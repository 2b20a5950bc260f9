//! A Charge, as far as it tells of refunds. Source: <https://docs.stripe.com/api/charges/object>.

use serde::Deserialize;

use super::{
    Stripe,
    invoice::{Expandable, Named},
    refund::Refund,
};
use crate::gateway::{ChargeNotice, GatewayError, Meaning};

#[derive(Deserialize)]
pub struct Charge {
    payment_intent: Option<Expandable<Named>>,
    amount_refunded: i64,
    /// A hold that was let go shows as refunded, though no money ever moved.
    captured: bool,
    /// Events since 2022-11-15 leave them out.
    refunds: Option<Refunds>,
}

/// A list of refunds.
#[derive(Deserialize)]
pub struct Refunds {
    data: Vec<Refund>,
}

impl Charge {
    pub fn meaning(self) -> Meaning {
        if !self.captured {
            return Meaning::Ignored("nothing was captured, so nothing went back");
        }
        let Some(payment) = self.payment_intent else {
            return Meaning::Ignored("a charge without a payment intent is not ours");
        };
        let refunds = self.refunds.map_or_else(Vec::new, |list| list.data);
        Meaning::Refunds(ChargeNotice {
            payment: payment.into_id(),
            refunded: self.amount_refunded,
            refunds: refunds.into_iter().filter_map(Refund::notice).collect(),
        })
    }
}

/// A Charge, as far as it names what it paid.
#[derive(Deserialize)]
struct Paying {
    payment_intent: Option<Expandable<Named>>,
}

impl Stripe {
    /// The payment that a charge belongs to; nothing when there is none, or no such charge.
    pub async fn payment_charged(&self, charge: &str) -> Result<Option<String>, GatewayError> {
        let request = self.request(reqwest::Method::GET, &format!("/v1/charges/{charge}"));
        match self.send::<Paying>(request).await {
            Ok(charge) => Ok(charge.payment_intent.map(Expandable::into_id)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Refunds {
    /// All refunds of a payment.
    pub fn of(self, payment: &str) -> ChargeNotice {
        ChargeNotice {
            payment: payment.to_owned(),
            refunded: 0,
            refunds: self.data.into_iter().filter_map(Refund::notice).collect(),
        }
    }
}
