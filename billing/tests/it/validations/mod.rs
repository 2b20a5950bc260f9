//! What banks are asked about cards: to keep one, or to open a trial. Events about it come in every
//! order, more than once, early and on two servers, and end in the same.

mod card;
mod trial;

use billing::{
    Billing, Settings,
    id::{CustomerId, TransactionId},
    transaction::State,
    validation::Purpose,
};
use serde_json::{Value, json};

use crate::{
    books::{Books, Database, deliver, event},
    gateway::Gateway,
    settle::permutations,
};

/// Books, and a gateway at which customers keep cards.
pub struct Desk {
    pub books: Books,
    pub gateway: Gateway,
}

/// A customer who is about to show a card to their bank. Everything of theirs at the gateway carries
/// this number.
pub struct Asked {
    pub number: usize,
    pub customer: CustomerId,
    pub transaction: TransactionId,
}

/// What is told of a validation, what the gateway knows in the end, and what becomes of it.
pub struct Story {
    pub events: Vec<Value>,
    pub intent: Value,
    pub method: Value,
    pub end: End,
}

/// How it ended, but for what only says which way it took.
#[derive(Debug, PartialEq)]
pub struct End {
    pub state: State,
    pub failure: Option<String>,
    pub credits: i64,
    /// The last digits of the cards that are kept, and whether plans are paid with it.
    pub cards: Vec<(String, bool)>,
    pub had_trial: bool,
}

/// Tells a story in every order, each to a customer of its own.
pub async fn tell_in_every_order(database: Database, purpose: Purpose, story: fn(&Asked) -> Story) {
    let desk = Desk::open(database).await;
    for number in 0.. {
        let asked = desk.begins(purpose, number).await;
        let story = story(&asked);
        let places: Vec<_> = (0..story.events.len()).collect();
        let Some(order) = permutations(&places).into_iter().nth(number) else {
            break;
        };
        let is_set_aside = story.intent["status"] == "requires_capture";
        desk.knows(story.intent, story.method);
        let told: Vec<_> = order
            .iter()
            .map(|place| story.events[*place].clone())
            .collect();
        desk.hears(&told).await;
        assert_eq!(desk.end(&asked).await, story.end, "{order:?}");
        let is_given_back = !desk.gateway.asked(&cancel(number)).is_empty();
        assert!(!is_set_aside || is_given_back, "{order:?}");
    }
    desk.close().await;
}

impl Desk {
    pub async fn open(database: Database) -> Self {
        Self::open_with(database, |_| ()).await
    }

    /// With settings of its own.
    pub async fn open_with(database: Database, set: impl FnOnce(&mut Settings)) -> Self {
        let gateway = Gateway::start().await;
        let books = Books::open_with(database, |settings| {
            settings.stripe.api_base = gateway.url.clone();
            set(settings);
        });
        Self {
            books: books.await,
            gateway,
        }
    }

    /// A customer who begins to keep a card, or a trial.
    pub async fn begins(&self, purpose: Purpose, number: usize) -> Asked {
        let customer = self.customer(number).await;
        let (billing, gateway) = (&self.books.billing, &self.gateway);
        let begun = match purpose {
            Purpose::Card => {
                let setup = setup(number, None, "requires_payment_method");
                gateway.answers("POST /v1/setup_intents", 200, setup);
                billing.begin_card(customer, None).await
            }
            Purpose::Trial => {
                let begun = hold(number, None, "requires_payment_method");
                gateway.answers("POST /v1/payment_intents", 200, begun);
                let canceled = hold(number, None, "canceled");
                gateway.answers(&cancel(number), 200, canceled);
                billing.begin_trial(customer).await
            }
        };
        Asked {
            number,
            customer,
            transaction: begun.unwrap().transaction.id,
        }
    }

    pub async fn customer(&self, number: usize) -> CustomerId {
        let email = format!("c{number}@shop.example");
        let customer = self.books.customer(&email).await;
        let known = json!({ "id": format!("cus_{number}") });
        self.gateway
            .answers("POST /v1/customers", 200, known.clone());
        let path = format!("POST /v1/customers/cus_{number}");
        self.gateway.answers(&path, 200, known);
        customer
    }

    /// From now on the gateway answers that the intent and the card are so.
    pub fn knows(&self, mut intent: Value, method: Value) {
        intent["payment_method"] = method.clone();
        let path = format!("GET /v1/payment_methods/{}", method["id"].as_str().unwrap());
        self.gateway.answers(&path, 200, method);
        let kind = match intent["object"].as_str().unwrap() {
            "setup_intent" => "setup_intents",
            _ => "payment_intents",
        };
        let path = format!("GET /v1/{kind}/{}", intent["id"].as_str().unwrap());
        self.gateway.answers(&path, 200, intent);
    }

    /// Each event twice; and in the end all of them again, told anew and the other way round.
    pub async fn hears(&self, events: &[Value]) {
        for event in events {
            for _again in 0..2 {
                self.books.deliver(event).await.unwrap();
            }
        }
        for told in events.iter().rev() {
            let kind = told["type"].as_str().unwrap();
            let anew = event(kind, &told["data"]["object"]);
            self.books.deliver(&anew).await.unwrap();
        }
    }

    pub async fn end(&self, asked: &Asked) -> End {
        let billing = &self.books.billing;
        let (customer, id) = (asked.customer, asked.transaction);
        self.books.quiet().await;
        billing.do_duties().await.unwrap();
        let transaction = billing.transaction(customer, id).await.unwrap().unwrap();
        let cards = billing.cards(customer).await.unwrap().into_iter();
        End {
            state: transaction.state,
            failure: transaction.failure.map(|failure| failure.code),
            credits: self.books.available(customer).await,
            cards: cards
                .map(|card| (card.face.last4, card.is_default))
                .collect(),
            had_trial: billing.trial_for(customer).await.unwrap().is_none(),
        }
    }

    /// Nothing is left to do, and the laws hold.
    pub async fn close(self) {
        let attention = self.books.billing.attention().await.unwrap();
        assert_eq!(attention.duties, []);
        assert_eq!(attention.reviews, []);
        assert!(attention.events.is_empty(), "{:?}", attention.events);
        self.books.close().await;
    }
}

pub async fn tell(billing: &Billing, desk: &Desk, event: &Value) {
    deliver(billing, &desk.books.clock, event).await.unwrap();
}

fn cancel(number: usize) -> String {
    format!("POST /v1/payment_intents/pi_{number}/cancel")
}

fn tried_with(number: usize, status: &str) -> Option<String> {
    (status != "requires_payment_method").then(|| format!("pm_{number}"))
}

fn metadata(transaction: Option<TransactionId>) -> Value {
    transaction.map_or(json!({}), |id| json!({ "transaction": id }))
}

/// The setup intent of a customer.
pub fn setup(number: usize, transaction: Option<TransactionId>, status: &str) -> Value {
    json!({
        "id": format!("seti_{number}"),
        "object": "setup_intent",
        "status": status,
        "client_secret": format!("seti_{number}_secret"),
        "customer": format!("cus_{number}"),
        "payment_method": tried_with(number, status),
        "last_setup_error": null,
        "livemode": false,
        "metadata": metadata(transaction),
    })
}

/// The payment intent of a trial: only set aside, and given back when it is canceled.
pub fn hold(number: usize, transaction: Option<TransactionId>, status: &str) -> Value {
    let charge = json!({ "id": format!("ch_{number}"), "status": "succeeded", "captured": false });
    let was_set_aside = matches!(status, "requires_capture" | "canceled");
    json!({
        "id": format!("pi_{number}"),
        "object": "payment_intent",
        "status": status,
        "amount": 100,
        "amount_received": 0,
        "currency": "usd",
        "client_secret": format!("pi_{number}_secret"),
        "customer": format!("cus_{number}"),
        "payment_method": tried_with(number, status),
        "latest_charge": if was_set_aside { charge } else { json!(null) },
        "last_payment_error": null,
        "setup_future_usage": "off_session",
        "livemode": false,
        "metadata": metadata(transaction),
    })
}

/// A customer's card. `print` is the same for the same number on it.
pub fn method(number: usize, print: &str) -> Value {
    json!({
        "id": format!("pm_{number}"),
        "object": "payment_method",
        "customer": format!("cus_{number}"),
        "card": {
            "brand": "visa",
            "last4": "4242",
            "exp_month": 8,
            "exp_year": 2040,
            "fingerprint": print,
        },
    })
}
