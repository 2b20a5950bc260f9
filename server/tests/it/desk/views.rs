//! Staff who see the site as a customer does: they only look, and it is announced, recorded and ended.

use std::time::Duration;

use billing::people::Role;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use super::doors::{Door, NOTHING, everywhere};
use crate::harness::{Browser, Database, PASSWORD, Page, Purchase, Shop, between};

const ANN: &str = "ann@shop.example";
const WHY: &str = "She called about a receipt";
const MINUTE: Duration = Duration::from_secs(60);

/// What each page says on top.
const BAR: &str = "You are looking at";

/// Pages that are shown. What is added to this list shows to staff what the customer sees.
const SHOWN: &[&str] = &[
    "/",
    "/account",
    "/account/plan",
    "/docs",
    "/orders/{id}/receipt",
    "/orders/{id}/receipt.pdf",
    "/studio",
    "/studio/{picture}",
    "/transactions/{id}",
    "/transactions/{id}/receipt",
    "/transactions/{id}/receipt.pdf",
];

/// What a member of staff does in their own name meanwhile: they leave, or look at another.
const OWN: &[&str] = &["/sign-out", "/admin/view/end", "/admin/customers/{id}/view"];

/// Functions of islands that only read.
const READS: &[&str] = &["await_balance", "await_transaction"];

/// For programs and gateways, who bring no cookie; and for a customer's own transactions.
fn is_for_machines(path: &str) -> bool {
    [
        "/v1/",
        "/webhooks/",
        "/openapi",
        "/healthz",
        "/readyz",
        "/metrics",
    ]
    .iter()
    .any(|begin| path.starts_with(begin))
}

/// A customer who bought something and has an order open, and what they bought.
async fn customer(shop: &Shop) -> (Browser, Purchase, String) {
    let ann = shop.customer(ANN).await;
    let paid = ann.checkout("starter").await;
    shop.gateway.confirm(&paid, "pm_card_visa").await.is(200);
    let settled = ann.until(&paid.transaction, "succeeded").await;
    let id = settled["customer"].as_str().unwrap().to_owned();
    shop.quiet().await;
    (ann, paid, format!("/admin/customers/{id}"))
}

/// The functions that islands call.
fn functions() -> Vec<String> {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../app/src/server_functions.rs"
    );
    let text = std::fs::read_to_string(file).unwrap();
    let named = text.split("endpoint = \"").skip(1);
    let all: Vec<_> = named
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert!(all.len() > 5, "{all:?}");
    all
}

async fn looks(staff: &Browser, customer: &str) -> Page {
    let key = uuid::Uuid::new_v4().to_string();
    let typed = [("reason", WHY), ("key", key.as_str())];
    staff.post(&format!("{customer}/view"), &typed).await
}

/// How many rows each table has, and how often what changes in place did.
async fn written(shop: &Shop) -> Vec<(String, i64)> {
    let by_itself = [
        "delays",
        "leases",
        "event_cursors",
        "checkpoints",
        "ledger_days",
        "refused_webhooks",
    ];
    let mut counts = Vec::new();
    for table in shop.database.tables().await {
        if !by_itself.contains(&table.as_str()) {
            counts.push((table.clone(), shop.database.count(&table).await));
        }
    }
    for rows in [
        "orders where status = 'open'",
        "people where verified_at is null and closed_at is null",
        "people where password_hash <> ''",
        "transactions where version > 1",
        "customers where external_id is null",
    ] {
        counts.push((rows.to_owned(), shop.database.count(rows).await));
    }
    counts
}

#[rstest]
#[tokio::test]
async fn nothing_is_changed_and_nothing_else_is_shown(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (ann, _, path) = customer(&shop).await;
    let (order, _) = ann.order("standard").await;
    let support = shop.staff(Role::Support).await;
    looks(&support, &path).await.leads_to("/account");
    let before = written(&shop).await;
    let mut shown: Vec<String> = Vec::new();
    for Door {
        route,
        path,
        is_page,
        takes_forms,
        ..
    } in everywhere()
    {
        if takes_forms && !OWN.contains(&route.as_str()) {
            let forged = [
                ("reason", "because"),
                ("code", "WELCOME"),
                ("pack", "starter"),
            ];
            for path in [path.clone(), path.replace(NOTHING, &order)] {
                let page = support.post(&path, &forged).await;
                match is_for_machines(&route) {
                    true => assert!(page.status >= 400, "{path}: {page:?}"),
                    false => {
                        assert_eq!(page.status, 403, "{path}: {page:?}");
                        assert!(page.text.contains("You only look"), "{path}: {page:?}");
                        assert!(page.text.contains("/admin/view/end"), "{path}: {page:?}");
                    }
                }
            }
            let put = support.request(Method::PUT, &path);
            let page = support
                .send(put.header("sec-fetch-site", "same-origin"))
                .await;
            assert!(page.status >= 400, "PUT {path}: {page:?}");
        }
        if is_page && !is_for_machines(&route) {
            let page = support.get(&path).await;
            if route.starts_with("/admin") {
                page.leads_to("/account");
            } else if page.status == 403 {
                assert!(page.text.contains("You only look"), "{path}: {page:?}");
            } else {
                shown.push(route);
            }
        }
    }
    shown.sort();
    assert_eq!(shown, SHOWN);
    for function in functions() {
        let arguments = json!({ "order": order, "transaction": order, "id": order, "version": -1 });
        let page = support.call(&function, arguments).await;
        match READS.contains(&function.as_str()) {
            true => assert_ne!(page.status, 403, "{function}: {page:?}"),
            false => assert_eq!(page.status, 403, "{function}: {page:?}"),
        }
    }
    let mut after = written(&shop).await;
    // What is looked at is counted in its row.
    after.retain(|(rows, _)| before.iter().any(|(other, _)| other == rows));
    assert_eq!(after, before);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn the_customer_is_told_who_looked_and_why(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (ann, paid, path) = customer(&shop).await;
    let bob = shop.customer("bob@shop.example").await;
    let (_, of_bob) = bob.order("starter").await;
    let support = shop.staff(Role::Support).await;
    let viewer = shop.staff(Role::Viewer).await;
    let form = format!("{path}/view");
    let page = viewer.get(&path).await.is(200).text;
    assert!(!page.contains("/view\""), "{page}");
    viewer.get(&form).await.is(403);
    looks(&viewer, &path).await.is(403);
    let page = support.get(&path).await.is(200).text;
    assert!(page.contains(&format!("{form}\"")), "{page}");
    support.get(&form).await.is(200);
    let silent = support.post(&form, &[("reason", " ")]).await.is(422).text;
    assert!(silent.contains("id=\"reason-error\""), "{silent}");
    assert_eq!(shop.database.count("views").await, 0);

    let typed = [
        ("reason", WHY),
        ("key", "019a0000-0000-7000-8000-000000000001"),
    ];
    for _ in 0..2 {
        support.post(&form, &typed).await.leads_to("/account");
    }
    assert_eq!(shop.database.count("views").await, 1);
    let receipt = format!("/transactions/{}/receipt", paid.transaction);
    for (page, said) in [
        ("/account", "50"),
        ("/", "Starter"),
        ("/account/plan", "plan"),
        (&format!("/transactions/{}", paid.transaction), "Starter"),
        (&receipt, "Visa"),
        ("/studio", "Studio"),
    ] {
        let seen = support.get(page).await.is(200).text;
        for said in [BAR, ANN, said, "/admin/view/end"] {
            assert!(seen.contains(said), "{page} {said}: {seen}");
        }
        assert!(!seen.contains("href=\"/admin\""), "{page}: {seen}");
    }
    let file = support.get(&format!("{receipt}.pdf")).await.is(200);
    assert_eq!(file.header("content-type"), "application/pdf");
    assert_eq!(support.credits().await, 50);
    support
        .get(&format!("/transactions/{of_bob}"))
        .await
        .is(404);

    let mails = shop.mail.mails_to(ANN, 3).await;
    for said in ["looked at your account", WHY] {
        assert!(
            mails.iter().any(|mail| mail.text.contains(said)),
            "{said}: {mails:?}"
        );
    }
    support
        .post("/admin/view/end", &[])
        .await
        .leads_to(&format!("{path}?done=view-ended"));
    support.get("/admin").await.is(200);
    support
        .get("/account")
        .await
        .leads_to("/sign-in?next=/account");
    // What was not to be found was looked for.
    let account = ann.get("/account").await.is(200).text;
    let told = between(&account, "Who looked at your account", "</section>").unwrap();
    assert!(told.contains(WHY) && told.contains("8 pages"), "{told}");
    assert!(!account.contains(BAR), "{account}");
    let data = ann.get("/account/export").await.is(200).json();
    assert_eq!(data["customer"]["views"][0]["pages"], 8, "{data}");
    for action in ["customer.view", "customer.view_end"] {
        let line = format!(
            "audit_log where action = '{action}' and name = 'support@shop.example'
               and reason = '{WHY}'"
        );
        assert_eq!(shop.database.count(&line).await, 1, "{action}");
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn it_ends_with_the_session_the_time_and_the_role(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (ann, _, path) = customer(&shop).await;
    let owner = shop.staff(Role::Owner).await;
    let support = shop.staff(Role::Support).await;
    let billing = shop.server.billing();
    let open = "views where ended_at is null";

    // Its time is over.
    looks(&support, &path).await.leads_to("/account");
    billing.clock().advance(29 * MINUTE);
    support.get("/account").await.is(200);
    billing.clock().advance(MINUTE);
    support
        .get("/account")
        .await
        .leads_to("/sign-in?next=/account");
    support.get("/admin").await.is(200);
    billing.sweep().await.unwrap();
    assert_eq!(shop.database.count(open).await, 0);

    // A kept cookie opens nothing after signing out.
    looks(&support, &path).await.leads_to("/account");
    let cookie = support.cookie().unwrap();
    support.post("/sign-out", &[]).await.is(303);
    let kept = shop.visitor();
    for at in ["/account", "/admin"] {
        let request = kept.request(Method::GET, at).header("cookie", &cookie);
        let page = kept.send(request).await.is(303);
        assert!(page.location().starts_with("/sign-in"), "{at}: {page:?}");
    }
    let again = shop.visitor();
    again.sign_in("support@shop.example").await;
    again
        .get("/account")
        .await
        .leads_to("/sign-in?next=/account");
    billing.sweep().await.unwrap();
    assert_eq!(shop.database.count(open).await, 0);
    let lines = "audit_log where action = 'customer.view_end' and name = 'by itself'";
    assert_eq!(shop.database.count(lines).await, 2);

    // Who looks is let out.
    let admin = shop.staff(Role::Admin).await;
    looks(&admin, &path).await.leads_to("/account");
    let staff = owner.get("/admin/staff").await.is(200).text;
    let link = staff
        .split("href=\"/admin/staff/")
        .find(|link| link.contains("admin@shop.example"));
    let member = format!("/admin/staff/{}", link.unwrap().split('"').next().unwrap());
    let typed = [("action", "role"), ("role", "viewer"), ("reason", "moved")];
    owner.post(&member, &typed).await.is(303);
    admin
        .get("/account")
        .await
        .leads_to("/sign-in?next=/account");
    admin.get("/admin").await.is(200);
    let typed = [("action", "role"), ("role", "admin"), ("reason", "back")];
    owner.post(&member, &typed).await.is(303);
    admin.get("/account").await.is(200);
    let typed = [("action", "close"), ("reason", "left")];
    owner.post(&member, &typed).await.is(303);
    admin
        .get("/account")
        .await
        .leads_to("/sign-in?next=/account");
    billing.sweep().await.unwrap();
    assert_eq!(shop.database.count(open).await, 0);

    // The customer leaves, and nothing is there to be seen.
    looks(&owner, &path).await.leads_to("/account");
    let typed = [("password", PASSWORD), ("confirm", "yes")];
    ann.post("/account/close", &typed).await.is(303);
    owner
        .get("/account")
        .await
        .leads_to("/sign-in?next=/account");
    assert_eq!(shop.database.count("views").await, 0);
    let nobody = looks(&owner, &path).await.is(422).text;
    assert!(
        nobody.contains("Nobody signs in as this customer"),
        "{nobody}"
    );
    shop.close().await;
}
