//! With which card a payment was made. Source: <https://docs.stripe.com/api/charges/object>.

use serde::Deserialize;

use super::Stripe;
use crate::{document::Card, gateway::GatewayError};

#[derive(Deserialize)]
struct PaidIntent {
    latest_charge: Option<Charge>,
}

#[derive(Deserialize)]
struct Charge {
    payment_method_details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    card: Option<CardDetails>,
}

#[derive(Deserialize)]
struct CardDetails {
    brand: Option<String>,
    last4: Option<String>,
}

impl Stripe {
    /// The card of a payment, or of the one that paid an invoice; nothing when it was no card.
    pub async fn card(&self, reference: &str) -> Result<Option<Card>, GatewayError> {
        let Some(payment) = self.money_behind(reference).await? else {
            return Ok(None);
        };
        let path = format!("/v1/payment_intents/{payment}?expand[]=latest_charge");
        let request = self.request(reqwest::Method::GET, &path);
        let intent: PaidIntent = self.send(request).await?;
        let details = intent
            .latest_charge
            .and_then(|charge| charge.payment_method_details?.card);
        Ok(details.and_then(|card| {
            let last4 = card.last4.filter(|last4| last4.len() == 4)?;
            Some(Card {
                brand: card.brand?,
                last4,
            })
        }))
    }
}
