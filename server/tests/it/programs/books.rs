//! `/v1/books` and `tender books`: what the house issued, and what became of it.

use billing::api_key::Scope;
use rstest::rstest;
use serde_json::json;

use super::{Product, text};
use crate::{
    commands,
    harness::{Database, Shop},
};

#[rstest]
#[tokio::test]
async fn the_house_reads_off_what_it_issued(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    let customer = product.customer_with(1000).await;
    let spend = json!({"amount": 30, "reason": "Picture"});
    product
        .post(&format!("{customer}/spend"), spend)
        .await
        .is(200);

    let reader = Product::of(&shop, Scope::Read).await;
    let books = reader.get("/v1/books").await.is(200).json();
    let sums = json!({
        "issued_paid": 50,
        "issued_promotional": 1000,
        "consumed": 30,
        "expired": 0,
        "clawed_back": 0,
        "owed": 0,
        "outstanding": 1020,
    });
    assert_eq!((&books["moved"], &books["standing"]), (&sums, &sums));
    let today = text(&books["to"]).to_owned();
    let reader = &reader;
    let of = |span: &str| {
        let path = format!("/v1/books?{span}");
        async move { reader.get(&path).await }
    };
    let same = of(&format!("from={today}&to={today}"));
    assert_eq!(same.await.is(200).json()["moved"], sums);
    let before = of("from=2026-01-01&to=2026-01-31").await.is(200).json();
    assert_eq!(before["standing"]["outstanding"], 0);
    for wrong in [
        "from=yesterday",
        "to=2026-02-30",
        "from=2026-02-01&to=2026-01-01",
        "at=now",
    ] {
        of(wrong).await.is(400);
    }

    let settings = [("DATABASE_URL", shop.database.url.as_str())];
    let folder = shop.database.folder();
    let printed = commands::run(&["books", "--to", &today], &settings, folder).await;
    let lines = commands::text(&printed.stdout);
    let has = |name: &str, sum: &str| {
        let line = lines.lines().find(|line| line.starts_with(name));
        let mut words = line
            .unwrap_or_else(|| panic!("{name}: {printed:?}"))
            .split_whitespace();
        words.next_back() == Some(sum) && words.next_back() == Some(sum)
    };
    assert!(
        has("Issued, promotional", "1,000") && has("Outstanding", "1,020"),
        "{lines}"
    );
    shop.close().await;
}
