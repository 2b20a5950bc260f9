//! `/account/export` and `/account/close` at the end of a full life: everything is told, and then
//! nothing of the person is left, here and at the gateway.

use std::{collections::BTreeSet, time::Duration};

use billing::{
    ledger::NewHold,
    money::{Credits, Currency, Money},
    people::Role,
    refund::{Reason, Wish},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{Browser, Database, PASSWORD, Purchase, Shop, eventually};

const ANN: &str = "ann@shop.example";
const AGENT: &str = "Anns browser";
const NOTE: &str = "Called about her trial";
const LOOKED: &str = "To see what she sees";

/// Where the export tells what stands in a table.
const TOLD: &[(&str, &str)] = &[
    ("accounts", "/customer/accounts"),
    ("cards", "/customer/cards"),
    ("customers", "/customer/id"),
    ("disputes", "/customer/disputes"),
    ("documents", "/customer/receipts"),
    ("events", "/customer/events"),
    ("fraud_warnings", "/customer/warnings"),
    ("gateway_customers", "/customer/gateways"),
    ("holds", "/customer/holds"),
    ("lots", "/customer/lots"),
    ("notes", "/customer/notes"),
    ("orders", "/customer/orders"),
    ("outbox", "/mails"),
    ("people", "/person"),
    ("proofs", "/links"),
    ("redemptions", "/customer/codes"),
    ("refunds", "/customer/refunds"),
    ("sessions", "/sessions"),
    ("subscriptions", "/customer/subscriptions"),
    ("transactions", "/customer/transactions"),
    ("transfers", "/customer/entries"),
    ("trials", "/customer/trials"),
    ("validations", "/customer/validations"),
    ("views", "/customer/views"),
];

/// What the export leaves out, and why.
const NOT_TOLD: &[(&str, &str)] = &[
    ("api_keys", "of programs, not of people"),
    ("audit_log", "what staff did, in their words"),
    ("authenticators", "of staff, who are no customers"),
    ("catalogue_coupons", "what is sold"),
    ("catalogue_offers", "what is sold"),
    ("catalogues", "what is sold"),
    ("checkpoints", "hashes over all"),
    (
        "checkout_sessions",
        "another id of a transaction that is told",
    ),
    ("coupon_customer_uses", "counts the codes that are told"),
    ("coupon_uses", "counts codes, whoever used them"),
    ("coupons", "what is sold"),
    ("day_figures", "sums over all"),
    ("delays", "sums over all"),
    ("deliveries", "to whom what is told went"),
    ("dispute_changes", "how a dispute came to be what is told"),
    ("document_years", "counts receipts, whosever they are"),
    ("duties", "what the gateway must hear of what is told"),
    (
        "earnings",
        "what the gateway took of a payment that is told",
    ),
    ("endpoints", "of programs, not of people"),
    (
        "findings",
        "what the gateway said otherwise of what is told",
    ),
    ("inbox", "the gateway's words; what they did is told"),
    ("event_cursors", "how far the gateway's list was read"),
    ("leases", "which server works"),
    ("lot_uses", "which credits an entry took"),
    ("ledger_days", "sums over all"),
    ("met_findings", "which comparison met what"),
    ("offers", "what is sold"),
    ("passkeys", "of staff, who are no customers"),
    ("payments", "another id of a transaction that is told"),
    ("payouts", "sums over all"),
    ("passkeys", "of staff, who are no customers"),
    ("prices", "what is sold"),
    ("proposals", "what staff asked each other, in their words"),
    ("reconciliations", "comparisons of all payments"),
    ("recovery_codes", "of staff, who are no customers"),
    ("refund_changes", "how a refund came to be what is told"),
    ("refused_webhooks", "counts what was never an event"),
    ("subscription_changes", "how a plan came to be what is told"),
    (
        "transaction_changes",
        "how a transaction came to be what is told",
    ),
    ("unreadable_lines", "where a gateway's file made no sense"),
];

/// A customer who has done everything that one can do.
async fn full_life(shop: &Shop) -> Browser {
    let ann = shop.visitor().calling_itself(AGENT);
    ann.sign_up(ANN).await;
    let card = ann.begin_card().await;
    shop.gateway.confirm(&card, "pm_card_visa").await.is(200);
    ann.until(&card.transaction, "succeeded").await;
    let trial = ann.begin_trial().await;
    shop.gateway.confirm(&trial, "pm_card_visa").await.is(200);
    ann.until(&trial.transaction, "succeeded").await;

    let (order, _) = ann.order("starter").await;
    let checkout = format!("/checkout/{order}");
    ann.post(&checkout, &[("code", "SPRING20")]).await.is(303);
    let bought = pay(shop, &ann, "pm_card_visa").await;
    let receipt = ann.get(&format!("/orders/{order}/receipt")).await.is(200);
    assert!(receipt.text.contains("4242"), "{}", receipt.text);
    let about = json!({ "payment_intent": bought.intent });
    shop.gateway.control("/fraud-warnings", about).await;
    let wish = Wish {
        transaction: bought.transaction.parse().unwrap(),
        amount: Money {
            value: 100,
            currency: Currency::USD,
        },
        reason: Reason::RequestedByCustomer,
        key: "one".to_owned(),
    };
    shop.server.billing().refund(wish).await.unwrap();

    pay(shop, &ann, "pm_card_createDispute").await;
    eventually("the dispute is there", || async {
        shop.database.count("disputes").await == 1
    })
    .await;
    let disputes = shop.gateway.list("disputes").await;
    let dispute = format!("/disputes/{}", disputes[0]["id"].as_str().unwrap());
    shop.gateway
        .control(&dispute, json!({ "status": "won" }))
        .await;
    eventually("the dispute is decided", || async {
        shop.database.count("disputes where state = 'won'").await == 1
    })
    .await;

    let plan = ann.subscribe("basic").await;
    shop.gateway.pay(&plan).await;
    let paid = ann.until(&plan.transaction, "succeeded").await;
    ann.post("/account/plan/cancel", &[("when", "end")])
        .await
        .is(303);
    let customer = paid["customer"].as_str().unwrap();
    set_aside(shop, customer).await;
    let support = shop.staff(Role::Support).await;
    let note = [("text", NOTE), ("key", "one")];
    let notes = format!("/admin/customers/{customer}/notes");
    support.post(&notes, &note).await.is(303);
    let view = format!("/admin/customers/{customer}/view");
    support.post(&view, &[("reason", LOOKED)]).await.is(303);
    shop.quiet().await;
    ann
}

/// A product sets credits of theirs aside.
async fn set_aside(shop: &Shop, customer: &str) {
    let hold = NewHold {
        customer: customer.parse().unwrap(),
        amount: Credits(1),
        note: "film".to_owned(),
        lifetime: Duration::from_secs(60),
        key: "film".to_owned(),
    };
    shop.server.billing().hold(hold).await.unwrap();
}

async fn pay(shop: &Shop, customer: &Browser, card: &str) -> Purchase {
    let purchase = customer.checkout("starter").await;
    shop.gateway.confirm(&purchase, card).await.is(200);
    customer.until(&purchase.transaction, "succeeded").await;
    purchase
}

async fn close(customer: &Browser) {
    let typed = [("password", PASSWORD), ("confirm", "yes")];
    let closed = customer.post("/account/close", &typed).await;
    closed.leads_to("/sign-in?done=closed");
}

#[rstest]
#[tokio::test]
async fn the_export_tells_of_every_table(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = full_life(&shop).await;
    let data = ann.get("/account/export").await.is(200).json();
    for (table, place) in TOLD {
        let told = data.pointer(place).unwrap_or(&Value::Null);
        let is_empty = told.is_null() || told.as_array().is_some_and(Vec::is_empty);
        assert!(!is_empty, "nothing of {table} at {place}: {data}");
    }
    let known = TOLD
        .iter()
        .chain(NOT_TOLD)
        .map(|(table, _)| (*table).to_owned());
    let tables: BTreeSet<_> = shop.database.tables().await.into_iter().collect();
    assert_eq!(tables, known.collect());
    shop.close().await;
}

/// What would lead back to the person, and where it may stay when the account is closed.
async fn traces(shop: &Shop) -> Vec<(String, &'static [&'static str])> {
    let customers = shop.gateway.list("customers").await;
    let owner = customers[0]["id"].as_str().unwrap();
    let path = format!("payment_methods?type=card&customer={owner}");
    let methods = shop.gateway.list(&path).await;
    let fingerprint = methods[0]["card"]["fingerprint"].as_str().unwrap();
    vec![
        (ANN.to_owned(), &[]),
        (AGENT.to_owned(), &[]),
        (NOTE.to_owned(), &[]),
        // In the words of staff, and in the mail that told of it.
        (LOOKED.to_owned(), &["audit_log.reason", "outbox.facts"]),
        // Alone in a column, or as JSON: not by chance in an id.
        ("4242".to_owned(), &[]),
        ("visa".to_owned(), &[]),
        // One trial for each card, for ever.
        (fingerprint.to_owned(), &["trials.fingerprint"]),
    ]
}

async fn holders(shop: &Shop, trace: &str) -> Vec<String> {
    let found = shop.database.text_columns().await.into_iter().map(|column| {
        let (table, name) = column.split_once('.').unwrap();
        format!(
            "select '{column}' from {table} where {name} = '{trace}' or {name} like '%\"{trace}\"%'"
        )
    });
    let found: Vec<_> = found.collect();
    shop.database.texts(&found.join(" union ")).await
}

#[rstest]
#[tokio::test]
async fn who_leaves_leaves_nothing_behind(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = full_life(&shop).await;
    let traces = traces(&shop).await;
    for (trace, _) in &traces {
        assert!(
            !holders(&shop, trace).await.is_empty(),
            "{trace} is nowhere"
        );
    }
    let books = shop.database.count("transfers").await;
    let fail = json!({ "fault": "fail", "status": 500 });
    shop.gateway.spoil_calls("POST", "*", fail).await;
    close(&ann).await;
    assert_eq!(shop.database.count("cards").await, 0);

    // The gateway hears of it when it answers again.
    shop.gateway.behave().await;
    let billing = shop.server.billing();
    billing.clock().advance(Duration::from_secs(60));
    billing.do_duties().await.unwrap();
    eventually(
        "the gateway has let go of the cards and the address",
        || async {
            let customers = shop.gateway.customers().await;
            let owner = customers[0]["id"].as_str().unwrap();
            let path = format!("payment_methods?type=card&customer={owner}");
            let default = &customers[0]["invoice_settings"]["default_payment_method"];
            shop.gateway.list(&path).await.is_empty()
                && customers[0]["email"].is_null()
                && default.is_null()
        },
    )
    .await;
    shop.mail.mails_to(ANN, 1).await;
    shop.quiet().await;
    assert_eq!(shop.database.count("transfers").await, books);

    // What its events said of the person goes when they are old.
    billing.clock().advance(Duration::from_secs(31 * 24 * 3600));
    eventually("nothing of the person is left", || async {
        billing.sweep().await.unwrap();
        let mut left = Vec::new();
        for (trace, may_stay) in &traces {
            let mut found = holders(&shop, trace).await;
            found.retain(|column| !may_stay.contains(&column.as_str()));
            left.extend(found);
        }
        left.is_empty()
    })
    .await;
    shop.close().await;
}

/// A card whose bank agrees while its owner leaves is not kept.
#[rstest]
#[tokio::test]
async fn a_card_that_comes_too_late_is_let_go(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer(ANN).await;
    let card = ann.begin_card().await;
    shop.gateway.lose_webhooks().await;
    shop.gateway.confirm(&card, "pm_card_visa").await.is(200);
    close(&ann).await;
    let billing = shop.server.billing();
    billing.sweep().await.unwrap();
    let setup = shop.gateway.intent(&card.intent).await;
    let method = setup["payment_method"].as_str().unwrap();
    eventually("the gateway has let go of it", || async {
        billing.do_duties().await.unwrap();
        shop.gateway.method(method).await["customer"].is_null()
    })
    .await;
    assert_eq!(shop.database.count("cards").await, 0);
    assert_eq!(
        shop.database
            .count("validations where closed_at is null")
            .await,
        0
    );
    shop.close().await;
}
