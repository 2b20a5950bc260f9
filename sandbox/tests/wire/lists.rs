use serde_json::Value;

use crate::support::{data, id, start};

fn ids(list: &Value) -> Vec<&str> {
    data(list).iter().map(id).collect()
}

#[tokio::test]
async fn pages_lead_forth_and_back() {
    let running = start().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(id(&running.intent(&[]).await).to_owned());
    }
    made.reverse();
    let list = async |query: &str| {
        running
            .get(&format!("/v1/payment_intents?{query}"))
            .await
            .body
    };
    let first = list("limit=2").await;
    assert_eq!(ids(&first), made[..2]);
    assert_eq!(first["has_more"], true);
    assert_eq!(first["url"], "/v1/payment_intents");
    let second = list(&format!("limit=3&starting_after={}", made[1])).await;
    assert_eq!(ids(&second), made[2..]);
    assert_eq!(second["has_more"], false);
    let back = list(&format!("limit=2&ending_before={}", made[4])).await;
    assert_eq!(ids(&back), made[2..4]);
    assert_eq!(back["has_more"], true);
    assert_eq!(list("limit=0").await["error"]["param"], "limit");
    assert_eq!(
        list("starting_after=pi_x").await["error"]["code"],
        "resource_missing"
    );
    assert!(ids(&list("created[lt]=1000").await).is_empty());
    assert_eq!(ids(&list("created[gte]=1000").await).len(), 5);
}

#[tokio::test]
async fn events_are_found_by_type() {
    let running = start().await;
    let intent = running.intent(&[]).await;
    running.confirm(&intent, "pm_card_visa").await;
    let types = async |query: &str| -> Vec<String> {
        let list = running.get(&format!("/v1/events?{query}")).await.body;
        data(&list)
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(types("type=charge.succeeded").await, ["charge.succeeded"]);
    assert_eq!(
        types("types[]=payment_intent.created&types[]=payment_intent.succeeded").await,
        ["payment_intent.succeeded", "payment_intent.created"]
    );
    let event = running.get("/v1/events?limit=1").await.body["data"][0].clone();
    let same = running
        .get(&format!("/v1/events/{}", id(&event)))
        .await
        .body;
    assert_eq!(same, event);
    assert_eq!(event["data"]["object"]["id"], intent["id"]);
    assert_eq!(event["livemode"], false);
}

#[tokio::test]
async fn ids_are_expanded_where_they_stand() {
    let running = start().await;
    let customer = running.post("/v1/customers", &[("name", "Ada")]).await.body;
    let intent = running.intent(&[("customer", id(&customer))]).await;
    running.confirm(&intent, "pm_card_visa").await;
    let list = running
        .get(
            "/v1/payment_intents?expand[]=data.customer&expand[]=data.latest_charge.payment_method",
        )
        .await
        .body;
    assert_eq!(list["data"][0]["customer"]["name"], "Ada");
    // A charge's method is a snapshot's id, which expands like any other.
    assert_eq!(
        list["data"][0]["latest_charge"]["payment_method"]["object"],
        "payment_method"
    );
    let refused = running
        .get("/v1/payment_intents?expand[]=data.amount")
        .await;
    assert_eq!(refused.status, 400);
}
