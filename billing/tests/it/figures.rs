//! What those see who watch the whole: the figures of days, written down or not.

use std::time::Duration;

use billing::{
    clock::Day,
    money::Currency,
    staff::figures::{Days, Figures},
};
use rstest::rstest;

use crate::{
    books::{Books, Database, declined, event},
    returns::refund,
};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// What the starter pack costs, in cents.
const PRICE: i64 = 500;

async fn figures(books: &Books, days: Days) -> Figures {
    books.billing.figures(days).await.unwrap()
}

/// A day on which somebody comes, has their card declined, pays, is given some back, and spends.
async fn a_day(books: &Books, email: &str) {
    let customer = books.customer(email).await;
    let order = books.order(customer, "starter").await;
    let no = event("payment_intent.payment_failed", &declined(&order, "stolen"));
    books.deliver(&no).await.unwrap();
    let order = books.buy(customer, "starter").await;
    for (number, state) in [(1, "succeeded"), (2, "failed")] {
        let told = event("refund.updated", &refund(&order, number, 100, state));
        books.deliver(&told).await.unwrap();
    }
    books.quiet().await;
    books.spend(customer, 7).await;
}

#[rstest]
#[tokio::test]
async fn days_say_the_same_before_and_after_they_are_written_down(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let first: Day = books.clock.now().into();
    for number in 0..3 {
        a_day(&books, &format!("c{number}@shop.example")).await;
        books.clock.advance(DAY);
    }
    a_day(&books, "today@shop.example").await;
    let today = books.clock.now().into();
    let spans = [
        Days::until(today, 4),
        Days::until(today, 1),
        Days::until(today.before(), 2),
        Days::until(first, 1),
        Days::until(first.before(), 7),
    ];
    let mut before = Vec::new();
    for (span, number) in spans.into_iter().zip([4, 1, 2, 1, 0]) {
        let of = figures(&books, span).await;
        let usd = Currency::USD;
        assert_eq!(of.revenue.of(usd).value, number * PRICE, "{span:?}");
        assert_eq!(of.refunded.of(usd).value, number * 100, "{span:?}");
        let counts = (of.payments, of.declined, of.customers);
        assert_eq!(counts, (number, number, number), "{span:?}");
        assert_eq!(of.credits.consumed.0, number * 7, "{span:?}");
        let by_day = books.billing.net_revenue(span).await.unwrap();
        assert_eq!(by_day.len(), usize::try_from(span.count()).unwrap());
        let net: i64 = by_day.iter().map(|(_, net)| net.of(usd).value).sum();
        assert_eq!(net, number * (PRICE - 100), "{span:?}");
        let by_day = books.billing.credits_by_day(span).await.unwrap();
        let spent: i64 = by_day.iter().map(|(_, sums)| sums.consumed.0).sum();
        assert_eq!(spent, number * 7, "{span:?}");
        before.push(of);
    }
    // Twice, and on two servers at once, is once.
    for _ in 0..2 {
        let closed = tokio::join!(books.billing.close_days(), books.billing.close_days());
        closed.0.unwrap();
        closed.1.unwrap();
    }
    for (span, before) in spans.into_iter().zip(before) {
        assert_eq!(figures(&books, span).await, before, "{span:?}");
    }
    books.clock.advance(DAY * 2);
    books.billing.close_days().await.unwrap();
    assert_eq!(figures(&books, spans[0]).await.payments, 4);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn how_long_things_took_is_kept(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    books.buy(customer, "starter").await;
    books.billing.write_delays().await.unwrap();
    let today = Days::until(books.clock.now().into(), 1);
    let of = figures(&books, today).await;
    assert!(of.payment_to_credit.median.is_some(), "{of:?}");
    assert!(of.webhook.p99.is_some(), "{of:?}");
    let earlier = figures(&books, today.before()).await;
    assert_eq!(earlier.webhook, Default::default());
    books.close().await;
}
