//! What one server does for all, on either database.

use std::time::Duration;

use billing::{
    Billing,
    order::{LIFETIME, OrderStatus},
    turn::Job,
};
use rstest::rstest;

use crate::books::{Books, Database, settings};

const JOBS: [Job; 3] = [Job::Sweep, Job::Duties, Job::Checkpoints];

/// A server that works only when the test says so.
async fn idle_server(books: &Books) -> Billing {
    Billing::open_quietly(settings(&books.location, &books.clock))
        .await
        .unwrap()
}

async fn has_turn(server: &Billing, job: Job) -> bool {
    server.take_turn(job).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn one_server_at_a_time_has_its_turn(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    books.billing.stop().await;
    let (first, second) = (idle_server(&books).await, idle_server(&books).await);
    for job in JOBS {
        assert!(has_turn(&first, job).await, "{job}: nobody else has it");
        assert!(!has_turn(&second, job).await, "{job}");
        // It is renewed by who has it.
        for _ in 0..3 {
            books.clock.advance(job.lease() * 2 / 3);
            assert!(has_turn(&first, job).await, "{job}: renewed");
            assert!(!has_turn(&second, job).await, "{job}");
        }
        // Nothing more is heard of the first.
        books.clock.advance(job.lease() + Duration::from_secs(1));
        assert!(has_turn(&second, job).await, "{job}: it ran out");
        assert!(!has_turn(&first, job).await, "{job}");
    }
    // One that was taken by a clock far ahead binds nobody.
    let ahead = {
        let clock = billing::clock::Clock::default();
        clock.advance(Duration::from_secs(365 * 24 * 3600));
        let ahead = settings(&books.location, &clock);
        Billing::open_quietly(ahead).await.unwrap()
    };
    assert!(has_turn(&ahead, Job::Sweep).await);
    assert!(has_turn(&first, Job::Sweep).await);
    for server in [first, second, ahead] {
        server.stop().await;
    }
}

#[rstest]
#[tokio::test]
async fn a_server_that_stops_lets_another_go_on(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let second = idle_server(&books).await;
    for job in JOBS {
        assert!(has_turn(&books.billing, job).await, "{job}");
        assert!(!has_turn(&second, job).await, "{job}");
    }
    books.billing.stop().await;
    for job in JOBS {
        assert!(has_turn(&second, job).await, "{job}");
    }
    second.stop().await;
}

/// The sweeper keeps to it.
#[rstest]
#[tokio::test]
async fn who_has_no_turn_does_not_sweep(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let order = books.order(ann, "starter").await;
    books.billing.stop().await;
    let holder = idle_server(&books).await;
    let status = async || {
        let order = holder.order(ann, order.id).await.unwrap();
        order.unwrap().status
    };
    books.clock.advance(LIFETIME + Duration::from_secs(60));
    assert!(has_turn(&holder, Job::Sweep).await);
    // A server sweeps as soon as it is there, if it is its turn.
    let waiting = books.another_server().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(status().await, OrderStatus::Open);
    waiting.stop().await;

    books.clock.advance(Job::Sweep.lease());
    let sweeping = books.another_server().await;
    let begun = std::time::Instant::now();
    while status().await == OrderStatus::Open {
        assert!(begun.elapsed() < super::LONG, "nobody swept");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(status().await, OrderStatus::Expired);
    sweeping.stop().await;
    holder.stop().await;
}
