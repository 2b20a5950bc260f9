//! Receipts, as a page and as a PDF, and the history that leads to them.

use billing::{
    money::{Currency, Money},
    refund::{Reason, Wish},
};
use reqwest::Method;
use rstest::rstest;

use crate::harness::{Browser, Database, Purchase, Shop, between};

async fn bought(shop: &Shop, customer: &Browser, code: Option<&str>) -> Purchase {
    let purchase = customer.checkout("starter").await;
    if let Some(code) = code {
        let checkout = format!("/checkout/{}", purchase.order);
        customer.post(&checkout, &[("code", code)]).await.is(303);
    }
    shop.gateway.pay(&purchase).await;
    customer.until(&purchase.transaction, "succeeded").await;
    purchase
}

/// The text of a PDF, as a reader would copy it.
async fn text_of(customer: &Browser, path: &str) -> String {
    let answer = customer.request(Method::GET, path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    let document = lopdf::Document::load_mem(&bytes).unwrap();
    document.extract_text(&[1]).unwrap()
}

#[rstest]
#[tokio::test]
async fn a_receipt_says_who_sold_what_for_how_much(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let seller = [("TENDER_SELLER", "Lantern & Sons\\n1 Quay <West>")];
    let shop = Shop::open_with(database, &seller).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = bought(&shop, &ann, Some("spring20")).await;
    let path = format!("/orders/{}/receipt", purchase.order);
    let page = ann.get(&path).await.is(200);
    assert!(page.text.contains("Lantern &amp; Sons"), "{}", page.text);
    assert!(page.text.contains("1 Quay &lt;West&gt;"), "{}", page.text);
    let pdf = text_of(&ann, &format!("{path}.pdf")).await;
    assert!(pdf.contains("Lantern & Sons") && pdf.contains("1 Quay <West>"));
    for said in [
        "ann@shop.example",
        "-000001",
        "Starter pack, 50 credits",
        "$5.00",
        "Spring, 20 % off (SPRING20)",
        "\u{2212}$1.00",
        "$4.00",
        "Visa, ending in 4242",
    ] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
        assert!(pdf.contains(said), "{said}: {pdf}");
    }
    // It needs no script.
    assert!(!page.text.contains(".wasm"), "{}", page.text);

    // The history leads there, by order and by payment.
    let account = ann.get("/account").await.is(200);
    let by_payment = format!("/transactions/{}/receipt", purchase.transaction);
    for link in [&path, &by_payment] {
        let link = format!("href=\"{link}\"");
        assert!(account.text.contains(&link), "{link}: {}", account.text);
    }
    let same = ann.get(&by_payment).await.is(200);
    let number = between(&page.text, "<title>", "<").unwrap();
    assert!(same.text.contains(number), "{number}");
    assert!(!same.text.contains(".wasm"), "{}", same.text);
    text_of(&ann, &format!("{by_payment}.pdf")).await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn with_nothing_due_the_receipt_says_so(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    let checkout = format!("/checkout/{order}");
    ann.post(&checkout, &[("code", "friend")]).await.is(303);
    let pdf = text_of(&ann, &format!("/orders/{order}/receipt.pdf")).await;
    for said in ["Tender demo", "\u{2212}$5.00", "$0.00", "Nothing was due"] {
        assert!(pdf.contains(said), "{said}: {pdf}");
    }
    let account = ann.get("/account").await.is(200);
    let link = format!("/transactions/{transaction}/receipt");
    assert!(account.text.contains(&link), "{}", account.text);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_refund_stands_on_the_receipt_and_in_the_history(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = bought(&shop, &ann, None).await;
    let wish = Wish {
        transaction: purchase.transaction.parse().unwrap(),
        amount: Money {
            value: 200,
            currency: Currency::USD,
        },
        reason: Reason::RequestedByCustomer,
        key: "once".to_owned(),
    };
    shop.server.billing().refund(wish).await.unwrap();
    shop.quiet().await;
    let path = format!("/orders/{}/receipt", purchase.order);
    let page = ann.get(&path).await.is(200);
    let pdf = text_of(&ann, &format!("{path}.pdf")).await;
    for said in ["Refunded on", "\u{2212}$2.00", "$5.00"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
        assert!(pdf.contains(said), "{said}: {pdf}");
    }
    let account = ann.get("/account").await.is(200);
    assert!(
        account.text.contains("Of a payment of $5.00"),
        "{}",
        account.text
    );
    shop.close().await;
}

/// The gateway does not say which card it was: the receipt is there all the same, and knows it later.
#[rstest]
#[tokio::test]
async fn a_receipt_does_not_wait_for_the_gateway(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = bought(&shop, &ann, None).await;
    let path = format!("/orders/{}/receipt", purchase.order);
    let fault = serde_json::json!({ "fault": "fail", "status": 503, "retry_after": 60 });
    let asked = "/v1/payment_intents/*";
    shop.gateway.spoil_calls("GET", asked, fault).await;
    let page = ann.get(&path).await.is(200);
    assert!(!page.text.contains("ending in"), "{}", page.text);
    shop.gateway.behave().await;
    let page = ann.get(&path).await.is(200);
    assert!(page.text.contains("Visa, ending in 4242"));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn there_is_no_receipt_for_what_is_not_ones_own_or_not_paid(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let bob = shop.customer("bob@shop.example").await;
    let paid = bought(&shop, &ann, None).await;
    let open = ann.checkout("standard").await;
    for ending in ["receipt", "receipt.pdf"] {
        for (browser, order, transaction) in [
            (&bob, &paid.order, &paid.transaction),
            (&ann, &open.order, &open.transaction),
            (&ann, &"1".to_owned(), &"nonsense".to_owned()),
        ] {
            let by_order = format!("/orders/{order}/{ending}");
            browser.get(&by_order).await.is(404);
            let by_payment = format!("/transactions/{transaction}/{ending}");
            browser.get(&by_payment).await.is(404);
        }
        let path = format!("/orders/{}/{ending}", paid.order);
        let asked = shop.visitor().get(&path).await.is(303);
        assert!(asked.location().starts_with("/sign-in"), "{asked:?}");
    }
    shop.close().await;
}

/// What was given up or failed is listed with its state in words, and has no receipt.
#[rstest]
#[tokio::test]
async fn the_account_lists_what_came_to_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let canceled = ann.checkout("standard").await;
    let cancel = format!("/orders/{}/cancel", canceled.order);
    ann.post(&cancel, &[]).await.is(303);
    let declined = ann.checkout("studio").await;
    let card = "pm_card_visa_chargeDeclined";
    shop.gateway.confirm(&declined, card).await.is(402);
    ann.until(&declined.transaction, "failed").await;
    let account = ann.get("/account").await.is(200);
    for state in ["Canceled", "Card declined"] {
        assert!(account.text.contains(state), "{state}: {}", account.text);
    }
    assert!(!account.text.contains("/receipt"), "{}", account.text);
    shop.close().await;
}
