use billing::people::Role;
use rstest::rstest;

use crate::harness::{Database, Shop};

#[rstest]
#[tokio::test]
async fn what_was_done_can_be_searched_and_taken_along(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff(Role::Owner).await;
    let viewer = shop.staff(Role::Viewer).await;

    let page = viewer.get("/admin/audit").await.is(200).text;
    assert_eq!(page.matches(">command line<").count(), 2, "{page}");
    for (query, rows) in [
        ("who=command+line&action=staff.add", 2),
        ("who=nobody", 0),
        ("from=2020-01-01&to=2020-12-31", 0),
        ("action=staff.add&sort=at", 2),
        ("action=no.such.action&after=nowhere", 2),
    ] {
        let page = owner
            .get(&format!("/admin/audit?{query}"))
            .await
            .is(200)
            .text;
        let body = page.split("<tbody>").nth(1).unwrap_or_default();
        assert_eq!(body.matches(">staff.add<").count(), rows, "{query} {page}");
    }

    let file = viewer.get("/admin/audit.csv?sort=at").await.is(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<_> = file.text.lines().collect();
    assert_eq!(lines.len(), 6, "{}", file.text);
    assert!(lines[1].contains("catalogue file"), "{}", file.text);
    assert!(lines[2].contains("owner@shop.example"), "{}", file.text);
    assert!(lines[4].contains("viewer@shop.example"), "{}", file.text);

    let customer = shop.customer("ann@shop.example").await;
    for path in ["/admin", "/admin/audit", "/admin/audit.csv"] {
        customer.get(path).await.leads_to("/account");
        let to = format!("/sign-in?next={path}");
        shop.visitor().get(path).await.leads_to(&to);
    }
    shop.close().await;
}
