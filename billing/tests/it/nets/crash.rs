use std::time::Duration;

use billing::{id::TransactionId, inbox::EventStatus, transaction::State};
use rstest::rstest;

use crate::books::{Books, Database, event, paid};

/// So many events were stored when the power went, and none was acted on.
const STORED: usize = 600;

#[rstest]
#[tokio::test]
async fn an_inbox_that_was_full_is_worked_off_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::quietly(database, |_| ()).await;
    let mut orders = Vec::new();
    let mut rows = Vec::new();
    for number in 0..STORED / 100 {
        let customer = books
            .customer(&format!("customer-{number}@shop.example"))
            .await;
        let order = books.order(customer, "starter").await;
        // Each payment is told of again and again, by events of their own.
        for _ in 0..100 {
            let event = event("payment_intent.succeeded", &paid(&order));
            let (id, name) = (TransactionId::new().0, event["id"].as_str().unwrap());
            let id = match database {
                Database::Sqlite => format!("x'{}'", id.simple()),
                Database::Postgres => format!("'{id}'"),
            };
            let row = format!(
                "({id}, 'stripe', '{name}', 'payment_intent.succeeded', '{event}', '{}', 1, 1)",
                EventStatus::Received
            );
            rows.push(row);
        }
        orders.push(order);
    }
    let sql = format!(
        "insert into inbox
           (id, gateway, event_id, kind, body, status, received_at, next_attempt_at)
         values {}",
        rows.join(", ")
    );
    books.execute(sql.leak()).await;

    let server = books.another_server().await;
    let worked_off = async {
        while server.inbox_depth().await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let patience = Duration::from_secs(20);
    tokio::time::timeout(patience, worked_off)
        .await
        .expect("events are left");
    for order in orders {
        assert_eq!(
            books
                .until(&order, State::Succeeded)
                .await
                .transaction
                .version,
            2
        );
        assert_eq!(books.available(order.customer).await, 50);
    }
    server.stop().await;
    books.close().await;
}
