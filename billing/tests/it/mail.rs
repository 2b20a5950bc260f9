use std::{collections::BTreeSet, time::Duration};

use billing::{
    Billing, Error,
    mail::{self, Letter, MailStatus, Post},
    people::{Purpose, Role},
    secret::Secret,
    staff::audit_log::Actor,
    store::Store,
};
use rstest::rstest;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    books::{Books, Database, PASSWORD, settings},
    mail_server::{MailServer, Mood, between},
};

const HOUR: Duration = Duration::from_secs(3600);

/// Delivers what is due until nothing is owed any more.
async fn delivered(billing: &Billing) {
    let begun = std::time::Instant::now();
    while billing.outbox_depth().await.unwrap() > 0 {
        assert!(begun.elapsed().as_secs() < 20, "mails are left");
        billing.deliver_mails().await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[rstest]
#[tokio::test]
async fn a_mail_comes_at_once_and_its_link_works(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let server = MailServer::start(Mood::Takes).await;
    let books = Books::posting_to(database, &server.url).await;
    let customer = books.customer("ann@shop.example").await;
    let begun = std::time::Instant::now();
    let mails = server.mails_to("ann@shop.example", 1).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "the commit wakes");

    let text = &mails[0].text;
    for part in [
        "From: Shop <mail@shop.example>",
        "Subject: Welcome to Tender",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain",
        "Content-Type: text/html",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let secret = between(text, "https://shop.example/confirm/", "\n").trim();
    let proof = books.billing.proof(secret, Purpose::Address).await.unwrap();
    assert_eq!(proof.unwrap().email, "ann@shop.example");

    books.buy(customer, "starter").await;
    let mails = server.mails_to("ann@shop.example", 2).await;
    let receipt = &mails[1].text;
    for part in [
        "Starter pack",
        "50 credits are in your account",
        "$5.00",
        "/transactions/",
    ] {
        assert!(receipt.contains(part), "{part} in {receipt}");
    }
    delivered(&books.billing).await;
    assert_eq!(server.taken().len(), 2, "each once");
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_mail_is_owed_with_its_cause_or_not_at_all(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let server = MailServer::start(Mood::Takes).await;
    let books = Books::posting_to(database, &server.url).await;
    let person = books
        .billing
        .add_staff(
            "owner@shop.example",
            PASSWORD,
            Role::Owner,
            Actor::command_line(),
        )
        .await
        .unwrap()
        .id;
    books
        .billing
        .add_staff(
            "viewer@shop.example",
            PASSWORD,
            Role::Viewer,
            Actor::command_line(),
        )
        .await
        .unwrap();
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let store = Store::open(&books.location, &Default::default(), &tasks, &stop)
        .await
        .unwrap();
    let now = books.clock.now();
    let letter = Letter::PasswordChanged { at: now };

    let owed = letter.clone();
    let failed: Result<(), Error> = store
        .write(move |tx| {
            Box::pin(async move {
                mail::owe(tx, person, owed, now).await?;
                Err(Error::Busy)
            })
        })
        .await;
    assert!(matches!(failed, Err(Error::Busy)));
    assert_eq!(books.billing.outbox_depth().await.unwrap(), 0);

    for _ in 0..3 {
        let owed = letter.clone();
        let done: Result<(), Error> = store
            .write(move |tx| {
                Box::pin(async move {
                    mail::owe(tx, person, owed.clone(), now).await?;
                    mail::owe(tx, person, owed.clone(), now).await?;
                    mail::owe_staff(tx, owed, now).await
                })
            })
            .await;
        done.unwrap();
    }
    delivered(&books.billing).await;
    assert_eq!(
        server.taken().len(),
        1,
        "one cause, one letter: {:?}",
        server.taken()
    );
    stop.cancel();
    store.close_writer();
    tasks.close();
    tasks.wait().await;
    books.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn several_servers_deliver_each_mail_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let server = MailServer::start(Mood::Refuses).await;
    let books = Books::posting_to(database, &server.url).await;
    let mut servers = Vec::new();
    for _ in 0..3 {
        let mut settings = settings(&books.location, &books.clock);
        settings.mail.post = Post::Relay(server.url.parse().unwrap());
        servers.push(Billing::open(settings).await.unwrap());
    }
    const MANY: usize = 20;
    for n in 0..MANY {
        books.customer(&format!("c{n}@shop.example")).await;
    }
    for n in 0..MANY {
        server.mails_to(&format!("c{n}@shop.example"), 1).await;
    }
    server.is_now(Mood::Takes);
    let before = server.taken().len();
    books.clock.advance(HOUR);
    let rounds = servers.iter().chain([&books.billing]).map(delivered);
    futures::future::join_all(rounds).await;
    let taken = &server.taken()[before..];
    let ids: BTreeSet<_> = taken.iter().map(|mail| &mail.message_id).collect();
    assert_eq!((taken.len(), ids.len()), (MANY, MANY));
    for server in servers {
        server.stop().await;
    }
    books.close().await;
}

/// The secret is in the row for as long as it is needed, and no longer.
#[rstest]
#[tokio::test]
async fn a_refused_mail_is_tried_again_and_given_up_after_days(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let server = MailServer::start(Mood::Refuses).await;
    let books = Books::posting_to(database, &server.url).await;
    books.customer("ann@shop.example").await;
    books.customer("bob@shop.example").await;
    for email in ["ann@shop.example", "bob@shop.example"] {
        server.mails_to(email, 1).await;
    }
    let troubled = async |count: usize| {
        let begun = std::time::Instant::now();
        loop {
            let mails = books.billing.attention().await.unwrap().mails;
            if mails.len() == count {
                return mails;
            }
            assert!(begun.elapsed().as_secs() < 20, "{mails:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let mails = troubled(2).await;
    assert!(
        mails
            .iter()
            .all(|mail| mail.status == MailStatus::Owed && mail.attempts == 1)
    );
    assert!(
        mails[0].error.as_ref().unwrap().contains("not now"),
        "{mails:?}"
    );

    books.billing.deliver_mails().await;
    assert_eq!(server.taken().len(), 2, "not before its time");

    // A day later Bob's server is well again; Ann's never will be.
    books.clock.advance(24 * HOUR);
    server.is_now(Mood::Takes);
    let bob = mails
        .iter()
        .find(|mail| mail.email.starts_with("bob"))
        .unwrap();
    books.billing.deliver_mails().await;
    delivered(&books.billing).await;
    let again = server.mails_to("bob@shop.example", 2).await;
    assert_eq!(again[0].message_id, again[1].message_id, "the same mail");
    assert_eq!(again[0].text, again[1].text, "to the byte");
    assert!(again[0].message_id.contains(&bob.id.0.simple().to_string()));
    troubled(0).await;

    server.is_now(Mood::Refuses);
    books.customer("eve@shop.example").await;
    server.mails_to("eve@shop.example", 1).await;
    troubled(1).await;
    books.clock.advance(4 * 24 * HOUR);
    delivered(&books.billing).await;
    let given_up = troubled(1).await.remove(0);
    assert_eq!(
        (given_up.status, given_up.attempts),
        (MailStatus::GivenUp, 2)
    );
    let Letter::Welcome { token, .. } = given_up.letter else {
        panic!("{given_up:?}");
    };
    assert_eq!(token, Secret::default(), "nobody needs it any more");
    books.close().await;
}

#[rstest]
#[case::the_connection_breaks(Mood::HangsUp)]
#[case::we_stop(Mood::Silent)]
#[tokio::test]
async fn what_was_delivered_but_not_marked_comes_again_as_the_same_mail(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] mood: Mood,
) {
    let server = MailServer::start(mood).await;
    let books = Books::posting_to(database, &server.url).await;
    books.customer("ann@shop.example").await;
    server.mails_to("ann@shop.example", 1).await;
    books.billing.stop().await;

    server.is_now(Mood::Takes);
    let mut settings = settings(&books.location, &books.clock);
    settings.mail.post = Post::Relay(server.url.parse().unwrap());
    let next = Billing::open(settings).await.unwrap();
    assert_eq!(next.outbox_depth().await.unwrap(), 1, "it is not forgotten");
    books.clock.advance(HOUR);
    delivered(&next).await;
    let taken = server.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0].message_id, taken[1].message_id);
    assert_eq!(taken[0].text, taken[1].text);
    next.stop().await;
}

#[rstest]
#[tokio::test]
async fn without_a_mail_server_mails_are_files(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (location, _files) = crate::books::fresh(database).await;
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&location, &Default::default());
    settings.mail.post = Post::Folder(folder.path().join("mail"));
    let billing = Billing::open(settings).await.unwrap();
    billing
        .sign_up("ann@shop.example", PASSWORD, "x")
        .await
        .unwrap();
    delivered(&billing).await;
    let files: Vec<_> = std::fs::read_dir(folder.path().join("mail"))
        .unwrap()
        .collect();
    assert_eq!(files.len(), 1);
    let path = files[0].as_ref().unwrap().path();
    assert_eq!(path.extension().unwrap(), "eml");
    let mail = std::fs::read_to_string(path).unwrap();
    assert!(mail.contains("To: ann@shop.example"), "{mail}");
    billing.stop().await;
}
