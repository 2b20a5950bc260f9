//! `POST /webhooks/stripe`: what is genuine is stored, all else is refused and leaves nothing.

use futures::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{Database, Page, SECRET, Shop, event, now, signature, signed};

/// A gzip of a genuine event. The door must not unpack it, whatever its headers say.
const GZIP: &str = "1f8b08000000000002033d8d410a03211004ffd2e72190ab9f5926da090657179d1512f1ef914072aca29a1e88010eecb63dde1094db93debe86d996d0236e9db5c592e1f29992c057aa71cdae82143bf7120877d7d428b0d7b100fe6c5676d6cb2f160435851bff8b31e7fc001152ef237f000000";

struct Odd {
    why: &'static str,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    status: u16,
}

fn odd(why: &'static str, signature: impl Into<Vec<u8>>, body: impl Into<Vec<u8>>) -> Odd {
    Odd {
        why,
        headers: vec![("stripe-signature", signature.into())],
        body: body.into(),
        status: 400,
    }
}

fn genuine() -> String {
    event("customer.created", json!({ "id": "cus_1" })).to_string()
}

/// Signed as it should be, and yet nothing for us.
fn rightly_signed(why: &'static str, body: impl Into<Vec<u8>>) -> Odd {
    let body = body.into();
    odd(why, signed(&body), body)
}

/// The right body with a header made of the time and its signature.
fn with_header(why: &'static str, header: impl Fn(i64, String) -> String) -> Odd {
    let (body, time) = (genuine(), now());
    let right = signature(SECRET, time, body.as_bytes());
    odd(why, header(time, right), body)
}

/// The right signature for that time.
fn signed_at(why: &'static str, time: i64) -> Odd {
    let body = genuine();
    let header = format!("t={time},v1={}", signature(SECRET, time, body.as_bytes()));
    odd(why, header, body)
}

fn forged_signatures() -> Vec<Odd> {
    let body = genuine();
    let wrong_secret = signature("whsec_other", now(), body.as_bytes());
    vec![
        with_header("a bad signature", |t, _| {
            format!("t={t},v1={}", "0".repeat(64))
        }),
        with_header("a short signature", |t, v1| {
            format!("t={t},v1={}", &v1[..32])
        }),
        with_header("no signature", |t, _| format!("t={t}")),
        with_header("an unreadable signature", |t, _| format!("t={t},v1=zz")),
        with_header("v0 only", |t, v1| format!("t={t},v0={v1}")),
        with_header("no time", |_, v1| format!("v1={v1}")),
        with_header("an unreadable time", |_, v1| format!("t=now,v1={v1}")),
        with_header("another time than was signed", |t, v1| {
            format!("t={},v1={v1}", t - 1)
        }),
        with_header("an empty header", |_, _| String::new()),
        with_header("nonsense", |_, _| "nonsense".to_owned()),
        with_header("a huge header", |t, _| {
            format!("t={t}{}", format!(",v1={}", "ab".repeat(32)).repeat(1000))
        }),
        odd(
            "the wrong secret",
            format!("t={},v1={wrong_secret}", now()),
            body,
        ),
        signed_at("an old time", now() - 301),
        signed_at("a future time", now() + 310),
        odd(
            "a header that is no text",
            b"t=1,v1=\xff".to_vec(),
            genuine(),
        ),
        Odd {
            headers: vec![],
            ..odd("no header", "", genuine())
        },
        two_headers(),
    ]
}

fn two_headers() -> Odd {
    let body = genuine();
    let header = ("stripe-signature", signed(body.as_bytes()).into_bytes());
    Odd {
        headers: vec![header.clone(), header],
        ..odd("two headers", "", body)
    }
}

fn odd_bodies() -> Vec<Odd> {
    let body = genuine();
    let right = signed(body.as_bytes());
    let mut live = event("customer.created", json!({}));
    live["livemode"] = json!(true);
    let gzip = hex::decode(GZIP).unwrap();
    let mut packed = rightly_signed("a gzip-encoded body", gzip);
    packed.headers.push(("content-encoding", b"gzip".to_vec()));
    let without = |field: &str| {
        let mut event = event("customer.created", json!({}));
        event.as_object_mut().unwrap().remove(field);
        event.to_string()
    };
    vec![
        odd("a truncated body", right.clone(), &body[..body.len() - 1]),
        odd("an extended body", right.clone(), format!("{body} ")),
        odd("an empty body", right, ""),
        rightly_signed("an empty body, signed", ""),
        rightly_signed("a body that is no text", b"{\"id\":\"\xff\"}".as_slice()),
        rightly_signed("a body that is no JSON", "id=evt_1"),
        rightly_signed("half an event", &body[..body.len() / 2]),
        rightly_signed("a list", "[]"),
        rightly_signed("nothing", "null"),
        rightly_signed(
            "another object",
            json!({"id": "ch_1", "object": "charge"}).to_string(),
        ),
        rightly_signed("a zero in a type", event("a\0b", json!({})).to_string()),
        rightly_signed("an event without an id", without("id")),
        rightly_signed("an event without a type", without("type")),
        rightly_signed("an event without a mode", without("livemode")),
        rightly_signed("an event of the live mode", live.to_string()),
        packed,
    ]
}

async fn deliver(shop: &Shop, odd: Odd) -> Page {
    let mut headers = HeaderMap::new();
    for (name, value) in odd.headers {
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_bytes(&value).unwrap(),
        );
    }
    shop.deliver(odd.body, headers).await
}

#[rstest]
#[case::signatures(forged_signatures())]
#[case::bodies(odd_bodies())]
#[tokio::test]
async fn what_is_forged_or_odd_is_refused_and_leaves_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] deliveries: Vec<Odd>,
) {
    let shop = Shop::open(database).await;
    for odd in deliveries {
        let (why, status) = (odd.why, odd.status);
        let page = deliver(&shop, odd).await;
        assert_eq!(page.status, status, "{why}: {page:?}");
        assert_eq!(page.header("set-cookie"), "", "{why}");
        assert_eq!(page.location(), "", "{why}");
    }
    assert_eq!(shop.database.count("inbox").await, 0);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_body_over_a_mebibyte_is_refused(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    for length in [1024 * 1024 + 1, 10 * 1024 * 1024] {
        let body = vec![b' '; length];
        let too_large = Odd {
            status: 413,
            ..rightly_signed("too large", body)
        };
        assert_eq!(deliver(&shop, too_large).await.status, 413, "{length}");
    }
    // And one of exactly a mebibyte is not: it is only no event.
    let largest = rightly_signed("just right", vec![b' '; 1024 * 1024]);
    assert_eq!(deliver(&shop, largest).await.status, 400);
    assert_eq!(shop.database.count("inbox").await, 0);
    shop.close().await;
}

/// What is not verified is not looked into: the refusal is about the signature, not the body.
#[rstest]
#[tokio::test]
async fn nothing_is_parsed_before_it_is_verified(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let forged = odd("forged", format!("t={},v1=00", now()), "{ not even JSON");
    let page = deliver(&shop, forged).await.is(400);
    assert!(page.text.contains("signature"), "{}", page.text);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn only_a_post_is_a_delivery(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let visitor = shop.visitor();
    for method in [
        Method::GET,
        Method::HEAD,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
    ] {
        let request = visitor.request(method, "/webhooks/stripe");
        visitor.send(request).await.is(405);
    }
    shop.close().await;
}

/// A gateway has no session and no page of ours: neither helps, neither hinders.
#[rstest]
#[tokio::test]
async fn a_cookie_and_an_origin_mean_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let customer = shop.customer("ann@shop.example").await;
    for (header, status) in [(true, 200), (false, 400)] {
        let body = genuine();
        let mut request = customer
            .request(Method::POST, "/webhooks/stripe")
            .header("origin", "https://evil.example")
            .header("sec-fetch-site", "cross-site");
        if header {
            request = request.header("stripe-signature", signed(body.as_bytes()));
        }
        let page = customer.send(request.body(body)).await.is(status);
        assert_eq!(page.header("set-cookie"), "");
    }
    assert_eq!(shop.database.count("inbox").await, 1);
    shop.close().await;
}

/// While a secret is replaced, both sign: either is enough, and so are both in one header.
#[rstest]
#[tokio::test]
async fn old_and_new_secrets_are_accepted(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let secrets = [("STRIPE_WEBHOOK_SECRETS", "whsec_old,whsec_new")];
    let shop = Shop::open_with(database, &secrets).await;
    let time = now();
    for (secrets, status) in [
        (vec!["whsec_old"], 200),
        (vec!["whsec_new"], 200),
        (vec!["whsec_new", "whsec_old"], 200),
        (vec!["whsec_unknown", "whsec_new"], 200),
        (vec!["whsec_unknown"], 400),
        (vec!["new"], 400),
    ] {
        let body = genuine();
        let signatures = secrets
            .iter()
            .map(|secret| format!(",v1={}", signature(secret, time, body.as_bytes())));
        let header = format!("t={time}{},v0=ignored", signatures.collect::<String>());
        let page = deliver(&shop, odd("rolled", header, body)).await;
        assert_eq!(page.status, status, "{secrets:?}: {page:?}");
    }
    assert_eq!(shop.database.count("inbox").await, 4);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn the_same_event_again_is_stored_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let event = event("customer.created", json!({}));
    shop.deliver_event(&event).await.is(200);
    shop.quiet().await;
    shop.deliver_event(&event).await.is(200);
    assert_eq!(shop.database.count("inbox").await, 1);
    shop.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_a_thousand_times_at_once_grants_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let customer = shop.customer("ann@shop.example").await;
    let purchase = customer.checkout("starter").await;
    let paid: Value = crate::harness::paid(&purchase);
    let deliveries = (0..1000).map(|_| shop.deliver_event(&paid));
    let answers: Vec<Page> = futures::stream::iter(deliveries)
        .buffer_unordered(250)
        .collect()
        .await;
    assert!(answers.iter().all(|page| page.status == 200));
    customer.until(&purchase.transaction, "succeeded").await;
    assert_eq!(customer.credits().await, 50);
    assert_eq!(shop.database.count("inbox").await, 1);
    shop.close().await;
}

/// An event that names a transaction nobody knows may only be early: it waits, and is not lost.
#[rstest]
#[tokio::test]
async fn an_event_for_an_unknown_transaction_is_kept(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let intent = json!({
        "id": "pi_early",
        "status": "succeeded",
        "amount": 500,
        "amount_received": 500,
        "currency": "usd",
        "metadata": { "transaction": uuid::Uuid::now_v7() },
    });
    let early = event("payment_intent.succeeded", intent);
    shop.deliver_event(&early).await.is(200);
    crate::harness::eventually("the event is parked", || async {
        let attention = shop.server.billing().attention().await.unwrap();
        attention.events.len() == 1
    })
    .await;
    shop.close_with(1).await;
}
