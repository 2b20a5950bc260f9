//! People, programs and endpoints: let in and out by owners.

use billing::{events::EventType, people::Role, staff::audit_log::Actor};
use reqwest::Method;
use rstest::rstest;

use crate::harness::{Browser, Database, PASSWORD, Shop, between, eventually};

/// How many lines of the audit log say that this was done.
async fn done(owner: &Browser, action: &str) -> usize {
    let file = owner
        .get(&format!("/admin/audit.csv?action={action}"))
        .await;
    // The first line names the columns.
    file.is(200).text.lines().count() - 1
}

/// The address of the page of the row that is named so.
async fn page_of(owner: &Browser, list: &str, name: &str) -> String {
    let page = owner.get(list).await.is(200).text;
    let begin = format!("<a href=\"{list}/");
    let row = page.split(&begin).skip(1).find(|row| row.contains(name));
    let id = row.unwrap_or_else(|| panic!("no {name}: {page}"));
    format!("{list}/{}", id.split('"').next().unwrap())
}

#[rstest]
#[tokio::test]
async fn staff_are_invited_changed_and_let_out(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff(Role::Owner).await;
    for (email, role, field) in [
        ("eve", "support", "email"),
        ("owner@shop.example", "support", "email"),
        ("eve@shop.example", "king", "role"),
    ] {
        let typed = [("email", email), ("role", role)];
        let page = owner.post("/admin/staff", &typed).await.is(422).text;
        assert!(page.contains(&format!("id=\"{field}-error\"")), "{page}");
        assert!(page.contains(&format!("value=\"{email}\"")), "{page}");
    }
    let typed = [("email", "Eve@Shop.Example"), ("role", "support")];
    let added = owner.post("/admin/staff", &typed).await;
    added.leads_to("/admin/staff?done=added");
    assert_eq!(done(&owner, "staff.add").await, 2);

    // She follows the link a day later, and sets up a second factor of her own.
    let mails = shop.mail.mails_to("eve@shop.example", 1).await;
    let secret = between(&mails[0].text, "/reset/", "\n").unwrap().trim();
    let day = std::time::Duration::from_secs(24 * 3600);
    shop.server.billing().clock().advance(day);
    let eve = shop.visitor();
    let reset = format!("/reset/{secret}");
    let set = eve.post(&reset, &[("password", PASSWORD)]).await;
    set.leads_to("/sign-in?done=password");
    eve.sign_in("eve@shop.example").await;
    eve.set_up_app(shop.of_devices()).await;
    eve.get("/admin").await.is(200);
    eve.get("/admin/staff").await.is(403);

    let page = page_of(&owner, "/admin/staff", "eve@shop.example").await;
    let change = async |action: &str, role: &str, reason: &str| {
        let typed = [("action", action), ("role", role), ("reason", reason)];
        owner.post(&page, &typed).await
    };
    for action in ["role", "sign-out", "reset", "close"] {
        let refused = change(action, "admin", " ").await.is(422).text;
        assert!(refused.contains("id=\"reason-error\""), "{refused}");
    }
    change("role", "owner", "helps out").await.is(303);
    eve.get("/admin/staff").await.is(200);
    let log = owner
        .get("/admin/audit?action=staff.change_role")
        .await
        .text;
    for part in ["helps out", r#"{"role":"support"}"#, r#"{"role":"owner"}"#] {
        assert!(log.contains(part), "{part}: {log}");
    }
    change("role", "viewer", "back").await.is(303);
    change("sign-out", "", "lost a laptop").await.is(303);
    eve.get("/admin").await.leads_to("/sign-in?next=/admin");
    eve.sign_in("eve@shop.example").await;
    change("reset", "", "lost a phone").await.is(303);
    eve.sign_in("eve@shop.example").await;
    let asked = eve.get("/admin/security").await.is(200).text;
    assert!(asked.contains("Set up your second factor"), "{asked}");
    change("close", "", "left")
        .await
        .leads_to("/admin/staff?done=closed");
    let typed = [("email", "eve@shop.example"), ("password", PASSWORD)];
    eve.post("/sign-in", &typed).await.is(422);
    for action in ["staff.sign_out", "second_factor.reset", "staff.close"] {
        assert_eq!(done(&owner, action).await, 1, "{action}");
    }

    let own = page_of(&owner, "/admin/staff", "owner@shop.example").await;
    for (action, role) in [("role", "viewer"), ("close", "")] {
        let typed = [("action", action), ("role", role), ("reason", "bored")];
        let refused = owner.post(&own, &typed).await.is(409).text;
        assert!(refused.contains("always be an owner"), "{refused}");
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_key_is_shown_once_used_and_taken_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff(Role::Owner).await;
    let nameless = [("name", " "), ("scope", "read")];
    let refused = owner.post("/admin/keys", &nameless).await.is(422).text;
    assert!(refused.contains("id=\"name-error\""), "{refused}");
    let typed = [("name", "studio"), ("scope", "read")];
    let shown = owner.post("/admin/keys", &typed).await.is(200).text;
    let key = between(&shown, "<code class=\"secret\">", "<")
        .unwrap()
        .to_owned();
    assert!(key.starts_with("tender_key_"), "{key}");
    let page = page_of(&owner, "/admin/keys", "studio").await;
    let text = owner.get(&page).await.is(200).text;
    assert!(
        !text.contains(&key) && text.contains("never used"),
        "{text}"
    );

    let visitor = shop.visitor();
    let ask = || visitor.request(Method::GET, "/v1/events").bearer_auth(&key);
    visitor.send(ask()).await.is(200);
    eventually("its use is known", || async {
        owner.get(&page).await.text.contains("Last used")
    })
    .await;

    let silent = owner.post(&page, &[("reason", "")]).await.is(422).text;
    assert!(silent.contains("id=\"reason-error\""), "{silent}");
    let revoked = owner.post(&page, &[("reason", "leaked")]).await;
    revoked.leads_to(&format!("{page}?done=revoked"));
    visitor.send(ask()).await.is(401);
    owner.post(&page, &[("reason", "again")]).await.is(303);
    for action in ["api_key.add", "api_key.revoke"] {
        assert_eq!(done(&owner, action).await, 1, "{action}");
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_endpoint_is_added_tried_and_disabled(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff(Role::Owner).await;
    let clear = [("url", "http://shop.example/hooks")];
    let refused = owner.post("/admin/endpoints", &clear).await.is(422).text;
    assert!(refused.contains("id=\"url-error\""), "{refused}");
    assert!(
        refused.contains("value=\"http://shop.example/hooks\""),
        "{refused}"
    );

    // Our own site takes no such event, which is an answer, too.
    let url = format!("{}/healthz", shop.site());
    let typed = [
        ("url", url.as_str()),
        ("event", "order.paid"),
        ("event", "credits.low"),
    ];
    let shown = owner.post("/admin/endpoints", &typed).await.is(200).text;
    let secret = between(&shown, "<code class=\"secret\">", "<")
        .unwrap()
        .to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let page = page_of(&owner, "/admin/endpoints", &url).await;
    let list = owner.get("/admin/endpoints").await.text;
    assert!(list.contains("order.paid, credits.low"), "{list}");
    assert!(!list.contains(&secret));
    let tested = owner.post(&format!("{page}/test"), &[]).await.is(200).text;
    assert!(tested.contains("it answered 405"), "{tested}");

    let show = format!("{page}/secret");
    let seen = owner.post(&show, &[]).await.is(200).text;
    assert!(seen.contains(&secret), "{seen}");
    shop.server
        .billing()
        .clock()
        .advance(std::time::Duration::from_secs(660));
    let ask_again = format!("/admin/security?next={page}");
    owner.post(&show, &[]).await.leads_to(&ask_again);
    let asked = owner.get(&ask_again).await.is(200).text;
    assert!(
        asked.contains(&format!("name=\"next\" value=\"{page}\"")),
        "{asked}"
    );

    owner.post(&page, &[("reason", "")]).await.is(422);
    let disabled = owner.post(&page, &[("reason", "moved")]).await;
    disabled.leads_to(&format!("{page}?done=disabled"));
    owner.post(&format!("{page}/test"), &[]).await.is(409);
    for action in [
        "endpoint.add",
        "endpoint.test",
        "endpoint.show_secret",
        "endpoint.disable",
    ] {
        assert_eq!(done(&owner, action).await, 1, "{action}");
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_endpoint_is_told_once_more_what_happened(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff(Role::Owner).await;
    let support = shop.staff(Role::Support).await;
    let (billing, by) = (shop.server.billing(), Actor::command_line());
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    // It comes later, and nobody listens there.
    let url = "http://127.0.0.1:9/hooks";
    let types = vec![EventType::OrderPaid];
    let endpoint = billing.add_endpoint(url, types, &by).await.unwrap();
    let page = format!("/admin/endpoints/{}", endpoint.id);
    let replay = format!("{page}/replay");
    let since = |day| [("since", day)];

    let refused = owner.post(&replay, &since("soon")).await.is(422).text;
    assert!(refused.contains("id=\"since-error\""), "{refused}");
    let nothing = owner.post(&replay, &since("2999-01-01")).await.is(200).text;
    assert!(nothing.contains("Nothing that it wants"), "{nothing}");
    support.post(&replay, &since("2020-01-01")).await.is(403);
    let pending = || async {
        billing
            .endpoint(endpoint.id)
            .await
            .unwrap()
            .unwrap()
            .pending
    };
    assert_eq!(pending().await, 0);

    let replayed = owner.post(&replay, &since("2020-01-01")).await;
    replayed.leads_to(&format!("{page}?done=replayed"));
    assert_eq!(pending().await, 1);
    assert_eq!(done(&owner, "endpoint.replay").await, 2);

    owner.post(&page, &[("reason", "moved")]).await;
    owner.post(&replay, &since("2020-01-01")).await.is(409);
    shop.close().await;
}

#[tokio::test]
async fn settings_are_shown_without_their_secrets() {
    let shop = Shop::open(Database::Sqlite).await;
    let viewer = shop.staff(Role::Viewer).await;
    let page = viewer.get("/admin/settings").await.is(200).text;
    for part in [
        "TENDER_GRACE_DAYS",
        "How many days a plan goes on",
        "STRIPE_SECRET_KEY",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains(sandbox::SECRET_KEY), "{page}");
    assert!(!page.contains(&shop.gateway.secret), "{page}");
    shop.close().await;
}
