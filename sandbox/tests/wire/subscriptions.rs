use serde_json::json;

use crate::shop::{DAY_S, HOUR_S, Shop, at, intent_of, period};
use crate::support::{data, id};

#[tokio::test]
async fn a_subscription_begins_with_a_payment() {
    let shop = Shop::open("2043-01-31T10:00:00Z").await;
    let seen = shop.seen().await;
    let begun = shop.subscribe(&[("metadata[customer_plan]", "p1")]).await;
    assert_eq!(begun["status"], "incomplete");
    assert_eq!(period(&begun), ["2043-01-31 10:00", "2043-02-28 10:00"]);
    let invoice = &begun["latest_invoice"];
    assert_eq!(invoice["status"], "open");
    assert_eq!(invoice["billing_reason"], "subscription_create");
    assert_eq!(invoice["amount_due"], 1900);
    assert_eq!(
        invoice["parent"]["subscription_details"],
        json!({ "metadata": { "customer_plan": "p1" }, "subscription": begun["id"] })
    );
    let line = &invoice["lines"]["data"][0];
    assert_eq!(line["description"], "1 × Pro (at $19.00 / month)");
    assert_eq!(line["pricing"]["price_details"]["price"], shop.price);
    let intent = shop.intent(invoice).await;
    assert_eq!(intent["payment_details"]["order_reference"], invoice["id"]);
    assert_eq!(intent["setup_future_usage"], "off_session");
    let secret = json!({ "client_secret": intent["client_secret"], "type": "payment_intent" });
    assert_eq!(invoice["confirmation_secret"], secret);

    let paid = shop.confirm(&intent_of(invoice), "pm_card_visa").await;
    assert_eq!(paid["status"], "succeeded");
    let active = shop.again(&begun).await;
    assert_eq!(active["status"], "active");
    assert_eq!(active["default_payment_method"], paid["payment_method"]);
    let invoice = shop.again(invoice).await;
    assert_eq!(invoice["status"], "paid");
    assert_eq!(invoice["amount_paid"], 1900);
    assert_eq!(invoice["amount_remaining"], 0);
    assert_eq!(invoice["attempt_count"], 1);
    assert!(invoice.get("confirmation_secret").is_none());
    assert_eq!(
        shop.told(seen).await,
        [
            "customer.subscription.created",
            "invoice.created",
            "invoice.finalized",
            "payment_intent.created",
            "charge.succeeded",
            "payment_method.attached",
            "payment_intent.succeeded",
            "invoice_payment.paid",
            "invoice.updated",
            "invoice.paid",
            "invoice.payment_succeeded",
            "customer.subscription.updated",
        ]
    );
    let updated = shop
        .get("/v1/events?type=customer.subscription.updated")
        .await;
    let change = &data(&updated)[0]["data"];
    assert_eq!(change["previous_attributes"]["status"], "incomplete");
    assert_eq!(change["object"]["status"], "active");
}

#[tokio::test]
async fn the_first_payment_may_need_the_bank_and_another_card() {
    let shop = Shop::open("2043-01-31T10:00:00Z").await;
    let begun = shop.subscribe(&[]).await;
    let intent = intent_of(&begun["latest_invoice"]);
    let declined = shop.confirm(&intent, "pm_card_visa_chargeDeclined").await;
    assert_eq!(declined["error"]["code"], "card_declined");
    assert_eq!(shop.again(&begun).await["status"], "incomplete");
    let asked = shop
        .confirm(&intent, "pm_card_authenticationRequiredOnSetup")
        .await;
    assert_eq!(asked["status"], "requires_action");
    let failed = shop.running.answer(&asked, "fail").await.body;
    assert_eq!(failed["status"], "requires_payment_method");
    let asked = shop
        .confirm(&intent, "pm_card_authenticationRequiredOnSetup")
        .await;
    shop.running.answer(&asked, "complete").await;
    assert_eq!(shop.again(&begun).await["status"], "active");
    let told = shop.told(0).await;
    let count = |kind: &str| told.iter().filter(|it| *it == kind).count();
    assert_eq!(count("invoice.payment_failed"), 2);
    assert_eq!(count("invoice.payment_action_required"), 2);
    assert_eq!(count("invoice.paid"), 1);
    // Set up by its first payment, the card pays alone from now on.
    shop.advance(29 * DAY_S).await;
    let renewed = shop.latest(&begun).await;
    assert_eq!(renewed["billing_reason"], "subscription_cycle");
    assert_eq!(renewed["status"], "paid");
}

#[tokio::test]
async fn nobody_pays_for_twenty_three_hours() {
    let shop = Shop::open("2043-01-31T10:00:00Z").await;
    let begun = shop.subscribe(&[]).await;
    shop.advance(23 * HOUR_S - 60).await;
    assert_eq!(shop.again(&begun).await["status"], "incomplete");
    shop.advance(120).await;
    assert_eq!(shop.again(&begun).await["status"], "incomplete_expired");
    let invoice = shop.latest(&begun).await;
    assert_eq!(invoice["status"], "void");
    assert_eq!(shop.intent(&invoice).await["status"], "canceled");
    let late = shop
        .confirm(&intent_of(&begun["latest_invoice"]), "pm_card_visa")
        .await;
    assert_eq!(late["error"]["code"], "payment_intent_unexpected_state");
}

#[tokio::test]
async fn a_saved_card_is_charged_at_once() {
    let shop = Shop::open("2043-01-31T10:00:00Z").await;
    let fields = [
        ("customer", shop.customer.as_str()),
        ("items[0][price]", shop.price.as_str()),
        ("items[0][quantity]", "3"),
    ];
    let nothing = shop.running.post("/v1/subscriptions", &fields).await;
    assert_eq!(nothing.status, 400);
    shop.card("pm_card_visa").await;
    let subscription = shop.made("/v1/subscriptions", &fields).await;
    assert_eq!(subscription["status"], "active");
    assert_eq!(shop.latest(&subscription).await["amount_paid"], 5700);
    shop.card("pm_card_chargeCustomerFail").await;
    let refused = shop.made("/v1/subscriptions", &fields).await;
    assert_eq!(refused["status"], "incomplete");
    let invoice = shop.latest(&refused).await;
    assert_eq!(invoice["status"], "open");
    assert!(invoice["next_payment_attempt"].is_null());
}

#[tokio::test]
async fn a_trial_costs_nothing_until_it_ends() {
    let shop = Shop::open("2043-03-01T00:00:00Z").await;
    shop.card("pm_card_visa").await;
    let trial = shop.subscribe(&[("trial_period_days", "14")]).await;
    assert_eq!(trial["status"], "trialing");
    assert_eq!(trial["latest_invoice"]["status"], "paid");
    assert_eq!(trial["latest_invoice"]["amount_due"], 0);
    assert_eq!(period(&trial), ["2043-03-01 00:00", "2043-03-15 00:00"]);
    shop.advance(11 * DAY_S).await;
    let told = shop.told(0).await;
    assert!(told.contains(&"customer.subscription.trial_will_end".to_owned()));
    shop.advance(3 * DAY_S + 2 * HOUR_S).await;
    let active = shop.again(&trial).await;
    assert_eq!(active["status"], "active");
    assert_eq!(period(&active), ["2043-03-15 00:00", "2043-04-15 00:00"]);
    assert_eq!(shop.latest(&trial).await["amount_paid"], 1900);
}

#[tokio::test]
async fn a_trial_without_a_card_ends_as_it_was_told_to() {
    let shop = Shop::open("2043-03-01T00:00:00Z").await;
    let behavior = "trial_settings[end_behavior][missing_payment_method]";
    let pausing = [("trial_period_days", "7"), (behavior, "pause")];
    let pauses = shop.subscribe(&pausing).await;
    let canceling = [("trial_period_days", "7"), (behavior, "cancel")];
    let cancels = shop.subscribe(&canceling).await;
    shop.advance(7 * DAY_S + 60).await;
    assert_eq!(shop.again(&pauses).await["status"], "paused");
    assert_eq!(shop.again(&cancels).await["status"], "canceled");
    let told = shop.told(0).await;
    assert!(told.contains(&"customer.subscription.paused".to_owned()));
    shop.card("pm_card_visa").await;
    let path = format!("/v1/subscriptions/{}/resume", id(&pauses));
    let resumed = shop.made(&path, &[]).await;
    assert_eq!(resumed["status"], "active");
    assert_eq!(shop.latest(&resumed).await["amount_paid"], 1900);
}

#[tokio::test]
async fn ends_now_or_with_its_period() {
    let shop = Shop::open("2043-01-31T10:00:00Z").await;
    let kept = shop.subscribed("pm_card_visa").await;
    let path = format!("/v1/subscriptions/{}", id(&kept));
    let ending = shop.made(&path, &[("cancel_at_period_end", "true")]).await;
    assert_eq!(
        ending["cancel_at"],
        kept["items"]["data"][0]["current_period_end"]
    );
    let stays = shop.made(&path, &[("cancel_at_period_end", "false")]).await;
    assert!(stays["cancel_at"].is_null());
    shop.advance(29 * DAY_S).await;
    assert_eq!(shop.again(&kept).await["status"], "active");
    shop.made(&path, &[("cancel_at_period_end", "true")]).await;
    shop.advance(31 * DAY_S).await;
    let ended = shop.again(&kept).await;
    assert_eq!(ended["status"], "canceled");
    assert_eq!(
        ended["cancellation_details"]["reason"],
        "cancellation_requested"
    );
    assert_eq!(shop.invoices(&kept).await.len(), 2);
    assert_eq!(shop.running.post(&path, &[]).await.status, 404);

    let gone = shop.subscribed("pm_card_visa").await;
    let path = format!("/v1/subscriptions/{}", id(&gone));
    let canceled = shop.running.delete(&path).await.body;
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(shop.running.delete(&path).await.status, 404);
    let never = shop.subscribe(&[]).await;
    let path = format!("/v1/subscriptions/{}", id(&never));
    let dropped = shop.running.delete(&path).await.body;
    assert_eq!(dropped["status"], "incomplete_expired");
    assert_eq!(shop.latest(&never).await["status"], "void");
    let told = shop.told(0).await;
    let deleted = "customer.subscription.deleted";
    assert_eq!(told.iter().filter(|it| *it == deleted).count(), 3);
}

#[tokio::test]
async fn what_is_not_understood_is_refused() {
    let shop = Shop::open("2043-01-31T10:00:00Z").await;
    let customer = ("customer", shop.customer.as_str());
    let price = ("items[0][price]", shop.price.as_str());
    let once = [
        ("product", shop.product.as_str()),
        ("currency", "usd"),
        ("unit_amount", "500"),
    ];
    let once = shop.made("/v1/prices", &once).await;
    for (fields, param) in [
        (vec![customer], "items"),
        (vec![price], "customer"),
        (
            vec![customer, ("items[0][price]", "price_x")],
            "items[0][price]",
        ),
        (
            vec![customer, ("items[0][price]", id(&once))],
            "items[0][price]",
        ),
        (vec![customer, price, ("coupon", "x")], "coupon"),
        (
            vec![customer, price, ("items[0][prize]", "x")],
            "items[0][prize]",
        ),
        (
            vec![customer, price, ("default_payment_method", "pm_x")],
            "default_payment_method",
        ),
        (
            vec![customer, price, ("payment_behavior", "error_if_incomplete")],
            "payment_behavior",
        ),
        (vec![customer, price, ("trial_end", "5")], "trial_end"),
    ] {
        let refused = shop.running.post("/v1/subscriptions", &fields).await;
        assert_eq!(refused.status, 400, "{param}: {}", refused.body);
        assert_eq!(refused.body["error"]["param"], param);
    }
    assert!(data(&shop.get("/v1/subscriptions").await).is_empty());
}

#[tokio::test]
async fn an_item_may_bring_its_own_price() {
    let shop = Shop::open("2043-01-31T10:00:00Z").await;
    let fields = [
        ("customer", shop.customer.as_str()),
        ("items[0][price_data][product]", shop.product.as_str()),
        ("items[0][price_data][currency]", "eur"),
        ("items[0][price_data][unit_amount]", "700"),
        ("items[0][price_data][recurring][interval]", "week"),
        ("items[0][price_data][recurring][interval_count]", "2"),
        ("payment_behavior", "default_incomplete"),
    ];
    let begun = shop.made("/v1/subscriptions", &fields).await;
    assert_eq!(begun["currency"], "eur");
    assert_eq!(period(&begun), ["2043-01-31 10:00", "2043-02-14 10:00"]);
    let price = &begun["items"]["data"][0]["price"];
    let kept = shop.get(&format!("/v1/prices/{}", id(price))).await;
    assert_eq!(kept["active"], false);
}

#[tokio::test]
async fn a_trial_may_ask_for_a_card_first() {
    let shop = Shop::open("2043-03-01T00:00:00Z").await;
    let trial = shop
        .subscribe(&[
            ("trial_period_days", "7"),
            ("expand[]", "pending_setup_intent"),
        ])
        .await;
    let setup = &trial["pending_setup_intent"];
    assert_eq!(setup["status"], "requires_payment_method");
    let card = "pm_card_authenticationRequiredOnSetup";
    let asked = shop.running.confirm(setup, card).await.body;
    assert_eq!(asked["status"], "requires_action");
    shop.running.answer(&asked, "complete").await;
    let ready = shop.again(&trial).await;
    assert!(ready["pending_setup_intent"].is_null());
    assert!(ready["default_payment_method"].is_string());
    shop.advance(7 * DAY_S + 2 * HOUR_S).await;
    assert_eq!(shop.latest(&trial).await["status"], "paid");
}

#[tokio::test]
async fn an_anchor_makes_the_first_period_a_part() {
    let shop = Shop::open("2043-04-16T00:00:00Z").await;
    shop.card("pm_card_visa").await;
    let anchor = at("2043-05-01T00:00:00Z").to_string();
    let anchored = [("billing_cycle_anchor", anchor.as_str())];
    let part = shop.subscribe(&anchored).await;
    // Some seconds may have passed since.
    let due = part["latest_invoice"]["amount_due"].as_i64().unwrap();
    assert!((949..=950).contains(&due), "{due}");
    let free = shop
        .subscribe(&[anchored[0], ("proration_behavior", "none")])
        .await;
    assert_eq!(free["status"], "active");
    shop.go_to("2043-05-01T02:00:00Z").await;
    let renewed = shop.again(&free).await;
    assert_eq!(period(&renewed), ["2043-05-01 00:00", "2043-06-01 00:00"]);
    assert_eq!(shop.latest(&free).await["amount_paid"], 1900);
    let late = at("2043-07-01T00:00:00Z").to_string();
    let fields = [
        ("customer", shop.customer.as_str()),
        ("items[0][price]", shop.price.as_str()),
        ("billing_cycle_anchor", late.as_str()),
    ];
    let refused = shop.running.post("/v1/subscriptions", &fields).await;
    assert_eq!(refused.body["error"]["param"], "billing_cycle_anchor");
}

#[tokio::test]
async fn a_customer_who_goes_takes_their_subscriptions_along() {
    let shop = Shop::open("2043-03-01T00:00:00Z").await;
    let subscription = shop.subscribed("pm_card_visa").await;
    let path = format!("/v1/customers/{}", shop.customer);
    assert_eq!(shop.running.delete(&path).await.status, 200);
    assert_eq!(shop.again(&subscription).await["status"], "canceled");
    shop.advance(40 * DAY_S).await;
    assert_eq!(shop.invoices(&subscription).await.len(), 1);
}
