//! Billing and the sandbox, which know of each other only what a test lets them know.

use std::time::Duration;

use billing::{
    Billing, Settings,
    catalog::CatalogFile,
    clock::{Day, Time},
    id::CustomerId,
    order::Order,
    reconcile::{
        Class, Finding, FindingState, Period, ReconcileError, Reconciliation, Settlement, Wish,
    },
    store::Location,
};
use sandbox::{SECRET_KEY, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::books::{Books, Database, event, settings};

const DEMO: &str = include_str!("../../../src/catalog/demo.toml");
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Longer than money and news of it may be on their way.
const AN_HOUR: Duration = Duration::from_secs(3600);

pub struct Shop {
    pub books: Books,
    sandbox: Sandbox,
    http: reqwest::Client,
    catalog: CatalogFile,
}

impl Shop {
    pub async fn open(database: Database) -> Self {
        Self::with_rules(database, "").await
    }

    /// With rules of what is done about differences, as the catalogue's file has them.
    pub async fn with_rules(database: Database, rules: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = Sandbox::start(listener, Default::default()).await.unwrap();
        let catalog = CatalogFile::parse(&format!("{DEMO}\n{rules}")).unwrap();
        let set = |settings: &mut Settings| at(&sandbox, &catalog, settings);
        let books = Books::quietly(database, set).await;
        // billing has chosen a provider for TLS by now.
        let http = reqwest::Client::new();
        Self {
            books,
            sandbox,
            http,
            catalog,
        }
    }

    pub fn billing(&self) -> &Billing {
        &self.books.billing
    }

    /// Another server on the same database.
    pub async fn another_server(&self) -> Billing {
        let location: &Location = &self.books.location;
        let mut settings = settings(location, &self.books.clock);
        at(&self.sandbox, &self.catalog, &mut settings);
        Billing::open_quietly(settings).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.sandbox.url());
        let answer = self.http.get(url).bearer_auth(SECRET_KEY).send().await;
        answer.unwrap().json().await.unwrap()
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let url = format!("{}{path}", self.sandbox.url());
        let request = self.http.post(url).bearer_auth(SECRET_KEY).form(form);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(answer["error"].is_null(), "{answer}");
        answer
    }

    pub async fn control(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/control{path}", self.sandbox.url());
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        answer.json().await.unwrap()
    }

    /// A payment that the gateway knows and we do not, perhaps with our id on it.
    pub async fn pay_directly(&self, amount: i64, transaction: Option<String>) -> String {
        let amount = amount.to_string();
        let mut form = vec![
            ("amount", amount.as_str()),
            ("currency", "usd"),
            ("payment_method", "pm_card_visa"),
            ("confirm", "true"),
            ("return_url", "http://localhost/"),
        ];
        let id = transaction.unwrap_or_default();
        if !id.is_empty() {
            form.push(("metadata[transaction]", &id));
        }
        text(&self.post("/v1/payment_intents", &form).await["id"])
    }

    /// An order whose payment is open at the gateway, and the gateway's id of that.
    pub async fn checkout(&self, email: &str, pack: &str) -> (Order, String) {
        let customer = self.books.customer(email).await;
        let order = self.books.order(customer, pack).await;
        let payment = self.open_payment(&order).await;
        (order, payment)
    }

    pub async fn open_payment(&self, order: &Order) -> String {
        let checkout = self.billing().begin_payment(order).await.unwrap();
        let (payment, _) = checkout.client_secret.split_once("_secret").unwrap();
        payment.to_owned()
    }

    /// The customer pays, and we hear nothing of it.
    pub async fn confirm(&self, payment: &str) {
        let form = [
            ("payment_method", "pm_card_visa"),
            ("return_url", "http://localhost/"),
        ];
        let path = format!("/v1/payment_intents/{payment}/confirm");
        assert_eq!(self.post(&path, &form).await["status"], "succeeded");
    }

    /// The customer tries to pay, and their bank declines.
    pub async fn decline(&self, payment: &str) {
        let form = [
            ("payment_method", "pm_card_visa_chargeDeclined"),
            ("return_url", "http://localhost/"),
        ];
        let url = format!(
            "{}/v1/payment_intents/{payment}/confirm",
            self.sandbox.url()
        );
        let request = self.http.post(url).bearer_auth(SECRET_KEY).form(&form);
        assert_eq!(request.send().await.unwrap().status(), 402);
        let intent = self.get(&format!("/v1/payment_intents/{payment}")).await;
        self.tell("payment_intent.payment_failed", &intent).await;
    }

    /// An order that was paid, and of which we heard nothing.
    pub async fn paid_in_silence(&self, email: &str, pack: &str) -> (Order, String) {
        let (order, payment) = self.checkout(email, pack).await;
        self.confirm(&payment).await;
        (order, payment)
    }

    /// An order that was paid and settled.
    pub async fn bought(&self, email: &str, pack: &str) -> (Order, String) {
        let (order, payment) = self.paid_in_silence(email, pack).await;
        let intent = self.get(&format!("/v1/payment_intents/{payment}")).await;
        self.tell("payment_intent.succeeded", &intent).await;
        (order, payment)
    }

    /// An order that is settled by what we were told, which is not so at the gateway.
    pub async fn settled_by_mistake(&self, order: &Order, payment: &str) {
        let amount = order.transaction.amount;
        let intent = json!({
            "id": payment, "object": "payment_intent", "status": "succeeded",
            "amount": amount.value, "amount_received": amount.value,
            "currency": amount.currency.as_str(), "client_secret": null,
            "last_payment_error": null, "livemode": false,
            "metadata": { "transaction": order.transaction.id },
        });
        self.tell("payment_intent.succeeded", &intent).await;
    }

    /// A webhook that comes.
    pub async fn tell(&self, kind: &str, object: &Value) {
        self.books.deliver(&event(kind, object)).await.unwrap();
    }

    pub async fn has(&self, customer: CustomerId) -> (i64, i64) {
        let balance = self.billing().balance(customer).await.unwrap();
        (balance.available.0, balance.frozen.0)
    }

    /// Later, when nothing is on its way any more, yesterday, today and tomorrow are reconciled.
    pub async fn reconcile(&self, applies: bool) -> Reconciliation {
        self.books.clock.advance(AN_HOUR);
        let wish = self.wish(applies);
        self.billing().reconcile(wish, |_| ()).await.unwrap()
    }

    pub fn wish(&self, applies: bool) -> Wish {
        Wish {
            file: None,
            period: Some(self.period()),
            applies,
            by: "test".to_owned(),
        }
    }

    pub fn period(&self) -> Period {
        let now = self.books.clock.now();
        let day = |at: Time| Day::from(at);
        Period::days(day(now.minus(DAY)), day(now.plus(DAY)))
    }

    /// Reconciles a file of this text, later.
    pub async fn reconcile_file(
        &self,
        text: &str,
        period: Option<Period>,
        applies: bool,
    ) -> Result<Reconciliation, ReconcileError> {
        self.books.clock.advance(AN_HOUR);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settlement.csv");
        std::fs::write(&path, text).unwrap();
        let wish = Wish {
            file: Some(Settlement {
                path,
                columns: Default::default(),
                unit: None,
            }),
            period,
            applies,
            by: "test".to_owned(),
        };
        self.billing().reconcile(wish, |_| ()).await
    }

    /// What a run met, by class and state.
    pub async fn met(&self, run: &Reconciliation) -> Vec<(Class, FindingState, i64)> {
        let counts = self.billing().finding_counts(run.id).await.unwrap();
        let counts = counts.into_iter();
        counts
            .map(|count| (count.class, count.state, count.findings))
            .collect()
    }

    /// The one finding of a run.
    pub async fn found(&self, run: &Reconciliation, class: Class) -> Finding {
        let found = self.billing().findings(run.id, class, None, 10).await;
        let mut found = found.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    /// Nothing that is still to be done is met any more.
    pub async fn is_even(&self) {
        let run = self.reconcile(true).await;
        let met = self.met(&run).await;
        assert!(
            met.iter().all(|(_, state, _)| *state != FindingState::Open),
            "{met:?}"
        );
    }

    /// All refunds that the gateway made, in their amounts.
    pub async fn refunds(&self) -> Vec<i64> {
        let list = self.get("/v1/refunds?limit=100").await;
        let refunds = list["data"].as_array().unwrap().iter();
        refunds
            .map(|refund| refund["amount"].as_i64().unwrap())
            .collect()
    }

    pub async fn close(self) {
        self.books.close().await;
        self.sandbox.stop().await;
    }
}

fn at(sandbox: &Sandbox, catalog: &CatalogFile, settings: &mut Settings) {
    settings.stripe.api_base = sandbox.url();
    settings.stripe.secret_key = SECRET_KEY.to_owned();
    settings.catalog = catalog.clone();
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
