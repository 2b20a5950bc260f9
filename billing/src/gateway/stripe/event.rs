//! Events. All that we act on stand in one `match`; whatever else comes is kept and ignored with a
//! reason. Source: <https://docs.stripe.com/api/events/object>.

use serde::Deserialize;

use super::payment_intent::PaymentIntent;
use crate::gateway::Meaning;

/// The envelope of an event: what the door looks at before it stores the whole.
#[derive(Deserialize)]
pub struct Envelope {
    pub id: String,
    pub object: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub api_version: Option<String>,
    pub livemode: bool,
}

#[derive(Deserialize)]
struct Event<T> {
    data: Data<T>,
}

#[derive(Deserialize)]
struct Data<T> {
    object: T,
}

/// What an event means to us.
///
/// # Errors
/// When it is of a kind that we act on and cannot be read: it is then tried again, and stays
/// visible, until somebody looks.
pub fn meaning(kind: &str, body: &str) -> serde_json::Result<Meaning> {
    match kind {
        "payment_intent.amount_capturable_updated"
        | "payment_intent.canceled"
        | "payment_intent.payment_failed"
        | "payment_intent.processing"
        | "payment_intent.requires_action"
        | "payment_intent.succeeded" => {
            let event: Event<PaymentIntent> = serde_json::from_str(body)?;
            Ok(Meaning::Payment(event.data.object.into()))
        }
        "payment_intent.created" => Ok(Meaning::Ignored("we made it ourselves")),
        kind if kind.starts_with("charge.") => {
            Ok(Meaning::Ignored("its payment intent says the same"))
        }
        _ => Ok(Meaning::Ignored("no action for this type")),
    }
}
