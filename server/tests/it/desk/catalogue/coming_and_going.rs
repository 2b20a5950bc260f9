//! Things are added, taken off sale, put back and moved, by those who may.

use billing::people::Role;
use rstest::rstest;

use super::{CHANGE, KEY, STARTER, hidden, pack};
use crate::harness::{Database, Shop};

#[rstest]
#[tokio::test]
async fn things_come_and_go_and_are_moved(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let admin = shop.staff(Role::Admin).await;
    let ann = shop.customer("ann@shop.example").await;

    // A code names it.
    let off = [("do", "off"), ("reason", "No more")];
    let studio = "/admin/catalogue/offers/studio";
    let page = admin.post(studio, &off).await.is(409);
    assert!(page.text.contains("STUDIO10 is for it"), "{page:?}");
    let code = "/admin/catalogue/codes/STUDIO10";
    for _ in 0..2 {
        let to = format!("{code}?done=off");
        admin.post(code, &off).await.leads_to(&to);
    }
    admin.post(studio, &[("do", "off")]).await.is(422);
    admin
        .post(studio, &off)
        .await
        .leads_to(&format!("{studio}?done=off"));
    assert_eq!(shop.lines("catalogue.take_off").await, 2);
    let start = ann.get("/").await.is(200).text;
    assert!(!start.contains("pack-studio"), "{start}");
    let page = ann.post("/orders", &[("pack", "studio")]).await.is(404);
    assert!(page.text.contains("not sold any more"), "{page:?}");
    let list = admin.get("/admin/catalogue").await.is(200).text;
    let (_, gone) = list.split_once("id=\"gone\"").unwrap();
    assert!(gone.contains(studio) && gone.contains(code), "{gone}");

    // Its code needs it back first.
    let on = [("do", "on"), ("reason", "After all")];
    let page = admin.post(code, &on).await.is(409);
    assert!(page.text.contains("Offers names something"), "{page:?}");
    admin
        .post(studio, &on)
        .await
        .leads_to(&format!("{studio}?done=on"));
    admin
        .post(code, &on)
        .await
        .leads_to(&format!("{code}?done=on"));
    let version = "offers where key = 'studio'";
    assert_eq!(shop.database.count(version).await, 1, "the same version");

    // A second click moves nothing.
    let list = admin.get("/admin/catalogue").await.is(200);
    let number = hidden(&list, "number");
    let up = [
        ("kind", "pack"),
        ("name", "standard"),
        ("number", number.as_str()),
        ("move", "up"),
    ];
    let moved = admin.post("/admin/catalogue", &up).await;
    moved.leads_to("/admin/catalogue?done=moved");
    let again = admin.post("/admin/catalogue", &up).await;
    again.leads_to("/admin/catalogue?done=raced");
    let start = ann.get("/").await.is(200).text;
    let places = ["pack-standard", "pack-starter", "pack-studio"];
    let places = places.map(|pack| start.find(pack).unwrap());
    assert!(places.is_sorted(), "{start}");

    let plan = [
        ("key", KEY),
        ("offer_key", "year"),
        ("name", "Year"),
        ("price", "99.00"),
        ("interval", "year"),
        ("credits", "2,000"),
        ("rollover", "capped"),
        ("rollover_cap", "100"),
        ("reason", "Asked for"),
    ];
    let added = admin.publish("/admin/catalogue/new/plan", &plan).await;
    added.leads_to("/admin/catalogue/offers/year?done=published");
    let start = ann.get("/").await.is(200).text;
    assert!(
        start.contains("2,000 credits") && start.contains("$99.00"),
        "{start}"
    );
    let gift = [
        ("key", "019a0000-0000-7000-8000-00000000000b"),
        ("code", "thanks"),
        ("name", "Thanks"),
        ("credits", "5"),
        ("until", "2099-12-31"),
        ("reason", "For patience"),
    ];
    let added = admin.publish("/admin/catalogue/new/coupon", &gift).await;
    added.leads_to("/admin/catalogue/codes/THANKS?done=published");
    let page = ann.get("/account").await.is(200);
    let key = hidden(&page, "key");
    let redeemed = [("code", "thanks"), ("key", key.as_str())];
    ann.post("/account", &redeemed).await.is(303);
    let page = admin
        .get("/admin/catalogue/codes/THANKS")
        .await
        .is(200)
        .text;
    assert!(page.contains("to the end of 2099-12-31"), "{page}");
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn looking_is_for_all_staff_and_changing_for_few(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    for role in [Role::Viewer, Role::Support] {
        let staff = shop.staff(role).await;
        let list = staff.get("/admin/catalogue").await.is(200).text;
        assert!(list.contains("Starter") && !list.contains("Move"), "{list}");
        let page = staff.get(STARTER).await.is(200).text;
        assert!(
            page.contains("Versions") && !page.contains("Change it"),
            "{page}"
        );
        staff.get("/admin/catalogue.toml").await.is(200);
        for path in [
            CHANGE,
            "/admin/catalogue/new/pack",
            "/admin/catalogue/import",
        ] {
            staff.get(path).await.is(403);
            staff.get(&format!("{path}/")).await.is(404);
            staff.post(path, &pack("7", "40")).await.is(403);
        }
        staff
            .post(STARTER, &[("do", "off"), ("reason", "x")])
            .await
            .is(403);
        staff
            .post("/admin/catalogue", &[("move", "up")])
            .await
            .is(403);
    }
    assert_eq!(shop.database.count("catalogues").await, 1);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn two_who_change_it_at_once_are_told(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let admin = shop.staff(Role::Admin).await;
    let told = admin.post(CHANGE, &pack("7", "40")).await.is(200);
    let number = hidden(&told, "number");
    let other = shop.staff(Role::Owner).await;
    let dearer = [
        ("key", "019a0000-0000-7000-8000-00000000000c"),
        ("name", "Starter"),
        ("description", "Enough for a first evening."),
        ("price", "9"),
        ("credits", "50"),
        ("reason", "Rent"),
    ];
    other.publish(CHANGE, &dearer).await.is(303);
    let confirmed = [("number", number.as_str()), ("confirmed", "yes")];
    let confirmed = [pack("7", "40"), confirmed.to_vec()].concat();
    let page = admin.post(CHANGE, &confirmed).await.is(409);
    assert!(page.text.contains("Somebody has changed"), "{page:?}");
    assert!(page.text.contains("$9.00 → $7.00"), "{page:?}");
    assert_eq!(shop.database.count("catalogues").await, 2);
    shop.close().await;
}
