//! The letters that a plan causes, each once however often its cause is told.

use rstest::rstest;
use serde_json::json;

use super::Theirs;
use crate::{
    books::{Books, Database, event},
    mail_server::{MailServer, Mood},
};

const EMAIL: &str = "ann@shop.example";

#[rstest]
#[tokio::test]
async fn a_plan_writes_of_what_its_customer_must_know(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let server = MailServer::start(Mood::Takes).await;
    let books = Books::posting_to(database, &server.url).await;
    let theirs = Theirs::order(&books, EMAIL, "pro").await;
    let mut upcoming = theirs.invoice(1, "draft");
    upcoming["id"] = json!(null);
    upcoming["billing_reason"] = json!("upcoming");
    // As an answer of the gateway's holds it: with the payment that failed.
    let mut failed = theirs.invoice(1, "open");
    failed["payments"] = json!({ "data": [{ "is_default": true, "payment": { "payment_intent": {
        "id": "pi_1",
        "object": "payment_intent",
        "status": "requires_payment_method",
        "amount": 9900,
        "currency": "usd",
        "client_secret": "pi_1_secret",
        "last_payment_error": { "code": "card_declined", "message": "Your card was declined." },
        "metadata": {},
    } } }] });
    let story = [
        theirs.told(0),
        vec![
            event("invoice.upcoming", &upcoming),
            event(
                "customer.subscription.updated",
                &theirs.subscription(1, "active"),
            ),
            event("invoice.payment_failed", &failed),
            event(
                "customer.subscription.deleted",
                &theirs.subscription(1, "canceled"),
            ),
        ],
    ]
    .concat();
    for event in story.iter().chain(&story) {
        books.deliver(event).await.unwrap();
    }
    books.quiet().await;
    let mails = server.mails_to(EMAIL, 5).await;
    let has = |part: &str| mails.iter().any(|mail| mail.text.contains(part));
    for part in [
        "Subject: Your order: Pro plan",
        "Subject: Pro renews on",
        "Subject: Payment failed: Pro plan, renewed",
        "https://shop.example/pay/",
        "Subject: Pro has ended",
    ] {
        assert!(has(part), "{part} in {mails:?}");
    }
    assert_eq!(server.taken().len(), 5, "each once");
    books.close().await;
}
