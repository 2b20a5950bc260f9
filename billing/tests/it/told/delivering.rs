//! How what was told gets to those who want it.

use std::{collections::BTreeSet, time::Duration};

use billing::{
    Billing, Settings,
    clock::Clock,
    events::{Endpoint, EndpointError, EventType, Listed},
    id::EndpointId,
    staff::audit_log::Actor,
};
use futures::future::join_all;
use jiff::Timestamp;
use rstest::rstest;
use serde_json::json;

use super::receiver::{Receiver, verified};
use crate::books::{Books, Database};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn endpoint(billing: &Billing, receiver: &Receiver, types: &[EventType]) -> Endpoint {
    let by = Actor::command_line();
    let added = billing
        .add_endpoint(&receiver.url, types.to_vec(), &by)
        .await;
    added.unwrap()
}

/// How an endpoint fares, once `is_so`.
async fn fares(billing: &Billing, id: EndpointId, is_so: impl Fn(&Listed) -> bool) -> Listed {
    let begun = std::time::Instant::now();
    loop {
        let listed = billing.endpoints().await.unwrap();
        let endpoint = listed.into_iter().find(|listed| listed.endpoint.id == id);
        let endpoint = endpoint.unwrap();
        if is_so(&endpoint) {
            return endpoint;
        }
        assert!(begun.elapsed().as_secs() < 20, "still {endpoint:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[rstest]
#[tokio::test]
async fn each_endpoint_is_told_what_it_wants_once_and_signed(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    books.give(customer, 1).await;
    let (all, some) = (Receiver::start(204).await, Receiver::start(200).await);
    let everything = endpoint(&books.billing, &all, &[]).await;
    let types = [EventType::CreditsLow, EventType::OrderPaid];
    let orders = endpoint(&books.billing, &some, &types).await;
    let begun = std::time::Instant::now();
    let order = books.buy(customer, "starter").await;
    let received = all.wait_for(2).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "the commit wakes");

    let told = books.told(customer).await;
    let mut ids = BTreeSet::new();
    for request in &received {
        let (id, body) = verified(request, &everything.secret);
        let event = told
            .iter()
            .find(|event| event.id.to_string() == id)
            .unwrap();
        assert_eq!(body["type"], event.kind.as_str());
        assert_eq!(body["timestamp"], json!(event.created_at));
        assert_eq!(body["data"], event.data);
        ids.insert(id);
    }
    assert_eq!(ids.len(), 2, "not what happened before it was there");
    let (_, body) = verified(&some.wait_for(1).await[0], &orders.secret);
    assert_eq!(body["data"]["id"], json!(order.id));

    books.clock.advance(DAY);
    books.billing.deliver_events().await;
    for (receiver, endpoint, count) in [(&all, &everything, 2), (&some, &orders, 1)] {
        fares(&books.billing, endpoint.id, |it| it.delivered == count).await;
        assert_eq!(receiver.received().len() as i64, count, "each once");
    }
    books.close().await;
}

#[rstest]
#[case::in_trouble(500, "it answered 500")]
#[case::elsewhere(302, "it answered 302")]
#[tokio::test]
async fn what_is_not_taken_is_sent_again_the_same(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] status: u16,
    #[case] trouble: &str,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let receiver = Receiver::start(status).await;
    let added = endpoint(&books.billing, &receiver, &[]).await;
    books.give(customer, 20).await;
    let listed = fares(&books.billing, added.id, |it| it.trouble.is_some()).await;
    assert!(listed.trouble.unwrap().starts_with(trouble));
    assert_eq!((listed.pending, listed.failed), (1, 0));
    books.billing.deliver_events().await;
    assert_eq!(receiver.received().len(), 1, "not before its time");

    receiver.answers(200);
    books.clock.advance(Duration::from_secs(11));
    books.billing.deliver_events().await;
    let listed = fares(&books.billing, added.id, |it| it.delivered == 1).await;
    assert_eq!((listed.pending, listed.trouble), (0, None));
    let received = receiver.received();
    let first = verified(&received[0], &added.secret);
    assert_eq!(first, verified(&received[1], &added.secret));
    assert_eq!(received.len(), 2, "nobody was led elsewhere");
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn who_cannot_be_reached_is_told_later(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let added = books
        .billing
        .add_endpoint(
            &format!("http://{address}/hooks"),
            Vec::new(),
            &Actor::command_line(),
        )
        .await
        .unwrap();
    books.give(customer, 20).await;
    let listed = fares(&books.billing, added.id, |it| it.trouble.is_some()).await;
    let trouble = listed.trouble.unwrap();
    assert!(trouble.contains("refused"), "{trouble}");

    let receiver = Receiver::start_at(address, 200).await;
    books.clock.advance(Duration::from_secs(11));
    books.billing.deliver_events().await;
    verified(&receiver.wait_for(1).await[0], &added.secret);
    fares(&books.billing, added.id, |it| it.delivered == 1).await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn after_three_days_it_is_given_up_until_somebody_asks_for_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let before = books.clock.now();
    books.give(customer, 20).await;
    let receiver = Receiver::start(503).await;
    let added = endpoint(&books.billing, &receiver, &[]).await;
    books.give(customer, 20).await;
    fares(&books.billing, added.id, |it| it.trouble.is_some()).await;
    for day in 1..=3 {
        fares(&books.billing, added.id, |it| it.pending == 1).await;
        books.clock.advance(DAY);
        books.billing.deliver_events().await;
        receiver.wait_for(1 + day).await;
    }
    let listed = fares(&books.billing, added.id, |it| it.failed == 1).await;
    assert_eq!(listed.pending, 0);
    assert!(
        listed.trouble.unwrap().contains("503"),
        "the reason is kept"
    );
    books.clock.advance(DAY);
    books.billing.deliver_events().await;
    assert_eq!(receiver.received().len(), 4, "no more");

    // What it would have been told is sent, too.
    receiver.answers(200);
    let replayed = books
        .billing
        .replay_events(added.id, before, &Actor::command_line())
        .await;
    assert_eq!(replayed.unwrap(), 2);
    let received = receiver.wait_for(6).await;
    let again = received[4..].iter().map(|it| verified(it, &added.secret).0);
    assert_eq!(again.collect::<BTreeSet<_>>().len(), 2);
    fares(&books.billing, added.id, |it| it.delivered == 2).await;
    let now = books.clock.now();
    let replayed = books
        .billing
        .replay_events(added.id, now, &Actor::command_line())
        .await;
    assert_eq!(replayed.unwrap(), 0);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn who_says_that_it_is_gone_is_told_nothing_more(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let receiver = Receiver::start(500).await;
    let added = endpoint(&books.billing, &receiver, &[]).await;
    books.give(customer, 20).await;
    fares(&books.billing, added.id, |it| it.trouble.is_some()).await;
    receiver.answers(410);
    books.give(customer, 20).await;
    let listed = fares(&books.billing, added.id, |it| it.failed == 2).await;
    assert!(listed.endpoint.disabled_at.is_some());
    books.give(customer, 20).await;
    books.clock.advance(DAY);
    books.billing.deliver_events().await;
    assert_eq!(receiver.received().len(), 2);
    let listed = fares(&books.billing, added.id, |it| it.pending == 0).await;
    assert_eq!((listed.delivered, listed.failed), (0, 2));

    let disabled = books
        .billing
        .disable_endpoint(added.id, "", &Actor::command_line())
        .await;
    assert!(matches!(disabled, Err(EndpointError::Unknown(_))));
    let (since, by) = (listed.endpoint.created_at, Actor::command_line());
    let replayed = books.billing.replay_events(added.id, since, &by);
    assert!(matches!(replayed.await, Err(EndpointError::Unknown(_))));
    books.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn several_servers_deliver_each_event_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    // Nothing is due again before the test says that time has passed.
    let clock = Clock::standing_at(Timestamp::now().into());
    let standing = |settings: &mut Settings| settings.clock = clock.clone();
    let books = Books::quietly(database, standing).await;
    let others = [
        Books::quietly_at(books.location.clone(), standing).await,
        Books::quietly_at(books.location.clone(), standing).await,
    ];
    let customer = books.customer("ann@shop.example").await;
    let receiver = Receiver::start(500).await;
    let added = endpoint(&books.billing, &receiver, &[]).await;
    const MANY: usize = 30;
    for _ in 0..MANY {
        books.give(customer, 1).await;
    }
    for (answer, delivered) in [(500, 0), (200, MANY)] {
        receiver.answers(answer);
        let before = receiver.received().len();
        let servers = others.iter().chain([&books]);
        join_all(servers.map(|server| server.billing.deliver_events())).await;
        let received = &receiver.received()[before..];
        let ids: BTreeSet<_> = received.iter().map(|it| it.header("webhook-id")).collect();
        assert_eq!((received.len(), ids.len()), (MANY, MANY), "{answer}");
        let listed = fares(&books.billing, added.id, |_| true).await;
        assert_eq!(listed.delivered, delivered as i64, "{answer}");
        clock.advance(DAY);
    }
    for server in others {
        server.close().await;
    }
    books.close().await;
}

/// Each endpoint has a lane of its own.
#[rstest]
#[tokio::test]
async fn who_does_not_answer_holds_nobody_up(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let (silent, well) = (Receiver::start(0).await, Receiver::start(200).await);
    endpoint(&books.billing, &silent, &[]).await;
    endpoint(&books.billing, &well, &[]).await;
    for count in 1..=3 {
        books.give(customer, 1).await;
        well.wait_for(count).await;
        silent.wait_for(1).await;
    }
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn nothing_is_sent_where_others_can_read_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let by = Actor::command_line();
    let refused = books
        .billing
        .add_endpoint("http://shop.example/", Vec::new(), &by);
    assert!(matches!(refused.await, Err(EndpointError::Url)));
    assert_eq!(books.billing.endpoints().await.unwrap(), []);
    books.close().await;
}
