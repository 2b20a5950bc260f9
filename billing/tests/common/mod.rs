//! What each of the two programs of tests needs: billing that reaches nobody, and its door for events.

use std::time::Duration;

use billing::{
    Billing, Settings,
    catalog::{CatalogFile, Offer},
    clock::Clock,
    gateway::stripe,
    inbox::{Delivery, Refused},
    mail::{self, Post},
    money::Credits,
    store::Location,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use sqlx::{Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};

pub const SECRET: &str = "whsec_test";
/// Nothing listens there: what needs no gateway settles by events alone.
const NO_GATEWAY: &str = "http://127.0.0.1:9";
/// Nor there: tests that read mail have a folder or a server for it.
const NO_MAIL_SERVER: &str = "smtp://127.0.0.1:9";

pub fn settings(location: &Location, clock: &Clock) -> Settings {
    Settings {
        database: location.clone(),
        listening: Default::default(),
        catalog: CatalogFile::demo().unwrap(),
        stripe: stripe::Settings {
            secret_key: "sk_test_none".to_owned(),
            api_base: NO_GATEWAY.to_owned(),
            webhook_secrets: vec![SECRET.to_owned()],
            wire: None,
        },
        mail: mail::Settings {
            post: Post::Relay(NO_MAIL_SERVER.parse().unwrap()),
            from: "Shop <mail@shop.example>".parse().unwrap(),
            site: "https://shop.example".to_owned(),
        },
        grace: Duration::from_secs(7 * 24 * 3600),
        spent: Default::default(),
        large: Default::default(),
        credits_low: Credits(10),
        reconciles_daily: false,
        clock: clock.clone(),
    }
}

/// Sends an event through the door, as the gateway would.
pub async fn deliver(billing: &Billing, clock: &Clock, event: &Value) -> Result<(), Refused> {
    let body = event.to_string();
    let header = signature(SECRET, clock.now().unix(), body.as_bytes());
    let signatures = [header.as_bytes()];
    billing
        .receive(Delivery {
            signatures: &signatures,
            user_agent: None,
            body: body.as_bytes(),
        })
        .await
}

pub fn signature(secret: &str, time: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// What the gateway calls the price of a plan, as if it had answered.
pub async fn note_price(location: &Location, offer: &Offer) {
    let sql = "insert into prices (offer_id, gateway, reference, created_at)
               values ($1, 'stripe', $2, 0) on conflict do nothing";
    let price = format!("price_{}", offer.key);
    match location {
        Location::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path);
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            let noted = sqlx::query(sql).bind(offer.id).bind(&price);
            noted.execute(&mut connection).await.unwrap();
        }
        Location::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let noted = sqlx::query(sql).bind(offer.id).bind(&price);
            noted.execute(&mut connection).await.unwrap();
        }
    }
}
