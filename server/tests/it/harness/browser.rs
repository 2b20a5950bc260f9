//! Somebody in front of the site: a cookie, and the requests that pages and islands make.

use std::sync::{Mutex, PoisonError};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{
    Page, between,
    description::{Description, Schema},
};

pub const PASSWORD: &str = "correct horse battery";

pub struct Browser {
    http: reqwest::Client,
    site: String,
    agent: Option<&'static str>,
    cookie: Mutex<Option<String>>,
}

/// An order whose payment is open at the gateway; or a card that is to be validated there, without an
/// order.
#[derive(Debug)]
pub struct Purchase {
    pub order: String,
    pub transaction: String,
    pub intent: String,
    pub client_secret: String,
}

impl Purchase {
    fn of(order: &str, transaction: &str, payment: &Value) -> Self {
        let client_secret = payment["client_secret"].as_str().unwrap();
        let (intent, _) = client_secret.split_once("_secret").unwrap();
        Self {
            order: order.to_owned(),
            transaction: transaction.to_owned(),
            intent: intent.to_owned(),
            client_secret: client_secret.to_owned(),
        }
    }
}

impl Browser {
    pub fn new(http: reqwest::Client, site: &str) -> Self {
        Self {
            http,
            site: site.to_owned(),
            agent: None,
            cookie: Mutex::new(None),
        }
    }

    /// The same session in front of another server.
    pub fn moved_to(self, site: &str) -> Self {
        Self {
            site: site.to_owned(),
            ..self
        }
    }

    /// Says what it is with every request.
    pub fn calling_itself(self, agent: &'static str) -> Self {
        Self {
            agent: Some(agent),
            ..self
        }
    }

    /// A request with the cookie, and nothing else that a browser adds.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.site));
        if let Some(agent) = self.agent {
            request = request.header("user-agent", agent);
        }
        match self.cookie() {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    /// Sends a request and begins to read the answer. At `/v1` both must be what the API says of them.
    pub async fn open(&self, request: RequestBuilder) -> (Response, Option<Schema>) {
        let (http, request) = request.build_split();
        let request = request.unwrap();
        if !request.url().path().starts_with("/v1/") {
            return (http.execute(request).await.unwrap(), None);
        }
        let described = self.description().await;
        let asked = request.try_clone().unwrap();
        let answer = http.execute(request).await.unwrap();
        let schema = described.hold(&asked, answer.status().as_u16(), answer.headers());
        (answer, Some(schema))
    }

    /// How the API describes itself.
    pub async fn description(&self) -> &'static Description {
        static DESCRIPTION: OnceCell<Description> = OnceCell::const_new();
        let ask = || async {
            let url = format!("{}/openapi.json", self.site);
            let answer = self.http.get(url).send().await.unwrap();
            Description::new(answer.json().await.unwrap())
        };
        DESCRIPTION.get_or_init(ask).await
    }

    pub async fn send(&self, request: RequestBuilder) -> Page {
        let (answer, schema) = self.open(request).await;
        let page = Page::read(answer).await;
        if let Some(schema) = schema {
            schema.hold(&page.json());
        }
        for set in page.headers.get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = Some(pair);
        }
        page
    }

    pub fn cookie(&self) -> Option<String> {
        let cookie = self.cookie.lock().unwrap_or_else(PoisonError::into_inner);
        cookie.clone()
    }

    pub async fn get(&self, path: &str) -> Page {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a form of our own pages.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.request(Method::POST, path).form(fields);
        self.send(request.header("sec-fetch-site", "same-origin"))
            .await
    }

    /// Calls a server function, as an island does.
    pub async fn call(&self, function: &str, arguments: Value) -> Page {
        let request = self.request(Method::POST, &format!("/api/{function}"));
        let request = request
            .header("sec-fetch-site", "same-origin")
            .json(&arguments);
        self.send(request).await
    }

    pub async fn sign_up(&self, email: &str) {
        let fields = [("email", email), ("password", PASSWORD)];
        self.post("/sign-up", &fields).await.leads_to("/account");
    }

    /// Signs in again, as after weeks.
    pub async fn sign_in(&self, email: &str) {
        let fields = [("email", email), ("password", PASSWORD)];
        self.post("/sign-in", &fields).await.is(303);
    }

    /// Places an order: its id and that of its transaction.
    pub async fn order(&self, pack: &str) -> (String, String) {
        let placed = self.post("/orders", &[("pack", pack)]).await.is(303);
        let checkout = self.get(placed.location()).await.is(200);
        let transaction = between(&checkout.text, "data-transaction=\"", "\"");
        let order = placed.location().strip_prefix("/checkout/").unwrap();
        (order.to_owned(), transaction.unwrap().to_owned())
    }

    pub async fn begin_payment(&self, order: &str) -> Page {
        self.call("begin_payment", json!({ "order": order })).await
    }

    /// Places an order and opens its payment.
    pub async fn checkout(&self, pack: &str) -> Purchase {
        let (order, transaction) = self.order(pack).await;
        let payment = self.begin_payment(&order).await;
        let purchase = opened(order, payment);
        assert_eq!(purchase.transaction, transaction);
        purchase
    }

    /// Begins to keep a card.
    pub async fn begin_card(&self) -> Purchase {
        opened(String::new(), self.call("begin_card", json!({})).await)
    }

    /// Begins a trial.
    pub async fn begin_trial(&self) -> Purchase {
        opened(String::new(), self.call("begin_trial", json!({})).await)
    }

    /// The names of the saved cards on the account page, the default first.
    pub async fn cards(&self) -> Vec<String> {
        let page = self.get("/account").await.is(200).text;
        let rows = page.split("data-card=\"").skip(1);
        rows.map(|row| row.split('"').next().unwrap().to_owned())
            .collect()
    }

    /// The ids of those cards.
    pub async fn card_ids(&self) -> Vec<String> {
        let page = self.get("/account").await.is(200).text;
        let links = page.split("/account/cards/").skip(1);
        links
            .filter_map(|link| link.split_once("/remove\""))
            .map(|(id, _)| id.to_owned())
            .filter(|id| id.len() == 36)
            .collect()
    }

    /// Chooses a plan and opens its payment.
    pub async fn subscribe(&self, plan: &str) -> Purchase {
        let placed = self.post("/plans", &[("plan", plan)]).await.is(303);
        self.open_checkout(placed.location()).await
    }

    /// Opens the payment at a checkout.
    pub async fn open_checkout(&self, page: &str) -> Purchase {
        let order = page.strip_prefix("/checkout/").unwrap();
        let checkout = self.get(page).await.is(200);
        let transaction = between(&checkout.text, "data-transaction=\"", "\"").unwrap();
        let payment = self.begin_payment(order).await.is(200).json();
        Purchase::of(order, transaction, &payment)
    }

    /// Opens a payment that nobody ordered.
    pub async fn open_owed(&self, transaction: &str) -> Purchase {
        self.get(&format!("/pay/{transaction}")).await.is(200);
        let arguments = json!({ "transaction": transaction });
        let payment = self.call("resume_payment", arguments).await.is(200).json();
        Purchase::of("", transaction, &payment)
    }

    /// The transaction through the API.
    pub async fn transaction(&self, id: &str, query: &str) -> Value {
        let page = self.get(&format!("/v1/transactions/{id}?{query}")).await;
        page.is(200).json()
    }

    /// Waits for a status, which must come.
    pub async fn until(&self, id: &str, status: &str) -> Value {
        let query = format!("awaitStatus={status}&timeout=30");
        let transaction = self.transaction(id, &query).await;
        assert_eq!(transaction["timed_out"], false, "{transaction}");
        assert_eq!(transaction["status"], status, "{transaction}");
        transaction
    }

    /// How many clients and workers wait for something at this server.
    pub async fn waiters(&self) -> u32 {
        let metrics = self.get("/metrics").await.is(200).text;
        let waiters = between(&metrics, "\ntender_waiters ", "\n").unwrap();
        waiters.parse().unwrap()
    }

    /// What can be spent.
    pub async fn credits(&self) -> i64 {
        let asked = self.call("await_balance", json!({ "version": -1 })).await;
        let balance = asked.is(200).json();
        let available = balance["available"].as_str().unwrap().replace(',', "");
        available.parse().unwrap()
    }
}

fn opened(order: String, payment: Page) -> Purchase {
    let payment = payment.is(200).json();
    let text = |name: &str| payment[name].as_str().unwrap().to_owned();
    let client_secret = text("client_secret");
    let (intent, _) = client_secret.split_once("_secret").unwrap();
    Purchase {
        order,
        transaction: text("transaction"),
        intent: intent.to_owned(),
        client_secret,
    }
}
