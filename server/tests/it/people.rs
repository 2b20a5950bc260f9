//! `/sign-up`, `/sign-in`, `/sign-out` and sessions: who somebody is, and from where they may say so.

use reqwest::Method;
use rstest::rstest;

use crate::harness::{Browser, Database, Page, Shop, between};

const PASSWORD: &str = "correct horse battery";

async fn sign_in(browser: &Browser, email: &str, password: &str) -> Page {
    let typed = [("email", email), ("password", password)];
    browser.post("/sign-in", &typed).await
}

/// The form as it came back: with what was typed, and the field that is wrong.
#[track_caller]
fn keeps(page: &Page, email: &str, wrong_field: &str) {
    assert!(
        page.text.contains(&format!("value=\"{email}\"")),
        "{}",
        page.text
    );
    let (_, field) = page
        .text
        .split_once(&format!("<input id=\"{wrong_field}\""))
        .unwrap();
    let field = field.split('>').next().unwrap();
    assert!(field.contains("aria-invalid=\"true\""), "{field}");
    assert!(field.contains(&format!("{wrong_field}-error")), "{field}");
}

#[rstest]
#[case::short("ann@shop.example", "short", "password")]
#[case::common("ann@shop.example", "password1", "password")]
#[case::its_own_email("ann@shop.example", "ann@shop.example", "password")]
#[case::no_email("ann", PASSWORD, "email")]
#[case::empty("", PASSWORD, "email")]
#[case::taken("bob@shop.example", PASSWORD, "email")]
#[case::taken_in_capitals(" BOB@shop.example", PASSWORD, "email")]
#[tokio::test]
async fn a_form_keeps_what_was_typed_and_marks_the_field(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] email: &str,
    #[case] password: &str,
    #[case] wrong: &str,
) {
    let shop = Shop::open(database).await;
    shop.customer("bob@shop.example").await;
    let typed = [
        ("email", email),
        ("password", password),
        ("next", "/studio"),
    ];
    let page = shop.visitor().post("/sign-up", &typed).await.is(422);
    keeps(&page, email, wrong);
    assert!(page.text.contains("value=\"/studio\""), "it still leads on");
    assert_eq!(page.header("set-cookie"), "");
    if password != email {
        assert!(!page.text.contains(password), "a password never goes back");
    }
    assert_eq!(shop.database.count("people").await, 1);
    shop.close().await;
}

/// Whether an address has an account is not told: the answers are the same but for the address.
#[rstest]
#[tokio::test]
async fn an_unknown_address_looks_like_a_wrong_password(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.customer("ann@shop.example").await;
    let browser = shop.visitor();
    let wrong = sign_in(&browser, "ann@shop.example", "wrong password")
        .await
        .is(422);
    let unknown = sign_in(&browser, "eve@shop.example", "wrong password")
        .await
        .is(422);
    keeps(&wrong, "ann@shop.example", "password");
    let plain = |page: &Page| {
        let policy = page.header("content-security-policy");
        let nonce = between(policy, "'nonce-", "'").unwrap();
        page.text
            .replace(nonce, "")
            .replace("ann@", "")
            .replace("eve@", "")
    };
    assert_eq!(plain(&wrong), plain(&unknown));
    shop.close().await;
}

#[rstest]
#[case::host("https://evil.example")]
#[case::no_scheme("//evil.example")]
#[case::backslash("/\\evil.example")]
#[case::script("javascript:alert(1)")]
#[case::header("/\r\nset-cookie: evil=1")]
#[tokio::test]
async fn a_form_leads_nowhere_else(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] elsewhere: &str,
) {
    let shop = Shop::open(database).await;
    let typed = [
        ("email", "ann@shop.example"),
        ("password", PASSWORD),
        ("next", elsewhere),
    ];
    let browser = shop.visitor();
    browser.post("/sign-up", &typed).await.leads_to("/account");
    browser.post("/sign-in", &typed).await.leads_to("/account");
    let order = [("pack", "starter"), ("return_to", elsewhere)];
    let placed = browser.post("/orders", &order).await.is(303);
    let checkout = browser.get(placed.location()).await.is(200);
    assert!(!checkout.text.contains("evil"), "{}", checkout.text);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_changes_something_must_come_from_our_own_pages(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, _) = ann.order("starter").await;
    let cancel = format!("/orders/{order}/cancel");
    let session = format!("/account/sessions/{}/end", uuid::Uuid::now_v7());
    let everything = "email=eve@shop.example&password=correct+horse+battery&pack=standard\
                      &words=a+lake&key=019f0000-0000-7000-8000-000000000000";
    for path in [
        "/sign-up",
        "/sign-in",
        "/sign-out",
        "/orders",
        &cancel,
        "/studio",
        "/account/sessions/end-others",
        &session,
        "/account/email",
        "/account/email/verify",
        "/account/password",
        "/account/close",
        "/forgot",
        "/reset/guessed",
        "/confirm/guessed",
        "/api/begin_payment",
    ] {
        for (header, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
            ("accept", "*/*"),
        ] {
            let request = ann
                .request(Method::POST, path)
                .header("content-type", "application/x-www-form-urlencoded")
                .header(header, value);
            let page = ann.send(request.body(everything)).await;
            assert_eq!(page.status, 403, "{path} {header}: {value}");
        }
    }
    assert_eq!(shop.database.count("people").await, 1);
    assert_eq!(shop.database.count("sessions").await, 1);
    assert_eq!(shop.database.count("orders").await, 1);
    ann.get(&format!("/checkout/{order}")).await.is(200);
    // A browser without the newer header says the same with the older one.
    let ours = ann
        .request(Method::POST, "/sign-out")
        .header("origin", shop.site());
    ann.send(ours).await.leads_to("/");
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_session_lives_in_a_cookie_that_scripts_cannot_read(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let typed = [("email", "ann@shop.example"), ("password", PASSWORD)];
    let shop = Shop::open(database).await;
    let page = shop.visitor().post("/sign-up", &typed).await.is(303);
    let plain = page.header("set-cookie");
    for part in ["tender=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(plain.contains(part), "{plain}");
    }
    assert!(
        !plain.contains("Secure"),
        "plain loopback has no TLS: {plain}"
    );
    shop.close().await;

    let https = [("TENDER_PUBLIC_URL", "https://shop.example")];
    let shop = Shop::open_with(database, &https).await;
    let browser = shop.visitor();
    let page = browser.post("/sign-up", &typed).await.is(303);
    let secure = page.header("set-cookie");
    assert!(secure.starts_with("__Host-tender="), "{secure}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"] {
        assert!(secure.contains(part), "{secure}");
    }
    assert!(!secure.contains("Domain"), "{secure}");
    browser.get("/account").await.is(200);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_session_ends_where_it_is_ended(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let laptop = shop.customer("ann@shop.example").await;
    let (phone, tablet) = (shop.visitor(), shop.visitor());
    for browser in [&phone, &tablet] {
        sign_in(browser, "Ann@Shop.Example ", PASSWORD)
            .await
            .leads_to("/account");
    }
    assert_ne!(
        phone.cookie(),
        laptop.cookie(),
        "each has a secret of its own"
    );
    let before = phone.cookie();
    sign_in(&phone, "ann@shop.example", PASSWORD).await.is(303);
    assert_ne!(phone.cookie(), before, "signing in begins a new session");

    // The old secret of a session that was ended opens nothing.
    let stolen = laptop.cookie().unwrap();
    laptop.post("/sign-out", &[]).await.leads_to("/");
    let thief = shop.visitor();
    let request = thief
        .request(Method::GET, "/account")
        .header("cookie", stolen);
    let page = thief.send(request).await.is(303);
    assert!(page.location().starts_with("/sign-in"));

    tablet.get("/account").await.is(200);
    phone
        .post("/account/sessions/end-others", &[])
        .await
        .is(303);
    tablet.get("/account").await.is(303);
    phone.get("/account").await.is(200);
    shop.close().await;
}

/// Too many wrong passwords are slowed down; another address, another account are not.
#[rstest]
#[tokio::test]
async fn guessing_is_slowed_down_without_locking_anybody_out(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let proxies = [("TENDER_TRUSTED_PROXIES", "127.0.0.1")];
    let shop = Shop::open_with(database, &proxies).await;
    let visitor = shop.visitor();
    let try_from = async |address: &str, email: &str, password: &str| {
        let typed = [("email", email), ("password", password)];
        let request = visitor.request(Method::POST, "/sign-in").form(&typed);
        let request = request
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", address);
        visitor.send(request).await
    };
    shop.customer("ann@shop.example").await;
    let mut tries = 0;
    let refused = loop {
        let email = format!("guess{tries}@shop.example");
        let page = try_from("203.0.113.1", &email, "wrong password").await;
        tries += 1;
        match page.status {
            422 if tries < 200 => {}
            _ => break page.is(429),
        }
    };
    assert!(tries > 10, "people mistype: {tries}");
    assert!(refused.text.contains("too often"), "{}", refused.text);
    assert!(
        refused.text.contains("value=\"guess"),
        "it keeps what was typed"
    );
    let elsewhere = try_from("203.0.113.2", "ann@shop.example", PASSWORD).await;
    elsewhere.leads_to("/account");
    shop.close().await;
}

#[rstest]
#[case::not_a_form("application/json", "{}", 415)]
#[case::no_text("application/x-www-form-urlencoded", "email=%ff%fe&password=a", 422)]
#[case::empty("application/x-www-form-urlencoded", "", 422)]
#[tokio::test]
async fn a_malformed_form_is_refused(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] kind: &str,
    #[case] body: &'static str,
    #[case] status: u16,
) {
    let shop = Shop::open(database).await;
    let visitor = shop.visitor();
    for path in ["/sign-up", "/sign-in", "/forgot"] {
        let request = visitor
            .request(Method::POST, path)
            .header("content-type", kind);
        let request = request.header("sec-fetch-site", "same-origin");
        visitor.send(request.body(body)).await.is(status);
    }
    let long = "a".repeat(100_000);
    let typed = [("email", "ann@shop.example"), ("password", long.as_str())];
    visitor.post("/sign-up", &typed).await.is(413);
    assert_eq!(shop.database.count("people").await, 0);
    shop.close().await;
}
