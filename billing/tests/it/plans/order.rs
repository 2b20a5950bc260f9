//! The order of events does not matter, nor how often they come.

use std::collections::HashSet;

use billing::{
    money::Credits,
    order::OrderStatus,
    plan::{Status, Subscribed},
    transaction::State,
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rstest::rstest;
use serde_json::{Value, json};

use super::Theirs;
use crate::books::{Books, Database, event};

/// The credits of the pro plan, whose credits stay.
const PRO: i64 = 1600;

async fn is_as_in_order(books: &Books, theirs: &Theirs, renewals: i64) {
    let statement = books.billing.statement(theirs.customer, None, 100).await;
    let granted = statement.unwrap().into_iter();
    let granted: i64 = granted.map(|entry| entry.amount.0.max(0)).sum();
    let each = theirs.order.offer.credits;
    assert_eq!(granted, each.0 * (renewals + 1));
    // What is left of the periods that are over, as after one renewal after the other.
    let left = (0..renewals).fold(Credits(0), |left, _| {
        theirs.order.offer.rollover.keeps(Credits(left.0 + each.0))
    });
    let credits = books.available(theirs.customer).await;
    assert_eq!(credits, left.0 + each.0);
    let plan = books.billing.subscription(theirs.customer).await.unwrap();
    let plan = plan.unwrap();
    assert_eq!(plan.status, Status::Active);
    let (start, end) = theirs.period(renewals);
    let period = plan.period.unwrap();
    assert_eq!((period.start.unix(), period.end.unix()), (start, end));
    assert_eq!(plan.paid_until.unwrap().unix(), end);
    let order = books.billing.order(theirs.customer, theirs.order.id).await;
    let order = order.unwrap().unwrap();
    assert_eq!(order.status, OrderStatus::Paid);
    assert_eq!(order.transaction.state, State::Succeeded);
}

/// Each of many shuffles, with events told again, ends where the plain order ends.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_plan_settle_the_same_in_every_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values("basic", "advanced", "pro")] plan: &str,
) {
    const RENEWALS: i64 = 3;
    const CUSTOMERS: usize = 12;
    let books = Books::open(database).await;
    let mut runner = TestRunner::deterministic();
    let mut all = Vec::new();
    for number in 0..CUSTOMERS {
        let theirs = Theirs::order(&books, &format!("c{number}@shop.example"), plan).await;
        let events = theirs.told(RENEWALS);
        let again = prop::collection::vec(prop::sample::select(events.clone()), 0..6);
        let sequence = (Just(events), again).prop_map(|(once, again)| [once, again].concat());
        let sequence = sequence.prop_shuffle().new_tree(&mut runner).unwrap();
        for event in sequence.current() {
            books.deliver(&event).await.unwrap();
        }
        all.push(theirs);
    }
    books.quiet().await;
    for theirs in &all {
        is_as_in_order(&books, theirs, RENEWALS).await;
    }
    books.close().await;
}

/// All of it at once, through two servers.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_make_one_renewal(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    const RENEWALS: i64 = 2;
    let books = Books::open(database).await;
    let other = books.another_server().await;
    let theirs = Theirs::order(&books, "ann@shop.example", "pro").await;
    let events = theirs.told(RENEWALS);
    let here = events.iter().map(|event| books.deliver(event));
    let there = events
        .iter()
        .map(|event| crate::books::deliver(&other, &books.clock, event));
    let (here, there) = tokio::join!(
        futures::future::join_all(here),
        futures::future::join_all(there)
    );
    for delivered in here.into_iter().chain(there) {
        delivered.unwrap();
    }
    books.quiet().await;
    is_as_in_order(&books, &theirs, RENEWALS).await;
    other.stop().await;
    books.close().await;
}

/// Whoever clicks sees no plan, or one that another click has just ordered: that is theirs, too.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn clicks_at_once_order_one_plan(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let plan = books.billing.catalog().plan("basic").unwrap().clone();
    for number in 0..40 {
        let customer = books.customer(&format!("c{number}@shop.example")).await;
        let clicks = (0..8).map(|_| books.billing.subscribe(customer, &plan, None));
        let orders = futures::future::try_join_all(clicks).await.unwrap();
        let orders = orders.into_iter().map(|subscribed| match subscribed {
            Subscribed::Ordered(order) => order.id,
            other => panic!("{other:?}"),
        });
        assert_eq!(orders.collect::<HashSet<_>>().len(), 1);
    }
    books.close().await;
}

/// A failure that is told after the success is old news.
#[rstest]
#[tokio::test]
async fn a_late_failure_does_not_take_a_renewal_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let theirs = Theirs::order(&books, "ann@shop.example", "pro").await;
    for event in theirs.told(1) {
        books.deliver(&event).await.unwrap();
    }
    for kind in ["invoice.payment_failed", "invoice.payment_action_required"] {
        let late = event(kind, &theirs.invoice(1, "open"));
        books.deliver(&late).await.unwrap();
    }
    let void = event("invoice.voided", &theirs.invoice(1, "void"));
    books.deliver(&void).await.unwrap();
    books.quiet().await;
    is_as_in_order(&books, &theirs, 1).await;
    books.close().await;
}

/// The end is final: neither late news nor a late payment brings a plan back, but what is paid is
/// granted.
#[rstest]
#[tokio::test]
async fn an_ended_plan_stays_ended(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let theirs = Theirs::order(&books, "ann@shop.example", "pro").await;
    for event in theirs.told(1) {
        books.deliver(&event).await.unwrap();
    }
    let ended = theirs.subscription(1, "canceled");
    let ended = event("customer.subscription.deleted", &ended);
    books.deliver(&ended).await.unwrap();
    let later = [
        event(
            "customer.subscription.updated",
            &theirs.subscription(2, "active"),
        ),
        event("invoice.paid", &theirs.invoice(2, "paid")),
    ];
    for event in later {
        books.deliver(&event).await.unwrap();
    }
    books.quiet().await;
    let plan = books.billing.subscription(theirs.customer).await.unwrap();
    assert_eq!(plan, None);
    assert_eq!(books.available(theirs.customer).await, 3 * PRO);
    books.close().await;
}

/// A price that is not ours is put before a person, and grants nothing.
#[rstest]
#[tokio::test]
async fn an_unknown_price_goes_to_review(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let theirs = Theirs::order(&books, "ann@shop.example", "pro").await;
    let mut odd = theirs.invoice(1, "paid");
    odd["lines"]["data"][0]["pricing"]["price_details"]["price"] = "price_other".into();
    for event in [theirs.told(0), vec![event("invoice.paid", &odd)]].concat() {
        books.deliver(&event).await.unwrap();
    }
    books.quiet().await;
    assert_eq!(books.available(theirs.customer).await, PRO);
    let reviews = books.billing.attention().await.unwrap().reviews;
    let why = reviews[0].review.as_deref().unwrap();
    assert!(why.contains("not in the catalogue"), "{why}");
    books.close().await;
}

/// An invoice of a plan that is not ours is kept and ignored.
#[rstest]
#[tokio::test]
async fn other_plans_are_none_of_ours(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let theirs = Theirs::order(&books, "ann@shop.example", "pro").await;
    let foreign = theirs.invoice(1, "paid").to_string();
    let foreign = foreign.replace(&theirs.reference(), "sub_other");
    let foreign = foreign.replace("metadata", "other_data");
    let foreign: Value = serde_json::from_str(&foreign).unwrap();
    let foreign = event("invoice.paid", &foreign);
    books.deliver(&foreign).await.unwrap();
    books.quiet().await;
    assert_eq!(books.available(theirs.customer).await, 0);
    assert!(books.billing.attention().await.unwrap().events.is_empty());
    books.close().await;
}

/// The gateway keeps its first answer under the key of the question, and gives it again when the plan
/// has long begun.
#[rstest]
#[tokio::test]
async fn an_answer_of_before_takes_no_plan_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let theirs = Theirs::order(&books, "ann@shop.example", "basic").await;
    gateway.answers("POST /v1/customers", 200, json!({ "id": "cus_1" }));
    let mut begun = theirs.subscription(0, "incomplete");
    begun["latest_invoice"] = theirs.invoice(0, "open");
    begun["latest_invoice"]["confirmation_secret"] = json!({ "client_secret": "pi_1_secret_1" });
    gateway.answers("POST /v1/subscriptions", 200, begun);
    books.billing.begin_payment(&theirs.order).await.unwrap();
    for event in theirs.told(0) {
        books.deliver(&event).await.unwrap();
    }
    books.until(&theirs.order, State::Succeeded).await;
    // The order as it was before it was begun, as in another tab.
    let _ = books.billing.begin_payment(&theirs.order).await;
    assert_eq!(gateway.asked("POST /v1/subscriptions").len(), 2);
    is_as_in_order(&books, &theirs, 0).await;
    books.close().await;
}
