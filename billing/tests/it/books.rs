//! A database of its own for each test, with billing on it and events to send.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use billing::{
    Billing, Settings,
    catalog::CatalogFile,
    clock::Clock,
    gateway::stripe,
    id::{CustomerId, TransactionId},
    inbox::Refused,
    ledger::{Spend, Spent},
    mail::Post,
    money::Credits,
    order::Order,
    secret::Secret,
    store::Location,
    transaction::{Awaited, State, Until},
};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, SqliteConnection};

pub use crate::common::{SECRET, deliver, settings, signature};
use crate::gateway::Gateway;

pub const PASSWORD: &str = "correct horse battery";
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// Billing on a fresh database. Dropping it drops the files; PostgreSQL's cluster is private.
pub struct Books {
    pub billing: Billing,
    pub clock: Clock,
    pub location: Location,
    folder: Option<tempfile::TempDir>,
}

impl Books {
    pub async fn open(database: Database) -> Self {
        Self::open_with(database, |_| ()).await
    }

    pub async fn selling(database: Database, catalog: CatalogFile) -> Self {
        Self::open_with(database, |settings| settings.catalog = catalog).await
    }

    /// Opens with this mail server.
    pub async fn posting_to(database: Database, url: &str) -> Self {
        let post = Post::Relay(url.parse().unwrap());
        Self::open_with(database, |settings| settings.mail.post = post).await
    }

    /// With settings of its own.
    pub async fn open_with(database: Database, set: impl FnOnce(&mut Settings)) -> Self {
        let (location, folder) = fresh(database).await;
        let books = Self::open_at(location, set).await;
        Self { folder, ..books }
    }

    /// On a database that is there, with settings of its own.
    pub async fn open_at(location: Location, set: impl FnOnce(&mut Settings)) -> Self {
        let clock = Clock::default();
        let mut settings = settings(&location, &clock);
        set(&mut settings);
        let billing = Billing::open(settings).await.unwrap();
        Self {
            billing,
            clock,
            location,
            folder: None,
        }
    }

    /// Without workers, with settings of its own: nothing happens but what the test does.
    pub async fn quietly(database: Database, set: impl FnOnce(&mut Settings)) -> Self {
        let (location, folder) = fresh(database).await;
        let books = Self::quietly_at(location, set).await;
        Self { folder, ..books }
    }

    /// Without workers, on a database that is there.
    pub async fn quietly_at(location: Location, set: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings(&location, &Clock::default());
        set(&mut settings);
        let clock = settings.clock.clone();
        Self {
            billing: Billing::open_quietly(settings).await.unwrap(),
            clock,
            location,
            folder: None,
        }
    }

    /// With a gateway that answers what the test tells it to.
    pub async fn with_gateway(database: Database) -> (Self, Gateway) {
        let gateway = Gateway::start().await;
        let set = |settings: &mut Settings| settings.stripe.api_base = gateway.url.clone();
        (Self::open_with(database, set).await, gateway)
    }

    /// Another server on the same database that sells the same.
    pub async fn another_server_selling(&self, catalog: CatalogFile) -> Billing {
        self.another_server_with(|settings| settings.catalog = catalog)
            .await
    }

    /// Another server on the same database.
    pub async fn another_server(&self) -> Billing {
        self.another_server_with(|_| ()).await
    }

    /// Another server on the same database, with settings of its own.
    pub async fn another_server_with(&self, set: impl FnOnce(&mut Settings)) -> Billing {
        let mut settings = settings(&self.location, &self.clock);
        set(&mut settings);
        Billing::open(settings).await.unwrap()
    }

    pub async fn customer(&self, email: &str) -> CustomerId {
        let token = self.billing.sign_up(email, PASSWORD, "test").await.unwrap();
        self.who(&token).await
    }

    pub async fn who(&self, token: &Secret) -> CustomerId {
        self.billing
            .session(token)
            .await
            .unwrap()
            .unwrap()
            .person
            .customer
            .unwrap()
    }

    pub async fn order(&self, customer: CustomerId, pack: &str) -> Order {
        let pack = self.billing.catalog().pack(pack).unwrap().clone();
        self.billing
            .place_order(customer, &pack, None)
            .await
            .unwrap()
    }

    /// Buys a pack, and comes back when its credits are there.
    pub async fn buy(&self, customer: CustomerId, pack: &str) -> Order {
        let order = self.order(customer, pack).await;
        self.deliver(&event("payment_intent.succeeded", &paid(&order)))
            .await
            .unwrap();
        self.until(&order, State::Succeeded).await;
        order
    }

    pub async fn until(&self, order: &Order, state: State) -> Awaited {
        let (customer, id) = (order.customer, order.transaction.id);
        let awaited = self
            .billing
            .await_transaction(customer, id, Until::State(state), PATIENCE)
            .await;
        let awaited = awaited.unwrap().unwrap();
        assert!(!awaited.timed_out, "still {:?}", awaited.transaction);
        awaited
    }

    /// Sends an event through the door, as the gateway would.
    pub async fn deliver(&self, event: &Value) -> Result<(), Refused> {
        deliver(&self.billing, &self.clock, event).await
    }

    /// Comes back when every event in the inbox is dealt with.
    pub async fn quiet(&self) {
        let begun = std::time::Instant::now();
        while self.billing.inbox_depth().await.unwrap() > 0 {
            assert!(begun.elapsed() < PATIENCE, "events are left in the inbox");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The laws hold at this moment.
    pub async fn hold(&self) {
        assert_eq!(self.billing.verify(|_| ()).await.unwrap(), []);
    }

    pub async fn spend(&self, customer: CustomerId, amount: i64) {
        let wish = Spend {
            customer,
            amount: credits(amount),
            note: "test".to_owned(),
            key: TransactionId::new().to_string(),
        };
        let spent = self.billing.spend(wish).await.unwrap();
        assert!(matches!(spent, Spent::Done(_)), "{spent:?}");
    }

    pub async fn available(&self, customer: CustomerId) -> i64 {
        self.billing.balance(customer).await.unwrap().available.0
    }

    /// What somebody can do who has the database in their hands.
    pub async fn tamper(&self, sql: &'static str) {
        let triggers = match self.location {
            Location::Sqlite(_) => {
                "drop trigger transfers_fixed; drop trigger transfers_kept;
                 drop trigger lot_uses_kept"
            }
            Location::Postgres(_) => {
                "alter table transfers disable trigger user;
                 alter table lot_uses disable trigger user"
            }
        };
        for sql in [triggers, sql] {
            self.execute(sql).await;
        }
    }

    /// Runs statements beside billing.
    pub async fn execute(&self, sql: &'static str) {
        self.try_execute(sql).await.unwrap();
    }

    /// The same, where the database may refuse.
    pub async fn try_execute(&self, sql: &'static str) -> Result<(), sqlx::Error> {
        match &self.location {
            Location::Sqlite(path) => {
                let url = format!("sqlite:{}", path.display());
                let mut connection = SqliteConnection::connect(&url).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
                connection.close().await
            }
            Location::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
                connection.close().await
            }
        }
    }

    /// What a query beside billing counts.
    pub async fn number(&self, sql: &'static str) -> i64 {
        let counted = match &self.location {
            Location::Sqlite(path) => {
                let url = format!("sqlite:{}", path.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await
            }
            Location::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await
            }
        };
        counted.unwrap()
    }

    /// Every test ends here: the laws hold and nothing is left running.
    pub async fn close(self) {
        assert_eq!(self.billing.verify(|_| ()).await.unwrap(), []);
        self.billing.stop().await;
        drop(self.folder);
    }
}

/// The payment intent of an order, paid.
pub fn paid(order: &Order) -> Value {
    intent(order, "succeeded")
}

/// The payment intent of an order.
pub fn intent(order: &Order, status: &str) -> Value {
    let amount = order.transaction.amount;
    json!({
        "id": format!("pi_{}", order.transaction.id.0.simple()),
        "object": "payment_intent",
        "status": status,
        "amount": amount.value,
        "amount_received": if status == "succeeded" { amount.value } else { 0 },
        "currency": amount.currency.as_str(),
        "client_secret": null,
        "last_payment_error": null,
        "livemode": false,
        "metadata": { "transaction": order.transaction.id },
    })
}

/// A declined payment intent.
pub fn declined(order: &Order, code: &str) -> Value {
    let mut intent = intent(order, "requires_payment_method");
    intent["last_payment_error"] = json!({ "code": "card_declined", "decline_code": code, "message": "Your card was declined." });
    intent
}

/// An event with an id of its own.
pub fn event(kind: &str, object: &Value) -> Value {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    json!({
        "id": format!("evt_{number}"),
        "object": "event",
        "api_version": stripe::API_VERSION,
        "created": 1_790_000_000,
        "livemode": false,
        "type": kind,
        "data": { "object": object },
    })
}

/// A database that nobody else uses.
pub async fn fresh(database: Database) -> (Location, Option<tempfile::TempDir>) {
    match database {
        Database::Sqlite => {
            let folder = tempfile::tempdir().unwrap();
            (
                Location::Sqlite(folder.path().join("tender.db")),
                Some(folder),
            )
        }
        Database::Postgres => {
            let cluster = std::env::var("TENDER_TEST_POSTGRES").expect(
                "TENDER_TEST_POSTGRES: run the tests under setup/postgres, as make test does",
            );
            let schema = format!("t{}", TransactionId::new().0.simple());
            let mut connection = PgConnection::connect(&cluster).await.unwrap();
            let create = sqlx::AssertSqlSafe(format!("create schema {schema}"));
            sqlx::raw_sql(create)
                .execute(&mut connection)
                .await
                .unwrap();
            let joint = if cluster.contains('?') { '&' } else { '?' };
            let url = format!("{cluster}{joint}options=-csearch_path%3D{schema}");
            (url.parse().unwrap(), None)
        }
    }
}

pub fn credits(n: i64) -> Credits {
    Credits(n)
}
