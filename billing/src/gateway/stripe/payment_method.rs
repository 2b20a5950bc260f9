//! A PaymentMethod, as far as we show it. Source: <https://docs.stripe.com/api/payment_methods/object>.

use serde::Deserialize;

use super::Stripe;
use crate::gateway::{CardFace, GatewayError, Method};

#[derive(Deserialize)]
pub struct PaymentMethod {
    id: String,
    customer: Option<Expandable<Named>>,
    card: Option<Card>,
}

#[derive(Deserialize)]
struct Card {
    brand: String,
    last4: String,
    exp_month: i64,
    exp_year: i64,
    fingerprint: Option<String>,
}

#[derive(Deserialize)]
pub struct Named {
    id: String,
}

/// An object, or only its id where nobody asked for more.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Expandable<T> {
    Id(String),
    Object(T),
}

impl PaymentMethod {
    pub fn method(method: Expandable<Self>) -> Method {
        match method {
            Expandable::Object(method) => method.into(),
            Expandable::Id(reference) => Method {
                reference,
                owner: None,
                face: None,
            },
        }
    }
}

impl From<PaymentMethod> for Method {
    fn from(method: PaymentMethod) -> Self {
        Self {
            reference: method.id,
            owner: method.customer.map(|owner| match owner {
                Expandable::Id(id) | Expandable::Object(Named { id }) => id,
            }),
            face: method.card.map(|card| CardFace {
                brand: card.brand,
                last4: card.last4,
                exp_month: card.exp_month,
                exp_year: card.exp_year,
                fingerprint: card.fingerprint,
            }),
        }
    }
}

impl Stripe {
    /// The method as it is now.
    pub async fn method(&self, reference: &str) -> Result<Method, GatewayError> {
        let path = format!("/v1/payment_methods/{reference}");
        let request = self.request(reqwest::Method::GET, &path);
        self.send::<PaymentMethod>(request).await.map(Method::from)
    }

    /// The method that paid an invoice. One that needed no money has none.
    pub async fn method_behind(&self, invoice: &str) -> Result<Option<Method>, GatewayError> {
        let Some(payment) = self.money_behind(invoice).await? else {
            return Ok(None);
        };
        Ok(self.payment(&payment).await?.method)
    }

    /// Takes a method from its customer, for ever. Refused when nobody keeps it.
    pub async fn detach(&self, reference: &str) -> Result<Method, GatewayError> {
        let path = format!("/v1/payment_methods/{reference}/detach");
        let request = self.request(reqwest::Method::POST, &path);
        self.send::<PaymentMethod>(request).await.map(Method::from)
    }
}
