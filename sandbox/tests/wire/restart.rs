use std::io::Write;

use crate::support::{INTENT, data, id, start_with};

#[tokio::test]
async fn objects_and_keys_survive_a_torn_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("deep/journal.jsonl");
    let running = start_with(Some(journal.clone())).await;
    let created = running.keyed("k", "/v1/payment_intents", INTENT).await.body;
    running.confirm(&created, "pm_card_visa").await;
    let endpoint = running
        .post(
            "/v1/webhook_endpoints",
            &[
                ("url", "http://127.0.0.1:1/"),
                ("enabled_events[]", "charge.failed"),
            ],
        )
        .await
        .body;
    let gone = running.post("/v1/customers", &[]).await.body;
    running
        .delete(&format!("/v1/customers/{}", id(&gone)))
        .await;
    let events = running.get("/v1/events").await.body;
    running.sandbox.stop().await;

    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&journal)
        .unwrap();
    file.write_all(br#"{"put":[{"serial":99,"obj"#).unwrap();
    drop(file);

    for _ in 0..2 {
        let running = start_with(Some(journal.clone())).await;
        assert_eq!(running.fetch(&created).await["status"], "succeeded");
        assert_eq!(running.get("/v1/events").await.body, events);
        let customer = running
            .get(&format!("/v1/customers/{}", id(&gone)))
            .await
            .body;
        assert_eq!(customer["deleted"], true);
        let path = format!("/v1/webhook_endpoints/{}", id(&endpoint));
        assert_eq!(running.get(&path).await.status, 200);
        let replayed = running.keyed("k", "/v1/payment_intents", INTENT).await;
        assert_eq!(replayed.headers["idempotent-replayed"], "true");
        assert_eq!(id(&replayed.body), id(&created));
        running.sandbox.stop().await;
    }
}

#[tokio::test]
async fn an_endpoint_keeps_its_secret() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let mut secrets = Vec::new();
    for events in [&["*"][..], &["payment_intent.*"]] {
        let running = start_with(Some(journal.clone())).await;
        let url = "http://127.0.0.1:1/hook";
        secrets.push(running.sandbox.webhook_secret(url, events).unwrap());
        let list = running.get("/v1/webhook_endpoints").await.body;
        assert_eq!(data(&list).len(), 1);
        assert_eq!(data(&list)[0]["enabled_events"][0], events[0]);
        assert!(running.sandbox.webhook_secret("nowhere", events).is_err());
        running.sandbox.stop().await;
    }
    assert_eq!(secrets[0], secrets[1]);
}
