//! Staff change what is sold: told first, done once, and what was sold stays.

mod coming_and_going;
mod files;
mod servers;

use billing::people::Role;
use rstest::rstest;

use crate::harness::{Browser, Database, Page, Shop, between};

const STARTER: &str = "/admin/catalogue/offers/starter";
const CHANGE: &str = "/admin/catalogue/offers/starter/change";
const KEY: &str = "019a0000-0000-7000-8000-00000000000a";

/// The form of a pack, before its confirmation.
fn pack<'f>(price: &'f str, credits: &'f str) -> Vec<(&'static str, &'f str)> {
    vec![
        ("key", KEY),
        ("name", "Starter"),
        ("description", "Enough for a first evening."),
        ("price", price),
        ("credits", credits),
        ("reason", "A new year"),
    ]
}

/// The value of a hidden field.
fn hidden(page: &Page, name: &str) -> String {
    let before = format!("name=\"{name}\" value=\"");
    let value = between(&page.text, &before, "\"");
    value
        .unwrap_or_else(|| panic!("no {name}: {page:?}"))
        .to_owned()
}

impl Browser {
    /// Changes something through the page that tells what that does.
    async fn publish(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let told = self.post(path, fields).await.is(200);
        let number = hidden(&told, "number");
        let more = [("number", number.as_str()), ("confirmed", "yes")];
        self.post(path, &[fields, &more].concat()).await
    }
}

impl Shop {
    async fn lines(&self, action: &str) -> i64 {
        let table = format!("audit_log where action = '{action}'");
        self.database.count(&table).await
    }
}

#[rstest]
#[tokio::test]
async fn a_new_price_is_told_first_and_what_was_sold_stays(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let admin = shop.staff(Role::Admin).await;
    let ann = shop.customer("ann@shop.example").await;
    let before = ann.checkout("starter").await;
    let shown = hidden(&ann.get("/buy/starter").await.is(200), "offer");

    let form = admin.get(CHANGE).await.is(200).text;
    assert!(form.contains("value=\"5.00\""), "{form}");
    let told = admin.post(CHANGE, &pack("7", "40")).await.is(200);
    for said in [
        "$5.00 → $7.00",
        "50 → 40",
        "Buy Starter",
        "What was sold stays",
    ] {
        assert!(told.text.contains(said), "{said}: {told:?}");
    }
    // Nothing has happened yet, also not when it is to be changed once more.
    let changed = [pack("7", "40"), vec![("confirmed", "no")]].concat();
    let again = admin.post(CHANGE, &changed).await.is(200);
    assert!(again.text.contains("value=\"7\""), "{again:?}");
    assert_eq!(shop.database.count("catalogues").await, 1);

    let number = hidden(&told, "number");
    let confirmed = [("number", number.as_str()), ("confirmed", "yes")];
    let confirmed = [pack("7", "40"), confirmed.to_vec()].concat();
    let to = format!("{STARTER}?done=published");
    for _ in 0..2 {
        admin.post(CHANGE, &confirmed).await.leads_to(&to);
    }
    // Gone back to and sent with something else in it, it says that it is not done.
    let other = [pack("8", "40"), confirmed[confirmed.len() - 2..].to_vec()].concat();
    let page = admin.post(CHANGE, &other).await.is(409);
    assert!(
        page.text.contains("has published something already"),
        "{page:?}"
    );
    assert_eq!(shop.database.count("catalogues").await, 2);
    assert_eq!(shop.lines("catalogue.change").await, 1);
    let log = shop
        .database
        .texts("select before || after from audit_log where action = 'catalogue.change'");
    let log = log.await.concat();
    assert!(
        log.contains("\"price\":500") && log.contains("\"price\":700"),
        "{log}"
    );

    // Who was shown the old price is shown the new one first, and nothing is ordered.
    let stale = [("pack", "starter"), ("offer", shown.as_str())];
    let orders = shop.database.count("orders").await;
    let asked = ann.post("/orders", &stale).await;
    asked.leads_to("/buy/starter?changed=yes");
    assert_eq!(shop.database.count("orders").await, orders);
    let page = ann.get("/buy/starter?changed=yes").await.is(200);
    assert!(page.text.contains("has changed since you saw it") && page.text.contains("$7.00"));
    let shown = hidden(&page, "offer");
    let fresh = [("pack", "starter"), ("offer", shown.as_str())];
    let checkout = ann.post("/orders", &fresh).await.is(303);
    let checkout = ann.get(checkout.location()).await.is(200).text;
    assert!(checkout.contains("$7.00"), "{checkout}");

    // The checkout that was open is paid as it was.
    let open = ann
        .get(&format!("/checkout/{}", before.order))
        .await
        .is(200);
    assert!(open.text.contains("$5.00"), "{open:?}");
    shop.gateway.pay(&before).await;
    ann.until(&before.transaction, "succeeded").await;
    shop.mail.mails_to("ann@shop.example", 2).await;
    let page = admin.get(STARTER).await.is(200).text;
    let rows = page.split("<tbody>").nth(1).unwrap();
    assert!(rows.contains("$5.00 → $7.00"), "{rows}");
    let sold: Vec<_> = rows.split("<td class=\"amount\">").skip(1).collect();
    assert!(
        sold[0].starts_with('0') && sold[1].starts_with('1'),
        "{rows}"
    );
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_is_wrong_is_said_at_its_field(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let admin = shop.staff(Role::Admin).await;
    let typed = [
        ("key", KEY),
        ("offer_key", "starter"),
        ("name", " "),
        ("price", "0"),
        ("credits", "-3"),
        ("reason", "because"),
    ];
    let page = admin
        .post("/admin/catalogue/new/pack", &typed)
        .await
        .is(422);
    for (field, says) in [
        ("offer_key", "Key is taken"),
        ("name", "Name is empty."),
        ("price", "Price must be more than zero."),
        ("credits", "Credits must be more than zero."),
    ] {
        let error = between(&page.text, &format!("id=\"{field}-error\""), "</p>").unwrap();
        assert!(error.contains(says), "{field}: {error}");
    }
    assert!(page.text.contains("value=\"-3\""), "{page:?}");
    let typed = [
        ("code", "a b"),
        ("name", "A"),
        ("percent_off", "5"),
        ("credits", "x"),
    ];
    let page = admin
        .post("/admin/catalogue/new/coupon", &typed)
        .await
        .is(422);
    assert!(page.text.contains("Write a whole number."), "{page:?}");
    let typed = [
        ("code", "a b"),
        ("name", "A"),
        ("percent_off", "500"),
        ("offers", "starter, nothing"),
        ("until", "soon"),
        ("reason", "because"),
    ];
    let page = admin
        .post("/admin/catalogue/new/coupon", &typed)
        .await
        .is(422);
    for says in [
        "Code must be letters",
        "Percent off must be 1 to 100.",
        "Offers names something that is not sold here.",
        "Until must be a date",
    ] {
        assert!(page.text.contains(says), "{says}: {page:?}");
    }
    let without = [
        ("key", KEY),
        ("name", "Starter"),
        ("price", "6"),
        ("credits", "50"),
    ];
    let page = admin.post(CHANGE, &without).await.is(422);
    assert!(page.text.contains("id=\"reason-error\""), "{page:?}");
    let same = pack("5.00", "50");
    let page = admin.post(CHANGE, &same).await.is(409);
    assert!(
        page.text.contains("This is what is sold already."),
        "{page:?}"
    );
    for path in [
        "/admin/catalogue/new/thing",
        "/admin/catalogue/offers/none/change",
    ] {
        admin.post(path, &same).await.is(404);
        admin.get(path).await.is(404);
    }
    assert_eq!(shop.database.count("catalogues").await, 1);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_plan_is_chosen_as_it_was_shown(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let admin = shop.staff(Role::Admin).await;
    let ann = shop.customer("ann@shop.example").await;
    let has = ann.subscribe("pro").await;
    shop.gateway.pay(&has).await;
    ann.until(&has.transaction, "succeeded").await;
    let smaller = ann.get("/account/plan/change?to=basic").await.is(200);
    let shown = hidden(&smaller, "offer");

    let cheaper = [
        ("key", KEY),
        ("name", "Basic"),
        ("description", "For trying things out on the weekend."),
        ("price", "8"),
        ("interval", "month"),
        ("credits", "100"),
        ("rollover", "none"),
        ("reason", "To begin with"),
    ];
    let basic = "/admin/catalogue/offers/basic/change";
    admin.publish(basic, &cheaper).await.is(303);

    // A smaller plan costs nothing now, and yet it is another one than was shown.
    let stale = [("to", "basic"), ("offer", shown.as_str())];
    let again = ann.post("/account/plan/change", &stale).await;
    again.leads_to("/account/plan/change?to=basic");
    let page = ann.get("/account/plan").await.is(200).text;
    assert!(page.contains("Renews on"), "{page}");
    let bob = shop.customer("bob@shop.example").await;
    let stale = [("plan", "basic"), ("offer", shown.as_str())];
    let asked = bob.post("/plans", &stale).await;
    asked.leads_to("/plans/basic?changed=yes");
    let page = bob.get("/plans/basic?changed=yes").await.is(200);
    assert!(
        page.text.contains("has changed since you saw it"),
        "{page:?}"
    );
    assert_eq!(shop.database.count("orders where status = 'open'").await, 0);
    let fresh = hidden(&page, "offer");
    let fresh = [("plan", "basic"), ("offer", fresh.as_str())];
    bob.post("/plans", &fresh).await.is(303);
    assert_eq!(shop.database.count("orders where status = 'open'").await, 1);

    let shown = ann.get("/account/plan/change?to=basic").await.is(200);
    let shown = hidden(&shown, "offer");
    let terms = [("to", "basic"), ("offer", shown.as_str())];
    let switched = ann.post("/account/plan/change", &terms).await;
    switched.leads_to("/account/plan");
    let page = ann.get("/account/plan").await.is(200).text;
    assert!(page.contains("Becomes Basic on"), "{page}");
    shop.close().await;
}
