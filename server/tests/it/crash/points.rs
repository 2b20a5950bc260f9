//! A death at each step that a payment, a card, a mail and an event for others go through.

use std::sync::{Arc, Mutex};

use axum::{Router, extract::State};
use http::HeaderMap;
use rstest::rstest;
use serde_json::json;
use tokio::net::TcpListener;

use super::Victim;
use crate::harness::{Browser, Database, eventually, paid};

/// No letter is on its way, so whatever happens next is what the test does.
async fn is_calm(victim: &Victim) {
    eventually("every letter is sent", || async {
        let owed = "select count(*) from outbox where status = 'owed'";
        let owed = format!("select cast(({owed}) as text)");
        victim.database.texts(&owed).await == ["0"]
    })
    .await;
}

async fn visitor(victim: &Victim) -> Browser {
    let ann = victim.tender.visitor();
    ann.sign_up("ann@shop.example").await;
    is_calm(victim).await;
    ann
}

/// With nothing durable the event is as if it had never come; with everything durable it is done,
/// though nobody was told.
#[rstest]
#[case::received("event-received", false)]
#[case::verified("event-verified", false)]
#[case::stored("event-stored", false)]
#[case::settled("settled", false)]
#[case::about_to_commit("committing", false)]
#[case::committed("committed", true)]
#[case::told("told", true)]
#[case::kept("event-kept", true)]
#[tokio::test]
async fn an_event_is_settled_once_though_the_server_dies_when_it_is(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] point: &str,
    #[case] is_durable: bool,
) {
    let victim = Victim::start(database).await;
    let ann = visitor(&victim).await;
    let purchase = ann.checkout("starter").await;
    let event = paid(&purchase);
    victim.arm(point);
    assert_eq!(victim.deliver(&event).await, None, "it was answered");
    let victim = victim.followed(point).await;
    let stored = victim.database.count("inbox").await;
    assert_eq!(stored, i64::from(is_durable));

    let ann = ann.moved_to(&victim.tender.site);
    for _ in 0..2 {
        assert_eq!(victim.deliver(&event).await, Some(200));
        ann.until(&purchase.transaction, "succeeded").await;
        assert_eq!(ann.credits().await, 50);
    }
    assert_eq!(victim.database.count("inbox").await, 1);
    victim.close().await;
}

/// An event that says too little is the worker's, which asks the gateway and keeps the card.
#[rstest]
#[case::claimed("event-claimed")]
#[case::about_to_ask("gateway-called")]
#[case::answered("gateway-answered")]
#[case::settled("settled")]
#[tokio::test]
async fn the_worker_is_followed_when_it_dies(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] point: &str,
) {
    let victim = Victim::start(database).await;
    let ann = visitor(&victim).await;
    let card = ann.begin_card().await;
    victim.gateway.confirm(&card, "pm_card_visa").await.is(200);
    let said = json!({
        "id": card.intent,
        "object": "setup_intent",
        "status": "succeeded",
        "payment_method": "pm_1",
        "metadata": { "transaction": card.transaction },
    });
    let event = crate::harness::event("setup_intent.succeeded", said);
    victim.arm(point);
    // Stored before the worker begins; whether that was still said is a matter of moments.
    let answer = victim.deliver(&event).await;
    assert!(matches!(answer, None | Some(200)), "{answer:?}");
    let victim = victim.followed(point).await;
    assert_eq!(victim.database.count("inbox").await, 1);

    let ann = ann.moved_to(&victim.tender.site);
    ann.until(&card.transaction, "succeeded").await;
    eventually("the event is dealt with", || async {
        let open = "select event_id from inbox where next_attempt_at is not null";
        victim.database.texts(open).await.is_empty()
    })
    .await;
    assert_eq!(ann.cards().await.len(), 1);
    assert_eq!(victim.deliver(&event).await, Some(200));
    victim.close().await;
}

/// The payment that was asked for, or made already, is the one that the customer gets.
#[rstest]
#[case::about_to_ask("gateway-called")]
#[case::answered("gateway-answered")]
#[tokio::test]
async fn one_payment_is_made_though_the_server_dies_when_it_is(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] point: &str,
) {
    let victim = Victim::start(database).await;
    let ann = visitor(&victim).await;
    // The gateway knows her already, so that the next call is that for the payment.
    ann.checkout("standard").await;
    let (order, transaction) = ann.order("starter").await;
    victim.arm(point);
    let asked = ann.request(reqwest::Method::POST, "/api/begin_payment");
    let asked = asked.header("sec-fetch-site", "same-origin");
    let answer = asked.json(&json!({ "order": order })).send().await;
    assert!(answer.is_err(), "it was answered: {answer:?}");
    let victim = victim.followed(point).await;

    let ann = ann.moved_to(&victim.tender.site);
    let purchase = ann.checkout("starter").await;
    assert_eq!(
        (&purchase.order, &purchase.transaction),
        (&order, &transaction)
    );
    let made = victim.gateway.intents_of(&transaction).await;
    assert_eq!(made.len(), 1, "{made:?}");
    victim.gateway.pay(&purchase).await;
    ann.until(&transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
    victim.close().await;
}

/// Taken and not sent, or sent and not marked: it goes out again under the same id.
#[rstest]
#[case::taken("mail-taken", 0)]
#[case::sent("mail-sent", 1)]
#[tokio::test]
async fn a_mail_goes_out_though_the_server_dies(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] point: &str,
    #[case] sent: usize,
) {
    let victim = Victim::start(database).await;
    let ann = visitor(&victim).await;
    let purchase = ann.checkout("starter").await;
    let before = mails(&victim).len();
    victim.arm(point);
    victim.deliver(&paid(&purchase)).await;
    let victim = victim.followed(point).await;
    let after_death = mails(&victim);
    assert_eq!(after_death.len(), before + sent);

    // Its lease ends.
    let passed = "update outbox set next_attempt_at = 0 where next_attempt_at is not null";
    victim.database.execute(passed).await;
    is_calm(&victim).await;
    let all = mails(&victim);
    assert_eq!(all.len(), before + 1, "each id is one file");
    assert!(after_death.iter().all(|mail| all.contains(mail)));
    victim.close().await;
}

/// The ids of all mails that were sent.
fn mails(victim: &Victim) -> Vec<String> {
    // Beside the database file, where there is one.
    let folder = [".data/mail", "mail"]
        .map(|name| victim.database.folder().join(name))
        .into_iter()
        .find(|folder| folder.exists());
    let files = std::fs::read_dir(folder.unwrap()).unwrap();
    let files = files.map(Result::unwrap);
    let names = files.map(|file| file.file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".eml")).collect()
}

/// Told and not marked: it is told again, under the same id.
#[rstest]
#[tokio::test]
async fn others_are_told_though_the_server_dies(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let heard = Arc::<Mutex<Vec<String>>>::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let hears = Router::new().fallback(hear).with_state(heard.clone());
    let hearing = tokio::spawn(async { axum::serve(listener, hears).await.unwrap() });
    let victim = Victim::start(database).await;
    let add = ["endpoints", "add", &url, "--events", "order.paid"];
    let added = victim.command(&add).await;
    assert!(added.status.success(), "{added:?}");
    let ann = visitor(&victim).await;
    let purchase = ann.checkout("starter").await;
    victim.arm("event-posted");
    victim.deliver(&paid(&purchase)).await;
    let victim = victim.followed("event-posted").await;
    assert_eq!(heard.lock().unwrap().len(), 1);

    let passed = "update deliveries set next_attempt_at = 0 where next_attempt_at is not null";
    victim.database.execute(passed).await;
    eventually("it is marked", || async {
        let left = "select status from deliveries where next_attempt_at is not null";
        victim.database.texts(left).await.is_empty()
    })
    .await;
    let heard = heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0], heard[1]);
    hearing.abort();
    victim.close().await;
}

/// Keeps the id of an event.
async fn hear(State(heard): State<Arc<Mutex<Vec<String>>>>, headers: HeaderMap) {
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    heard.lock().unwrap().push(id);
}
