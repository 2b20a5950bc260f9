//! What two servers do in the very same moment: whoever comes second waits for the first, and sees what
//! it did.

use std::time::Duration;

use billing::{
    Billing,
    card::Removal,
    id::{CardId, CustomerId, TransactionId},
    inbox::EventStatus,
    ledger::{Spend, Spent},
    transaction::State,
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::OwnDatabase;
use crate::{
    books::{Books, PASSWORD, credits, event, paid},
    plans::Theirs,
    validations::method,
};

/// Rows that somebody holds.
struct Held(PgConnection);

impl Held {
    async fn hold(database: &OwnDatabase, sql: String) -> Self {
        let mut connection = PgConnection::connect(&database.url).await.unwrap();
        let held = sqlx::raw_sql(AssertSqlSafe(format!("begin; {sql}")));
        held.execute(&mut connection).await.unwrap();
        Self(connection)
    }

    /// Takes hold of more, once who holds it lets go.
    async fn hold_also(&mut self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&mut self.0).await.unwrap();
    }

    async fn let_go(mut self) {
        let let_go = sqlx::raw_sql("rollback").execute(&mut self.0);
        let_go.await.unwrap();
        self.0.close().await.unwrap();
    }
}

impl OwnDatabase {
    /// Until so many wait for what others hold.
    async fn wait(&self, many: i64) {
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        while self.count(waiting).await < many {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Cards that a customer keeps, the first of them the default.
    async fn cards(&self, customer: CustomerId, many: usize) -> Vec<CardId> {
        let ids: Vec<_> = (0..many).map(|_| CardId::new()).collect();
        for (number, id) in ids.iter().enumerate() {
            let default_since = if number == 0 { "1" } else { "null" };
            self.execute(&format!(
                "insert into cards (id, customer_id, gateway, reference, brand, last4, exp_month,
                                    exp_year, default_since, added_at)
                 values ('{}', '{}', 'stripe', 'pm_kept_{number}', 'visa', '4242', 8, 2040,
                         {default_since}, {number})",
                id.0, customer.0,
            ))
            .await;
        }
        ids
    }
}

/// A server that says nothing more, as its machine is gone, holds a row of one customer. That one is
/// told to try again, and nobody else waits for them.
#[tokio::test]
async fn who_waits_for_a_row_holds_up_nobody_else() {
    let database = OwnDatabase::create().await;
    let books = Books::open_at(database.location(), |_| ()).await;
    let (ann, bob) = (
        books.customer("ann@shop.example").await,
        books.customer("bob@shop.example").await,
    );
    for customer in [ann, bob] {
        books.buy(customer, "starter").await;
    }
    let spend = |customer, key: &str| {
        books.billing.spend(Spend {
            customer,
            amount: credits(1),
            note: "Picture".to_owned(),
            key: key.to_owned(),
        })
    };
    let row = format!("customer_id = '{}' and kind = 'available'", ann.0);
    let held = Held::hold(
        &database,
        format!("select 1 from accounts where {row} for update"),
    )
    .await;
    // While the first one waits, the others come into one commit.
    let together = async {
        database.wait(1).await;
        tokio::join!(spend(ann, "2"), spend(bob, "1"))
    };
    let (first, (second, other)) = tokio::join!(spend(ann, "1"), together);
    assert!(first.is_err() && second.is_err(), "{first:?}, {second:?}");
    assert!(matches!(other, Ok(Spent::Done(_))), "{other:?}");
    held.let_go().await;
    assert!(matches!(spend(ann, "1").await, Ok(Spent::Done(_))));
    books.close().await;
}

/// Two wait for each other until PostgreSQL ends what one of them does: that is begun anew, and its
/// customer hears nothing of it.
#[tokio::test]
async fn what_is_ended_to_free_another_is_begun_anew() {
    let database = OwnDatabase::create().await;
    // Who waits looks for such a circle after this time: it is closed by then.
    let name = database.url.rsplit_once('/').unwrap().1;
    database
        .execute(&format!(
            "alter database {name} set deadlock_timeout = '3s'"
        ))
        .await;
    let books = Books::open_at(database.location(), |_| ()).await;
    let ann = books.customer("ann@shop.example").await;
    books.buy(ann, "starter").await;
    let order = books.order(ann, "starter").await;
    let accounts = "select 1 from accounts for update".to_owned();
    let mut held = Held::hold(&database, accounts).await;
    let crossed = async {
        // It has its transaction, and waits for the account.
        database.wait(1).await;
        held.hold_also("select 1 from transactions for update")
            .await;
        held.let_go().await;
    };
    let (applied, ()) = tokio::join!(books.billing.apply_coupon(&order, "friend"), crossed);
    assert_eq!(applied.unwrap(), order.id);
    assert_eq!(books.available(ann).await, 100);
    books.close().await;
}

/// Two cards are removed, one at each server, neither before both are at it.
async fn removed_at_both(
    database: &OwnDatabase,
    [here, there]: [&Billing; 2],
    customer: CustomerId,
    [one, other]: [CardId; 2],
) -> [Removal; 2] {
    let held = Held::hold(database, "select 1 from cards for update".to_owned()).await;
    let release = async {
        database.wait(2).await;
        held.let_go().await;
    };
    let (one, other, ()) = tokio::join!(
        here.remove_card(customer, one),
        there.remove_card(customer, other),
        release,
    );
    [one.unwrap(), other.unwrap()]
}

/// Each of two cards is removed at one of two servers: the plan keeps the one that is left.
#[tokio::test]
async fn the_last_card_of_a_plan_stays() {
    let database = OwnDatabase::create().await;
    let books = Books::open_at(database.location(), |_| ()).await;
    let theirs = Theirs::order(&books, "ann@shop.example", "basic").await;
    for told in theirs.told(0) {
        books.deliver(&told).await.unwrap();
    }
    books.until(&theirs.order, State::Succeeded).await;
    let other = books.another_server().await;
    let ann = theirs.customer;
    let cards = database.cards(ann, 2).await;
    let servers = [&books.billing, &other];
    let mut removed = removed_at_both(&database, servers, ann, [cards[0], cards[1]]).await;
    removed.sort_by_key(|it| *it == Removal::Needed);
    assert_eq!(removed, [Removal::Removed, Removal::Needed]);
    let left = other.cards(ann).await.unwrap();
    assert_eq!(left.len(), 1);
    assert!(left[0].is_default);
    other.stop().await;
    books.close().await;
}

/// A default is removed while the card that would follow it is, too: the third one does.
#[tokio::test]
async fn one_of_the_cards_that_are_left_is_the_default() {
    let database = OwnDatabase::create().await;
    let books = Books::open_at(database.location(), |_| ()).await;
    let other = books.another_server().await;
    let ann = books.customer("ann@shop.example").await;
    let cards = database.cards(ann, 3).await;
    // The newest follows.
    let servers = [&books.billing, &other];
    let removed = removed_at_both(&database, servers, ann, [cards[0], cards[2]]).await;
    assert_eq!(removed, [Removal::Removed, Removal::Removed]);
    let left = other.cards(ann).await.unwrap();
    let left: Vec<_> = left.iter().map(|card| (card.id, card.is_default)).collect();
    assert_eq!(left, [(cards[1], true)]);
    other.stop().await;
    books.close().await;
}

/// The gateway tells of a card in the moment in which its customer leaves: it goes with them.
#[tokio::test]
async fn a_card_that_comes_as_its_customer_leaves_goes_with_them() {
    let database = OwnDatabase::create().await;
    let books = Books::open_at(database.location(), |_| ()).await;
    let other = books.another_server().await;
    let token = books.billing.sign_up("ann@shop.example", PASSWORD, "test");
    let session = books.billing.session(&token.await.unwrap()).await;
    let session = session.unwrap().unwrap();
    let ann = session.person.customer.unwrap();
    books.buy(ann, "starter").await;
    let known = "insert into gateway_customers (gateway, customer_id, reference, created_at)
                 select 'stripe', id, 'cus_1', 1 from customers";
    database.execute(known).await;
    // Leaving has come as far as the receipts, after the cards.
    let held = Held::hold(&database, "select 1 from documents for update".to_owned()).await;
    let comes = async {
        database.wait(1).await;
        let attached = event("payment_method.attached", &method(1, "print"));
        let heard = crate::books::deliver(&other, &books.clock, &attached);
        let release = async {
            // It waits for whoever leaves; where it does not, it is there now.
            while database.count(WAITING_OR_KEPT).await == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            held.let_go().await;
        };
        let (heard, ()) = tokio::join!(heard, release);
        heard.unwrap();
    };
    let (left, ()) = tokio::join!(books.billing.close_account(&session, PASSWORD), comes);
    left.unwrap();
    books.quiet().await;
    assert_eq!(database.count("select count(*) from cards").await, 0);
    let owed = "select count(*) from duties where kind = 'detach_card' and subject = 'pm_1'";
    assert_eq!(database.count(owed).await, 1);
    other.stop().await;
    books.close().await;
}

/// Two servers try the same event again in the same moment: that is one attempt.
#[tokio::test]
async fn an_event_that_both_try_again_is_tried_once() {
    let database = OwnDatabase::create().await;
    let books = Books::quietly_at(database.location(), |_| ()).await;
    let clock = books.clock.clone();
    let other = Books::quietly_at(database.location(), |it| it.clock = clock).await;
    let ann = books.customer("ann@shop.example").await;
    let mut early = paid(&books.order(ann, "starter").await);
    early["metadata"]["transaction"] = json!(TransactionId::new());
    let told = event("payment_intent.succeeded", &early);
    books.deliver(&told).await.unwrap();
    let held = Held::hold(&database, "select 1 from inbox for update".to_owned()).await;
    let release = async {
        database.wait(2).await;
        held.let_go().await;
    };
    tokio::join!(
        books.billing.process_events(),
        other.billing.process_events(),
        release,
    );
    let events = books.billing.attention().await.unwrap().events;
    let events: Vec<_> = events.iter().map(|it| (it.status, it.attempts)).collect();
    assert_eq!(events, [(EventStatus::Parked, 1)]);
    other.close().await;
    books.close().await;
}

/// A second one waits for what somebody holds, or a card has come.
const WAITING_OR_KEPT: &str =
    "select (select count(*) from cards) + (select greatest(count(*) - 1, 0) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock')";
