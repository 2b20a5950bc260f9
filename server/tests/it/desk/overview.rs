use std::time::Duration;

use billing::people::Role;
use rstest::rstest;

use crate::harness::{Browser, Database, Shop, between, eventually};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The value of a figure, as it stands on the page.
async fn figure(staff: &Browser, query: &str, name: &str) -> String {
    let page = staff.get(&format!("/admin{query}")).await.is(200).text;
    let tile = between(&page, &format!("<dt>{name}</dt>"), "</div>");
    let tile = tile.unwrap_or_else(|| panic!("no {name}: {page}"));
    between(tile, "\"value\">", "<").unwrap().to_owned()
}

#[rstest]
#[tokio::test]
async fn a_purchase_is_seen_at_once_and_belongs_to_its_day(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let staff = shop.staff(Role::Viewer).await;
    assert_eq!(figure(&staff, "", "Revenue, USD").await, "$0.00");
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    for (name, value) in [
        ("Revenue, USD", "$5.00"),
        ("Payments", "1"),
        ("Issued", "50"),
        ("Outstanding", "50"),
        ("New customers", "1"),
    ] {
        assert_eq!(figure(&staff, "?days=1", name).await, value, "{name}");
    }
    eventually("how long it took is there", || async {
        figure(&staff, "", "Until an event is here").await != "–"
    })
    .await;

    shop.advance(DAY * 2).await;
    let staff = shop.staff(Role::Admin).await;
    assert_eq!(figure(&staff, "?days=1", "Payments").await, "0");
    assert_eq!(figure(&staff, "?days=7", "Payments").await, "1");
    let page = staff
        .get("/admin?from=2030-01-01&to=nonsense")
        .await
        .is(200);
    assert!(
        page.text.contains("Nothing needs attention."),
        "{}",
        page.text
    );
    shop.close().await;
}
