//! What the gateway paid out, against what it says that is made of.

use billing::reconcile::{Class, FindingState, Period, Wish};
use rstest::rstest;
use serde_json::json;

use super::shop::{Shop, text};
use crate::books::{
    Books,
    Database::{self, Postgres, Sqlite},
};

#[rstest]
#[tokio::test]
async fn a_payout_is_matched_with_what_it_contains(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let (ann, _) = shop.bought("ann@shop.example", "starter").await;
    let (bob, payment) = shop.bought("bob@shop.example", "standard").await;
    shop.post(
        "/v1/refunds",
        &[("payment_intent", &payment), ("amount", "300")],
    )
    .await;
    let payout = shop.control("/payouts", json!({})).await;
    let run = shop.reconcile(true).await;
    assert_eq!(
        shop.met(&run).await,
        [(Class::RefundNotKnown, FindingState::Done, 1)]
    );
    let payouts = shop.billing().payouts("stripe", 10).await.unwrap();
    let [paid] = payouts.as_slice() else {
        panic!("{payouts:?}");
    };
    assert_eq!(paid.reference, text(&payout["id"]));
    assert_eq!((paid.amount.value, paid.lines), (paid.contains, 3));
    assert_eq!(paid.amount.value, payout["amount"].as_i64().unwrap());
    let mut net = 0;
    for order in [ann, bob] {
        for earned in shop.billing().earnings(order.transaction.id).await.unwrap() {
            assert_eq!(earned.payout.as_deref(), Some(paid.reference.as_str()));
            let sign = if earned.kind == "payment" { 1 } else { -1 };
            net += sign * earned.amount.value - earned.fee.value;
        }
    }
    assert_eq!(net, paid.amount.value);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_payout_that_is_not_the_sum_of_its_lines_is_found(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let list =
        |data: serde_json::Value| json!({ "object": "list", "data": data, "has_more": false });
    for empty in ["charges", "refunds", "disputes"] {
        gateway.answers(&format!("GET /v1/{empty}"), 200, list(json!([])));
    }
    let now = books.clock.now();
    let payout = json!({
        "id": "po_1", "object": "payout", "amount": 900, "currency": "usd", "automatic": true,
        "arrival_date": now.unix(), "status": "paid",
    });
    gateway.answers("GET /v1/payouts", 200, list(json!([payout])));
    let line = |id: &str, kind: &str, net: i64| json!({ "id": id, "type": kind, "net": net, "fee": 0, "currency": "usd", "source": null });
    let lines = json!([
        line("txn_1", "stripe_fee", 899),
        line("txn_2", "payout", -900)
    ]);
    gateway.answers("GET /v1/balance_transactions", 200, list(lines));
    let day = billing::clock::Day::from(now).before();
    let wish = Wish {
        file: None,
        period: Some(Period::days(day, day)),
        applies: true,
        by: "test".to_owned(),
    };
    let run = books.billing.reconcile(wish, |_| ()).await.unwrap();
    let found = books
        .billing
        .findings(run.id, Class::PayoutDiffers, None, 10)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].subject.as_str(), found[0].state),
        ("po_1", FindingState::Open)
    );
    assert_eq!(found[0].detail, "$9.00 were paid out, of $8.99");
    books.close().await;
}
