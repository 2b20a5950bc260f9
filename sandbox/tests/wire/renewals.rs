use serde_json::json;

use crate::shop::{DAY_S, HOUR_S, Shop, period, shown};
use crate::support::{Receiver, data, endpoint, id, start_with};

#[tokio::test]
async fn a_renewal_is_drafted_final_and_paid() {
    let shop = Shop::open("2043-01-31T10:00:00Z").await;
    let subscription = shop.subscribed("pm_card_visa").await;
    let receiver = Receiver::start().await;
    endpoint(&shop.running, &receiver, "*").await;
    let seen = shop.seen().await;
    shop.go_to("2043-02-28T10:30:00Z").await;
    let draft = shop.latest(&subscription).await;
    assert_eq!(draft["status"], "draft");
    assert_eq!(shown(&draft["created"]), "2043-02-28 10:00");
    assert_eq!(
        shown(&draft["automatically_finalizes_at"]),
        "2043-02-28 11:00"
    );
    let renewed = shop.again(&subscription).await;
    assert_eq!(renewed["status"], "active");
    assert_eq!(renewed["latest_invoice"], draft["id"]);
    assert_eq!(period(&renewed), ["2043-02-28 10:00", "2043-03-31 10:00"]);
    shop.advance(HOUR_S).await;
    let paid = shop.again(&draft).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["billing_reason"], "subscription_cycle");
    assert_eq!(
        shown(&paid["status_transitions"]["paid_at"]),
        "2043-02-28 11:00"
    );
    let line = &paid["lines"]["data"][0]["period"];
    assert_eq!(shown(&line["end"]), "2043-03-31 10:00");
    assert_eq!(
        shop.told(seen).await,
        [
            "invoice.upcoming",
            "invoice.created",
            "customer.subscription.updated",
            "invoice.finalized",
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "invoice_payment.paid",
            "invoice.updated",
            "invoice.paid",
            "invoice.payment_succeeded",
        ]
    );
    let told = receiver.wait_for("invoice.paid", 1).await;
    assert_eq!(shown(&told[0].event["created"]), "2043-02-28 11:00");
    let upcoming = receiver.wait_for("invoice.upcoming", 1).await;
    assert!(upcoming[0].event["data"]["object"].get("id").is_none());
    assert_eq!(shown(&upcoming[0].event["created"]), "2043-02-25 10:00");
}

#[tokio::test]
async fn a_year_of_months_comes_back_to_its_day() {
    let shop = Shop::open("2043-01-31T10:00:00Z").await;
    let subscription = shop.subscribed("pm_card_visa").await;
    shop.go_to("2044-03-01T00:00:00Z").await;
    let mut starts: Vec<String> = data(&shop.get("/v1/invoices?limit=100").await)
        .iter()
        .map(|invoice| shown(&invoice["lines"]["data"][0]["period"]["start"])[5..10].to_owned())
        .collect();
    starts.reverse();
    assert_eq!(
        starts,
        [
            "01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30",
            "10-31", "11-30", "12-31", "01-31", "02-29"
        ]
    );
    let now = shop.again(&subscription).await;
    assert_eq!(period(&now), ["2044-02-29 10:00", "2044-03-31 10:00"]);
}

#[tokio::test]
async fn a_renewal_that_fails_is_tried_again_and_given_up() {
    let shop = Shop::open("2043-05-01T00:00:00Z").await;
    let subscription = shop.subscribed("pm_card_visa").await;
    let path = format!("/v1/subscriptions/{}", id(&subscription));
    let failing = shop.card("pm_card_chargeCustomerFail").await;
    shop.made(&path, &[("default_payment_method", &failing)])
        .await;
    shop.go_to("2043-06-01T02:00:00Z").await;
    assert_eq!(shop.again(&subscription).await["status"], "past_due");
    let invoice = shop.latest(&subscription).await;
    assert_eq!(invoice["status"], "open");
    assert_eq!(invoice["attempt_count"], 1);
    assert_eq!(shown(&invoice["next_payment_attempt"]), "2043-06-02 01:00");
    let mut next = Vec::new();
    for _ in 0..3 {
        shop.advance(2 * DAY_S).await;
        let invoice = shop.again(&invoice).await;
        next.push((
            invoice["attempt_count"].as_i64().unwrap(),
            shown(&invoice["next_payment_attempt"]),
        ));
    }
    let expected = [(2, "04"), (3, "06"), (4, "08")];
    let expected = expected.map(|(count, day)| (count, format!("2043-06-{day} 01:00")));
    assert_eq!(next, expected);
    shop.advance(2 * DAY_S).await;
    let ended = shop.again(&subscription).await;
    assert_eq!(ended["status"], "canceled");
    assert_eq!(ended["cancellation_details"]["reason"], "payment_failed");
    assert_eq!(shown(&ended["ended_at"]), "2043-06-08 01:00");
    let invoice = shop.again(&invoice).await;
    assert_eq!(
        (&invoice["status"], &invoice["attempt_count"]),
        (&json!("open"), &json!(5))
    );
    assert!(invoice["next_payment_attempt"].is_null());
    let told = shop.told(0).await;
    let count = |kind: &str| told.iter().filter(|it| *it == kind).count();
    assert_eq!(count("invoice.payment_failed"), 5);
    assert_eq!(count("charge.failed"), 5);
    assert_eq!(count("customer.subscription.deleted"), 1);
    shop.advance(60 * DAY_S).await;
    assert_eq!(shop.invoices(&subscription).await.len(), 2);
}

#[tokio::test]
async fn a_late_renewal_is_paid_by_a_better_card() {
    let shop = Shop::open("2043-05-01T00:00:00Z").await;
    let subscription = shop.subscribed("pm_card_visa").await;
    let path = format!("/control/customers/{}/next-renewal", shop.customer);
    let asked = json!({ "decline": "insufficient_funds" });
    assert_eq!(shop.running.control(&path, asked).await.status, 200);
    let wrong = json!({ "decline": "bad_mood" });
    assert_eq!(shop.running.control(&path, wrong).await.status, 400);
    shop.go_to("2043-06-01T02:00:00Z").await;
    assert_eq!(shop.again(&subscription).await["status"], "past_due");
    let invoice = shop.latest(&subscription).await;
    let intent = shop.intent(&invoice).await;
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!(
        intent["last_payment_error"]["decline_code"],
        "insufficient_funds"
    );
    let paid = shop.confirm(id(&intent), "pm_card_mastercard").await;
    assert_eq!(paid["status"], "succeeded");
    let late = shop.again(&subscription).await;
    assert_eq!(late["status"], "active");
    assert_eq!(late["default_payment_method"], paid["payment_method"]);
    let invoice = shop.again(&invoice).await;
    assert_eq!(invoice["status"], "paid");
    assert_eq!(invoice["attempt_count"], 1);
    // What failed was for once.
    shop.go_to("2043-07-01T02:00:00Z").await;
    assert_eq!(shop.latest(&subscription).await["status"], "paid");
}

#[tokio::test]
async fn a_bank_that_wants_the_customer_makes_the_renewal_wait() {
    let shop = Shop::open("2043-05-01T00:00:00Z").await;
    let subscription = shop.subscribed("pm_card_authenticationRequired").await;
    let seen = shop.seen().await;
    shop.go_to("2043-06-01T02:00:00Z").await;
    assert_eq!(shop.again(&subscription).await["status"], "past_due");
    let invoice = shop.latest(&subscription).await;
    let intent = shop.intent(&invoice).await;
    assert_eq!(intent["status"], "requires_action");
    assert_eq!(intent["next_action"]["type"], "use_stripe_sdk");
    let told = shop.told(seen).await;
    let tail: Vec<&str> = told.iter().rev().take(4).map(String::as_str).collect();
    assert_eq!(
        tail,
        [
            "customer.subscription.updated",
            "invoice.payment_failed",
            "invoice.payment_action_required",
            "payment_intent.requires_action",
        ]
    );
    shop.running.answer(&intent, "complete").await;
    assert_eq!(shop.again(&subscription).await["status"], "active");
    assert_eq!(shop.again(&invoice).await["status"], "paid");
}

#[rstest::rstest]
#[case::set_up_before("pm_card_authenticationRequiredSetupForOffSession", "paid")]
#[case::not_set_up("pm_card_authenticationRequiredOnSetup", "open")]
#[case::fails_when_charged("pm_card_chargeCustomerFail", "open")]
#[tokio::test]
async fn cards_renew_as_they_are_known_to(#[case] card: &str, #[case] status: &str) {
    let shop = Shop::open("2043-05-01T00:00:00Z").await;
    let method = shop.card(card).await;
    let trial = [
        ("trial_period_days", "7"),
        ("default_payment_method", method.as_str()),
    ];
    let subscription = shop.subscribe(&trial).await;
    shop.advance(7 * DAY_S + 2 * HOUR_S).await;
    let invoice = shop.latest(&subscription).await;
    assert_eq!(invoice["billing_reason"], "subscription_cycle");
    assert_eq!(invoice["status"], status);
}

#[tokio::test]
async fn an_invoice_is_paid_or_voided_by_hand() {
    let shop = Shop::open("2043-05-01T00:00:00Z").await;
    let subscription = shop.subscribed("pm_card_visa").await;
    shop.go_to("2043-06-01T00:30:00Z").await;
    let draft = shop.latest(&subscription).await;
    let path = format!("/v1/invoices/{}", id(&draft));
    assert_eq!(
        shop.running.post(&format!("{path}/void"), &[]).await.status,
        400
    );
    let open = shop.made(&format!("{path}/finalize"), &[]).await;
    assert_eq!(open["status"], "open");
    let failing = [("payment_method", "pm_card_visa_chargeDeclined")];
    let refused = shop.running.post(&format!("{path}/pay"), &failing).await;
    assert_eq!(refused.status, 402);
    let paid = shop.made(&format!("{path}/pay"), &[]).await;
    assert_eq!(paid["status"], "paid");
    let again = shop.running.post(&format!("{path}/pay"), &[]).await;
    assert_eq!(again.body["error"]["code"], "invoice_already_paid");

    shop.go_to("2043-07-01T00:30:00Z").await;
    let draft = shop.latest(&subscription).await;
    let path = format!("/v1/invoices/{}", id(&draft));
    shop.made(&format!("{path}/finalize"), &[("auto_advance", "false")])
        .await;
    let void = shop.made(&format!("{path}/void"), &[]).await;
    assert_eq!(void["status"], "void");
    assert_eq!(shop.intent(&void).await["status"], "canceled");
    assert_eq!(shop.again(&subscription).await["status"], "active");
    let known = ["draft", "open", "paid", "void"];
    for status in known {
        let list = shop.get(&format!("/v1/invoices?status={status}")).await;
        assert!(data(&list).iter().all(|it| it["status"] == status));
    }
}

#[tokio::test]
async fn what_falls_due_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let shop = Shop::open_with(Some(journal.clone()), "2043-05-01T00:00:00Z").await;
    let subscription = shop.subscribed("pm_card_visa").await;
    shop.go_to("2043-06-01T00:30:00Z").await;
    shop.running.sandbox.stop().await;
    for _ in 0..2 {
        let running = start_with(Some(journal.clone())).await;
        running.sandbox.stop().await;
    }
    let shop = Shop {
        running: start_with(Some(journal)).await,
        ..shop
    };
    shop.go_to("2043-06-01T02:00:00Z").await;
    assert_eq!(shop.latest(&subscription).await["status"], "paid");
    shop.go_to("2043-07-01T02:00:00Z").await;
    assert_eq!(shop.invoices(&subscription).await.len(), 3);
}

#[tokio::test]
async fn a_fault_may_be_for_one_subscriptions_invoices() {
    let shop = Shop::open("2043-05-01T00:00:00Z").await;
    shop.card("pm_card_visa").await;
    let receiver = Receiver::start().await;
    endpoint(&shop.running, &receiver, "invoice.paid").await;
    let fault = json!({
        "type": "invoice.paid", "fault": "drop", "metadata": { "plan": "p1" },
    });
    shop.running.control("/control/webhook-faults", fault).await;
    for plan in ["p1", "p2"] {
        let charged = [
            ("metadata[plan]", plan),
            ("payment_behavior", "allow_incomplete"),
            ("customer", &shop.customer),
            ("items[0][price]", &shop.price),
        ];
        shop.made("/v1/subscriptions", &charged).await;
    }
    let paid = receiver.wait_for("invoice.paid", 1).await;
    let details = &paid[0].event["data"]["object"]["parent"]["subscription_details"];
    assert_eq!(details["metadata"]["plan"], "p2");
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(receiver.got().len(), 1);
}

#[tokio::test]
async fn a_better_card_is_found_by_the_next_attempt() {
    let shop = Shop::open("2043-05-01T00:00:00Z").await;
    let subscription = shop.subscribed("pm_card_visa").await;
    let path = format!("/v1/subscriptions/{}", id(&subscription));
    for (card, status) in [
        ("pm_card_chargeCustomerFail", "past_due"),
        ("pm_card_visa", "active"),
    ] {
        let card = shop.card(card).await;
        shop.made(&path, &[("default_payment_method", &card)]).await;
        shop.advance(32 * DAY_S).await;
        assert_eq!(shop.again(&subscription).await["status"], status);
    }
    let told = shop.told(0).await;
    assert!(!told.contains(&"customer.subscription.deleted".to_owned()));
}

#[rstest::rstest]
#[case::left_late("past_due")]
#[case::left_unpaid("unpaid")]
#[tokio::test]
async fn the_merchant_decides_what_comes_after_the_last_attempt(#[case] then: &str) {
    let shop = Shop::open("2043-05-01T00:00:00Z").await;
    let rule = async |rule| {
        let body = json!({ "after_retries": rule });
        shop.running.control("/control/renewals", body).await.status
    };
    assert_eq!(rule("forgive").await, 400);
    assert_eq!(rule(then).await, 200);
    let subscription = shop.subscribed("pm_card_visa").await;
    let path = format!("/v1/subscriptions/{}", id(&subscription));
    let failing = shop.card("pm_card_chargeCustomerFail").await;
    shop.made(&path, &[("default_payment_method", &failing)])
        .await;
    shop.go_to("2043-06-10T00:00:00Z").await;
    assert_eq!(shop.again(&subscription).await["status"], then);
    let open = shop.latest(&subscription).await;
    let pay = format!("/v1/invoices/{}/pay", id(&open));
    let cash = [("paid_out_of_band", "true")];
    assert_eq!(shop.made(&pay, &cash).await["status"], "paid");
    assert_eq!(shop.intent(&open).await["status"], "canceled");
    assert_eq!(shop.again(&subscription).await["status"], "active");
}

#[tokio::test]
async fn what_will_not_come_may_still_come() {
    let shop = Shop::open("2043-05-01T00:00:00Z").await;
    let begun = shop.subscribe(&[]).await;
    let path = format!("/v1/invoices/{}", id(&begun["latest_invoice"]));
    let lost = shop.made(&format!("{path}/mark_uncollectible"), &[]).await;
    assert_eq!(lost["status"], "uncollectible");
    let intent = shop.intent(&lost).await;
    shop.confirm(id(&intent), "pm_card_visa").await;
    assert_eq!(shop.again(&lost).await["status"], "paid");
    assert_eq!(shop.again(&begun).await["status"], "active");
    let other = shop.subscribe(&[]).await;
    let path = format!("/v1/invoices/{}/void", id(&other["latest_invoice"]));
    shop.made(&path, &[]).await;
    assert_eq!(shop.again(&other).await["status"], "incomplete_expired");
}

#[tokio::test]
async fn the_page_shows_the_time_and_the_next_renewal() {
    let shop = Shop::open("2043-05-01T00:00:00Z").await;
    let page = async || {
        let request = shop.running.request(reqwest::Method::GET, "/");
        request.send().await.unwrap().text().await.unwrap()
    };
    let before = page().await;
    assert!(before.contains("Friday, 1 May 2043"));
    assert!(before.contains("No subscription renews."));
    let subscription = shop.subscribed("pm_card_visa").await;
    assert!(page().await.contains("Advance to the next renewal"));
    let clock = shop.get("/control/clock").await;
    let renewal = &subscription["items"]["data"][0]["current_period_end"];
    assert_eq!(clock["next_renewal"], *renewal);
}
