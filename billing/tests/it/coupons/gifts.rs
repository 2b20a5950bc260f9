use std::time::Duration;

use billing::transaction::{Kind, State};
use rstest::rstest;
use uuid::Uuid;

use super::{redeem, says};
use crate::{
    books::{Books, Database},
    mail_server::{MailServer, Mood},
};

#[rstest]
#[tokio::test]
async fn a_gift_is_there_at_once_and_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let key = Uuid::new_v4();
    let gift = books.billing.redeem(ann, " welcome ", key).await.unwrap();
    assert_eq!(gift.kind, Kind::Coupon);
    assert_eq!((gift.state, gift.amount.value), (State::Succeeded, 0));
    assert!(gift.settled_at.is_some() && gift.order.is_none());
    let balance = books.billing.balance(ann).await.unwrap();
    assert_eq!(balance.available.0, 20);
    let expires_at = balance.lots[0].expires_at.unwrap();
    assert_eq!(
        expires_at.since(gift.created_at),
        Duration::from_secs(90 * 24 * 3600)
    );
    let entries = books.billing.statement(ann, None, 10).await.unwrap();
    assert_eq!(entries[0].note, "Welcome gift");

    // The same form sent again is the same gift; another form is another try.
    let same = books.billing.redeem(ann, "WELCOME", key).await.unwrap();
    assert_eq!(same, gift);
    let unknown = books.billing.redeem(ann, "WELCOME2", key).await;
    says(unknown, "no such code");
    says(redeem(&books.billing, ann, "WELCOME").await, "used this");
    let bob = books.customer("bob@shop.example").await;
    redeem(&books.billing, bob, "WELCOME").await.unwrap();
    assert_eq!(books.available(ann).await, 20);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_gift_is_written_of_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let server = MailServer::start(Mood::Takes).await;
    let books = Books::posting_to(database, &server.url).await;
    let ann = books.customer("ann@shop.example").await;
    let key = Uuid::new_v4();
    for _again in 0..2 {
        books.billing.redeem(ann, "WELCOME", key).await.unwrap();
    }
    // Beside the welcome.
    let mails = server.mails_to("ann@shop.example", 2).await;
    let letter = mails.iter().find(|mail| mail.text.contains("Your code"));
    let text = &letter.unwrap().text;
    for part in [
        "Subject: Your code: Welcome gift",
        "Credits: 20",
        "Good until: ",
        "https://shop.example/account",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(server.taken().len(), 2);
    books.close().await;
}

/// A customer in a hurry: one use is one use, on one server or two.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_form_sent_often_at_once_is_one_gift(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let second = books.another_server().await;
    let ann = books.customer("ann@shop.example").await;
    let key = Uuid::new_v4();
    let tries = (0..32).map(|number| {
        let server = [&books.billing, &second][number % 2];
        server.redeem(ann, "WELCOME", key)
    });
    let gifts = futures::future::join_all(tries).await;
    let first = gifts[0].as_ref().unwrap().id;
    for gift in gifts {
        assert_eq!(gift.unwrap().id, first);
    }
    assert_eq!(books.available(ann).await, 20);
    second.stop().await;
    books.close().await;
}
