use serde_json::{Value, json};

use crate::shop::{DAY_S, HOUR_S, Shop, at, period};
use crate::support::{Fields, Reply, data, id};

/// Two weeks and a day into a month of thirty days: half of it is left.
pub const HALF: &str = "2043-04-16T00:00:00Z";

pub struct Change {
    pub shop: Shop,
    pub subscription: Value,
    pub item: String,
}

impl Change {
    /// A subscription at $19.00 that began on the first of April, in the middle of that month.
    pub async fn halfway(card: &str) -> Change {
        let shop = Shop::open("2043-04-01T00:00:00Z").await;
        let subscription = shop.subscribed(card).await;
        let item = id(&subscription["items"]["data"][0]).to_owned();
        shop.go_to(HALF).await;
        Change {
            shop,
            subscription,
            item,
        }
    }

    async fn to(&self, price: &str, more: Fields<'_>) -> Reply {
        let path = format!("/v1/subscriptions/{}", id(&self.subscription));
        let change = [
            ("items[0][id]", self.item.as_str()),
            ("items[0][price]", price),
        ];
        // Seconds pass while a test runs; a given time makes amounts exact.
        let when = at(HALF).to_string();
        let when = [("proration_date", when.as_str())];
        self.shop
            .running
            .post(&path, &[&change[..], &when, more].concat())
            .await
    }

    async fn now(&self) -> Value {
        self.shop.again(&self.subscription).await
    }

    pub async fn price(&self) -> Value {
        self.now().await["items"]["data"][0]["price"]["unit_amount"].clone()
    }
}

pub fn amounts(invoice: &Value) -> Vec<i64> {
    let lines = data(&invoice["lines"]);
    lines
        .iter()
        .map(|line| line["amount"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn an_upgrade_is_billed_at_once_to_the_second() {
    let change = Change::halfway("pm_card_visa").await;
    let better = change.shop.price("4900", "month").await;
    let seen = change.shop.seen().await;
    let upgraded = change
        .to(&better, &[("proration_behavior", "always_invoice")])
        .await;
    assert_eq!(upgraded.status, 200, "{}", upgraded.body);
    assert_eq!(period(&upgraded.body), period(&change.subscription));
    assert_eq!(upgraded.body["items"]["data"][0]["id"], *change.item);
    let invoice = change.shop.latest(&change.subscription).await;
    assert_eq!(invoice["billing_reason"], "subscription_update");
    assert_eq!(amounts(&invoice), [-950, 2450]);
    assert_eq!(
        (&invoice["total"], &invoice["status"]),
        (&json!(1500), &json!("paid"))
    );
    let lines = data(&invoice["lines"]);
    assert_eq!(
        lines[0]["description"],
        "Unused time on Pro after 16 Apr 2043"
    );
    assert_eq!(
        lines[1]["description"],
        "Remaining time on Pro after 16 Apr 2043"
    );
    let parent = &lines[0]["parent"]["subscription_item_details"];
    assert_eq!(parent["proration"], true);
    assert!(parent["proration_details"]["credited_items"]["invoice"].is_string());
    let told = change.shop.told(seen).await;
    assert!(told.contains(&"customer.subscription.updated".to_owned()));
    assert!(told.contains(&"invoice.paid".to_owned()));
    change.shop.go_to("2043-05-01T02:00:00Z").await;
    assert_eq!(
        amounts(&change.shop.latest(&change.subscription).await),
        [4900]
    );
}

#[tokio::test]
async fn a_second_change_gives_back_what_the_first_billed() {
    let change = Change::halfway("pm_card_visa").await;
    let better = change.shop.price("4900", "month").await;
    let best = change.shop.price("9900", "month").await;
    let now = ("proration_behavior", "always_invoice");
    change.to(&better, &[now]).await;
    change.to(&best, &[now]).await;
    let invoice = change.shop.latest(&change.subscription).await;
    assert_eq!(amounts(&invoice), [-2450, 4950]);
}

#[tokio::test]
async fn a_downgrade_waits_for_the_renewal_or_becomes_credit() {
    let change = Change::halfway("pm_card_visa").await;
    let cheaper = change.shop.price("900", "month").await;
    let later = change.to(&cheaper, &[]).await;
    assert_eq!(later.status, 200, "{}", later.body);
    let waiting = change.shop.get("/v1/invoiceitems?pending=true").await;
    assert_eq!(data(&waiting).len(), 2);
    change.shop.go_to("2043-05-01T02:00:00Z").await;
    let renewal = change.shop.latest(&change.subscription).await;
    assert_eq!(amounts(&renewal), [-950, 450, 900]);
    assert_eq!(renewal["amount_paid"], 400);
    let waiting = change.shop.get("/v1/invoiceitems?pending=true").await;
    assert!(data(&waiting).is_empty());

    let change = Change::halfway("pm_card_visa").await;
    let cheaper = change.shop.price("900", "month").await;
    change
        .to(&cheaper, &[("proration_behavior", "always_invoice")])
        .await;
    let credit = change.shop.latest(&change.subscription).await;
    assert_eq!(
        (&credit["total"], &credit["amount_due"]),
        (&json!(-500), &json!(0))
    );
    assert_eq!(credit["status"], "paid");
    let path = format!("/v1/customers/{}", change.shop.customer);
    assert_eq!(change.shop.get(&path).await["balance"], -500);
    change.shop.go_to("2043-05-01T02:00:00Z").await;
    let renewal = change.shop.latest(&change.subscription).await;
    assert_eq!(
        (&renewal["total"], &renewal["amount_paid"]),
        (&json!(900), &json!(400))
    );
    assert_eq!(change.shop.get(&path).await["balance"], 0);
}

#[tokio::test]
async fn without_proration_only_the_renewal_changes() {
    let change = Change::halfway("pm_card_visa").await;
    let better = change.shop.price("4900", "month").await;
    change.to(&better, &[("proration_behavior", "none")]).await;
    assert_eq!(change.price().await, 4900);
    assert_eq!(change.shop.invoices(&change.subscription).await.len(), 1);
    change.shop.go_to("2043-05-01T02:00:00Z").await;
    assert_eq!(
        amounts(&change.shop.latest(&change.subscription).await),
        [4900]
    );
}

#[tokio::test]
async fn another_interval_begins_a_new_period() {
    let change = Change::halfway("pm_card_visa").await;
    let yearly = change.shop.price("19000", "year").await;
    let changed = change.to(&yearly, &[]).await.body;
    assert_eq!(period(&changed), ["2043-04-16 00:00", "2044-04-16 00:00"]);
    let invoice = change.shop.latest(&change.subscription).await;
    assert_eq!(amounts(&invoice), [-950, 19000]);
    assert_eq!(invoice["status"], "paid");
}

#[tokio::test]
async fn a_change_may_wait_until_it_is_paid() {
    let change = Change::halfway("pm_card_authenticationRequired").await;
    let better = change.shop.price("4900", "month").await;
    let waits = [
        ("proration_behavior", "always_invoice"),
        ("payment_behavior", "pending_if_incomplete"),
    ];
    let refused = change.to(&better, &[waits[1], ("metadata[a]", "b")]).await;
    assert_eq!(refused.body["error"]["param"], "metadata");
    let pending = change.to(&better, &waits).await.body;
    assert_eq!(pending["status"], "active");
    let new = &pending["pending_update"]["subscription_items"][0]["price"]["id"];
    assert_eq!(*new, *better);
    assert_eq!(change.price().await, 1900);
    let invoice = change.shop.latest(&change.subscription).await;
    assert_eq!(pending["latest_invoice"], invoice["id"]);
    let intent = change.shop.intent(&invoice).await;
    assert_eq!(intent["status"], "requires_action");
    change.shop.running.answer(&intent, "complete").await;
    assert_eq!(change.price().await, 4900);
    assert!(change.now().await["pending_update"].is_null());
    let told = change.shop.told(0).await;
    assert!(told.contains(&"customer.subscription.pending_update_applied".to_owned()));

    let change = Change::halfway("pm_card_authenticationRequired").await;
    let better = change.shop.price("4900", "month").await;
    change.to(&better, &waits).await;
    change.shop.advance(23 * HOUR_S + 60).await;
    let unchanged = change.now().await;
    assert!(unchanged["pending_update"].is_null());
    assert_eq!(
        (&unchanged["status"], change.price().await),
        (&json!("active"), json!(1900))
    );
    assert_eq!(
        change.shop.latest(&change.subscription).await["status"],
        "void"
    );

    let change = Change::halfway("pm_card_visa").await;
    let better = change.shop.price("4900", "month").await;
    let paid = change.to(&better, &waits).await.body;
    assert!(paid["pending_update"].is_null());
    assert_eq!(change.price().await, 4900);
}

#[tokio::test]
async fn a_change_that_is_not_paid_makes_it_late() {
    let change = Change::halfway("pm_card_visa").await;
    let better = change.shop.price("4900", "month").await;
    let asks = [
        ("proration_behavior", "always_invoice"),
        ("payment_behavior", "default_incomplete"),
    ];
    let late = change.to(&better, &asks).await.body;
    assert_eq!(late["status"], "past_due");
    let invoice = change.shop.latest(&change.subscription).await;
    assert_eq!(invoice["amount_due"], 1500);
    let intent = change.shop.intent(&invoice).await;
    change.shop.confirm(id(&intent), "pm_card_visa").await;
    assert_eq!(change.now().await["status"], "active");

    let failing = change.shop.card("pm_card_chargeCustomerFail").await;
    let path = format!("/v1/subscriptions/{}", id(&change.subscription));
    change
        .shop
        .made(&path, &[("default_payment_method", &failing)])
        .await;
    let best = change.shop.price("9900", "month").await;
    let failed = change.to(&best, &[asks[0]]).await.body;
    assert_eq!(failed["status"], "past_due");
    let invoice = change.shop.latest(&change.subscription).await;
    assert!(invoice["next_payment_attempt"].is_i64());
    change.shop.advance(8 * DAY_S).await;
    assert_eq!(change.now().await["status"], "canceled");
}

#[tokio::test]
async fn items_are_added_and_removed() {
    let change = Change::halfway("pm_card_visa").await;
    let extra = change.shop.price("500", "month").await;
    let path = format!("/v1/subscriptions/{}", id(&change.subscription));
    let when = at(HALF).to_string();
    let settle = [
        ("proration_behavior", "always_invoice"),
        ("proration_date", when.as_str()),
    ];
    let more = [
        ("items[0][price]", extra.as_str()),
        ("items[0][quantity]", "2"),
    ];
    let added = change
        .shop
        .made(&path, &[&more[..], &settle].concat())
        .await;
    assert_eq!(data(&added["items"]).len(), 2);
    assert_eq!(amounts(&change.shop.latest(&added).await), [500]);
    let second = id(&added["items"]["data"][1]).to_owned();
    let fewer = [
        ("items[0][id]", second.as_str()),
        ("items[0][deleted]", "true"),
    ];
    let removed = change
        .shop
        .made(&path, &[&fewer[..], &settle].concat())
        .await;
    assert_eq!(data(&removed["items"]).len(), 1);
    assert_eq!(amounts(&change.shop.latest(&added).await), [-500]);
    let last = [
        ("items[0][id]", change.item.as_str()),
        ("items[0][deleted]", "true"),
    ];
    assert_eq!(change.shop.running.post(&path, &last).await.status, 400);
    let unknown = [
        ("items[0][id]", "si_x"),
        ("items[0][price]", extra.as_str()),
    ];
    let refused = change.shop.running.post(&path, &unknown).await;
    assert_eq!(refused.body["error"]["param"], "items[0][id]");
}

#[tokio::test]
async fn a_trial_is_changed_for_nothing_and_ended_early() {
    let shop = Shop::open("2043-04-01T00:00:00Z").await;
    shop.card("pm_card_visa").await;
    let trial = shop.subscribe(&[("trial_period_days", "30")]).await;
    let better = shop.price("4900", "month").await;
    let path = format!("/v1/subscriptions/{}", id(&trial));
    let item = id(&trial["items"]["data"][0]).to_owned();
    let change = [
        ("items[0][id]", item.as_str()),
        ("items[0][price]", better.as_str()),
        ("proration_behavior", "always_invoice"),
    ];
    let changed = shop.made(&path, &change).await;
    assert_eq!(changed["status"], "trialing");
    assert_eq!(shop.invoices(&trial).await.len(), 1);
    shop.go_to("2043-04-11T00:00:00Z").await;
    let ended = shop.made(&path, &[("trial_end", "now")]).await;
    assert_eq!(ended["status"], "active");
    assert_eq!(shop.latest(&trial).await["amount_paid"], 4900);
    let [start, end] = period(&ended);
    assert_eq!((&start[..10], &end[..10]), ("2043-04-11", "2043-05-11"));
}
