//! The letters that a plan causes, each once however often its cause is told.

use billing::mail::Post;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rstest::rstest;
use serde_json::json;

use super::Theirs;
use crate::{
    books::{Books, Database, event},
    gateway::Gateway,
    mail_server::{MailServer, Mood, Taken},
    validations::{method, setup},
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

/// A card is good until its month is over.
#[rstest]
#[case::over_by_then(1, "Your card expires before Pro renews")]
#[case::good_until_then(0, "Pro renews on")]
#[tokio::test]
async fn a_renewal_says_so_when_its_card_will_have_expired(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] months_before: i64,
    #[case] subject: &str,
) {
    let server = MailServer::start(Mood::Takes).await;
    let gateway = Gateway::start().await;
    let books = Books::open_with(database, |settings| {
        settings.stripe.api_base = gateway.url.clone();
        settings.mail.post = Post::Relay(server.url.parse().unwrap());
    })
    .await;
    let theirs = Theirs::order(&books, EMAIL, "pro").await;
    let (renewal, _) = theirs.period(1);
    let renewal = Timestamp::from_second(renewal).unwrap();
    let month = renewal.to_zoned(TimeZone::UTC).date().first_of_month() - months_before.months();
    let mut card = method(1, "print");
    card["card"]["exp_month"] = json!(month.month());
    card["card"]["exp_year"] = json!(month.year());
    gateway.answers("POST /v1/customers", 200, json!({ "id": "cus_1" }));
    let begun = setup(1, None, "requires_payment_method");
    gateway.answers("POST /v1/setup_intents", 200, begun);
    gateway.answers("GET /v1/payment_methods/pm_1", 200, card.clone());
    books
        .billing
        .begin_card(theirs.customer, None)
        .await
        .unwrap();

    let mut upcoming = theirs.invoice(1, "draft");
    upcoming["id"] = json!(null);
    upcoming["billing_reason"] = json!("upcoming");
    let story = [
        vec![event("payment_method.attached", &card)],
        theirs.told(0),
        vec![event("invoice.upcoming", &upcoming)],
    ];
    for event in story.iter().flatten() {
        books.deliver(event).await.unwrap();
    }
    let mails = server.mails_to(EMAIL, 3).await;
    let about = |mail: &&Taken| mail.text.contains(&format!("Subject: {subject}"));
    let mail = mails.iter().find(about).unwrap();
    let names_card = mail.text.contains("Visa ending in 4242");
    assert_eq!(names_card, months_before == 1, "{}", mail.text);
    books.quiet().await;
    assert_eq!(server.taken().len(), 3, "one letter says both");
    books.close().await;
}
