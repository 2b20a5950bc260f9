//! Codes at a plan's checkout: they lower its first payment, and nothing after it.

use billing::plan::Status;
use rstest::rstest;
use serde_json::json;

use super::{BASIC, customer_of, paid_invoices, pass_renewal, plan_of};
use crate::harness::{Browser, Database, Page, Purchase, Shop, between, eventually};

const CATALOG: &str = "
currency = 'usd'
[[plan]]
key = 'basic'
name = 'Basic'
price = 900
interval = 'month'
credits = 100
rollover = 'all'
[[plan]]
key = 'pro'
name = 'Pro'
price = 9900
interval = 'month'
credits = 1600
[[pack]]
key = 'starter'
name = 'Starter'
price = 500
credits = 50
[[coupon]]
code = 'HALF'
name = 'Half a month'
percent_off = 50
per_customer = 1
offers = ['basic']
[[coupon]]
code = 'TWO'
name = 'Two dollars'
amount_off = 200
offers = ['basic', 'starter']
[[coupon]]
code = 'FREE'
name = 'A month for nothing'
percent_off = 100
offers = ['basic']
[[coupon]]
code = 'LAST'
name = 'The last one'
percent_off = 50
total = 1
offers = ['basic']
[[coupon]]
code = 'PACKS'
name = 'For packs'
percent_off = 10
";

async fn open(database: Database) -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.toml");
    std::fs::write(&path, CATALOG).unwrap();
    let path = path.display().to_string();
    Shop::open_with(database, &[("TENDER_CATALOG", &path)]).await
}

async fn apply(ann: &Browser, order: &str, code: &str) -> Page {
    let fields = [("code", code)];
    ann.post(&format!("/checkout/{order}"), &fields).await
}

/// Applies a code and opens the payment to which that leads.
async fn applied(ann: &Browser, order: &str, code: &str) -> Purchase {
    let page = apply(ann, order, code).await.is(303);
    ann.open_checkout(page.location()).await
}

#[track_caller]
fn says(page: &Page, words: &str) {
    let problem = between(&page.text, "id=\"code-error\"", "</p>").unwrap();
    assert!(problem.contains(words), "{problem}");
}

#[rstest]
#[tokio::test]
async fn a_code_lowers_the_first_payment_alone(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let first = ann.subscribe("basic").await;
    let half = applied(&ann, &first.order, " half ").await;
    ann.until(&first.transaction, "canceled").await;
    assert_eq!(
        shop.gateway.intent(&first.intent).await["status"],
        "canceled"
    );
    assert_eq!(shop.gateway.intent(&half.intent).await["amount"], 450);
    let page = ann.get(&format!("/checkout/{}", half.order)).await.is(200);
    for shown in [
        "$9.00",
        "Half a month",
        "\u{2212}$4.50",
        "Pay $4.50",
        "$9.00 a month",
    ] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    // The same code again changes nothing.
    let same = applied(&ann, &half.order, "HALF").await;
    assert_eq!(same.intent, half.intent);

    shop.gateway.pay(&half).await;
    let paid = ann.until(&half.transaction, "succeeded").await;
    assert_eq!(paid["amount"]["value"], 450);
    assert_eq!(ann.credits().await, BASIC);
    let receipt = ann.get(&format!("/orders/{}/receipt", half.order)).await;
    for said in [
        "$9.00",
        "Half a month (HALF)",
        "\u{2212}$4.50",
        "$4.50",
        "Visa, ending in 4242",
    ] {
        assert!(receipt.text.contains(said), "{said}: {}", receipt.text);
    }

    let customer = customer_of(&ann, &half.transaction).await;
    pass_renewal(&shop, customer).await;
    let billing = shop.server.billing();
    eventually("it is renewed", || async {
        billing.balance(customer).await.unwrap().available.0 == 2 * BASIC
    })
    .await;
    let paid = paid_invoices(&shop).await;
    assert_eq!(
        (&paid[0]["amount_paid"], &paid[1]["amount_paid"]),
        (&json!(900), &json!(450))
    );
    shop.quiet().await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn with_nothing_due_a_plan_begins_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(true, false)] gateway_answers: bool,
) {
    let shop = open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let first = ann.subscribe("basic").await;
    if !gateway_answers {
        shop.gateway.lose_webhooks().await;
        let fault = json!({ "fault": "timeout" });
        shop.gateway
            .spoil_calls("POST", "/v1/subscriptions", fault)
            .await;
    }
    let page = apply(&ann, &first.order, "free").await.is(303);
    if !gateway_answers {
        shop.gateway.behave().await;
        shop.gateway.lose_webhooks().await;
    }
    let order = page
        .location()
        .strip_prefix("/checkout/")
        .unwrap()
        .to_owned();
    // Its checkout finds what was begun, if the answer was lost.
    let checkout = ann.get(page.location()).await;
    let id = match gateway_answers {
        true => checkout.location().rsplit('/').next().unwrap().to_owned(),
        false => {
            ann.begin_payment(&order).await.is(409);
            let id = between(&checkout.text, "data-transaction=\"", "\"");
            id.unwrap().to_owned()
        }
    };
    let begun = ann.until(&id, "succeeded").await;
    assert_eq!(begun["amount"]["value"], 0);
    assert_eq!(ann.credits().await, BASIC);
    let customer = customer_of(&ann, &id).await;
    assert_eq!(
        plan_of(&shop, customer).await.unwrap().status,
        Status::Active
    );
    assert_eq!(
        shop.gateway.list("subscriptions?status=active").await.len(),
        1
    );
    assert_eq!(paid_invoices(&shop).await.len(), 1);
    shop.quiet().await;
    assert_eq!(ann.credits().await, BASIC);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_code_is_refused_where_the_order_stays(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = open(database).await;
    let bob = shop.customer("bob@shop.example").await;
    let theirs = bob.subscribe("basic").await;
    applied(&bob, &theirs.order, "last").await;
    let ann = shop.customer("ann@shop.example").await;
    let pro = ann.subscribe("pro").await;
    says(
        &apply(&ann, &pro.order, "half").await.is(422),
        "not for the Pro plan",
    );
    let basic = ann.subscribe("basic").await;
    for (code, words) in [
        ("nothing", "no such code"),
        ("packs", "not for the Basic plan"),
        ("last", "as often as it could be"),
    ] {
        says(&apply(&ann, &basic.order, code).await.is(422), words);
    }
    let same = ann.begin_payment(&basic.order).await.is(200).json();
    assert_eq!(same["client_secret"], basic.client_secret);
    shop.quiet().await;
    shop.close().await;
}

/// A use comes back when the code is taken off, changed for another, or nobody pays.
#[rstest]
#[tokio::test]
async fn an_unpaid_plan_gives_its_code_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let first = ann.subscribe("basic").await;
    let half = applied(&ann, &first.order, "half").await;
    let remove = format!("/orders/{}/coupon/remove", half.order);
    let plain = ann.post(&remove, &[]).await.is(303);
    let plain = ann.open_checkout(plain.location()).await;
    assert_eq!(shop.gateway.intent(&plain.intent).await["amount"], 900);
    let two = applied(&ann, &plain.order, "two").await;
    assert_eq!(shop.gateway.intent(&two.intent).await["amount"], 700);
    let half = applied(&ann, &two.order, "half").await;
    let cancel = format!("/orders/{}/cancel", half.order);
    ann.post(&cancel, &[]).await.is(303);
    ann.until(&half.transaction, "canceled").await;
    let again = ann.subscribe("basic").await;
    let half = applied(&ann, &again.order, "half").await;
    shop.gateway.pay(&half).await;
    ann.until(&half.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, BASIC);
    shop.quiet().await;
    shop.close().await;
}

/// Many want the last use: one has it, and everybody can still pay.
#[rstest]
#[tokio::test]
async fn the_last_use_has_one_winner(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    const CUSTOMERS: usize = 6;
    let shop = open(database).await;
    let mut all = Vec::new();
    for number in 0..CUSTOMERS {
        let customer = shop.customer(&format!("c{number}@shop.example")).await;
        let purchase = customer.subscribe("basic").await;
        all.push((customer, purchase.order));
    }
    let wishes = all
        .iter()
        .map(|(customer, order)| apply(customer, order, "last"));
    let answers = futures::future::join_all(wishes).await;
    let mut asked = Vec::new();
    for ((customer, order), answer) in all.iter().zip(answers) {
        let checkout = match answer.status {
            303 => answer.location().to_owned(),
            _ => {
                says(&answer.is(422), "as often as it could be");
                format!("/checkout/{order}")
            }
        };
        let purchase = customer.open_checkout(&checkout).await;
        asked.push(
            shop.gateway.intent(&purchase.intent).await["amount"]
                .as_i64()
                .unwrap(),
        );
    }
    asked.sort_unstable();
    assert_eq!(asked, [450, 900, 900, 900, 900, 900]);
    shop.quiet().await;
    shop.close().await;
}
