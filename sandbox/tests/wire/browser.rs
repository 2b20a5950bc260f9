use reqwest::{Method, header};
use sandbox::PUBLISHABLE_KEY;

use crate::support::{Fields, Reply, Running, id, reply, start};

async fn publishable(running: &Running, method: Method, path: &str, fields: Fields<'_>) -> Reply {
    let url = format!("{}{path}", running.sandbox.url());
    let request = running.http.request(method.clone(), url);
    let request = match method {
        Method::GET => request.query(fields),
        _ => request.form(fields),
    };
    reply(request.header(header::AUTHORIZATION, format!("Bearer {PUBLISHABLE_KEY}"))).await
}

#[tokio::test]
async fn a_publishable_key_opens_one_intent() {
    let running = start().await;
    let intent = running.intent(&[("metadata[secret]", "x")]).await;
    let path = format!("/v1/payment_intents/{}", id(&intent));
    let secret = [("client_secret", intent["client_secret"].as_str().unwrap())];
    let seen = publishable(&running, Method::GET, &path, &secret).await;
    assert_eq!(seen.status, 200);
    assert!(seen.body.get("metadata").is_none());
    for wrong in [&[][..], &[("client_secret", "pi_x_secret_x")][..]] {
        assert_eq!(
            publishable(&running, Method::GET, &path, wrong)
                .await
                .status,
            400
        );
    }
    for (method, path) in [
        (Method::GET, "/v1/payment_intents"),
        (Method::POST, "/v1/payment_intents"),
        (Method::GET, "/v1/events"),
    ] {
        let refused = publishable(&running, method, path, &[]).await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.body["error"]["code"], "secret_key_required");
    }
    let card = [
        ("type", "card"),
        ("card[number]", "4000000000003220"),
        ("card[exp_month]", "12"),
        ("card[exp_year]", "40"),
        ("card[cvc]", "123"),
    ];
    let method = publishable(&running, Method::POST, "/v1/payment_methods", &card)
        .await
        .body;
    assert_eq!(method["card"]["last4"], "3220");
    let fields = [
        secret[0],
        ("payment_method", id(&method)),
        ("use_stripe_sdk", "true"),
    ];
    let confirmed = publishable(&running, Method::POST, &format!("{path}/confirm"), &fields).await;
    assert_eq!(confirmed.body["status"], "requires_action");
    let declined = [secret[0], ("payment_method", "pm_card_visa_chargeDeclined")];
    let refused = publishable(
        &running,
        Method::POST,
        &format!("{path}/confirm"),
        &declined,
    )
    .await;
    assert_eq!(refused.status, 402);
    let seen = &refused.body["error"]["payment_intent"];
    assert_eq!(seen["status"], "requires_payment_method");
    assert!(seen.get("metadata").is_none());
}

#[tokio::test]
async fn frames_are_shown_only_on_this_machine() {
    let running = start().await;
    let allowed = running
        .get("/elements/card?origin=http://127.0.0.1:3000")
        .await;
    assert_eq!(allowed.status, 200);
    let policy = allowed.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.ends_with("frame-ancestors http://127.0.0.1:3000"));
    for origin in [
        "https://example.com",
        "null",
        "http://127.0.0.1.example.com",
        "x",
    ] {
        let refused = running
            .get(&format!("/elements/card?origin={origin}"))
            .await;
        assert_eq!(refused.status, 403, "{origin}");
    }
    let injected = running
        .get("/elements/card?origin=http://127.0.0.1:3000/;script-src%20*")
        .await;
    let policy = injected.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.ends_with("frame-ancestors http://127.0.0.1:3000"));
    let intent = running.intent(&[]).await;
    let guessed = format!("/challenge/{}?client_secret=guess", id(&intent));
    assert_eq!(running.get(&guessed).await.status, 404);
}

#[tokio::test]
async fn pages_on_this_machine_may_call() {
    let running = start().await;
    let asked = |origin: &'static str| {
        let request = running.request(Method::OPTIONS, "/v1/payment_methods");
        reply(
            request
                .header(header::ORIGIN, origin)
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
                .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization"),
        )
    };
    let local = asked("http://localhost:3000").await;
    assert_eq!(
        local.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN],
        "http://localhost:3000"
    );
    let foreign = asked("https://example.com").await;
    assert!(
        !foreign
            .headers
            .contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
    );
}

#[tokio::test]
async fn the_page_shows_what_happened_and_no_card_number() {
    let running = start().await;
    let intent = running
        .intent(&[("description", "<script>alert(1)</script>")])
        .await;
    let path = format!("/v1/payment_intents/{}/confirm", id(&intent));
    let fields = [
        ("payment_method_data[type]", "card"),
        ("payment_method_data[card][number]", "4111111111111111"),
        ("payment_method_data[card][exp_month]", "12"),
        ("payment_method_data[card][exp_year]", "2040"),
    ];
    running.post(&path, &fields).await;
    let page = running
        .request(Method::GET, "/")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains(id(&intent)));
    assert!(page.contains("payment_intent.payment_failed"));
    assert!(!page.contains("4111111111111111"));
    assert!(!page.contains("<script>alert"));
    for asset in [
        "/clover/stripe.js",
        "/v3/stripe.js",
        "/elements/card.js",
        "/assets/page.css",
    ] {
        assert_eq!(running.get(asset).await.status, 200, "{asset}");
    }
}

#[tokio::test]
async fn a_publishable_key_opens_one_setup() {
    let running = start().await;
    let setup = running.setup(&[("metadata[secret]", "x")]).await;
    let path = format!("/v1/setup_intents/{}", id(&setup));
    let secret = [("client_secret", setup["client_secret"].as_str().unwrap())];
    let seen = publishable(&running, Method::GET, &path, &secret).await;
    assert_eq!(seen.body["usage"], "off_session");
    assert!(seen.body.get("metadata").is_none());
    let confirm = format!("{path}/confirm");
    let card = [("payment_method", "pm_card_threeDSecure2Required")];
    let without = publishable(&running, Method::POST, &confirm, &card).await;
    assert_eq!(without.status, 400);
    let fields = [secret[0], card[0]];
    let asked = publishable(&running, Method::POST, &confirm, &fields).await;
    assert_eq!(asked.body["next_action"]["type"], "use_stripe_sdk");
    let list = publishable(&running, Method::GET, "/v1/setup_intents", &secret).await;
    assert_eq!(list.status, 401);
}

#[tokio::test]
async fn the_page_lets_banks_decide() {
    let running = start().await;
    let page = async || {
        let answer = running.request(Method::GET, "/").send().await.unwrap();
        answer.text().await.unwrap()
    };
    assert!(page().await.contains("Nothing waits for a bank"));
    running.paid("pm_card_createDispute").await;
    let plain = running.paid("pm_card_visa").await;
    let fields = [("payment_intent", id(&plain)), ("amount", "900")];
    let refund = running.post("/v1/refunds", &fields).await.body;
    let shown = page().await;
    let failing = format!("data-act=\"/control/refunds/{}\"", id(&refund));
    assert!(shown.contains(&failing));
    assert!(shown.contains("data-body=\"{&quot;status&quot;:&quot;won&quot;}\""));
    assert_eq!(shown.matches(">Warn of fraud<").count(), 1);
}
