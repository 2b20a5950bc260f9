use reqwest::{Method, header};
use rstest::rstest;

use crate::support::{Fields, reply, start};

#[rstest]
#[case(&[("currency", "usd")], "parameter_missing", "amount")]
#[case(&[("amount", "1900")], "parameter_missing", "currency")]
#[case(&[("amount", "19.00"), ("currency", "usd")], "parameter_invalid_integer", "amount")]
#[case(&[("amount", "0"), ("currency", "usd")], "parameter_invalid_integer", "amount")]
#[case(&[("amount", "10"), ("currency", "usd")], "amount_too_small", "amount")]
#[case(&[("amount", "1900"), ("currency", "usd"), ("foo", "1")], "parameter_unknown", "foo")]
#[case(&[("amount", "1900"), ("currency", "usd"), ("automatic_payment_methods[on]", "1"),
    ("automatic_payment_methods[enabled]", "true")], "parameter_unknown", "automatic_payment_methods[on]")]
#[case(&[("amount", "1900"), ("currency", "usd"), ("customer", "cus_x")], "resource_missing", "customer")]
#[case(&[("amount", "1900"), ("currency", "usd"), ("payment_method", "pm_x")], "resource_missing", "payment_method")]
#[tokio::test]
async fn a_bad_parameter_is_named(
    #[case] fields: Fields<'static>,
    #[case] code: &str,
    #[case] param: &str,
) {
    let running = start().await;
    let refused = running.post("/v1/payment_intents", fields).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let error = &refused.body["error"];
    assert_eq!(error["type"], "invalid_request_error");
    assert_eq!(error["code"], code);
    assert_eq!(error["param"], param);
    assert!(
        running.get("/v1/payment_intents").await.body["data"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let running = start().await;
    let missing = running.get("/v1/payment_intents/pi_x").await;
    assert_eq!(missing.status, 404);
    assert_eq!(missing.body["error"]["code"], "resource_missing");
    assert_eq!(
        missing.body["error"]["message"],
        "No such payment_intent: 'pi_x'"
    );
    for path in ["/v1/nothing", "/nothing", "/v1", "/v1/", "/v1//"] {
        let unknown = running.get(path).await;
        assert_eq!(unknown.status, 404, "{path}");
        assert_eq!(unknown.body["error"]["type"], "invalid_request_error");
    }
    assert_eq!(running.delete("/v1/payment_intents/pi_x").await.status, 404);
}

#[tokio::test]
async fn every_answer_names_itself() {
    let running = start().await;
    let request = running.request(Method::GET, "/v1/customers");
    let answer = reply(request.header("stripe-version", "2025-09-30.clover")).await;
    assert_eq!(answer.headers["stripe-version"], "2025-09-30.clover");
    assert!(
        answer.headers["request-id"]
            .to_str()
            .unwrap()
            .starts_with("req_")
    );
}

#[rstest]
#[case(None)]
#[case(Some("Bearer sk_test_wrong"))]
#[case(Some("Bearer pk_test_sandbox"))]
#[case(Some("Basic !!!"))]
#[case(Some("nonsense"))]
#[tokio::test]
async fn a_wrong_key_opens_nothing(#[case] value: Option<&str>) {
    let running = start().await;
    let url = format!("{}/v1/customers", running.sandbox.url());
    let mut request = running.http.get(url);
    if let Some(value) = value {
        request = request.header(header::AUTHORIZATION, value);
    }
    let refused = reply(request).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.body["error"]["type"], "invalid_request_error");
}

#[rstest]
#[case(vec![b'a'; 1024 * 1024 + 1], 413)]
#[case(b"amount=\xff\xfe".to_vec(), 400)]
#[case(b"amount[][][]=1&amount=2&amount[x]=3".to_vec(), 400)]
#[case(b"metadata[a][b]=1&amount=100&currency=usd".to_vec(), 400)]
#[case(b"{\"amount\":100}".to_vec(), 400)]
#[case(Vec::new(), 400)]
#[tokio::test]
async fn odd_bodies_are_refused(#[case] body: Vec<u8>, #[case] status: u16) {
    let running = start().await;
    let request = running
        .request(Method::POST, "/v1/payment_intents")
        .body(body);
    let refused = reply(request).await;
    assert_eq!(refused.status, status);
    assert!(refused.body["error"]["message"].is_string());
}
