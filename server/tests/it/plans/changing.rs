//! Another plan, or none any more: what is shown beforehand is what happens.

use std::time::Duration;

use billing::plan::Status;
use rstest::rstest;
use serde_json::json;

use super::{
    BASIC, MINUTE, PRO, customer_of, paid_invoices, pass_renewal, plan_becomes, plan_of,
    subscribed, told,
};
use crate::harness::{Browser, Database, Page, Shop, between, eventually};

/// The form that confirms a change, as the page shows it.
async fn shown(ann: &Browser, to: &str) -> (String, String) {
    let page = ann.get(&format!("/account/plan/change?to={to}")).await;
    let page = page.is(200);
    let field = |name: &str| {
        let before = format!("name=\"{name}\" value=\"");
        between(&page.text, &before, "\"").unwrap_or("").to_owned()
    };
    (field("at"), field("due"))
}

async fn confirm(ann: &Browser, to: &str) -> Page {
    let (at, due) = shown(ann, to).await;
    let fields = [("to", to), ("at", at.as_str()), ("due", due.as_str())];
    ann.post("/account/plan/change", &fields).await
}

/// The transaction behind a checkout or a waiting page.
async fn transaction_at(ann: &Browser, page: &str) -> String {
    match page.strip_prefix("/transactions/") {
        Some(id) => id.to_owned(),
        None => {
            let checkout = ann.get(page).await.is(200);
            let id = between(&checkout.text, "data-transaction=\"", "\"");
            id.unwrap().to_owned()
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_bigger_plan_begins_when_the_difference_is_paid(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = subscribed(&shop, &ann, "basic", "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    shop.quiet().await;
    assert!(ann.get("/").await.text.contains("Switch to Pro"));

    let (_, due) = shown(&ann, "pro").await;
    let changed = confirm(&ann, "pro").await.is(303);
    let id = transaction_at(&ann, changed.location()).await;
    let transaction = ann.until(&id, "succeeded").await;
    assert_eq!(transaction["kind"], "plan_change");
    assert_eq!(transaction["credits"], PRO - BASIC);
    let paid = transaction["amount"]["value"].as_i64().unwrap();
    // A second may have passed between the two pages.
    let due: i64 = due.parse().unwrap();
    assert!((due - paid).abs() <= 1, "{due} was shown, {paid} was paid");
    assert_eq!(ann.credits().await, PRO);
    let plan = plan_of(&shop, customer).await.unwrap();
    assert_eq!(
        (plan.offer.key.as_str(), plan.status),
        ("pro", Status::Active)
    );

    pass_renewal(&shop, customer).await;
    let billing = shop.server.billing();
    eventually("the bigger plan is renewed", || async {
        billing.balance(customer).await.unwrap().available.0 == 2 * PRO
    })
    .await;
    assert_eq!(paid_invoices(&shop).await.len(), 3);
    shop.quiet().await;
    let story = [
        "subscription.started",
        "subscription.changed",
        "subscription.renewed",
    ];
    assert_eq!(told(&shop, customer).await, story);
    shop.close().await;
}

/// The bank asks: nothing changes before the customer has answered, and nothing if they refuse.
#[rstest]
#[case::confirmed("complete")]
#[case::refused("fail")]
#[tokio::test]
async fn a_bigger_plan_may_need_the_bank(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] answer: &str,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let card = "pm_card_authenticationRequired";
    let purchase = subscribed(&shop, &ann, "basic", card).await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    let changed = confirm(&ann, "pro").await.is(303);
    let payment = ann.open_checkout(changed.location()).await;
    ann.until(&payment.transaction, "requires_action").await;
    assert_eq!(ann.credits().await, BASIC);
    assert_eq!(plan_of(&shop, customer).await.unwrap().offer.key, "basic");

    shop.gateway.answer_challenge(&payment, answer).await;
    if answer == "complete" {
        ann.until(&payment.transaction, "succeeded").await;
        assert_eq!(ann.credits().await, PRO);
        assert_eq!(plan_of(&shop, customer).await.unwrap().offer.key, "pro");
    } else {
        ann.until(&payment.transaction, "failed").await;
        let cancel = format!("/orders/{}/cancel", payment.order);
        ann.post(&cancel, &[]).await.is(303);
        ann.until(&payment.transaction, "canceled").await;
        shop.quiet().await;
        let plan = plan_of(&shop, customer).await.unwrap();
        assert_eq!(
            (plan.offer.key.as_str(), plan.status),
            ("basic", Status::Active)
        );
        assert_eq!(ann.credits().await, BASIC);
    }
    shop.quiet().await;
    shop.close().await;
}

/// Nobody pays another price than the one that was shown.
#[rstest]
#[tokio::test]
async fn a_price_that_was_not_shown_is_shown_again(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    subscribed(&shop, &ann, "basic", "pm_card_visa").await;
    let (at, due) = shown(&ann, "pro").await;
    let long_ago = (at.parse::<i64>().unwrap() - 3600).to_string();
    for (at, due) in [
        (at.as_str(), "1"),
        (long_ago.as_str(), due.as_str()),
        (at.as_str(), ""),
    ] {
        let fields = [("to", "pro"), ("at", at), ("due", due)];
        let again = ann.post("/account/plan/change", &fields).await;
        again.leads_to("/account/plan/change?to=pro");
    }
    assert_eq!(paid_invoices(&shop).await.len(), 1);
    assert_eq!(ann.credits().await, BASIC);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn ten_clicks_change_a_plan_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    subscribed(&shop, &ann, "basic", "pm_card_visa").await;
    let (at, due) = shown(&ann, "pro").await;
    let fields = [("to", "pro"), ("at", at.as_str()), ("due", due.as_str())];
    let clicks = (0..10).map(|_| ann.post("/account/plan/change", &fields));
    futures::future::join_all(clicks).await;
    eventually("it is paid", || async { ann.credits().await == PRO }).await;
    shop.quiet().await;
    assert_eq!(ann.credits().await, PRO);
    assert_eq!(paid_invoices(&shop).await.len(), 2);
    shop.close().await;
}

/// We were interrupted between our own row and the gateway's answer: the sweeper finishes what was
/// confirmed, whether the gateway has heard of it or not; after too long it is as if nobody had
/// asked, unless the gateway did it. Either way it is charged once, or not at all.
#[rstest]
#[case::not_heard("fail", 2 * MINUTE, PRO, 2)]
#[case::heard("timeout", 2 * MINUTE, PRO, 2)]
#[case::not_heard_and_too_late("fail", 20 * MINUTE, BASIC, 1)]
#[case::heard_and_found_late("timeout", 20 * MINUTE, PRO, 2)]
#[tokio::test]
async fn an_interrupted_change_is_finished_or_given_up(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] fault: &str,
    #[case] later: Duration,
    #[case] credits: i64,
    #[case] invoices: usize,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = subscribed(&shop, &ann, "basic", "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    let plan = plan_of(&shop, customer).await.unwrap();
    shop.quiet().await;
    let (at, due) = shown(&ann, "pro").await;
    let path = format!("/v1/subscriptions/{}", plan.reference.unwrap());
    let gateway = &shop.gateway;
    gateway.lose_webhooks().await;
    gateway
        .spoil_calls("POST", &path, json!({ "fault": fault, "status": 500 }))
        .await;
    let fields = [("to", "pro"), ("at", at.as_str()), ("due", due.as_str())];
    let changed = ann.post("/account/plan/change", &fields).await.is(303);
    let checkout = changed.location();
    assert!(checkout.starts_with("/checkout/"), "{checkout}");
    let id = transaction_at(&ann, checkout).await;
    gateway.behave().await;
    gateway.lose_webhooks().await;

    let billing = shop.server.billing();
    billing.clock().advance(later);
    billing.sweep().await.unwrap();
    let transaction = ann.transaction(&id, "").await;
    assert_eq!(transaction["settled"], true, "{transaction}");
    assert_eq!(ann.credits().await, credits);
    assert_eq!(paid_invoices(&shop).await.len(), invoices);
    billing.sweep().await.unwrap();
    assert_eq!(paid_invoices(&shop).await.len(), invoices);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_smaller_plan_begins_with_the_next_period(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = subscribed(&shop, &ann, "pro", "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    confirm(&ann, "basic").await.leads_to("/account/plan");
    let page = ann.get("/account/plan").await.is(200);
    assert!(page.text.contains("Becomes Basic on"), "{}", page.text);
    // Minds may be changed, and changed again.
    ann.post("/account/plan/keep", &[])
        .await
        .leads_to("/account/plan");
    assert_eq!(plan_of(&shop, customer).await.unwrap().next_offer, None);
    confirm(&ann, "basic").await.leads_to("/account/plan");
    assert_eq!(paid_invoices(&shop).await.len(), 1);
    assert_eq!(ann.credits().await, PRO);

    pass_renewal(&shop, customer).await;
    let billing = shop.server.billing();
    eventually("the smaller plan is renewed", || async {
        billing.balance(customer).await.unwrap().available.0 == PRO + BASIC
    })
    .await;
    let plan = plan_of(&shop, customer).await.unwrap();
    assert_eq!((plan.offer.key.as_str(), plan.next_offer), ("basic", None));
    let paid = paid_invoices(&shop).await;
    assert_eq!(paid[0]["amount_paid"], 900);
    shop.quiet().await;
    let story = [
        "subscription.started",
        // Smaller, as it is after all, smaller.
        "subscription.changed",
        "subscription.changed",
        "subscription.changed",
        "subscription.renewed",
    ];
    assert_eq!(told(&shop, customer).await, story);
    shop.close().await;
}

/// What was to become smaller becomes bigger instead, from what was paid for it.
#[rstest]
#[tokio::test]
async fn a_plan_about_to_become_smaller_can_become_bigger(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = subscribed(&shop, &ann, "advanced", "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    confirm(&ann, "basic").await.leads_to("/account/plan");
    let changed = confirm(&ann, "pro").await.is(303);
    let id = transaction_at(&ann, changed.location()).await;
    let transaction = ann.until(&id, "succeeded").await;
    let paid = transaction["amount"]["value"].as_i64().unwrap();
    assert!((6999..=7000).contains(&paid), "{paid}");
    assert_eq!(ann.credits().await, PRO);
    let plan = plan_of(&shop, customer).await.unwrap();
    assert_eq!((plan.offer.key.as_str(), plan.next_offer), ("pro", None));
    shop.quiet().await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_plan_ends_with_its_period_or_is_kept(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = subscribed(&shop, &ann, "basic", "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    ann.get("/account/plan/cancel").await.is(200);
    let at_the_end = [("when", "end")];
    let canceled = ann.post("/account/plan/cancel", &at_the_end).await;
    canceled.leads_to("/account/plan");
    let page = ann.get("/account/plan").await.is(200);
    assert!(page.text.contains("Ends on"), "{}", page.text);
    ann.get("/account/plan/change?to=pro").await.is(409);
    ann.post("/account/plan/keep", &[])
        .await
        .leads_to("/account/plan");
    assert!(!plan_of(&shop, customer).await.unwrap().cancel_at_end);

    ann.post("/account/plan/cancel", &at_the_end).await.is(303);
    shop.quiet().await;
    pass_renewal(&shop, customer).await;
    plan_becomes(&shop, customer, "it has ended", Option::is_none).await;
    assert_eq!(paid_invoices(&shop).await.len(), 1);
    let balance = shop.server.billing().balance(customer).await.unwrap();
    assert_eq!(balance.available.0, 0, "what is left of basic runs out");
    shop.quiet().await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_plan_ends_now(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = subscribed(&shop, &ann, "basic", "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    ann.post("/account/plan/cancel", &[("when", "never")])
        .await
        .is(400);
    ann.post("/account/plan/cancel", &[("when", "now")])
        .await
        .is(303);
    assert_eq!(plan_of(&shop, customer).await, None);
    let theirs = shop.gateway.list("subscriptions?status=all").await;
    assert_eq!(theirs[0]["status"], "canceled");
    // Then a new one can begin.
    subscribed(&shop, &ann, "pro", "pm_card_visa").await;
    assert_eq!(ann.credits().await, PRO);
    shop.quiet().await;
    shop.close().await;
}
