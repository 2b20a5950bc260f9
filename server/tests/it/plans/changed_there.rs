//! What happens at the gateway before a change of a plan is made, and what of it is not heard.

use billing::{
    catalog::Offer,
    id::CustomerId,
    order::{CheckoutError, OrderStatus},
    plan::{ChangeError, Quote, Subscription},
};
use rstest::rstest;

use super::{BASIC, PRO, customer_of, paid_invoices, pass_renewal, plan_of, subscribed};
use crate::harness::{Browser, Database, Shop};

/// A shop, and somebody in it who has this plan.
async fn with_plan(database: Database, plan: &str) -> (Shop, Browser, CustomerId) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = subscribed(&shop, &ann, plan, "pm_card_visa").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    shop.quiet().await;
    (shop, ann, customer)
}

/// An operator changes a plan at the gateway's dashboard, which charges it at once.
async fn change_there(shop: &Shop, plan: &Subscription, to: &Offer) {
    let prices = shop.gateway.list("prices?limit=100").await;
    let amount = to.price.value;
    let price = prices.iter().find(|price| price["unit_amount"] == amount);
    let path = format!("/v1/subscriptions/{}", plan.reference.as_deref().unwrap());
    let there = shop.gateway.get(&path).await;
    let fields = [
        ("items[0][id]", &there["items"]["data"][0]["id"]),
        ("items[0][price]", &price.unwrap()["id"]),
    ];
    let mut fields = fields
        .map(|(name, id)| (name, id.as_str().unwrap()))
        .to_vec();
    fields.push(("proration_behavior", "always_invoice"));
    shop.gateway.post(&path, &fields).await.is(200);
}

/// What was agreed to is charged, or nothing: an operator changes the plan at the gateway's dashboard before
/// the change that was quoted is made.
#[rstest]
#[tokio::test]
async fn a_change_that_came_between_leaves_nothing_to_charge(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (shop, ann, customer) = with_plan(database, "basic").await;
    let billing = shop.server.billing();
    let plan = plan_of(&shop, customer).await.unwrap();
    let catalog = billing.catalog();
    let [advanced, pro] = ["advanced", "pro"].map(|key| catalog.plan(key).unwrap().clone());
    let now = billing.clock().now();
    let mut quotes = Vec::new();
    for offer in [&advanced, &pro] {
        quotes.push(billing.quote(&plan, offer, now).await.unwrap());
    }
    let Some(Quote::Raise { due, at, .. }) = quotes.pop() else {
        panic!("pro is bigger");
    };
    let order = billing.order_raise(&plan, &pro, due, at).await.unwrap();

    change_there(&shop, &plan, &advanced).await;

    let refused = billing.begin_payment(&order).await;
    assert!(matches!(refused, Err(CheckoutError::Closed)), "{refused:?}");
    shop.quiet().await;
    let order = billing.order(customer, order.id).await.unwrap().unwrap();
    assert_eq!(order.status, OrderStatus::Canceled);
    assert_eq!(paid_invoices(&shop).await.len(), 2);
    let plan = plan_of(&shop, customer).await.unwrap();
    assert_eq!(plan.offer.key, "advanced");
    assert_eq!(ann.credits().await, advanced.credits.0);
    shop.close().await;
}

/// A period has begun with a smaller plan, and no event told: what is quoted is worked out from that plan.
#[rstest]
#[tokio::test]
async fn a_change_is_quoted_from_the_plan_that_is_there(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (shop, _, customer) = with_plan(database, "advanced").await;
    let billing = shop.server.billing();
    let plan = plan_of(&shop, customer).await.unwrap();
    let catalog = billing.catalog();
    let [basic, pro] = ["basic", "pro"].map(|key| catalog.plan(key).unwrap().clone());
    billing.lower(&plan, &basic).await.unwrap();
    shop.gateway.lose_webhooks().await;
    let plan = plan_of(&shop, customer).await.unwrap();
    pass_renewal(&shop, customer).await;

    let quote = billing.quote(&plan, &pro, billing.clock().now()).await;
    let Quote::Raise { due, credits, .. } = quote.unwrap() else {
        panic!("pro is bigger");
    };
    assert_eq!(credits.0, PRO - BASIC);
    assert!(due.value <= pro.price.value - basic.price.value, "{due}");
    assert_eq!(plan_of(&shop, customer).await.unwrap().offer.id, basic.id);
    shop.close().await;
}

/// A bigger plan is paid for at the gateway, and no event told: what is quoted is worked out from that plan,
/// and one change may turn out to be none.
#[rstest]
#[tokio::test]
async fn a_change_is_quoted_from_the_plan_that_was_paid_last(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (shop, _, customer) = with_plan(database, "basic").await;
    let billing = shop.server.billing();
    let plan = plan_of(&shop, customer).await.unwrap();
    let catalog = billing.catalog();
    let [advanced, pro] = ["advanced", "pro"].map(|key| catalog.plan(key).unwrap().clone());
    let now = billing.clock().now();
    for offer in [&advanced, &pro] {
        billing.quote(&plan, offer, now).await.unwrap();
    }
    shop.gateway.lose_webhooks().await;
    change_there(&shop, &plan, &advanced).await;

    let quote = billing.quote(&plan, &pro, now).await.unwrap();
    let Quote::Raise { due, credits, .. } = quote else {
        panic!("pro is bigger");
    };
    assert_eq!(credits.0, pro.credits.0 - advanced.credits.0);
    assert!(due.value <= pro.price.value - advanced.price.value, "{due}");
    let heard = plan_of(&shop, customer).await.unwrap();
    assert_eq!(heard.offer.id, advanced.id);
    let none = billing.quote(&plan, &advanced, now).await;
    assert!(matches!(none, Err(ChangeError::Same)), "{none:?}");
    shop.close().await;
}
