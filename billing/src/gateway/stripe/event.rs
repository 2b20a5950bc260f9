//! Events. All that we act on stand in one `match`; whatever else comes is kept and ignored with a
//! reason. Source: <https://docs.stripe.com/api/events/object>.

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    charge::Charge,
    dispute::Dispute,
    fraud_warning::FraudWarning,
    invoice::{Invoice, News},
    payment_intent::PaymentIntent,
    payment_method::PaymentMethod,
    refund::Refund,
    setup_intent::SetupIntent,
    subscription::Subscription,
};
use crate::gateway::{Meaning, Payment};

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
        | "payment_intent.succeeded" => Ok(payment(object::<PaymentIntent>(body)?)),
        "refund.created" | "refund.failed" | "refund.updated" | "charge.refund.updated" => {
            Ok(object::<Refund>(body)?.meaning())
        }
        "invoice.finalized"
        | "invoice.marked_uncollectible"
        | "invoice.paid"
        | "invoice.payment_succeeded"
        | "invoice.updated"
        | "invoice.voided" => invoice(body, News::None),
        "invoice.payment_action_required" | "invoice.payment_failed" => {
            invoice(body, News::Trouble)
        }
        "customer.subscription.created"
        | "customer.subscription.deleted"
        | "customer.subscription.paused"
        | "customer.subscription.resumed"
        | "customer.subscription.updated" => {
            Ok(Meaning::Standing(object::<Subscription>(body)?.try_into()?))
        }
        "invoice.upcoming" => {
            let event: Event<Invoice> = serde_json::from_str(body)?;
            let upcoming = event.data.object.upcoming();
            Ok(upcoming.map_or(NOT_FOR_A_PLAN, Meaning::Upcoming))
        }
        "invoice.created" => Ok(Meaning::Ignored("it asks for nothing before it is final")),
        "invoice_payment.paid" => Ok(Meaning::Ignored("its invoice says the same")),
        kind if kind.starts_with("customer.subscription.") => {
            Ok(Meaning::Ignored("the subscription itself says the same"))
        }
        "charge.refunded" => Ok(object::<Charge>(body)?.meaning()),
        // That the bank took the money, or gave it back, is no decision: the status tells.
        "charge.dispute.closed"
        | "charge.dispute.created"
        | "charge.dispute.funds_reinstated"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.updated" => Ok(object::<Dispute>(body)?.meaning()),
        "radar.early_fraud_warning.created" => Ok(object::<FraudWarning>(body)?.meaning()),
        "setup_intent.canceled"
        | "setup_intent.requires_action"
        | "setup_intent.setup_failed"
        | "setup_intent.succeeded" => Ok(payment(object::<SetupIntent>(body)?)),
        "payment_method.attached"
        | "payment_method.automatically_updated"
        | "payment_method.detached"
        | "payment_method.updated" => Ok(Meaning::Method(object::<PaymentMethod>(body)?.into())),
        "payment_intent.created" | "setup_intent.created" => {
            Ok(Meaning::Ignored("we made it ourselves"))
        }
        kind if kind.starts_with("charge.") => {
            Ok(Meaning::Ignored("its payment intent says the same"))
        }
        _ => Ok(Meaning::Ignored("no action for this type")),
    }
}

fn payment(says: impl Into<Payment>) -> Meaning {
    Meaning::Payment(Box::new(says.into()))
}

const NOT_FOR_A_PLAN: Meaning = Meaning::Ignored("it asks for nothing, or not for a plan");

fn invoice(body: &str, news: News) -> serde_json::Result<Meaning> {
    let payment = object::<Invoice>(body)?.payment(news);
    Ok(payment.map_or(NOT_FOR_A_PLAN, self::payment))
}

/// The object that an event is about.
fn object<T: DeserializeOwned>(body: &str) -> serde_json::Result<T> {
    let event: Event<T> = serde_json::from_str(body)?;
    Ok(event.data.object)
}
