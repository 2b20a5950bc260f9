use serde_json::json;

use crate::shop::{DAY_S, Shop, at};
use crate::support::{data, id};

#[tokio::test]
async fn a_coupon_for_once_lowers_the_first_invoice() {
    let shop = Shop::open("2043-04-01T00:00:00Z").await;
    shop.card("pm_card_visa").await;
    let half = [
        ("percent_off", "33.33"),
        ("duration", "once"),
        ("id", "THIRD"),
    ];
    shop.made("/v1/coupons", &half).await;
    let begun = shop.subscribe(&[("discounts[0][coupon]", "THIRD")]).await;
    let invoice = &begun["latest_invoice"];
    // A third of $19.00, to the cent: 633.27.
    assert_eq!(invoice["amount_due"], 1900 - 633);
    assert_eq!(invoice["subtotal"], 1900);
    assert_eq!(invoice["total_discount_amounts"][0]["amount"], 633);
    assert_eq!(
        invoice["lines"]["data"][0]["discount_amounts"][0]["amount"],
        633
    );
    let discount = invoice["discounts"][0].as_str().unwrap();
    assert_eq!(invoice["total_discount_amounts"][0]["discount"], *discount);
    shop.confirm(id(&shop.intent(invoice).await), "pm_card_visa")
        .await;
    assert_eq!(shop.again(&begun).await["discounts"], json!([]));
    assert_eq!(shop.get("/v1/coupons/THIRD").await["times_redeemed"], 1);
    shop.advance(31 * DAY_S).await;
    assert_eq!(shop.latest(&begun).await["amount_paid"], 1900);
}

#[tokio::test]
async fn a_coupon_for_ever_lowers_each_invoice() {
    let shop = Shop::open("2043-04-01T00:00:00Z").await;
    shop.card("pm_card_visa").await;
    let five = [
        ("amount_off", "500"),
        ("currency", "usd"),
        ("duration", "forever"),
    ];
    let coupon = shop.made("/v1/coupons", &five).await;
    let begun = shop
        .subscribe(&[("discounts[0][coupon]", id(&coupon))])
        .await;
    let expanded = shop
        .get(&format!(
            "/v1/subscriptions/{}?expand[]=discounts",
            id(&begun)
        ))
        .await;
    let source = json!({ "coupon": coupon["id"], "type": "coupon" });
    assert_eq!(expanded["discounts"][0]["source"], source);
    shop.confirm(
        id(&shop.intent(&begun["latest_invoice"]).await),
        "pm_card_visa",
    )
    .await;
    shop.advance(62 * DAY_S).await;
    for invoice in shop.invoices(&begun).await {
        assert_eq!(invoice["amount_paid"], 1400);
    }
    let path = format!("/v1/subscriptions/{}", id(&begun));
    shop.made(&path, &[("discounts", "")]).await;
    shop.advance(31 * DAY_S).await;
    assert_eq!(shop.latest(&begun).await["amount_paid"], 1900);
}

#[tokio::test]
async fn a_coupon_for_everything_needs_no_payment() {
    let shop = Shop::open("2043-04-01T00:00:00Z").await;
    let free = [
        ("percent_off", "100"),
        ("duration", "repeating"),
        ("duration_in_months", "1"),
    ];
    let coupon = shop.made("/v1/coupons", &free).await;
    let begun = shop
        .subscribe(&[("discounts[0][coupon]", id(&coupon))])
        .await;
    assert_eq!(begun["status"], "active");
    assert_eq!(begun["latest_invoice"]["status"], "paid");
    assert_eq!(begun["latest_invoice"]["amount_due"], 0);
    assert!(begun["latest_invoice"]["confirmation_secret"].is_null());
    assert!(data(&begun["latest_invoice"]["payments"]).is_empty());
    // The month is over, and there is no card.
    shop.advance(31 * DAY_S).await;
    assert_eq!(shop.again(&begun).await["status"], "past_due");
    assert_eq!(shop.latest(&begun).await["amount_due"], 1900);
}

#[tokio::test]
async fn a_promotion_code_is_redeemed_within_its_limits() {
    let shop = Shop::open("2043-04-01T00:00:00Z").await;
    let half = shop
        .made(
            "/v1/coupons",
            &[("percent_off", "50"), ("duration", "once")],
        )
        .await;
    let promotion = [
        ("promotion[type]", "coupon"),
        ("promotion[coupon]", id(&half)),
        ("code", "SPRING"),
        ("max_redemptions", "1"),
    ];
    let code = shop.made("/v1/promotion_codes", &promotion).await;
    assert_eq!(code["promotion"]["coupon"], half["id"]);
    assert_eq!(
        shop.running
            .post("/v1/promotion_codes", &promotion)
            .await
            .status,
        400
    );
    let found = shop
        .get("/v1/promotion_codes?code=spring&active=true")
        .await;
    assert_eq!(data(&found)[0]["id"], code["id"]);
    let begun = shop
        .subscribe(&[("discounts[0][promotion_code]", id(&code))])
        .await;
    assert_eq!(begun["latest_invoice"]["amount_due"], 950);
    let used = shop
        .get(&format!("/v1/promotion_codes/{}", id(&code)))
        .await;
    assert_eq!(
        (&used["active"], &used["times_redeemed"]),
        (&json!(false), &json!(1))
    );
    let again = [
        ("customer", shop.customer.as_str()),
        ("items[0][price]", shop.price.as_str()),
        ("payment_behavior", "default_incomplete"),
        ("discounts[0][promotion_code]", id(&code)),
    ];
    let refused = shop.running.post("/v1/subscriptions", &again).await;
    assert_eq!(refused.body["error"]["param"], "promotion_code");
}

#[tokio::test]
async fn a_discount_counts_when_a_change_gives_back() {
    let shop = Shop::open("2043-04-01T00:00:00Z").await;
    shop.card("pm_card_visa").await;
    let half = [("percent_off", "50"), ("duration", "once")];
    let coupon = shop.made("/v1/coupons", &half).await;
    let fields = [
        ("customer", shop.customer.as_str()),
        ("items[0][price]", shop.price.as_str()),
        ("discounts[0][coupon]", id(&coupon)),
    ];
    let begun = shop.made("/v1/subscriptions", &fields).await;
    let better = shop.price("4900", "month").await;
    shop.go_to("2043-04-16T00:00:00Z").await;
    let path = format!("/v1/subscriptions/{}", id(&begun));
    let item = id(&begun["items"]["data"][0]).to_owned();
    let when = at("2043-04-16T00:00:00Z").to_string();
    let change = [
        ("items[0][id]", item.as_str()),
        ("items[0][price]", better.as_str()),
        ("proration_behavior", "always_invoice"),
        ("proration_date", when.as_str()),
    ];
    shop.made(&path, &change).await;
    // Half of the $9.50 that were paid, and half of $49.00.
    assert_eq!(shop.latest(&begun).await["total"], -475 + 2450);
}

#[tokio::test]
async fn odd_coupons_are_refused() {
    let shop = Shop::open("2043-04-01T00:00:00Z").await;
    for fields in [
        &[("percent_off", "101")][..],
        &[("percent_off", "0")],
        &[("percent_off", "x")],
        &[("amount_off", "500")],
        &[("amount_off", "-5"), ("currency", "usd")],
        &[
            ("percent_off", "10"),
            ("amount_off", "500"),
            ("currency", "usd"),
        ],
        &[("percent_off", "10"), ("duration", "repeating")],
        &[("percent_off", "10"), ("off", "1")],
        &[],
    ] {
        let refused = shop.running.post("/v1/coupons", fields).await;
        assert_eq!(refused.status, 400, "{fields:?}");
    }
    let soon = (at("2043-04-02T00:00:00Z")).to_string();
    let short = [
        ("percent_off", "10"),
        ("id", "SOON"),
        ("redeem_by", soon.as_str()),
    ];
    shop.made("/v1/coupons", &short).await;
    shop.advance(2 * DAY_S).await;
    assert_eq!(shop.get("/v1/coupons/SOON").await["valid"], false);
    let late = [
        ("customer", shop.customer.as_str()),
        ("items[0][price]", shop.price.as_str()),
        ("discounts[0][coupon]", "SOON"),
    ];
    let refused = shop.running.post("/v1/subscriptions", &late).await;
    assert_eq!(refused.body["error"]["code"], "coupon_expired");
    assert_eq!(shop.running.delete("/v1/coupons/SOON").await.status, 200);
    assert_eq!(shop.running.get("/v1/coupons/SOON").await.status, 404);
}
