use billing::people::Role;

use super::{CHANGE, hidden, pack};
use crate::harness::{Database, Shop, Tender, eventually};

/// Two servers share one PostgreSQL: what one changed, the other sells.
#[tokio::test]
async fn a_price_changed_on_one_server_is_what_the_other_sells() {
    let shop = Shop::open(Database::Postgres).await;
    let admin = shop.staff(Role::Admin).await;
    let ann = shop.customer("ann@shop.example").await;
    let second = Tender::serve(&shop.database, &shop.gateway).await;
    let ann = ann.moved_to(&second.site);
    let shown = hidden(&ann.get("/buy/starter").await.is(200), "offer");

    admin.publish(CHANGE, &pack("7", "40")).await.is(303);
    // At once, whether it has heard of it or not.
    let stale = [("pack", "starter"), ("offer", shown.as_str())];
    let asked = ann.post("/orders", &stale).await;
    asked.leads_to("/buy/starter?changed=yes");
    let (order, _) = ann.order("starter").await;
    let checkout = ann.get(&format!("/checkout/{order}")).await.is(200).text;
    assert!(checkout.contains("$7.00"), "{checkout}");
    // And it hears of what nobody there sells.
    let code = "/admin/catalogue/offers/pro";
    let off = [("do", "off"), ("reason", "No more")];
    let first = "/admin/catalogue/codes/FIRSTMONTH";
    admin.post(first, &off).await.is(303);
    admin.post(code, &off).await.is(303);
    eventually("the second server hears of it", async || {
        !ann.get("/").await.is(200).text.contains("plan-pro")
    })
    .await;
    assert_eq!(second.stop().await, 0);
    shop.gateway.send_webhooks_to(&shop.site()).await;
    shop.close().await;
}
