//! Nets under the webhooks. None comes here: what happens at the gateway is found all the same, with
//! few questions.

mod clock;
mod crash;
mod database;
mod gaps;
mod late;
mod sweep;

use std::{path::PathBuf, time::Duration};

use billing::{
    Billing, Settings,
    id::CustomerId,
    order::Order,
    plan::Subscribed,
    store::Location,
    transaction::{State, Transaction},
};
use reqwest::Method;
use sandbox::{SECRET_KEY, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::books::{Books, Database};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Billing in front of a sandbox that knows no endpoint to send events to. It has no workers: nothing is
/// asked but what the test asks.
struct Shop {
    books: Books,
    sandbox: Sandbox,
    http: reqwest::Client,
}

/// Has billing ask this gateway.
fn at(sandbox: &Sandbox, settings: &mut Settings) {
    settings.stripe.api_base = sandbox.url();
    settings.stripe.secret_key = SECRET_KEY.to_owned();
}

impl Shop {
    async fn open(database: Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = Sandbox::start(listener, Default::default()).await.unwrap();
        let books = Books::quietly(database, |settings| at(&sandbox, settings));
        Self {
            books: books.await,
            sandbox,
            http: reqwest::Client::new(),
        }
    }

    /// A server with workers on the same database.
    async fn another_server(&self) -> Billing {
        let set = |settings: &mut Settings| at(&self.sandbox, settings);
        self.books.another_server_with(set).await
    }

    /// Books on a copy of the database, in front of the same gateway and without workers.
    async fn restored(&self, copy: PathBuf) -> Books {
        Books::quietly_at(Location::Sqlite(copy), |settings| {
            at(&self.sandbox, settings);
            settings.clock = self.books.clock.clone();
        })
        .await
    }

    /// Every test ends here: the laws hold.
    async fn close(self) {
        self.books.close().await;
        self.sandbox.stop().await;
    }

    /// Orders a pack and makes its payment, which nobody has paid yet.
    async fn order(&self, customer: CustomerId, pack: &str) -> (Order, String) {
        let order = self.books.order(customer, pack).await;
        let payment = self.begin(&order).await;
        (order, payment)
    }

    /// Orders a plan and makes its first payment.
    async fn order_plan(&self, customer: CustomerId, plan: &str) -> (Order, String) {
        let plan = self.books.billing.catalog().plan(plan).unwrap().clone();
        let ordered = self.books.billing.subscribe(customer, &plan, None).await;
        let Subscribed::Ordered(order) = ordered.unwrap() else {
            panic!("the customer has a plan already");
        };
        let payment = self.begin(&order).await;
        (order, payment)
    }

    async fn begin(&self, order: &Order) -> String {
        let checkout = self.books.billing.begin_payment(order).await.unwrap();
        let (payment, _) = checkout.client_secret.split_once("_secret_").unwrap();
        payment.to_owned()
    }

    /// Orders a pack and pays for it. Nobody tells us.
    async fn buy(&self, customer: CustomerId, pack: &str) -> (Order, String) {
        let (order, payment) = self.order(customer, pack).await;
        self.pay(&payment, "pm_card_visa").await;
        (order, payment)
    }

    /// Tries to pay with a card, as a browser would.
    async fn pay(&self, payment: &str, card: &str) -> Value {
        let form = [
            ("payment_method", card),
            ("return_url", "http://localhost/"),
        ];
        let path = format!("/v1/payment_intents/{payment}/confirm");
        self.post(&path, &form).await
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let request = self.request(Method::POST, path).form(form);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn control(&self, path: &str, body: Value) -> Value {
        let request = self.request(Method::POST, &format!("/control{path}"));
        let answer = request.json(&body).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sandbox.url());
        self.http.request(method, url).bearer_auth(SECRET_KEY)
    }

    /// Makes calls of the API go wrong until the gateway is told to behave.
    async fn spoil(&self, method: &str, path: &str, mut fault: Value) {
        fault["method"] = json!(method);
        fault["path"] = json!(path);
        self.control("/api-faults", fault).await;
    }

    async fn behave(&self) {
        let request = self.request(Method::DELETE, "/control/faults");
        request.send().await.unwrap().error_for_status().unwrap();
    }

    /// Time passes, here and at the gateway.
    async fn advance(&self, by: Duration) {
        self.books.clock.advance(by);
        self.control("/clock", json!({ "advance_s": by.as_secs() }))
            .await;
    }

    /// How many calls the gateway has got, of all those in its log.
    async fn calls(&self) -> usize {
        let request = self.request(Method::GET, "/control/requests?limit=1000");
        let log: Value = request.send().await.unwrap().json().await.unwrap();
        let calls = log["data"].as_array().unwrap().len();
        assert!(calls < 1000, "the log is full");
        calls
    }

    /// How many calls a round of the sweeper makes.
    async fn sweep(&self) -> usize {
        let before = self.calls().await;
        self.books.billing.sweep().await.unwrap();
        self.calls().await - before
    }

    async fn transaction(&self, order: &Order) -> Transaction {
        let id = order.transaction.id;
        let found = self.books.billing.transaction(order.customer, id).await;
        found.unwrap().unwrap()
    }

    async fn state(&self, order: &Order) -> State {
        self.transaction(order).await.state
    }
}
