//! A PaymentIntent, as Stripe writes it, and what it says in our words.
//! Source: <https://docs.stripe.com/api/payment_intents/object>.

use std::collections::HashMap;

use serde::Deserialize;

use super::payment_method::{Expandable, PaymentMethod};
use crate::{
    clock::Time,
    gateway::{Payment, PaymentStatus},
    id::TransactionId,
    money::{Currency, Money},
    transaction::{Failure, Way},
};

#[derive(Deserialize)]
pub struct PaymentIntent {
    pub(super) id: String,
    status: Status,
    amount: i64,
    #[serde(default)]
    amount_received: i64,
    currency: Currency,
    client_secret: Option<String>,
    last_payment_error: Option<PaymentError>,
    payment_method: Option<Expandable<PaymentMethod>>,
    setup_future_usage: Option<String>,
    latest_charge: Option<Expandable<Charge>>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Status {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    /// Before 2019 it had another name.
    RequiresSource,
    RequiresSourceAction,
    Processing,
    RequiresCapture,
    Succeeded,
    Canceled,
}

/// As much of a charge as tells since when it is there, and whether its money was once set aside.
#[derive(Deserialize)]
struct Charge {
    /// In seconds since 1970.
    created: Option<i64>,
    status: String,
    captured: bool,
}

impl Charge {
    fn was_only_set_aside(&self) -> bool {
        self.status == "succeeded" && !self.captured
    }
}

#[derive(Deserialize)]
pub struct PaymentError {
    code: Option<String>,
    decline_code: Option<String>,
    message: Option<String>,
}

/// The key in the metadata under which our transaction's id travels.
pub const TRANSACTION: &str = "transaction";
/// That of the way in which it is paid, when it is not the first.
pub const WAY: &str = "way";

/// The idempotency key of what is made for one way of a transaction.
pub fn key(transaction: TransactionId, way: Way) -> String {
    match way {
        Way(0) => transaction.to_string(),
        Way(number) => format!("{transaction}:way-{number}"),
    }
}

/// The way that is named in metadata.
pub fn way(metadata: &HashMap<String, String>) -> Way {
    let way = metadata.get(WAY).and_then(|way| way.parse().ok());
    way.map(Way).unwrap_or_default()
}

impl From<PaymentIntent> for Payment {
    fn from(intent: PaymentIntent) -> Self {
        let status = match (intent.status, intent.last_payment_error) {
            (Status::RequiresPaymentMethod | Status::RequiresSource, Some(error)) => {
                PaymentStatus::Failed(error.into())
            }
            (
                Status::RequiresPaymentMethod
                | Status::RequiresSource
                | Status::RequiresConfirmation,
                _,
            ) => PaymentStatus::Waiting,
            (Status::RequiresAction | Status::RequiresSourceAction, _) => {
                PaymentStatus::RequiresAction
            }
            (Status::Processing, _) => PaymentStatus::Processing,
            (Status::RequiresCapture, _) => PaymentStatus::Authorized,
            (Status::Succeeded, _) => PaymentStatus::Succeeded,
            (Status::Canceled, _) => match &intent.latest_charge {
                Some(Expandable::Object(charge)) if charge.was_only_set_aside() => {
                    PaymentStatus::Released
                }
                _ => PaymentStatus::Canceled,
            },
        };
        // Money that takes days has a charge since its first day.
        let since = match (&status, &intent.latest_charge) {
            (PaymentStatus::Succeeded, Some(Expandable::Object(charge))) => charge.created,
            _ => None,
        };
        let value = match status {
            PaymentStatus::Succeeded => intent.amount_received,
            _ => intent.amount,
        };
        Self {
            reference: intent.id,
            status,
            amount: Money {
                value,
                currency: intent.currency,
            },
            transaction: intent
                .metadata
                .get(TRANSACTION)
                .and_then(|id| id.parse().ok()),
            way: way(&intent.metadata),
            client_secret: intent.client_secret,
            invoice: None,
            method: intent.payment_method.map(PaymentMethod::method),
            keeps_method: intent.setup_future_usage.is_some(),
            since: since.map(Time::from_unix),
        }
    }
}

impl From<PaymentError> for Failure {
    fn from(error: PaymentError) -> Self {
        let code = error
            .decline_code
            .or(error.code)
            .unwrap_or_else(|| "declined".to_owned());
        let message = error
            .message
            .unwrap_or_else(|| "Your card was declined.".to_owned());
        Self { code, message }
    }
}
