use std::time::Duration;

use billing::{
    Billing,
    catalog::CatalogFile,
    coupon::CouponError,
    id::CustomerId,
    order::{LIFETIME, Order, OrderStatus},
    transaction::{Kind, State, Transaction},
};
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use crate::{
    books::{Books, Database, declined, event, intent, paid},
    mail_server::{MailServer, Mood},
    settle::permutations,
};

/// A shop with these coupons.
fn selling(coupons: &str) -> CatalogFile {
    let pack = |key: &str, price: i64| {
        format!("[[pack]]\nkey='{key}'\nname='{key}'\nprice={price}\ncredits=50\n")
    };
    let packs = pack("starter", 500) + &pack("studio", 6000);
    CatalogFile::parse(&format!("currency='usd'\n{packs}{coupons}")).unwrap()
}

fn off(code: &str, lines: &str) -> String {
    format!("[[coupon]]\ncode='{code}'\nname='{code}'\n{lines}\n")
}

async fn redeem(
    billing: &Billing,
    customer: CustomerId,
    code: &str,
) -> Result<Transaction, CouponError> {
    billing.redeem(customer, code, Uuid::new_v4()).await
}

async fn again(books: &Books, order: &Order) -> Order {
    let found = books.billing.order(order.customer, order.id).await;
    found.unwrap().unwrap()
}

async fn apply(books: &Books, order: &Order, code: &str) -> Order {
    books.billing.apply_coupon(order, code).await.unwrap();
    again(books, order).await
}

#[track_caller]
fn says<T: std::fmt::Debug>(outcome: Result<T, CouponError>, words: &str) {
    let refused = outcome.unwrap_err().to_string();
    assert!(refused.contains(words), "{refused}");
}

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

#[rstest]
#[tokio::test]
async fn every_limit_is_said_in_words(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let coupons = [
        off("ONCE", "percent_off=10\nper_customer=1"),
        off("TWO", "credits=5\ntotal=2"),
        off("DAY", "credits=5\nuntil=2000-01-01"),
        off("DAY-OFF", "amount_off=5\nuntil=2000-01-01"),
        off("BIG", "percent_off=10\noffers=['studio']"),
    ];
    let books = Books::selling(database, selling(&coupons.concat())).await;
    let ann = books.customer("ann@shop.example").await;
    let billing = &books.billing;
    says(redeem(billing, ann, "").await, "no such code");
    says(redeem(billing, ann, "TWOO").await, "no such code");
    says(redeem(billing, ann, "DAY").await, "no longer valid");
    says(redeem(billing, ann, "ONCE").await, "lowers a price");
    redeem(billing, ann, "TWO").await.unwrap();
    redeem(billing, ann, "TWO").await.unwrap();
    says(redeem(billing, ann, "TWO").await, "as often as it could");

    let order = books.order(ann, "starter").await;
    for (code, words) in [
        ("nothing", "no such code"),
        ("day-off", "no longer valid"),
        ("two", "brings credits"),
        ("big", "not for the starter pack"),
    ] {
        says(billing.apply_coupon(&order, code).await, words);
    }
    assert_eq!(again(&books, &order).await, order, "nothing changed");
    let cheaper = apply(&books, &order, "once").await;
    assert_eq!(cheaper.transaction.amount.value, 450);
    let other = books.order(ann, "studio").await;
    says(billing.apply_coupon(&other, "once").await, "used this code");
    books.close().await;
}

#[rstest]
#[case::gifts("credits=5\ntotal=3")]
#[case::discounts("percent_off=10\ntotal=3")]
#[case::nothing_due("percent_off=100\ntotal=3")]
#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_had_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] lines: &str,
) {
    let catalog = selling(&off("LAST", lines));
    let books = Books::selling(database, catalog.clone()).await;
    // SQLite has one server; its tasks still race.
    let second = match database {
        Database::Sqlite => books.billing.clone(),
        Database::Postgres => books.another_server_selling(catalog).await,
    };
    let mut orders = Vec::new();
    for number in 0..32 {
        let customer = books.customer(&format!("c{number}@shop.example")).await;
        orders.push(books.order(customer, "starter").await);
    }
    let tries = orders.into_iter().enumerate().map(|(number, order)| {
        let servers = [books.billing.clone(), second.clone()];
        let is_gift = lines.starts_with("credits");
        tokio::spawn(async move {
            let server = &servers[number % 2];
            match is_gift {
                true => redeem(server, order.customer, "LAST").await.map(drop),
                false => server.apply_coupon(&order, "LAST").await.map(drop),
            }
        })
    });
    let outcomes = futures::future::join_all(tries).await;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes
        .into_iter()
        .map(Result::unwrap)
        .partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (3, 29), "{lost:?}");
    for outcome in lost {
        says(outcome, "as often as it could");
    }
    if let Database::Postgres = database {
        second.stop().await;
    }
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

#[rstest]
#[tokio::test]
async fn with_nothing_due_the_credits_are_there_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let order = books.order(ann, "starter").await;
    let free = apply(&books, &order, "friend").await;
    assert_eq!(free.status, OrderStatus::Paid);
    assert_eq!(free.transaction.state, State::Succeeded);
    assert_eq!(free.transaction.kind, Kind::Purchase);
    assert_eq!(free.transaction.amount.value, 0);
    let redemption = free.redemption.clone().unwrap();
    assert_eq!(
        (redemption.list_price.value, redemption.discount.value),
        (500, 500)
    );
    assert_eq!(books.available(ann).await, 50);
    says(
        books.billing.apply_coupon(&free, "spring20").await,
        "no longer be changed",
    );
    says(
        books.billing.remove_coupon(&free).await,
        "no longer be changed",
    );

    // Money that comes for it all the same is seen by a person, and grants nothing more.
    let late = event("payment_intent.succeeded", &paid(&order));
    books.deliver(&late).await.unwrap();
    books.quiet().await;
    let reviews = books.billing.attention().await.unwrap().reviews;
    assert_eq!(
        reviews[0].review.as_deref(),
        Some("500 usd were received instead of 0 usd")
    );
    assert_eq!(books.available(ann).await, 50);
    assert_eq!(again(&books, &order).await.status, OrderStatus::Paid);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_coupon_is_replaced_and_taken_off(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let coupons = [
        off("FIFTH", "percent_off=20\nper_customer=1\ntotal=1"),
        off("DOLLAR", "amount_off=100\nper_customer=1"),
        off("ALMOST", "amount_off=499"),
        off("GONE", "percent_off=50\ntotal=1"),
    ];
    let books = Books::selling(database, selling(&coupons.concat())).await;
    let ann = books.customer("ann@shop.example").await;
    let bob = books.customer("bob@shop.example").await;
    let others = books.order(bob, "starter").await;
    apply(&books, &others, "GONE").await;

    let order = books.order(ann, "starter").await;
    let cheaper = apply(&books, &order, "fifth").await;
    assert_eq!(cheaper.transaction.amount.value, 400);
    assert_eq!(apply(&books, &cheaper, "FIFTH ").await, cheaper, "once");
    // What cannot be had changes nothing of what one has.
    says(
        books.billing.apply_coupon(&cheaper, "gone").await,
        "as often as it could",
    );
    assert_eq!(again(&books, &order).await, cheaper);
    let replaced = apply(&books, &cheaper, "dollar").await;
    assert_eq!(replaced.transaction.amount.value, 400);
    assert_eq!(replaced.redemption.unwrap().coupon.code, "DOLLAR");
    // The use that was replaced is free again.
    apply(&books, &others, "fifth").await;
    let least = apply(&books, &order, "almost").await;
    assert_eq!(least.transaction.amount.value, 50);

    books.billing.remove_coupon(&least).await.unwrap();
    let plain = again(&books, &order).await;
    assert_eq!(
        (plain.transaction.amount.value, plain.redemption),
        (500, None)
    );
    books.billing.remove_coupon(&order).await.unwrap();
    let paid = event("payment_intent.succeeded", &paid(&order));
    books.deliver(&paid).await.unwrap();
    books.until(&order, State::Succeeded).await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn an_order_that_is_given_up_gives_its_use_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let catalog = selling(&off("ONE", "percent_off=20\nper_customer=1\ntotal=1"));
    let books = Books::selling(database, catalog).await;
    let ann = books.customer("ann@shop.example").await;
    let bob = books.customer("bob@shop.example").await;

    let canceled = books.order(ann, "starter").await;
    let canceled = apply(&books, &canceled, "one").await;
    books.billing.give_up(&canceled).await.unwrap();
    let expired = books.order(ann, "starter").await;
    let expired = apply(&books, &expired, "one").await;

    let others = books.order(bob, "studio").await;
    says(
        books.billing.apply_coupon(&others, "one").await,
        "as often as it could",
    );
    books.clock.advance(LIFETIME);
    books.billing.sweep().await.unwrap();
    assert_eq!(again(&books, &expired).await.status, OrderStatus::Expired);
    let others = books.order(bob, "studio").await;
    apply(&books, &others, "one").await;
    books.close().await;
}

/// What the gateway says of the lower price settles the same in every order; a failure keeps the
/// coupon, and so does a second card.
#[rstest]
#[tokio::test]
async fn events_settle_a_lower_price_the_same_in_every_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    for (number, places) in permutations(&[0, 1, 2, 3]).into_iter().enumerate() {
        let customer = books.customer(&format!("c{number}@shop.example")).await;
        let order = books.order(customer, "studio").await;
        let order = apply(&books, &order, "studio10").await;
        let events = [
            event(
                "payment_intent.requires_action",
                &intent(&order, "requires_action"),
            ),
            event(
                "payment_intent.payment_failed",
                &declined(&order, "generic_decline"),
            ),
            event("payment_intent.processing", &intent(&order, "processing")),
            event("payment_intent.succeeded", &paid(&order)),
        ];
        for place in places {
            books.deliver(&events[place]).await.unwrap();
        }
        let settled = books.until(&order, State::Succeeded).await.transaction;
        assert_eq!(settled.amount.value, 5000);
        assert_eq!(again(&books, &order).await.redemption, order.redemption);
        assert_eq!(books.available(customer).await, 1000);
    }
    books.close().await;
}

/// A cancellation gives the use back once, whatever comes before, after and again.
#[rstest]
#[tokio::test]
async fn a_canceled_payment_gives_the_use_back_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    for places in permutations(&[0, 1, 2]) {
        // With one use for each customer, a use that is not given back would fail the next round.
        let order = books.order(customer, "studio").await;
        let order = apply(&books, &order, "studio10").await;
        let events = [
            event(
                "payment_intent.payment_failed",
                &declined(&order, "generic_decline"),
            ),
            event("payment_intent.canceled", &intent(&order, "canceled")),
            event("payment_intent.canceled", &intent(&order, "canceled")),
        ];
        for place in places {
            books.deliver(&events[place]).await.unwrap();
        }
        books.until(&order, State::Canceled).await;
        assert_eq!(again(&books, &order).await.redemption, None);
    }
    books.close().await;
}

/// A full price that was paid before the coupon was known to the gateway is not kept silently.
#[rstest]
#[tokio::test]
async fn the_old_price_paid_after_a_coupon_goes_to_review(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let order = books.order(ann, "starter").await;
    apply(&books, &order, "spring20").await;
    let mut full = paid(&order);
    full["amount_received"] = json!(500);
    books
        .deliver(&event("payment_intent.succeeded", &full))
        .await
        .unwrap();
    books.quiet().await;
    let reviews = books.billing.attention().await.unwrap().reviews;
    assert_eq!(
        reviews[0].review.as_deref(),
        Some("500 usd were received instead of 400 usd")
    );
    let order = again(&books, &order).await;
    says(
        books.billing.apply_coupon(&order, "friend").await,
        "no longer be changed",
    );
    assert_eq!(books.available(ann).await, 0);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_redeemed_version_never_changes_and_counts_on(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::selling(database, selling(&off("X", "percent_off=20\ntotal=2"))).await;
    let ann = books.customer("ann@shop.example").await;
    let bob = books.customer("bob@shop.example").await;
    let order = books.order(ann, "starter").await;
    let order = apply(&books, &order, "x").await;

    let changed = selling(&off("X", "percent_off=40\ntotal=2"));
    let server = books.another_server_selling(changed).await;
    assert_eq!(server.catalog().coupon("x").unwrap().version, 2);
    let kept = server.order(ann, order.id).await.unwrap().unwrap();
    let redemption = kept.redemption.unwrap();
    assert_eq!(
        (redemption.coupon.version, redemption.discount.value),
        (1, 100)
    );

    // One of two uses is taken, whatever the version; then fewer are allowed than were had.
    let cheap = server.catalog().pack("starter").unwrap().clone();
    let second = server.place_order(bob, &cheap, None).await.unwrap();
    server.apply_coupon(&second, "x").await.unwrap();
    let fewer = selling(&off("X", "percent_off=40\ntotal=1"));
    let stricter = books.another_server_selling(fewer).await;
    let other = stricter.catalog().pack("studio").unwrap().clone();
    let third = stricter.place_order(bob, &other, None).await.unwrap();
    says(
        stricter.apply_coupon(&third, "x").await,
        "as often as it could",
    );
    stricter.give_up(&second).await.unwrap();
    says(
        stricter.apply_coupon(&third, "x").await,
        "as often as it could",
    );
    server.stop().await;
    stricter.stop().await;
    books.close().await;
}
