use billing::{Billing, mail::Post, transaction::State, validation::Purpose};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Asked, Desk, End, Story, hold, method, tell, tell_in_every_order};
use crate::{
    books::{Database, event, settings},
    mail_server::{MailServer, Mood},
};

/// The credits of the demo's trial.
const TRIAL: i64 = 25;

fn opened() -> End {
    End {
        state: State::Succeeded,
        failure: None,
        credits: TRIAL,
        cards: vec![("4242".to_owned(), true)],
        had_trial: true,
    }
}

fn says(asked: &Asked, status: &str) -> Value {
    hold(asked.number, Some(asked.transaction), status)
}

fn told(asked: &Asked, kind: &str, status: &str) -> Value {
    event(&format!("payment_intent.{kind}"), &says(asked, status))
}

/// That the amount was given back is no failure, whether we hear of it first or last.
fn a_card_that_works(asked: &Asked) -> Story {
    let charge = json!({
        "id": format!("ch_{}", asked.number),
        "object": "charge",
        "amount": 100,
        "amount_refunded": 100,
        "captured": false,
        "currency": "usd",
        "payment_intent": format!("pi_{}", asked.number),
    });
    Story {
        events: vec![
            told(asked, "requires_action", "requires_action"),
            told(asked, "amount_capturable_updated", "requires_capture"),
            told(asked, "canceled", "canceled"),
            event("charge.refunded", &charge),
        ],
        intent: says(asked, "requires_capture"),
        method: method(asked.number, &format!("print{}", asked.number)),
        end: opened(),
    }
}

/// When we ask, it has been given back already.
fn a_card_that_worked(asked: &Asked) -> Story {
    Story {
        intent: says(asked, "canceled"),
        ..a_card_that_works(asked)
    }
}

/// The customer never answered the bank: the amount was not set aside.
fn a_card_that_was_given_up(asked: &Asked) -> Story {
    let mut declined = says(asked, "requires_payment_method");
    declined["last_payment_error"] = json!({ "code": "card_declined", "message": "No." });
    let mut canceled = says(asked, "canceled");
    canceled["latest_charge"] = json!(null);
    Story {
        events: vec![
            event("payment_intent.payment_failed", &declined),
            told(asked, "requires_action", "requires_action"),
            event("payment_intent.canceled", &canceled),
        ],
        intent: canceled,
        end: End {
            state: State::Canceled,
            credits: 0,
            cards: Vec::new(),
            had_trial: false,
            ..opened()
        },
        ..a_card_that_works(asked)
    }
}

/// The first customer has the trial; whoever shows the same card later has none.
fn a_card_that_was_shown_before(asked: &Asked) -> Story {
    let card = method(asked.number, "print");
    let too_late = End {
        state: State::Canceled,
        failure: Some("trial_card_used".to_owned()),
        credits: 0,
        had_trial: false,
        ..opened()
    };
    Story {
        events: vec![
            told(asked, "amount_capturable_updated", "requires_capture"),
            told(asked, "canceled", "canceled"),
            event("payment_method.attached", &card),
        ],
        intent: says(asked, "requires_capture"),
        method: card,
        end: match asked.number {
            0 => opened(),
            _ => too_late,
        },
    }
}

#[rstest]
#[case(a_card_that_works)]
#[case(a_card_that_worked)]
#[case(a_card_that_was_given_up)]
#[case(a_card_that_was_shown_before)]
#[tokio::test]
async fn a_trial_ends_the_same_in_every_order_of_its_events(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] story: fn(&Asked) -> Story,
) {
    tell_in_every_order(database, Purpose::Trial, story).await;
}

/// Two customers show one card at one moment, to two servers.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_open_one_trial_for_one_card(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let desk = Desk::open(database).await;
    let books = &desk.books;
    // SQLite has one server; its tasks still race.
    let second = match database {
        Database::Sqlite => books.billing.clone(),
        Database::Postgres => {
            let mut settings = settings(&books.location, &books.clock);
            settings.stripe.api_base = desk.gateway.url.clone();
            Billing::open(settings).await.unwrap()
        }
    };
    for round in 0..6 {
        let print = format!("shared{round}");
        let mut pair = Vec::new();
        for number in [2 * round, 2 * round + 1] {
            let asked = desk.begins(Purpose::Trial, number).await;
            let held = says(&asked, "requires_capture");
            desk.knows(held.clone(), method(number, &print));
            let event = event("payment_intent.amount_capturable_updated", &held);
            pair.push((asked, event));
        }
        tokio::join!(
            tell(&books.billing, &desk, &pair[0].1),
            tell(&second, &desk, &pair[1].1),
        );
        let mut ends = Vec::new();
        for (asked, _) in &pair {
            let end = desk.end(asked).await;
            ends.push((end.state, end.failure, end.credits));
        }
        ends.sort_by_key(|(_, _, credits)| *credits);
        let late = Some("trial_card_used".to_owned());
        let expected = [(State::Canceled, late, 0), (State::Succeeded, None, TRIAL)];
        assert_eq!(ends, expected, "round {round}");
    }
    if let Database::Postgres = database {
        second.stop().await;
    }
    desk.close().await;
}

/// However often it is told that the card works.
#[rstest]
#[tokio::test]
async fn a_trial_is_written_of_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let server = MailServer::start(Mood::Takes).await;
    let post = Post::Relay(server.url.parse().unwrap());
    let desk = Desk::open_with(database, |settings| settings.mail.post = post).await;
    let asked = desk.begins(Purpose::Trial, 1).await;
    let story = a_card_that_works(&asked);
    desk.knows(story.intent, story.method);
    desk.hears(&story.events).await;
    assert_eq!(desk.end(&asked).await, opened());
    // Beside the welcome.
    let mails = server.mails_to("c1@shop.example", 2).await;
    let letter = mails.iter().find(|mail| mail.text.contains("trial"));
    let text = &letter.unwrap().text;
    for part in [
        "Subject: Your trial has begun",
        "Credits: 25",
        "Set aside and given back: $1.00",
        "Good until: ",
        "https://shop.example/studio",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(server.taken().len(), 2);
    desk.close().await;
}
