use billing::{transaction::State, validation::Purpose};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Asked, Desk, End, Story, method, setup, tell_in_every_order};
use crate::books::{Database, event};

fn kept() -> End {
    End {
        state: State::Succeeded,
        failure: None,
        credits: 0,
        cards: vec![("4242".to_owned(), true)],
        had_trial: false,
    }
}

fn not_kept(state: State) -> End {
    End {
        state,
        cards: Vec::new(),
        ..kept()
    }
}

fn says(asked: &Asked, status: &str) -> Value {
    setup(asked.number, Some(asked.transaction), status)
}

fn refused(asked: &Asked) -> Value {
    let mut refused = says(asked, "requires_payment_method");
    refused["last_setup_error"] = json!({ "code": "card_declined", "message": "No." });
    event("setup_intent.setup_failed", &refused)
}

fn card(asked: &Asked) -> Value {
    method(asked.number, &format!("print{}", asked.number))
}

/// A first try failed, the bank asked about a second, and agreed.
fn a_card_that_works(asked: &Asked) -> Story {
    Story {
        events: vec![
            refused(asked),
            event(
                "setup_intent.requires_action",
                &says(asked, "requires_action"),
            ),
            event("setup_intent.succeeded", &says(asked, "succeeded")),
            event("payment_method.attached", &card(asked)),
        ],
        intent: says(asked, "succeeded"),
        method: card(asked),
        end: kept(),
    }
}

/// The customer had enough of the bank's questions.
fn a_card_that_was_given_up(asked: &Asked) -> Story {
    Story {
        events: vec![
            refused(asked),
            event(
                "setup_intent.requires_action",
                &says(asked, "requires_action"),
            ),
            event("setup_intent.canceled", &says(asked, "canceled")),
        ],
        intent: says(asked, "canceled"),
        method: card(asked),
        end: not_kept(State::Canceled),
    }
}

/// The card was kept, renewed by its bank and removed at the gateway's own dashboard.
fn a_card_that_was_removed(asked: &Asked) -> Story {
    let mut renewed = card(asked);
    renewed["card"]["exp_year"] = json!(2045);
    let mut removed = renewed.clone();
    removed["customer"] = json!(null);
    Story {
        events: vec![
            event("setup_intent.succeeded", &says(asked, "succeeded")),
            event("payment_method.attached", &card(asked)),
            event("payment_method.automatically_updated", &renewed),
            event("payment_method.detached", &removed),
        ],
        intent: says(asked, "succeeded"),
        method: removed,
        end: not_kept(State::Succeeded),
    }
}

#[rstest]
#[case(a_card_that_works)]
#[case(a_card_that_was_given_up)]
#[case(a_card_that_was_removed)]
#[tokio::test]
async fn a_card_ends_the_same_in_every_order_of_its_events(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] story: fn(&Asked) -> Story,
) {
    tell_in_every_order(database, Purpose::Card, story).await;
}

/// The answer to our own call is lost, and the event is there before we know which setup is ours.
#[rstest]
#[tokio::test]
async fn an_event_may_overtake_the_answer_to_our_call(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let desk = Desk::open(database).await;
    let customer = desk.customer(1).await;
    let begin = "POST /v1/setup_intents";
    desk.gateway.answers(begin, 500, json!({}));
    let billing = &desk.books.billing;
    billing.begin_card(customer, None).await.unwrap_err();
    let (_, form) = desk.gateway.asked(begin).remove(0);
    let (_, id) = form.split_once("metadata%5Btransaction%5D=").unwrap();
    let asked = Asked {
        number: 1,
        customer,
        transaction: id.split('&').next().unwrap().parse().unwrap(),
    };
    let done = says(&asked, "succeeded");
    desk.knows(done.clone(), card(&asked));
    desk.hears(&[event("setup_intent.succeeded", &done)]).await;
    assert_eq!(desk.end(&asked).await, kept());
    desk.close().await;
}
