use std::time::Duration;

use billing::{
    people::{Role, SESSION_LIFETIME, SignUpError},
    secret::Secret,
    staff::{FactorError, audit_log::Actor},
};
use rstest::rstest;

use crate::books::{Books, Database, PASSWORD};

#[rstest]
#[tokio::test]
async fn who_signed_up_can_sign_in_and_nobody_else(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let billing = &books.billing;
    let first = billing
        .sign_up("Ann@Shop.Example", PASSWORD, "Firefox")
        .await
        .unwrap();
    let taken = billing
        .sign_up("ann@shop.example", PASSWORD, "Firefox")
        .await;
    assert!(matches!(taken, Err(SignUpError::Taken)));

    let second = billing
        .sign_in(" ann@shop.EXAMPLE", PASSWORD, "Chrome")
        .await
        .unwrap()
        .unwrap();
    assert!(first != second);
    assert_eq!(books.who(&first).await, books.who(&second).await);
    assert!(
        billing
            .sign_in("ann@shop.example", "wrong horse", "x")
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        billing
            .sign_in("bob@shop.example", PASSWORD, "x")
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        billing
            .session(&Secret::from("guessed"))
            .await
            .unwrap()
            .is_none()
    );

    let here = billing.session(&second).await.unwrap().unwrap();
    assert_eq!(billing.sessions(here.person.id).await.unwrap().len(), 2);
    billing
        .end_other_sessions(here.person.id, here.id)
        .await
        .unwrap();
    assert!(billing.session(&first).await.unwrap().is_none());
    billing.end_session(here.person.id, here.id).await.unwrap();
    assert!(billing.session(&second).await.unwrap().is_none());
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn sessions_end_when_idle_and_at_last_anyway(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let token = books
        .billing
        .sign_up("ann@shop.example", PASSWORD, "x")
        .await
        .unwrap();
    let other = books
        .billing
        .sign_in("ann@shop.example", PASSWORD, "x")
        .await
        .unwrap()
        .unwrap();
    let day = Duration::from_secs(24 * 3600);
    let mut lived = Duration::ZERO;
    while lived + 13 * day < SESSION_LIFETIME {
        books.clock.advance(13 * day);
        lived += 13 * day;
        let seen = books
            .billing
            .session(&token)
            .await
            .unwrap()
            .expect("used every 13 days");
        // The use is written down in the background.
        while books.billing.sessions(seen.person.id).await.unwrap()[0].last_seen_at
            < books.clock.now().minus(day)
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    assert!(
        books.billing.session(&other).await.unwrap().is_none(),
        "idle"
    );
    books.clock.advance(13 * day);
    assert!(
        books.billing.session(&token).await.unwrap().is_none(),
        "too old"
    );
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn staff_have_a_role_and_no_credits(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let person = books
        .billing
        .add_staff(
            "owner@shop.example",
            PASSWORD,
            Role::Owner,
            Actor::command_line(),
        )
        .await
        .unwrap();
    assert_eq!((person.role, person.customer), (Some(Role::Owner), None));
    let again = books
        .billing
        .add_staff(
            "owner@shop.example",
            PASSWORD,
            Role::Viewer,
            Actor::command_line(),
        )
        .await;
    assert!(matches!(again, Err(SignUpError::Taken)));
    let weak = books
        .billing
        .add_staff(
            "new@shop.example",
            "password",
            Role::Viewer,
            Actor::command_line(),
        )
        .await;
    assert!(matches!(weak, Err(SignUpError::Password(_))));
    books.close().await;
}

/// Whoever signs in while somebody lets them in no more, or changes the password, has not signed in.
#[rstest]
#[case::closed(false)]
#[case::changed(true)]
#[tokio::test]
async fn who_signs_in_at_that_moment_is_out_again(
    #[case] is_changed: bool,
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let billing = &books.billing;
    let by = Actor::command_line();
    let owner = billing.add_staff("owner@shop.example", PASSWORD, Role::Owner, by.clone());
    owner.await.unwrap();
    let email = "ann@shop.example";
    let ann = billing.add_staff(email, PASSWORD, Role::Admin, by.clone());
    let ann = ann.await.unwrap();
    let here = billing.sign_in(email, PASSWORD, "here").await.unwrap();
    let here = billing.session(&here.unwrap()).await.unwrap().unwrap();
    let ends = async {
        match is_changed {
            true => {
                let changed = billing.change_password(&here, PASSWORD, "another good horse");
                changed.await.unwrap();
            }
            false => billing.close_staff(ann.id, "left", &by).await.unwrap(),
        }
    };
    // They take turns at working out whether that is the password.
    let signs_in = (0..8).map(|_| billing.sign_in(email, PASSWORD, "there"));
    let (signed_in, ()) = tokio::join!(futures::future::join_all(signs_in), ends);
    for token in signed_in.into_iter().filter_map(Result::unwrap) {
        assert!(billing.session(&token).await.unwrap().is_none());
    }
    let sessions = billing.sessions(ann.id).await.unwrap();
    assert_eq!(sessions.len(), usize::from(is_changed));
    books.close().await;
}

/// A session that somebody was signed out of sets up no second factor, though its page was open.
#[rstest]
#[tokio::test]
async fn after_a_reset_a_session_of_before_sets_up_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let billing = &books.billing;
    let by = Actor::command_line();
    let email = "ann@shop.example";
    let ann = billing.add_staff(email, PASSWORD, Role::Owner, by.clone());
    let ann = ann.await.unwrap();
    let token = billing.sign_in(email, PASSWORD, "x").await.unwrap();
    let session = billing.session(&token.unwrap()).await.unwrap().unwrap();
    billing.offer_authenticator(&session).await.unwrap();
    let reset = billing.reset_second_factor(ann.id, "lost", &by);
    reset.await.unwrap();
    let offered = billing.offer_authenticator(&session).await;
    assert!(matches!(offered, Err(FactorError::Stale)), "{offered:?}");
    books.close().await;
}
