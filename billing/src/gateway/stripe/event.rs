//! Events: what each means is decided by how its type is read, which stands in `events.rs`.
//! Source: <https://docs.stripe.com/api/events/object>.

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    charge::Charge,
    checkout_session::CheckoutSession,
    dispute::Dispute,
    events::{Reading, reading},
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
    Ok(match reading(kind) {
        Reading::Charge => object::<Charge>(body)?.meaning(),
        Reading::CheckoutSession(news) => object::<CheckoutSession>(body)?.meaning(news),
        Reading::Dispute => object::<Dispute>(body)?.meaning(),
        Reading::FraudWarning => object::<FraudWarning>(body)?.meaning(),
        Reading::Invoice => invoice(object(body)?, News::None),
        Reading::InvoiceInTrouble => invoice(object(body)?, News::Trouble),
        Reading::Method => Meaning::Method(object::<PaymentMethod>(body)?.into()),
        Reading::PaymentIntent => payment(object::<PaymentIntent>(body)?),
        Reading::Refund => object::<Refund>(body)?.meaning(),
        Reading::SetupIntent => payment(object::<SetupIntent>(body)?),
        Reading::Subscription => Meaning::Standing(object::<Subscription>(body)?.try_into()?),
        Reading::Upcoming => {
            let upcoming = object::<Invoice>(body)?.upcoming();
            upcoming.map_or(NOT_FOR_A_PLAN, Meaning::Upcoming)
        }
        Reading::Nothing(reason) => Meaning::Ignored(reason),
    })
}

fn payment(says: impl Into<Payment>) -> Meaning {
    Meaning::Payment(Box::new(says.into()))
}

const NOT_FOR_A_PLAN: Meaning = Meaning::Ignored("it asks for nothing, or not for a plan");

fn invoice(invoice: Invoice, news: News) -> Meaning {
    let payment = invoice.payment(news);
    payment.map_or(NOT_FOR_A_PLAN, self::payment)
}

/// The object that an event is about.
fn object<T: DeserializeOwned>(body: &str) -> serde_json::Result<T> {
    let event: Event<T> = serde_json::from_str(body)?;
    Ok(event.data.object)
}
