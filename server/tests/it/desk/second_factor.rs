//! The second factor of staff.

use std::time::Duration;

use billing::people::Role;
use rstest::rstest;
use server::{Server, command_line::Cli};

use crate::harness::{App, Browser, Database, PASSWORD, Page, Shop, TestDatabase};

const MINUTE: Duration = Duration::from_secs(60);

async fn give(staff: &Browser, code: &str) -> Page {
    staff.post("/admin/security", &[("code", code)]).await
}

/// The recovery codes that a page shows.
fn codes(page: &Page) -> Vec<String> {
    let shown = page.text.split("<code class=\"secret\">").skip(1);
    shown
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect()
}

#[rstest]
#[tokio::test]
async fn nothing_of_the_desk_opens_before_it_is_set_up(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff_by_password(Role::Owner).await;
    for path in [
        "/admin",
        "/admin/audit",
        "/admin/audit.csv",
        "/account/password",
    ] {
        let to = format!("/admin/security?next={path}");
        owner.get(path).await.leads_to(&to);
    }
    let page = owner.get("/admin/security").await.is(200).text;
    assert!(page.contains("Set up your second factor"), "{page}");
    // What the sandbox allows is not even offered here.
    assert!(!page.contains("Skip it"), "{page}");
    owner.post("/admin/security/skip", &[]).await.is(403);
    give(&owner, "000000").await.is(422);

    let offer = owner.post("/admin/security/authenticator/offer", &[]);
    offer.await.leads_to("/admin/security/authenticator");
    let page = owner.get("/admin/security/authenticator").await.is(200);
    assert!(page.text.contains("<svg"), "{}", page.text);
    let app = App::of(&page);
    let past = app.code(shop.of_devices().minus(5 * MINUTE));
    let wrong = [("code", past.as_str())];
    let refused = owner.post("/admin/security/authenticator", &wrong).await;
    let refused = refused.is(422).text;
    assert!(refused.contains("id=\"code-error\""), "{refused}");
    owner.get("/admin").await.is(303);

    let code = app.code(shop.of_devices());
    let right = [("code", code.as_str())];
    let shown = owner.post("/admin/security/authenticator", &right).await;
    assert_eq!(codes(&shown.is(200)).len(), 10);
    owner.get("/admin").await.is(200);
    let log = owner.get("/admin/audit?action=second_factor.set_up").await;
    assert!(log.text.contains("owner@shop.example"), "{}", log.text);
    let mails = shop.mail.mails_to("owner@shop.example", 1).await;
    assert!(
        mails[0].text.contains("second factor was changed"),
        "{:?}",
        mails[0]
    );
    // Neither the secret nor the codes are shown again.
    for path in [
        "/admin/security/authenticator",
        "/admin/security/recovery-codes",
    ] {
        let page = owner.get(path).await;
        assert!(!page.text.contains("class=\"secret\""), "{}", page.text);
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_code_counts_once_and_for_one_session(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff_by_password(Role::Owner).await;
    let (app, shown) = owner.set_up_app(shop.of_devices()).await;
    let recovery = codes(&shown);

    let elsewhere = shop.visitor();
    let typed = [("email", "owner@shop.example"), ("password", PASSWORD)];
    elsewhere.post("/sign-in", &typed).await.leads_to("/admin");
    elsewhere
        .get("/admin")
        .await
        .leads_to("/admin/security?next=/admin");
    // The one that set it up, and whatever came before.
    let used = app.code(shop.of_devices());
    let refused = give(&elsewhere, &used).await.is(422).text;
    assert!(refused.contains("id=\"code-error\""), "{refused}");
    shop.server.billing().clock().advance(MINUTE);
    let code = app.code(shop.of_devices());
    let grouped = format!("{} {}", &code[..3], &code[3..]);
    give(&elsewhere, &grouped).await.leads_to("/admin");
    elsewhere.get("/admin").await.is(200);

    let third = shop.visitor();
    third.post("/sign-in", &typed).await.leads_to("/admin");
    give(&third, &code).await.is(422);
    let to = [
        ("code", recovery[0].as_str()),
        ("next", "/admin/audit?sort=at"),
    ];
    third
        .post("/admin/security", &to)
        .await
        .leads_to("/admin/audit?sort=at");
    let away = [("code", recovery[1].as_str()), ("next", "//evil.example")];
    elsewhere
        .post("/admin/security", &away)
        .await
        .leads_to("/admin");
    give(&third, &recovery[0].to_uppercase()).await.is(422);
    let log = owner.get("/admin/audit?action=second_factor.recover").await;
    assert_eq!(log.text.matches(r#"{"left":8}"#).count(), 1, "{}", log.text);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn it_is_changed_only_a_moment_after_it_was_given(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff_by_password(Role::Owner).await;
    let (app, shown) = owner.set_up_app(shop.of_devices()).await;
    let old = codes(&shown);
    // Offered in time, and taken too late.
    let offer = owner.post("/admin/security/authenticator/offer", &[]);
    let page = owner.get(offer.await.location()).await.is(200);
    let other = App::of(&page);
    shop.server.billing().clock().advance(11 * MINUTE);
    let code = other.code(shop.of_devices());
    let late = [("code", code.as_str())];
    let late = owner.post("/admin/security/authenticator", &late).await;
    late.is(422);
    for path in [
        "/admin/security/authenticator/offer",
        "/admin/security/recovery-codes",
    ] {
        owner.post(path, &[]).await.leads_to("/admin/security");
    }

    let code = app.code(shop.of_devices());
    let again = [("code", code.as_str()), ("next", "/admin/security")];
    let given = owner.post("/admin/security", &again).await;
    given.leads_to("/admin/security?done=code");
    let renewed = owner.post("/admin/security/recovery-codes", &[]).await;
    let new = codes(&renewed.is(200));
    assert_eq!(new.len(), 10);
    give(&owner, &old[0]).await.is(422);
    give(&owner, &new[0]).await.leads_to("/admin");
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn whoever_guesses_is_slowed_down(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff_by_password(Role::Owner).await;
    owner.set_up_app(shop.of_devices()).await;
    let thief = shop.visitor();
    thief.sign_in("owner@shop.example").await;
    for _ in 0..10 {
        give(&thief, "000000").await.is(422);
    }
    for field in ["code", "passkey"] {
        let given = thief.post("/admin/security", &[(field, "000000")]).await;
        let refused = given.is(429).text;
        assert!(refused.contains("too many tries"), "{refused}");
    }
    shop.close().await;
}

#[tokio::test]
async fn in_the_sandbox_it_can_be_skipped_by_who_has_none() {
    let database = TestDatabase::fresh(Database::Sqlite).await;
    let url = format!("--database-url={}", database.url);
    let nowhere_else = ["--addr=127.0.0.1:0", "--sandbox-addr=127.0.0.1:0"];
    let arguments = [&["tender", &url], &nowhere_else[..], &["serve"]].concat();
    let server = Server::start(Cli::read(arguments).unwrap().settings)
        .await
        .unwrap();
    let by = billing::staff::audit_log::Actor::command_line();
    let email = "owner@shop.example";
    let added = server.billing().add_staff(email, PASSWORD, Role::Owner, by);
    added.await.unwrap();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let site = format!("http://{}", server.addr());
    let owner = Browser::new(http.build().unwrap(), &site);
    owner.sign_in(email).await;
    let page = owner.get("/admin/security").await.is(200).text;
    assert!(page.contains("Skip it, in the sandbox only"), "{page}");
    owner
        .post("/admin/security/skip", &[])
        .await
        .leads_to("/admin");
    owner.get("/admin").await.is(200);

    let of_devices = server.billing().clock().of_devices();
    owner.set_up_app(of_devices).await;
    owner.sign_in(email).await;
    owner
        .post("/admin/security/skip", &[])
        .await
        .leads_to("/admin/security");
    owner.get("/admin").await.is(303);
    server.stop().await;
}
