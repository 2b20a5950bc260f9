//! Forms and JSON as nobody should send them: every answer is in order, none says that something
//! broke, and the books hold. How long: see `billing/tests/it/fuzz`.

#[path = "../../../billing/tests/it/fuzz/spoil.rs"]
mod spoil;

use billing::{api_key::Scope, people::Role, staff::audit_log::Actor};
use bolero::TypeGenerator;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use rstest::rstest;
use serde_json::json;
use spoil::{Odd, Spoil, feed, odd, spoiled};
use tokio::runtime::Runtime;

use crate::harness::{Database, Shop};

/// One of the good requests, with odd values or odd bytes in its body.
#[derive(Debug, TypeGenerator)]
struct Sent {
    request: u8,
    odd: Vec<Odd>,
    spoils: Vec<Spoil>,
}

/// The answer, which is not that something broke.
async fn answered(request: RequestBuilder, sent: &[u8]) -> Response {
    let answer = request.body(sent.to_vec()).send().await.unwrap();
    let sent = String::from_utf8_lossy(sent);
    assert!(answer.status().as_u16() < 500, "{answer:?} to {sent:?}");
    answer
}

#[rstest]
fn json_bodies(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let runtime = Runtime::new().unwrap();
    let shop = runtime.block_on(Shop::open(database));
    let (billing, by) = (shop.server.billing(), Actor::command_line());
    let adding = billing.add_api_key("studio", Scope::Write, &by);
    let (_, key) = runtime.block_on(adding).unwrap();
    let visitor = shop.visitor();
    let ask = |path: &str, body: Vec<u8>| {
        let request = visitor
            .request(Method::POST, path)
            .bearer_auth(key.as_str());
        let request = request.header("content-type", "application/json");
        runtime.block_on(answered(request, &body))
    };
    let named = ask(
        "/v1/customers",
        json!({ "external_id": "u1" }).to_string().into(),
    );
    assert_eq!(named.status(), StatusCode::CREATED);
    let asked = [
        (
            "/v1/customers",
            json!({ "external_id": "u2", "email": "bob@shop.example" }),
        ),
        (
            "/v1/customers/external:u1/grants",
            json!({ "amount": 10, "reason": "Welcome", "expires_at": "2099-01-01T00:00:00Z" }),
        ),
        (
            "/v1/customers/external:u1/spend",
            json!({ "amount": 1, "reason": "Picture" }),
        ),
        (
            "/v1/customers/external:u1/holds",
            json!({ "amount": 1, "reason": "Film", "expires_in": 600 }),
        ),
        (
            "/v1/holds/019f0000-0000-7000-8000-000000000000/capture",
            json!({ "amount": 1 }),
        ),
        (
            "/v1/customers/external:u1/entries/019f0000-0000-7000-8000-000000000000/reverse",
            json!({ "reason": "Mistake" }),
        ),
    ]
    .map(|(path, body)| (path, body.to_string()));
    feed(|sent: &Sent| {
        let (path, body) = &asked[usize::from(sent.request) % asked.len()];
        let body = spoiled(odd(body, &sent.odd).as_bytes(), &sent.spoils);
        let answer = ask(path, body);
        if answer.status().is_client_error() {
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
        }
    });
    runtime.block_on(shop.close());
}

#[rstest]
fn forms(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let runtime = Runtime::new().unwrap();
    let shop = runtime.block_on(Shop::open(database));
    let ann = runtime.block_on(shop.customer("ann@shop.example"));
    let checkout = runtime.block_on(ann.order("standard")).0;
    let forms = [
        ("/orders", "pack=starter&return_to=%2Fstudio"),
        ("/plans", "plan=maker"),
        (
            "/account",
            "code=WELCOME&key=019f0000-0000-7000-8000-000000000000",
        ),
        (&format!("/checkout/{checkout}"), "code=LAUNCH"),
        ("/account/email", "email=bob%40shop.example&password=wrong"),
        ("/sign-in", "email=ann%40shop.example&password=wrong"),
        ("/forgot", "email=nobody%40shop.example"),
    ];
    feed(|sent: &Sent| {
        let (path, form) = forms[usize::from(sent.request) % forms.len()];
        let request = ann.request(Method::POST, path);
        let request = request
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        runtime.block_on(answered(request, &spoiled(form.as_bytes(), &sent.spoils)));
    });
    runtime.block_on(shop.close());
}

/// A text that PostgreSQL takes nowhere.
#[rstest]
#[tokio::test]
async fn a_nul_is_no_trouble_of_ours(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (ann, owner) = (
        shop.customer("ann@shop.example").await,
        shop.staff(Role::Owner).await,
    );
    let (billing, by) = (shop.server.billing(), Actor::command_line());
    let (_, key) = billing
        .add_api_key("studio", Scope::Read, &by)
        .await
        .unwrap();
    for form in [
        ("/account", "code=WEL%00COME"),
        ("/sign-in", "email=ann%00%40shop.example&password=wrong"),
        ("/forgot", "email=%00"),
    ] {
        let request = ann.request(Method::POST, form.0);
        let request = request
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        answered(request, form.1.as_bytes()).await;
    }
    for page in [
        "/admin/search?q=%00",
        "/admin/customers?email=ann%00",
        "/admin/customers?external=%00",
        "/admin/transactions?customer=ann%00",
        "/admin/transactions?reference=%00",
        "/admin/inbox?event=%00",
        "/admin/mails?email=ann%00",
        "/admin/audit?who=%00",
        "/admin/catalogue/codes/%00",
        "/plans/%00",
    ] {
        answered(owner.request(Method::GET, page), b"").await;
    }
    for path in ["/v1/customers/external:%00", "/v1/events?type=%00"] {
        let request = ann.request(Method::GET, path).bearer_auth(key.as_str());
        answered(request, b"").await;
    }
    shop.close().await;
}
