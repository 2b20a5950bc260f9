//! The gateway's own page: the second way to pay an order, which is still paid once.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{Browser, Database, Page, Shop, eventually};

/// An order whose page is open.
struct Open {
    order: String,
    transaction: String,
    /// The session's id.
    page: String,
}

fn path(page: &str) -> String {
    format!("/v1/checkout/sessions/{page}")
}

/// Presses the button below the card fields: the id of the page to which it leads.
async fn press(shop: &Shop, customer: &Browser, order: &str) -> String {
    let answer = customer.post(&format!("/orders/{order}/page"), &[]).await;
    let answer = answer.is(303);
    let pages = format!("{}/c/pay/", shop.gateway.url());
    let page = answer.location().strip_prefix(&pages);
    page.unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

async fn leave(customer: &Browser, order: &str) {
    let path = format!("/orders/{order}/page/leave");
    let left = customer.post(&path, &[]).await;
    left.leads_to(&format!("/checkout/{order}"));
}

async fn open(shop: &Shop, customer: &Browser) -> Open {
    let (order, transaction) = customer.order("starter").await;
    let page = press(shop, customer, &order).await;
    Open {
        order,
        transaction,
        page,
    }
}

/// What the page says when somebody pays on it.
async fn pay(shop: &Shop, page: &str, method: &str) -> Page {
    let fields = [("payment_method", method)];
    shop.gateway.post(&format!("/c/pay/{page}"), &fields).await
}

async fn pay_by_card(shop: &Shop, page: &str) -> String {
    let paid = pay(shop, page, "pm_card_visa").await.is(200).json();
    way_back(&paid)
}

/// The path on our site to which the page leads.
fn way_back(paid: &Value) -> String {
    let url = paid["return_url"].as_str().unwrap();
    let (_, back) = url.split_once("://").unwrap();
    back[back.find('/').unwrap()..].to_owned()
}

async fn session(shop: &Shop, page: &str) -> Value {
    shop.gateway.get(&path(page)).await
}

/// The payments of a transaction that took money.
async fn taken(shop: &Shop, transaction: &str) -> usize {
    let intents = shop.gateway.intents_of(transaction).await;
    let taken = intents.iter().filter(|it| it["status"] == "succeeded");
    taken.count()
}

#[rstest]
#[tokio::test]
async fn the_customer_pays_and_comes_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let made = session(&shop, &open.page).await;
    assert_eq!(made["amount_total"], 500);
    assert_eq!(made["client_reference_id"], open.transaction);
    assert_eq!(made["metadata"]["transaction"], open.transaction);
    assert!(made["customer"].is_string());
    let life = made["expires_at"].as_i64().unwrap() - made["created"].as_i64().unwrap();
    assert!((22 * 3600..=23 * 3600).contains(&life), "{life}");

    let back = pay_by_card(&shop, &open.page).await;
    assert_eq!(back, format!("/callback/stripe/{}", open.transaction));
    let shown = format!("/transactions/{}", open.transaction);
    // Twice, and from another browser where nobody is signed in.
    ann.get(&back).await.leads_to(&shown);
    ann.get(&back).await.leads_to(&shown);
    shop.visitor().get(&back).await.leads_to(&shown);
    let page = ann.get(&shown).await.is(200);
    assert!(page.text.contains("data-settled=\"true\""), "{}", page.text);
    assert_eq!(ann.credits().await, 50);
    let transaction = ann.transaction(&open.transaction, "").await;
    let intent = transaction["gateway"]["reference"].as_str().unwrap();
    let intent = shop.gateway.intent(intent).await;
    assert_eq!(intent["metadata"]["transaction"], open.transaction);
    assert_eq!(taken(&shop, &open.transaction).await, 1);
    shop.close().await;
}

#[rstest]
#[case::webhooks_tell(false)]
#[case::the_sweeper_asks(true)]
#[tokio::test]
async fn a_customer_who_never_comes_back_has_paid(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] webhooks_are_lost: bool,
) {
    let shop = Shop::open(database).await;
    if webhooks_are_lost {
        shop.gateway.lose_webhooks().await;
    }
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    pay_by_card(&shop, &open.page).await;
    if webhooks_are_lost {
        let billing = shop.server.billing();
        billing.clock().advance(Duration::from_secs(120));
        billing.sweep().await.unwrap();
    }
    eventually("the credits are there", || async {
        ann.credits().await == 50
    })
    .await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn the_bank_asks_on_the_page_and_another_card_may_pay(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    pay(&shop, &open.page, "pm_card_visa_chargeDeclined")
        .await
        .is(402);
    ann.until(&open.transaction, "failed").await;
    let checkout = ann.get(&format!("/checkout/{}", open.order)).await.is(200);
    assert!(checkout.text.contains("Your card was declined"));
    // It goes on where it was.
    assert_eq!(press(&shop, &ann, &open.order).await, open.page);
    let asked = pay(&shop, &open.page, "pm_card_threeDSecure2Required").await;
    let asked = asked.is(200).json();
    let secret = asked["client_secret"].as_str().unwrap();
    ann.until(&open.transaction, "requires_action").await;
    let (intent, _) = secret.split_once("_secret").unwrap();
    let answer = [("client_secret", secret), ("outcome", "complete")];
    let challenge = format!("/challenge/{intent}");
    shop.gateway.post(&challenge, &answer).await.is(200);
    ann.until(&open.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn many_clicks_make_one_page(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, _) = ann.order("starter").await;
    let clicks = (0..6).map(|_| press(&shop, &ann, &order));
    let pages = futures::future::join_all(clicks).await;
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
    assert_eq!(shop.gateway.list("checkout/sessions").await.len(), 1);
    pay_by_card(&shop, &pages[0]).await;
    eventually("it is paid", || async { ann.credits().await == 50 }).await;
    shop.close().await;
}

/// Card fields in one tab, the page in another: whichever was opened last can be paid, and no other.
#[rstest]
#[tokio::test]
async fn what_is_opened_in_one_way_is_closed_in_the_other(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let fields = ann.checkout("starter").await;
    let page = press(&shop, &ann, &fields.order).await;
    shop.gateway.confirm(&fields, "pm_card_visa").await.is(400);
    ann.begin_payment(&fields.order).await.is(409);
    let checkout = ann
        .get(&format!("/checkout/{}", fields.order))
        .await
        .is(200);
    assert!(checkout.text.contains("page/leave"), "{}", checkout.text);
    assert!(!checkout.text.contains("gateway-script"));

    leave(&ann, &fields.order).await;
    assert_eq!(session(&shop, &page).await["status"], "expired");
    pay(&shop, &page, "pm_card_visa").await.is(400);
    let again = ann.checkout("starter").await;
    assert_eq!(again.transaction, fields.transaction);
    assert_ne!(again.intent, fields.intent);
    let second = press(&shop, &ann, &fields.order).await;
    assert_ne!(second, page);
    shop.gateway.confirm(&again, "pm_card_visa").await.is(400);
    // All the news of what was given up changes nothing.
    shop.quiet().await;
    ann.transaction(&fields.transaction, "").await;
    pay_by_card(&shop, &second).await;
    ann.until(&fields.transaction, "succeeded").await;
    assert_eq!(taken(&shop, &fields.transaction).await, 1);
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn both_ways_opened_at_once_are_paid_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    for _ in 0..3 {
        let (order, transaction) = ann.order("starter").await;
        let button = format!("/orders/{order}/page");
        let (fields, _) = tokio::join!(ann.begin_payment(&order), ann.post(&button, &[]));
        if fields.status == 200 {
            let secret = fields.json()["client_secret"].as_str().unwrap().to_owned();
            let (intent, _) = secret.split_once("_secret").unwrap();
            let confirm = format!("/v1/payment_intents/{intent}/confirm");
            let card = [
                ("payment_method", "pm_card_visa"),
                ("return_url", "http://localhost/"),
            ];
            shop.gateway.post(&confirm, &card).await;
        }
        let pages = shop.gateway.list("checkout/sessions").await;
        for page in pages {
            pay(&shop, page["id"].as_str().unwrap(), "pm_card_visa").await;
        }
        ann.until(&transaction, "succeeded").await;
        assert_eq!(taken(&shop, &transaction).await, 1);
    }
    assert_eq!(ann.credits().await, 150);
    shop.close().await;
}

/// The card has paid, and nobody has heard of it yet: the order leads to what became of it.
#[rstest]
#[tokio::test]
async fn what_was_paid_at_that_very_moment_counts(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let fields = ann.checkout("starter").await;
    shop.gateway.pay(&fields).await;
    let shown = format!("/transactions/{}", fields.transaction);
    let pressed = ann
        .post(&format!("/orders/{}/page", fields.order), &[])
        .await;
    pressed.leads_to(&shown);
    assert_eq!(ann.credits().await, 50);
    assert_eq!(shop.gateway.list("checkout/sessions").await.len(), 0);

    let open = open(&shop, &ann).await;
    pay_by_card(&shop, &open.page).await;
    leave(&ann, &open.order).await;
    let checkout = ann.get(&format!("/checkout/{}", open.order)).await;
    assert!(checkout.location().ends_with(&open.transaction));
    assert_eq!(ann.credits().await, 100);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_expired_page_lets_the_order_be_paid_again(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(false, true)] webhooks_are_lost: bool,
    #[values(false, true)] a_card_was_declined: bool,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    if a_card_was_declined {
        pay(&shop, &open.page, "pm_card_visa_chargeDeclined")
            .await
            .is(402);
        ann.until(&open.transaction, "failed").await;
    }
    if webhooks_are_lost {
        shop.gateway.lose_webhooks().await;
    }
    let expire = format!("{}/expire", path(&open.page));
    shop.gateway.post(&expire, &[]).await.is(200);
    if !webhooks_are_lost {
        eventually("the fields are back", || async {
            let checkout = ann.get(&format!("/checkout/{}", open.order)).await;
            checkout.text.contains("gateway-script")
        })
        .await;
        shop.quiet().await;
    }
    let page = press(&shop, &ann, &open.order).await;
    assert_ne!(page, open.page);
    leave(&ann, &open.order).await;
    shop.quiet().await;
    let fields = ann.checkout("starter").await;
    assert_eq!(fields.transaction, open.transaction);
    shop.gateway.pay(&fields).await;
    ann.until(&open.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[case::canceled(false)]
#[case::expired(true)]
#[tokio::test]
async fn an_order_that_is_given_up_ends_its_page(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] by_time: bool,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let billing = shop.server.billing();
    if by_time {
        billing.clock().advance(billing::order::LIFETIME);
        billing.sweep().await.unwrap();
    } else {
        let cancel = format!("/orders/{}/cancel", open.order);
        ann.post(&cancel, &[]).await.is(303);
    }
    assert_eq!(session(&shop, &open.page).await["status"], "expired");
    let transaction = ann.transaction(&open.transaction, "").await;
    assert_eq!(transaction["status"], "canceled");
    let pressed = ann.post(&format!("/orders/{}/page", open.order), &[]).await;
    pressed.leads_to(&format!("/transactions/{}", open.transaction));
    // The gateway's event about it is too old for a clock that was moved: it is not repeated.
    shop.gateway.lose_webhooks().await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_amount_that_differs_is_put_before_a_person(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let mut paid = session(&shop, &open.page).await;
    paid["status"] = json!("complete");
    paid["payment_status"] = json!("paid");
    paid["payment_intent"] = json!("pi_odd");
    paid["amount_total"] = json!(499);
    let event = crate::harness::event("checkout.session.completed", paid);
    shop.deliver_event(&event).await.is(200);
    shop.quiet().await;
    let transaction = ann.transaction(&open.transaction, "").await;
    assert_eq!(transaction["settled"], false);
    let reviews = shop.server.billing().attention().await.unwrap().reviews;
    let why = reviews[0].review.as_deref().unwrap();
    assert!(
        why.contains("499 usd were received instead of 500"),
        "{why}"
    );
    assert_eq!(ann.credits().await, 0);
    shop.close().await;
}

/// Some ways to pay take days: the order waits for its money, longer than for its customer.
#[rstest]
#[case::it_comes("pm_usBankAccount_success", true)]
#[case::it_does_not_come("pm_usBankAccount_accountClosed", false)]
#[tokio::test]
async fn money_that_takes_days_is_waited_for(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] account: &str,
    #[case] comes: bool,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let back = way_back(&pay(&shop, &open.page, account).await.is(200).json());
    let shown = format!("/transactions/{}", open.transaction);
    ann.get(&back).await.leads_to(&shown);
    let page = ann.get(&shown).await.is(200);
    assert!(page.text.contains("on its way"), "{}", page.text);
    assert!(page.text.contains("do not pay again"), "{}", page.text);
    let checkout = ann.get(&format!("/checkout/{}", open.order)).await;
    assert!(checkout.location().ends_with(&open.transaction));
    let pressed = ann.post(&format!("/orders/{}/page", open.order), &[]).await;
    pressed.leads_to(&shown);
    let cancel = format!("/orders/{}/cancel", open.order);
    ann.post(&cancel, &[]).await.leads_to(&shown);
    shop.server.billing().sweep().await.unwrap();
    let waits = ann.transaction(&open.transaction, "").await;
    assert_eq!(waits["status"], "processing");

    if !comes {
        // Before its order is overdue, so that it can still be paid in another way.
        let intent = waits["gateway"]["reference"].as_str().unwrap();
        let failed = json!({ "status": "requires_payment_method" });
        shop.gateway.force(intent, failed).await;
        ann.until(&open.transaction, "failed").await;
        shop.quiet().await;
        leave(&ann, &open.order).await;
        let fields = ann.checkout("starter").await;
        shop.gateway.pay(&fields).await;
    } else {
        let billing = shop.server.billing().clone();
        billing.clock().advance(Duration::from_secs(24 * 3600));
        billing.sweep().await.unwrap();
        let waits = ann.transaction(&open.transaction, "").await;
        assert_eq!(waits["status"], "processing", "its order is overdue");
        shop.gateway.advance(Duration::from_secs(24 * 3600)).await;
    }
    ann.until(&open.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_page_that_money_did_not_come_from_is_followed_by_another(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    pay(&shop, &open.page, "pm_usBankAccount_processing")
        .await
        .is(200);
    let waits = ann.until(&open.transaction, "processing").await;
    let intent = waits["gateway"]["reference"].as_str().unwrap();
    let failed = json!({ "status": "requires_payment_method" });
    shop.gateway.force(intent, failed).await;
    ann.until(&open.transaction, "failed").await;
    let page = press(&shop, &ann, &open.order).await;
    assert_ne!(page, open.page);
    pay_by_card(&shop, &page).await;
    ann.until(&open.transaction, "succeeded").await;
    assert_eq!(taken(&shop, &open.transaction).await, 1);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn coming_back_proves_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let bob = shop.customer("bob@shop.example").await;
    let open = open(&shop, &ann).await;
    let back = format!("/callback/stripe/{}", open.transaction);
    let shown = format!("/transactions/{}", open.transaction);
    // Nobody has paid.
    let said = format!("{back}?session_id=cs_forged&redirect_status=succeeded");
    ann.get(&said).await.leads_to(&shown);
    let transaction = ann.transaction(&open.transaction, "").await;
    assert_eq!(transaction["status"], "created");
    assert_eq!(ann.credits().await, 0);
    // Somebody else: they are led to a page that is not theirs.
    bob.get(&back).await.leads_to(&shown);
    bob.get(&shown).await.is(404);
    let asked = shop.visitor().get(&shown).await.is(303);
    assert!(asked.location().starts_with("/sign-in?next=/transactions/"));
    for forged in ["0199d6c2-6f0a-7c3e-8f57-3d9a4f1c2b60", "nonsense"] {
        let led = ann.get(&format!("/callback/stripe/{forged}")).await;
        let led = led.is(303);
        ann.get(led.location()).await.is(404);
    }
    // Nor may they open or leave what is not theirs.
    for verb in ["page", "page/leave"] {
        let path = format!("/orders/{}/{verb}", open.order);
        bob.post(&path, &[]).await.is(404);
    }
    assert_eq!(session(&shop, &open.page).await["status"], "open");
    shop.close().await;
}

/// The gateway does not say how it stands: the page waits, and does not ask for the money again.
#[rstest]
#[tokio::test]
async fn who_comes_back_while_the_gateway_is_silent_waits(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let back = pay_by_card(&shop, &open.page).await;
    let silent = json!({ "fault": "fail" });
    let sessions = "/v1/checkout/sessions/*";
    shop.gateway.spoil_calls("GET", sessions, silent).await;
    let led = ann.get(&back).await.is(303);
    let page = ann.get(led.location()).await.is(200);
    assert!(
        page.text.contains("data-phase=\"confirming\""),
        "{}",
        page.text
    );
    shop.gateway.behave().await;
    ann.until(&open.transaction, "succeeded").await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_page_asks_for_what_is_due(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let checkout = format!("/checkout/{}", open.order);
    let code = [("code", "SPRING20")];
    ann.post(&checkout, &code).await.leads_to(&checkout);
    assert_eq!(session(&shop, &open.page).await["status"], "expired");
    let lower = press(&shop, &ann, &open.order).await;
    assert_eq!(session(&shop, &lower).await["amount_total"], 400);
    pay_by_card(&shop, &lower).await;
    let paid = ann.until(&open.transaction, "succeeded").await;
    assert_eq!(paid["amount"]["value"], 400);
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[case::with_nothing_due("FRIEND", "succeeded")]
#[tokio::test]
async fn a_code_that_leaves_nothing_due_ends_the_page(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] code: &str,
    #[case] status: &str,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let checkout = format!("/checkout/{}", open.order);
    ann.post(&checkout, &[("code", code)]).await.is(303);
    assert_eq!(session(&shop, &open.page).await["status"], "expired");
    ann.until(&open.transaction, status).await;
    shop.close().await;
}

#[rstest]
#[case::fails(json!({ "fault": "fail" }))]
#[case::loses_its_answer(json!({ "fault": "timeout" }))]
#[case::says_nonsense(json!({ "fault": "malformed" }))]
#[tokio::test]
async fn a_page_is_made_once_though_the_gateway(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] fault: Value,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    let making = "/v1/checkout/sessions";
    shop.gateway.spoil_calls("POST", making, fault).await;
    let failed = ann.post(&format!("/orders/{order}/page"), &[]).await;
    assert!(failed.is(502).text.contains("Nothing was charged"));
    shop.gateway.behave().await;
    let page = press(&shop, &ann, &order).await;
    assert_eq!(shop.gateway.list("checkout/sessions").await.len(), 1);
    pay_by_card(&shop, &page).await;
    ann.until(&transaction, "succeeded").await;
    shop.close().await;
}

/// The gateway cannot be reached on the way to its page: the card fields still work.
#[rstest]
#[tokio::test]
async fn the_fields_are_there_when_there_is_no_page(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let fields = ann.checkout("starter").await;
    let making = "/v1/checkout/sessions";
    let fault = json!({ "fault": "fail" });
    shop.gateway.spoil_calls("POST", making, fault).await;
    let failed = ann
        .post(&format!("/orders/{}/page", fields.order), &[])
        .await;
    failed.is(502);
    leave(&ann, &fields.order).await;
    let again = ann.checkout("starter").await;
    shop.gateway.pay(&again).await;
    ann.until(&fields.transaction, "succeeded").await;
    assert_eq!(taken(&shop, &fields.transaction).await, 1);
    shop.close().await;
}

/// A plan is paid with fields only, and what is paid is not paid again.
#[rstest]
#[tokio::test]
async fn not_everything_has_a_page(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let plan = ann.subscribe("basic").await;
    let checkout = ann.get(&format!("/checkout/{}", plan.order)).await.is(200);
    assert!(!checkout.text.contains("/page\""), "{}", checkout.text);
    let pressed = ann.post(&format!("/orders/{}/page", plan.order), &[]).await;
    pressed.leads_to(&format!("/transactions/{}", plan.transaction));
    assert_eq!(shop.gateway.list("checkout/sessions").await.len(), 0);
    shop.close().await;
}
