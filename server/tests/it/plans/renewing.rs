//! Renewals, by the gateway's calendar: paid, failed and recovered, lost, given up.

use billing::plan::Status;
use rstest::rstest;
use serde_json::json;

use super::{
    DAY, PRO, customer_of, gateway_customer, paid_invoices, pass_renewal, plan_becomes, plan_of,
    subscribed,
};
use crate::harness::{Browser, Database, Shop, between, eventually};

const EMAIL: &str = "ann@shop.example";
/// The owed renewal, as the banner on every page leads to it.
async fn owed(ann: &Browser) -> String {
    let page = ann.get("/studio").await.is(200);
    let found = between(&page.text, "href=\"/pay/", "\"");
    found.expect("the banner leads to the payment").to_owned()
}

#[rstest]
#[tokio::test]
async fn a_year_of_renewals_with_one_that_fails(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer(EMAIL).await;
    let purchase = subscribed(&shop, &ann, "pro", "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    let at_gateway = gateway_customer(&shop).await;
    let billing = shop.server.billing();
    for month in 2..=12 {
        if month == 5 {
            let gateway = &shop.gateway;
            gateway
                .fail_next_renewal(&at_gateway, "insufficient_funds")
                .await;
        }
        pass_renewal(&shop, customer).await;
        ann.sign_in(EMAIL).await;
        if month == 5 {
            plan_becomes(&shop, customer, "it is past due", |plan| {
                plan.as_ref()
                    .is_some_and(|plan| plan.status == Status::PastDue)
            })
            .await;
            let renewal = owed(&ann).await;
            let failed = ann.until(&renewal, "failed").await;
            assert_eq!(failed["kind"], "renewal");
            assert_eq!(failed["failure"]["code"], "insufficient_funds");
            let payment = ann.open_owed(&renewal).await;
            shop.gateway.pay(&payment).await;
            ann.until(&renewal, "succeeded").await;
        }
        eventually(&format!("month {month} is granted"), || async {
            billing.balance(customer).await.unwrap().available.0 == PRO * month
        })
        .await;
        plan_becomes(&shop, customer, "it is active", |plan| {
            plan.as_ref()
                .is_some_and(|plan| plan.status == Status::Active)
        })
        .await;
    }
    let paid = paid_invoices(&shop).await;
    assert_eq!(paid.len(), 12);
    assert_eq!(ann.credits().await, PRO * paid.len() as i64);
    assert!(!ann.get("/").await.text.contains("could not be renewed"));
    shop.quiet().await;
    shop.close().await;
}

/// The bank wants the customer, who is not there: they are called, and the same payment goes on.
#[rstest]
#[tokio::test]
async fn a_renewal_may_need_the_customer(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer(EMAIL).await;
    let purchase = subscribed(&shop, &ann, "pro", "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    let at_gateway = gateway_customer(&shop).await;
    let decline = "authentication_required";
    shop.gateway.fail_next_renewal(&at_gateway, decline).await;
    pass_renewal(&shop, customer).await;
    ann.sign_in(EMAIL).await;
    eventually("the banner is there", || async {
        ann.get("/").await.text.contains("could not be renewed")
    })
    .await;
    let renewal = owed(&ann).await;
    ann.until(&renewal, "requires_action").await;
    let payment = ann.open_owed(&renewal).await;
    shop.gateway.answer_challenge(&payment, "complete").await;
    ann.until(&renewal, "succeeded").await;
    assert_eq!(ann.credits().await, 2 * PRO);
    // What is paid leads to what became of it.
    let page = ann.get(&format!("/pay/{renewal}")).await;
    assert_eq!(page.location(), format!("/transactions/{renewal}"));
    shop.close().await;
}

/// Not one event came, and nobody waits: the sweeper asks.
#[rstest]
#[tokio::test]
async fn a_renewal_that_nobody_told_us_of_is_found(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer(EMAIL).await;
    let purchase = subscribed(&shop, &ann, "pro", "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    shop.quiet().await;
    shop.gateway.lose_webhooks().await;
    // Two months of any length, and the hour after which the second is paid.
    shop.advance(70 * DAY).await;
    let billing = shop.server.billing();
    billing.sweep().await.unwrap();
    assert_eq!(
        billing.balance(customer).await.unwrap().available.0,
        3 * PRO
    );
    let plan = plan_of(&shop, customer).await.unwrap();
    assert!(plan.period.unwrap().end > billing.clock().now());
    shop.close().await;
}

/// Nobody pays, and the grace is over: the plan ends here and there, and owes nothing.
#[rstest]
#[tokio::test]
async fn a_plan_that_nobody_pays_for_ends(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open_with(database, &[("TENDER_GRACE_DAYS", "3")]).await;
    let ann = shop.customer(EMAIL).await;
    let purchase = subscribed(&shop, &ann, "pro", "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    let at_gateway = gateway_customer(&shop).await;
    let decline = "insufficient_funds";
    shop.gateway.fail_next_renewal(&at_gateway, decline).await;
    pass_renewal(&shop, customer).await;
    plan_becomes(&shop, customer, "it is past due", |plan| {
        plan.as_ref()
            .is_some_and(|plan| plan.status == Status::PastDue)
    })
    .await;
    ann.sign_in(EMAIL).await;
    let renewal = owed(&ann).await;
    // The gateway's own next try must not come between.
    shop.gateway.fail_next_renewal(&at_gateway, decline).await;
    let billing = shop.server.billing();
    billing.clock().advance(2 * DAY);
    billing.sweep().await.unwrap();
    assert!(
        plan_of(&shop, customer).await.is_some(),
        "it is in its grace"
    );
    billing.clock().advance(DAY + DAY);
    billing.sweep().await.unwrap();
    assert_eq!(plan_of(&shop, customer).await, None);
    let theirs = shop.gateway.list("subscriptions?status=all").await;
    assert_eq!(theirs[0]["status"], "canceled");
    let given_up = ann.until(&renewal, "canceled").await;
    assert_eq!(given_up["settled"], true);
    let invoices = shop.gateway.list("invoices?status=open").await;
    assert_eq!(json!(invoices), json!([]));
    assert_eq!(ann.credits().await, PRO);
    shop.quiet().await;
    shop.close().await;
}

/// The gateway gives up by itself: the plan ends here too, and what it owed cannot be paid any more.
#[rstest]
#[tokio::test]
async fn a_plan_that_the_gateway_ends_owes_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer(EMAIL).await;
    let purchase = subscribed(&shop, &ann, "pro", "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    let at_gateway = gateway_customer(&shop).await;
    let decline = "insufficient_funds";
    shop.gateway.fail_next_renewal(&at_gateway, decline).await;
    pass_renewal(&shop, customer).await;
    ann.sign_in(EMAIL).await;
    eventually("the banner is there", || async {
        ann.get("/").await.text.contains("could not be renewed")
    })
    .await;
    let renewal = owed(&ann).await;
    let plan = plan_of(&shop, customer).await.unwrap();
    shop.gateway
        .end_subscription(&plan.reference.unwrap())
        .await;
    plan_becomes(&shop, customer, "it has ended", Option::is_none).await;
    shop.advance(DAY / 24).await;
    shop.server.billing().sweep().await.unwrap();
    ann.until(&renewal, "canceled").await;
    let invoices = shop.gateway.list("invoices?status=open").await;
    assert_eq!(json!(invoices), json!([]));
    shop.quiet().await;
    shop.close().await;
}
