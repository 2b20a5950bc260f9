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
use crate::{
    clock::Time,
    gateway::{Meaning, Payment},
};

/// The envelope of an event: what the door looks at before it stores the whole.
#[derive(Deserialize)]
pub struct Envelope {
    pub id: String,
    pub object: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub api_version: Option<String>,
    pub livemode: bool,
    /// In seconds since 1970.
    pub created: Option<i64>,
}

impl Envelope {
    /// Whether a text in it holds U+0000, which PostgreSQL cannot store and no gateway sends.
    pub fn has_zeros(&self) -> bool {
        let version = self.api_version.as_deref().unwrap_or_default();
        [&self.id, &self.kind, version]
            .into_iter()
            .any(|text| text.contains('\0'))
    }
}

#[derive(Deserialize)]
struct Event<T> {
    /// In seconds since 1970.
    created: Option<i64>,
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
    match reading(kind) {
        Reading::Charge => read(body, Charge::meaning),
        Reading::CheckoutSession(news) => read(body, |it: CheckoutSession| it.meaning(news)),
        Reading::Dispute => read(body, Dispute::meaning),
        Reading::FraudWarning => read(body, FraudWarning::meaning),
        Reading::Invoice => read(body, |it| invoice(it, News::None)),
        Reading::InvoiceInTrouble => read(body, |it| invoice(it, News::Trouble)),
        Reading::Method => read(body, |it: PaymentMethod| Meaning::Method(it.into())),
        Reading::PaymentIntent => read(body, payment::<PaymentIntent>),
        Reading::Refund => read(body, Refund::meaning),
        Reading::SetupIntent => read(body, payment::<SetupIntent>),
        Reading::Subscription => {
            let event: Event<Subscription> = serde_json::from_str(body)?;
            Ok(Meaning::Standing(event.data.object.try_into()?))
        }
        Reading::Upcoming => read(body, |it: Invoice| {
            it.upcoming().map_or(NOT_FOR_A_PLAN, Meaning::Upcoming)
        }),
        Reading::Nothing(reason) => Ok(Meaning::Ignored(reason)),
    }
}

/// What the object that an event is about means. What it says of a payment is so since the event.
fn read<T: DeserializeOwned>(
    body: &str,
    meaning: impl FnOnce(T) -> Meaning,
) -> serde_json::Result<Meaning> {
    let event: Event<T> = serde_json::from_str(body)?;
    let mut meaning = meaning(event.data.object);
    if let Meaning::Payment(payment) = &mut meaning {
        payment.since = event.created.map(Time::from_unix);
    }
    Ok(meaning)
}

fn payment<T: Into<Payment>>(says: T) -> Meaning {
    Meaning::Payment(Box::new(says.into()))
}

const NOT_FOR_A_PLAN: Meaning = Meaning::Ignored("it asks for nothing, or not for a plan");

fn invoice(invoice: Invoice, news: News) -> Meaning {
    let payment = invoice.payment(news);
    payment.map_or(NOT_FOR_A_PLAN, self::payment)
}
