use crate::changes::{Change, HALF, amounts};
use crate::shop::{Shop, at};
use crate::support::{data, id};

#[tokio::test]
async fn a_preview_says_what_a_change_will_cost_and_changes_nothing() {
    let change = Change::halfway("pm_card_visa").await;
    let better = change.shop.price("4900", "month").await;
    let seen = change.shop.seen().await;
    let subscription = ("subscription", id(&change.subscription));
    let item = ("subscription_details[items][0][id]", change.item.as_str());
    let price = ("subscription_details[items][0][price]", better.as_str());
    let now = ("subscription_details[proration_behavior]", "always_invoice");
    let when = at(HALF).to_string();
    let date = ("subscription_details[proration_date]", when.as_str());
    let path = "/v1/invoices/create_preview";
    let preview = change
        .shop
        .made(path, &[subscription, item, price, now, date])
        .await;
    assert_eq!(amounts(&preview), [-950, 2450]);
    assert_eq!(preview["amount_due"], 1500);
    assert!(id(&preview).starts_with("upcoming_in_"));
    let later = change
        .shop
        .made(path, &[subscription, item, price, date])
        .await;
    assert_eq!(amounts(&later), [-950, 2450, 4900]);
    let renewal = change.shop.made(path, &[subscription]).await;
    assert_eq!(amounts(&renewal), [1900]);
    let own = [
        subscription,
        item,
        now,
        date,
        (
            "subscription_details[items][0][price_data][product]",
            change.shop.product.as_str(),
        ),
        (
            "subscription_details[items][0][price_data][currency]",
            "usd",
        ),
        (
            "subscription_details[items][0][price_data][unit_amount]",
            "3900",
        ),
        (
            "subscription_details[items][0][price_data][recurring][interval]",
            "month",
        ),
    ];
    assert_eq!(change.shop.made(path, &own).await["amount_due"], 1000);
    assert_eq!(change.shop.seen().await, seen);
    assert_eq!(change.price().await, 1900);
    let refused = change
        .shop
        .running
        .post(path, &[subscription, ("prorate", "true")])
        .await;
    assert_eq!(refused.body["error"]["code"], "parameter_unknown");
    let path = format!("/v1/invoices/{}", id(&preview));
    assert_eq!(change.shop.running.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_preview_needs_no_subscription_yet() {
    let shop = Shop::open("2043-04-01T00:00:00Z").await;
    let third = [("percent_off", "30"), ("duration", "once")];
    let coupon = shop.made("/v1/coupons", &third).await;
    let fields = [
        ("customer", shop.customer.as_str()),
        ("subscription_details[items][0][price]", shop.price.as_str()),
        ("subscription_details[items][0][quantity]", "2"),
        ("discounts[0][coupon]", id(&coupon)),
    ];
    let path = "/v1/invoices/create_preview";
    let preview = shop.made(path, &fields).await;
    assert_eq!(amounts(&preview), [3800]);
    assert_eq!(preview["amount_due"], 2660);
    let unused = shop.get(&format!("/v1/coupons/{}", id(&coupon))).await;
    assert_eq!(unused["times_redeemed"], 0);
    assert_eq!(shop.running.post(path, &fields[1..]).await.status, 400);
    assert!(data(&shop.get("/v1/subscriptions").await).is_empty());
}
