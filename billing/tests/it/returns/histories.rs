//! Any history of two payments of a customer, made up by chance, can be heard in any order.

use proptest::{prelude::*, test_runner::TestRunner};
use rstest::rstest;

use super::{dispute, refund};
use crate::books::{Books, Database, event};

/// Something that is told of one of two payments.
#[derive(Clone, Debug)]
enum Told {
    Refund {
        number: i64,
        amount: i64,
        status: &'static str,
    },
    Dispute {
        number: i64,
        amount: i64,
        status: &'static str,
    },
    Buy,
}

/// Each refund and dispute has one amount and one last state; what is told may be any stage of it.
fn told() -> impl Strategy<Value = Vec<(usize, Told)>> {
    let refund = (0..2_usize, 1..4_i64, any::<bool>(), any::<bool>()).prop_map(
        |(of, number, fails, late)| {
            let last = if fails && number == 2 {
                "failed"
            } else {
                "succeeded"
            };
            let status = if late { last } else { "pending" };
            (
                of,
                Told::Refund {
                    number,
                    amount: 61 * number,
                    status,
                },
            )
        },
    );
    let dispute = (0..2_usize, 5..7_i64, any::<bool>()).prop_map(|(of, number, late)| {
        let last = if number == 5 { "lost" } else { "won" };
        let status = if late { last } else { "under_review" };
        (
            of,
            Told::Dispute {
                number,
                amount: 71 * number,
                status,
            },
        )
    });
    let all = prop_oneof![3 => refund, 2 => dispute, 1 => Just((0, Told::Buy))];
    prop::collection::vec(all, 1..14)
}

/// Whatever is told of two payments of a customer, twice over and in any order, with purchases in
/// between that pay debts, it ends in the same balance.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn any_history_can_be_heard_in_any_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let runtime = tokio::runtime::Handle::current();
    let histories = told().prop_flat_map(|told| {
        let twice = [told.clone(), told.clone()].concat();
        let once_bought: Vec<_> = twice
            .into_iter()
            .enumerate()
            .filter(|(place, (_, told_of))| *place < told.len() || !matches!(told_of, Told::Buy))
            .map(|(_, told_of)| told_of)
            .collect();
        (Just(told), Just(once_bought).prop_shuffle())
    });
    let (books, runs) = tokio::task::spawn_blocking(move || {
        let number = std::cell::Cell::new(0);
        let mut runner = TestRunner::new(ProptestConfig::with_cases(24));
        let runs = runner.run(&histories, |(in_order, shuffled)| {
            let mut ends = Vec::new();
            for history in [in_order, shuffled] {
                number.set(number.get() + 1);
                let email = format!("c{}@shop.example", number.get());
                ends.push(runtime.block_on(live_through(&books, &email, &history)));
            }
            prop_assert_eq!(&ends[0], &ends[1]);
            Ok(())
        });
        (books, runs)
    })
    .await
    .unwrap();
    runs.unwrap();
    books.close().await;
}

/// What is available less what is owed, what is frozen, and how many credits each refund and dispute
/// holds. Whether a purchase paid a debt or came before it differs, and makes no difference.
async fn live_through(
    books: &Books,
    email: &str,
    history: &[(usize, Told)],
) -> (Vec<i64>, Vec<i64>) {
    let customer = books.customer(email).await;
    let orders = [
        books.buy(customer, "starter").await,
        books.buy(customer, "starter").await,
    ];
    books.spend(customer, 73).await;
    for (of, told) in history {
        let order = &orders[*of];
        let told = match told {
            Told::Refund {
                number,
                amount,
                status,
            } => event("refund.updated", &refund(order, *number, *amount, status)),
            Told::Dispute {
                number,
                amount,
                status,
            } => event(
                "charge.dispute.updated",
                &dispute(order, *number, *amount, status),
            ),
            Told::Buy => {
                books.buy(customer, "starter").await;
                continue;
            }
        };
        books.deliver(&told).await.unwrap();
    }
    books.hold().await;
    let has = books.has(customer).await;
    let mut held = Vec::new();
    for order in &orders {
        for (_, taken, owed, written_off) in books.refunds(order).await {
            held.push(taken + owed + written_off);
        }
        for (_, frozen, taken, owed, written_off) in books.disputes(order).await {
            held.push(frozen + taken + owed + written_off);
        }
    }
    (vec![has.available - has.owed, has.frozen], held)
}
