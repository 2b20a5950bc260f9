//! States and events that no card would bring about, for tests of what must not be believed.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::account::{Account, text};
use crate::declines::Decline;
use crate::objects::{
    charges, checkout_sessions, confirmation, disputes, fraud_warnings, intents, invoices,
    payment_intents, payment_methods, payouts, refunds, setup_confirmation, setup_intents,
    subscriptions,
};

/// What an intent is to become.
#[derive(Debug, Default, Deserialize)]
pub struct Force {
    status: Option<String>,
    amount: Option<i64>,
    amount_received: Option<i64>,
    currency: Option<String>,
    /// Why it failed, by decline code, when the status is `requires_payment_method`.
    decline: Option<String>,
    /// Later instead of now.
    pub after_ms: Option<u64>,
    /// False changes it without an event, as if all webhooks were lost.
    emit: Option<bool>,
}

/// An event that is to be sent.
#[derive(Debug, Deserialize)]
pub struct Said {
    #[serde(rename = "type")]
    kind: String,
    payment_intent: Option<String>,
    /// What it is about: any object by its id, or `latest` for the newest of those that its type is
    /// about.
    about: Option<String>,
    /// Laid over what it is about; alone when that is nothing.
    #[serde(default)]
    object: Map<String, Value>,
    created: Option<i64>,
    livemode: Option<bool>,
}

impl Force {
    pub const FIELDS: &[&str] = &[
        "status",
        "amount",
        "amount_received",
        "currency",
        "decline",
        "after_ms",
        "emit",
    ];

    pub fn check(&self) -> Result<(), String> {
        const STATES: &[&str] = &[
            "requires_payment_method",
            "requires_confirmation",
            "requires_action",
            "processing",
            "requires_capture",
            "succeeded",
            "canceled",
        ];
        match &self.status {
            Some(status) if !STATES.contains(&status.as_str()) => {
                Err(format!("status must be one of {}", STATES.join(", ")))
            }
            _ => self.decline().map(|_| ()),
        }
    }

    fn decline(&self) -> Result<Decline, String> {
        let name = self.decline.as_deref().unwrap_or("generic_decline");
        Decline::named(name).ok_or_else(|| format!("no such decline code: {name}"))
    }
}

impl Said {
    pub const FIELDS: &[&str] = &[
        "type",
        "payment_intent",
        "about",
        "object",
        "created",
        "livemode",
    ];
}

/// Moves the intent, with the charge and the events that such a change brings.
pub fn apply(account: &mut Account, id: &str, wanted: &Force) -> Result<Value, String> {
    let mut intent = account
        .store
        .get(intents::kind_of(id), id)
        .cloned()
        .ok_or("the intent is gone")?;
    if intents::is_setup(&intent) {
        intent = move_setup_to(account, intent, wanted)?;
        if wanted.emit == Some(false) {
            account.unsay();
        }
        return Ok(intent);
    }
    if let Some(amount) = wanted.amount {
        intent["amount"] = amount.into();
    }
    if let Some(currency) = &wanted.currency {
        intent["currency"] = currency.clone().into();
    }
    account.store.put(intent.clone());
    if let Some(status) = &wanted.status {
        intent = move_to(account, intent, status, wanted)?;
    }
    if let Some(received) = wanted.amount_received {
        intent["amount_received"] = received.into();
        account.store.put(intent.clone());
        account.retell(&intent);
    }
    if wanted.emit == Some(false) {
        account.unsay();
    }
    Ok(intent)
}

/// Makes an event out of the intent as it is and what the test lays over it.
pub fn say(account: &mut Account, said: Said) -> Result<Value, String> {
    let mut object = match (&said.payment_intent, said.about.as_deref()) {
        (Some(id), _) => account
            .store
            .get(payment_intents::KIND, id)
            .cloned()
            .ok_or_else(|| format!("no such payment_intent: {id}"))?,
        (None, Some("latest")) => newest_for(account, &said.kind)?,
        (None, Some(id)) => account
            .store
            .any(id)
            .cloned()
            .ok_or_else(|| format!("there is no {id}"))?,
        (None, None) => json!({}),
    };
    for (name, value) in said.object {
        object[name] = value;
    }
    Ok(account.say(&said.kind, &object, said.created, said.livemode))
}

/// What events are about, by how their types begin.
const OBJECTS: &[(&str, &str)] = &[
    ("payment_intent.", payment_intents::KIND),
    ("setup_intent.", setup_intents::KIND),
    ("payment_method.", payment_methods::KIND),
    ("checkout.session.", checkout_sessions::KIND),
    ("customer.subscription.", subscriptions::KIND),
    ("invoice.", invoices::KIND),
    ("charge.dispute.", disputes::KIND),
    ("charge.refund.", refunds::KIND),
    ("charge.", charges::KIND),
    ("refund.", refunds::KIND),
    ("radar.early_fraud_warning.", fraud_warnings::KIND),
    ("payout.", payouts::KIND),
];

fn newest_for(account: &Account, event: &str) -> Result<Value, String> {
    let kind = OBJECTS.iter().find(|(begin, _)| event.starts_with(begin));
    let (_, kind) = kind.ok_or_else(|| format!("nothing is known of what {event} is about"))?;
    let newest = account.store.newest(kind).next().cloned();
    newest.ok_or_else(|| format!("there is no {kind} yet that it could be about"))
}

fn move_to(
    account: &mut Account,
    mut intent: Value,
    status: &str,
    wanted: &Force,
) -> Result<Value, String> {
    let method = method_of(account, &intent)?;
    match status {
        "succeeded" => {
            intent["capture_method"] = "automatic".into();
            Ok(confirmation::approve(account, intent, &method))
        }
        "requires_capture" => {
            intent["capture_method"] = "manual".into();
            Ok(confirmation::approve(account, intent, &method))
        }
        "requires_payment_method" => {
            let id = text(&intent, "id").to_owned();
            confirmation::refuse(account, intent, &method, wanted.decline()?);
            let now = account.store.find(payment_intents::KIND, &id);
            now.map_err(|_| "the payment intent is gone".to_owned())
        }
        _ => {
            intent["status"] = status.into();
            intent["payment_method"] = method["id"].clone();
            intent["processing"] = match status {
                "processing" => json!({ "type": "card", "card": {} }),
                _ => Value::Null,
            };
            if status == "canceled" {
                intent["canceled_at"] = account.now().into();
            }
            account.store.put(intent.clone());
            if status != "requires_confirmation" {
                account.emit(&format!("payment_intent.{status}"), &intent, None);
            }
            checkout_sessions::follow(account, &intent);
            Ok(intent)
        }
    }
}

fn move_setup_to(
    account: &mut Account,
    mut intent: Value,
    wanted: &Force,
) -> Result<Value, String> {
    let status = wanted.status.as_deref().ok_or("a status is needed")?;
    let method = method_of(account, &intent)?;
    match status {
        "succeeded" => Ok(setup_confirmation::approve(account, intent, &method)),
        "requires_payment_method" => {
            let id = text(&intent, "id").to_owned();
            setup_confirmation::refuse(account, intent, &method, wanted.decline()?);
            let now = account.store.find(intents::kind_of(&id), &id);
            now.map_err(|_| "the setup intent is gone".to_owned())
        }
        "requires_capture" => Err("a setup intent captures nothing".to_owned()),
        _ => {
            intent["status"] = status.into();
            intent["payment_method"] = method["id"].clone();
            account.store.put(intent.clone());
            if matches!(status, "requires_action" | "canceled") {
                account.emit(&format!("setup_intent.{status}"), &intent, None);
            }
            Ok(intent)
        }
    }
}

/// The intent's own method, the one that failed, or a card that always works.
fn method_of(account: &mut Account, intent: &Value) -> Result<Value, String> {
    let error = match intents::is_setup(intent) {
        true => "last_setup_error",
        false => "last_payment_error",
    };
    let last = &intent[error]["payment_method"]["id"];
    let id = intent["payment_method"]
        .as_str()
        .or_else(|| last.as_str())
        .unwrap_or("pm_card_visa");
    payment_methods::resolve(account, id).ok_or_else(|| format!("no such payment method: {id}"))
}
