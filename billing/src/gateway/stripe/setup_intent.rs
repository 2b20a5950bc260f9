//! A SetupIntent: the bank is asked about a card, and no money is. It reads as a payment of nothing.
//! Source: <https://docs.stripe.com/api/setup_intents/object>.

use std::collections::HashMap;

use serde::Deserialize;

use super::{
    Stripe,
    payment_intent::{PaymentError, TRANSACTION},
    payment_method::{Expandable, PaymentMethod},
};
use crate::{
    gateway::{GatewayError, Payment, PaymentStatus},
    money::{Currency, Money},
    transaction::{Transaction, Way},
};

/// How the ids of setup intents begin.
pub const PREFIX: &str = "seti_";

#[derive(Deserialize)]
pub struct SetupIntent {
    id: String,
    status: Status,
    client_secret: Option<String>,
    last_setup_error: Option<PaymentError>,
    payment_method: Option<Expandable<PaymentMethod>>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Status {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    Succeeded,
    Canceled,
}

impl From<SetupIntent> for Payment {
    fn from(intent: SetupIntent) -> Self {
        let status = match (intent.status, intent.last_setup_error) {
            (Status::RequiresPaymentMethod, Some(error)) => PaymentStatus::Failed(error.into()),
            (Status::RequiresPaymentMethod | Status::RequiresConfirmation, _) => {
                PaymentStatus::Waiting
            }
            (Status::RequiresAction, _) => PaymentStatus::RequiresAction,
            (Status::Processing, _) => PaymentStatus::Processing,
            (Status::Succeeded, _) => PaymentStatus::Succeeded,
            (Status::Canceled, _) => PaymentStatus::Canceled,
        };
        Self {
            reference: intent.id,
            status,
            amount: Money {
                value: 0,
                currency: Currency::USD,
            },
            transaction: intent
                .metadata
                .get(TRANSACTION)
                .and_then(|id| id.parse().ok()),
            way: Way::default(),
            client_secret: intent.client_secret,
            invoice: None,
            method: intent.payment_method.map(PaymentMethod::method),
            keeps_method: true,
            since: None,
        }
    }
}

impl Stripe {
    /// Begins to ask a bank about a card that its customer wants to keep.
    pub async fn create_setup(
        &self,
        transaction: &Transaction,
        customer: &str,
    ) -> Result<Payment, GatewayError> {
        let form = [
            ("customer", customer.to_owned()),
            ("usage", "off_session".to_owned()),
            ("automatic_payment_methods[enabled]", "true".to_owned()),
            ("description", transaction.title.clone()),
            ("metadata[transaction]", transaction.id.to_string()),
            ("metadata[customer]", transaction.customer.to_string()),
        ];
        let key = transaction.id.to_string();
        let made: SetupIntent = self.make("/v1/setup_intents", &key, &form).await?;
        Ok(made.into())
    }

    /// Begins to have a small amount set aside on a card, which is then given back.
    pub async fn create_authorization(
        &self,
        transaction: &Transaction,
        customer: &str,
    ) -> Result<Payment, GatewayError> {
        let amount = transaction.amount;
        let form = [
            ("customer", customer.to_owned()),
            ("amount", amount.value.to_string()),
            ("currency", amount.currency.as_str().to_owned()),
            ("capture_method", "manual".to_owned()),
            ("setup_future_usage", "off_session".to_owned()),
            ("automatic_payment_methods[enabled]", "true".to_owned()),
            ("description", transaction.title.clone()),
            ("metadata[transaction]", transaction.id.to_string()),
            ("metadata[customer]", transaction.customer.to_string()),
        ];
        let key = transaction.id.to_string();
        let made: super::payment_intent::PaymentIntent =
            self.make("/v1/payment_intents", &key, &form).await?;
        Ok(made.into())
    }
}
