//! Changes of a plan that the gateway tells of beside the one that was ordered.

use billing::{money::Money, order::OrderStatus, transaction::State};
use rstest::rstest;
use serde_json::{Value, json};

use super::Theirs;
use crate::{
    books::{Books, Database, event},
    common::note_price,
};

/// The invoice of a change to another plan.
fn invoice(theirs: &Theirs, to: &str, due: i64, status: &str) -> Value {
    let mut invoice = theirs.invoice(0, status);
    invoice["id"] = json!(format!("in_{to}_{}", theirs.plan.id.0.simple()));
    invoice["billing_reason"] = json!("subscription_update");
    invoice["amount_due"] = json!(due);
    invoice["amount_paid"] = json!(if status == "paid" { due } else { 0 });
    invoice["total"] = json!(due);
    let line = &mut invoice["lines"]["data"][0];
    line["amount"] = json!(due);
    line["pricing"]["price_details"]["price"] = json!(format!("price_{to}"));
    invoice
}

/// The gateway may tell of a change that was given up here, or made by hand there, while another is
/// ordered: it does not stand in the way of that one.
#[rstest]
#[tokio::test]
async fn a_change_that_nobody_ordered_is_heard_of_beside_one_that_is(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let theirs = Theirs::order(&books, "ann@shop.example", "basic").await;
    for event in theirs.told(0) {
        books.deliver(&event).await.unwrap();
    }
    let catalog = books.billing.catalog();
    let [advanced, pro] = ["advanced", "pro"].map(|key| catalog.plan(key).unwrap().clone());
    for offer in [&advanced, &pro] {
        note_price(&books.location, offer).await;
    }
    let plan = books.billing.subscription(theirs.customer).await.unwrap();
    let due = Money {
        value: 1300,
        currency: pro.price.currency,
    };
    let ordered = books
        .billing
        .order_raise(&plan.unwrap(), &pro, due, books.clock.now())
        .await
        .unwrap();

    let unordered = invoice(&theirs, "advanced", 700, "open");
    let unordered = event("invoice.finalized", &unordered);
    books.deliver(&unordered).await.unwrap();
    books.quiet().await;
    let order = books.billing.order(theirs.customer, ordered.id).await;
    assert_eq!(order.unwrap().unwrap().status, OrderStatus::Open);

    let voided = invoice(&theirs, "advanced", 700, "void");
    let paid = invoice(&theirs, "pro", 1300, "paid");
    for (kind, invoice) in [("invoice.voided", voided), ("invoice.paid", paid)] {
        books.deliver(&event(kind, &invoice)).await.unwrap();
    }
    books.quiet().await;
    let order = books.billing.order(theirs.customer, ordered.id).await;
    let order = order.unwrap().unwrap();
    assert_eq!(order.status, OrderStatus::Paid);
    assert_eq!(order.transaction.state, State::Succeeded);
    let plan = books.billing.subscription(theirs.customer).await.unwrap();
    assert_eq!(plan.unwrap().offer.id, pro.id);
    assert_eq!(books.available(theirs.customer).await, pro.credits.0);
    books.close().await;
}
