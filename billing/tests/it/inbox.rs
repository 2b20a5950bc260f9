//! What staff see of the inbox, and what they decide about events.

use std::time::Duration;

use billing::{
    gateway::Witness,
    id::InboxId,
    inbox::{Cause, DecideError, Delivery, Event, EventStatus, Filter},
    staff::{
        Part,
        audit_log::{self, Action, Actor},
    },
    transaction::State,
};
use rstest::rstest;
use serde_json::json;

use crate::books::{Books, Database, SECRET, event, paid, signature};

const DAY: Duration = Duration::from_secs(24 * 3600);

impl Books {
    async fn events(&self, filter: Filter) -> Vec<Event> {
        let found = self.billing.inbox(&filter, Part::first(10)).await.unwrap();
        found.rows
    }

    async fn in_state(&self, status: EventStatus) -> Vec<Event> {
        let status = Some(status);
        self.events(Filter {
            status,
            ..Filter::default()
        })
        .await
    }

    /// What is written in the log, the oldest first: what was done, and why.
    async fn deeds(&self) -> Vec<(Action, String)> {
        let part = Part {
            descending: false,
            ..Part::first(100)
        };
        let filter = audit_log::Filter::default();
        let log = self.billing.audit_log(&filter, part).await.unwrap();
        let deeds = log.rows.into_iter().map(|line| line.deed);
        // That of the first catalogue is no deed of anybody's here.
        let deeds = deeds.filter(|deed| deed.action != Action::LoadCatalogue);
        deeds.map(|deed| (deed.action, deed.reason)).collect()
    }
}

/// What is set aside stays where it is until it is taken back, whoever looks and whatever comes again.
#[rstest]
#[tokio::test]
async fn an_event_is_set_aside_for_a_reason(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::quietly(database, |_| ()).await;
    let by = Actor::command_line();
    let odd = event("payment_intent.succeeded", &json!({ "id": "pi_1" }));
    books.deliver(&odd).await.unwrap();
    books.billing.process_events().await;
    let [failed] = &books.in_state(EventStatus::Failed).await[..] else {
        panic!("it does not fail");
    };
    let id = failed.id;
    assert!(failed.body.is_empty(), "a list has no bodies");

    let refused = books.billing.set_event_aside(id, " ", &by).await;
    assert!(matches!(refused, Err(DecideError::Reason)));
    let nobody = InboxId::new();
    let refused = books.billing.handle_again(nobody, &by).await;
    assert!(matches!(refused, Err(DecideError::Missing)));
    books
        .billing
        .set_event_aside(id, " known to the bank ", &by)
        .await
        .unwrap();
    let again = books.billing.set_event_aside(id, "once more", &by).await;
    assert!(matches!(
        again,
        Err(DecideError::NotPossible(EventStatus::SetAside))
    ));

    books.deliver(&odd).await.unwrap();
    books.clock.advance(DAY);
    books.billing.process_events().await;
    let (event, _) = books.billing.inbox_event(id).await.unwrap().unwrap();
    assert_eq!(event.status, EventStatus::SetAside);
    assert_eq!(event.reason.as_deref(), Some("known to the bank"));
    assert_eq!(event.duplicates, 1);
    assert!(
        event
            .signature
            .as_ref()
            .is_some_and(|it| it.starts_with("t="))
    );
    assert!(
        event
            .body_in_lines()
            .contains("\n  \"type\": \"payment_intent.succeeded\"")
    );
    let attention = books.billing.attention().await.unwrap();
    assert!(attention.events.is_empty());
    assert_eq!(books.billing.inbox_depth().await.unwrap(), 0);

    books.billing.take_event_back(id, &by).await.unwrap();
    let again = books.billing.take_event_back(id, &by).await;
    assert!(matches!(again, Err(DecideError::NotPossible(_))));
    books.billing.process_events().await;
    assert_eq!(books.in_state(EventStatus::Failed).await.len(), 1);
    let handled = books.billing.handle_again(id, &by).await.unwrap();
    assert_eq!(handled.status, EventStatus::Failed);

    let said = |action, why: &str| (action, why.to_owned());
    assert_eq!(
        books.deeds().await,
        [
            said(Action::SetEventAside, "known to the bank"),
            said(Action::TakeEventBack, ""),
            said(Action::HandleEvent, ""),
        ]
    );
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn handling_again_changes_nothing_in_the_books(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::quietly(database, |_| ()).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let foreign = event("customer.created", &json!({ "id": "cus_1" }));
    books.deliver(&foreign).await.unwrap();
    books
        .deliver(&event("payment_intent.succeeded", &paid(&order)))
        .await
        .unwrap();
    books.until(&order, State::Succeeded).await;

    let about = Filter {
        transaction: Some(order.transaction.id),
        kind: Some("payment_intent.succeeded".to_owned()),
        ..Filter::default()
    };
    let [event] = &books.events(about).await[..] else {
        panic!("it is not about its transaction");
    };
    assert_eq!(event.witness, Witness::Webhook);
    let by_id = Filter {
        event: Some(event.event_id.clone()),
        status: Some(EventStatus::Processed),
        ..Filter::default()
    };
    assert_eq!(books.events(by_id).await.len(), 1);
    let by = Actor::command_line();
    for _ in 0..2 {
        let handled = books.billing.handle_again(event.id, &by).await.unwrap();
        assert_eq!(handled.status, EventStatus::Processed);
    }
    let (_, led_to) = books.billing.inbox_event(event.id).await.unwrap().unwrap();
    assert_eq!(led_to.map(|it| it.id), Some(order.transaction.id));
    assert_eq!(books.available(customer).await, 50);

    let all = Filter::default();
    let first = books.billing.inbox(&all, Part::first(1)).await.unwrap();
    let rest = Part {
        after: first.next,
        ..Part::first(1)
    };
    let rest = books.billing.inbox(&all, rest).await.unwrap();
    assert_eq!(first.rows[0].id, event.id);
    assert_eq!(rest.rows[0].status, EventStatus::Ignored);
    assert_eq!(rest.next, None);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_is_refused_is_counted_by_cause(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::quietly(database, |_| ()).await;
    let begin = books.clock.now();
    let now = begin.unix();
    let body = event("customer.created", &json!({ "id": "cus_1" })).to_string();
    let right = signature(SECRET, now, body.as_bytes());
    let other_mode = body.replace("\"livemode\":false", "\"livemode\":true");
    for (header, body) in [
        (signature("whsec_other", now, body.as_bytes()), body.clone()),
        (signature("whsec_other", now, body.as_bytes()), body.clone()),
        (right.clone(), format!("{body} ")),
        (signature(SECRET, now - 3600, body.as_bytes()), body.clone()),
        (format!("t={now}"), body.clone()),
        (signature(SECRET, now, b"[]"), "[]".to_owned()),
        (
            signature(SECRET, now, other_mode.as_bytes()),
            other_mode.clone(),
        ),
    ] {
        let signatures = [header.as_bytes()];
        let refused = books.billing.receive(Delivery {
            signatures: &signatures,
            user_agent: None,
            body: body.as_bytes(),
        });
        refused.await.unwrap_err();
    }
    books.billing.refuse_too_large();
    books.billing.write_refusals().await;
    books.billing.write_refusals().await;
    let counted = books.billing.refused_webhooks(begin).await.unwrap();
    assert_eq!(
        (counted[0].cause, counted[0].times),
        (Cause::WrongSecret, 2)
    );
    let mut once: Vec<_> = counted[1..].iter().map(|it| it.cause.as_str()).collect();
    once.sort_unstable();
    assert_eq!(
        once,
        [
            "changed_body",
            "not_an_event",
            "old",
            "other_mode",
            "too_large",
            "unreadable_signature",
        ]
    );
    assert!(books.events(Filter::default()).await.is_empty());

    // Counts are forgotten, however many there are.
    books.clock.advance(31 * DAY);
    books.billing.refuse_too_large();
    books.billing.write_refusals().await;
    let rows = "select count(*) from refused_webhooks";
    assert_eq!(books.number(rows).await, 1);
    books.close().await;
}
