//! Whatever is bought, given, spent, set aside, used, given back, undone and left to run out, in
//! whichever order: the books say what a list of lots in memory says, and the laws hold.

mod lots;

use std::time::Duration;

use billing::{
    customer::Naming,
    id::CustomerId,
    ledger::{
        Gift, HoldError, HoldStatus, NewHold, Reason, Reversal, ReversalError, Spend, SpendError,
        Spent,
    },
};
use proptest::{prelude::*, test_runner::TestRunner};
use rstest::rstest;

use crate::books::{Books, Database, credits};
use lots::{Held, Kind, Lot, Model, first};

const HOUR: Duration = Duration::from_secs(3600);
const PACKS: [(&str, i64); 3] = [("starter", 50), ("standard", 250), ("studio", 1000)];

#[derive(Clone, Debug)]
enum Step {
    Buy(usize),
    Give {
        amount: i64,
        /// From then on they can be spent.
        later: Option<u32>,
        /// So long after that.
        hours: Option<u32>,
        priority: i64,
    },
    Spend {
        amount: i64,
        key: u8,
    },
    Hold {
        amount: i64,
        hours: u32,
    },
    /// Of one of the holds that there are.
    Capture {
        hold: usize,
        amount: i64,
    },
    Release {
        hold: usize,
    },
    /// One of the spends, captures and gifts that there are.
    Reverse {
        what: usize,
    },
    /// So many hours pass.
    Wait(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let hours = || 1..12_u32;
    let step = prop_oneof![
        1 => (0..PACKS.len()).prop_map(Step::Buy),
        4 => (1..200_i64, prop::option::of(hours()), prop::option::of(hours()), -1..=1_i64)
            .prop_map(|(amount, later, hours, priority)| Step::Give { amount, later, hours, priority }),
        3 => (1..300_i64, any::<u8>()).prop_map(|(amount, key)| Step::Spend { amount, key }),
        4 => (1..200_i64, hours()).prop_map(|(amount, hours)| Step::Hold { amount, hours }),
        3 => (any::<usize>(), 0..200_i64)
            .prop_map(|(hold, amount)| Step::Capture { hold, amount }),
        2 => any::<usize>().prop_map(|hold| Step::Release { hold }),
        4 => any::<usize>().prop_map(|what| Step::Reverse { what }),
        3 => (1..6_u32).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..30)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_books_agree_with_a_model(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let runtime = tokio::runtime::Handle::current();
    let (books, runs) = tokio::task::spawn_blocking(move || {
        let number = std::cell::Cell::new(0);
        let mut runner = TestRunner::new(ProptestConfig::with_cases(32));
        let runs = runner.run(&steps(), |steps| {
            number.set(number.get() + 1);
            runtime.block_on(agrees(&books, number.get(), &steps));
            Ok(())
        });
        (books, runs)
    })
    .await
    .unwrap();
    runs.unwrap();
    books.close().await;
}

async fn agrees(books: &Books, number: u32, steps: &[Step]) {
    let naming = Naming {
        external_id: number.to_string(),
        email: None,
        key: number.to_string(),
    };
    let customer = books.billing.name_customer(naming).await.unwrap().id;
    let mut model = Model::default();
    for (number, step) in steps.iter().enumerate() {
        model.follow(books, customer, step, number).await;
        let balance = books.billing.balance(customer).await.unwrap();
        let left: Vec<i64> = balance.lots.iter().map(|lot| lot.remaining.0).collect();
        assert_eq!(left, model.left(), "after {step:?}");
        assert_eq!(balance.available.0, model.available(), "after {step:?}");
        let available = books.billing.available(customer).await.unwrap();
        assert_eq!(available, balance.available);
        let upcoming: i64 = balance.upcoming.iter().map(|lot| lot.granted.0).sum();
        assert_eq!(upcoming, model.upcoming(), "after {step:?}");
        assert_eq!(balance.held.0, model.held(), "after {step:?}");
        assert_eq!(balance.owed.0, model.owed, "after {step:?}");
    }
    let why = books
        .billing
        .explain(customer, books.clock.now())
        .await
        .unwrap();
    let because: i64 = why.because.iter().map(|(_, credits)| credits.0).sum();
    let left: i64 = why.lots.iter().map(|lot| lot.remaining.0).sum();
    assert_eq!((because, left), (why.available.0, why.available.0));
    assert_eq!(why.upcoming.0, model.upcoming());
    books.hold().await;
}

impl Model {
    /// Does it in the books and in memory, and compares the answers.
    async fn follow(&mut self, books: &Books, customer: CustomerId, step: &Step, number: usize) {
        let billing = &books.billing;
        match *step {
            Step::Buy(pack) => {
                books.buy(customer, PACKS[pack].0).await;
                let lot = Lot {
                    starts: self.now,
                    paid: true,
                    ..Lot::new(PACKS[pack].1)
                };
                self.add(lot);
            }
            Step::Give {
                amount,
                later,
                hours,
                priority,
            } => {
                let starts = self.now + later.unwrap_or(0);
                let ends = hours.map(|hours| starts + hours);
                let time = |at: u32| books.clock.now().plus(HOUR * (at - self.now));
                let gift = Gift {
                    customer,
                    amount: credits(amount),
                    note: "gift".to_owned(),
                    starts_at: later.map(|_| time(starts)),
                    expires_at: ends.map(time),
                    priority,
                    key: number.to_string(),
                };
                let given = billing.give(gift.clone()).await.unwrap();
                assert_eq!(given, billing.give(gift).await.unwrap());
                let at_once = if later.is_none() { amount } else { 0 };
                assert_eq!(given.balance.0, self.available() + at_once);
                let lot = Lot {
                    priority,
                    starts,
                    ends: ends.unwrap_or(lots::NEVER),
                    ..Lot::new(amount)
                };
                self.add(lot);
                self.did(given.transfer, Kind::Given(self.lots.len() - 1));
            }
            Step::Spend { amount, key } => {
                let answer = billing.spend(spend(customer, amount, key)).await;
                match self.spent.get(&key) {
                    Some(before) if *before == amount => {
                        assert!(matches!(answer, Ok(Spent::Done(_))));
                    }
                    Some(_) => assert!(matches!(answer, Err(SpendError::KeyReused))),
                    None if amount > self.available() => {
                        assert!(matches!(answer, Ok(Spent::Insufficient { .. })));
                    }
                    None => {
                        let Ok(Spent::Done(entry)) = answer else {
                            panic!("{answer:?}")
                        };
                        self.spent.insert(key, amount);
                        let parts = self.take(amount);
                        self.did(entry.id, Kind::Used(parts));
                    }
                }
            }
            Step::Hold { amount, hours } => {
                let wish = NewHold {
                    customer,
                    amount: credits(amount),
                    note: "hold".to_owned(),
                    lifetime: HOUR * hours,
                    key: number.to_string(),
                };
                match billing.hold(wish).await.unwrap() {
                    Spent::Insufficient { available, .. } => {
                        assert_eq!(available.0, self.available());
                        assert!(available.0 < amount);
                    }
                    Spent::Done(hold) => {
                        let parts = self.take(amount);
                        let ends = self.now + hours;
                        self.holds.push(Held {
                            id: hold.id,
                            amount,
                            ends,
                            status: HoldStatus::Open,
                            captured: 0,
                            parts,
                        });
                    }
                }
            }
            Step::Capture { hold, amount } => {
                let Some(at) = hold.checked_rem(self.holds.len()) else {
                    return;
                };
                let answer = billing.capture_hold(self.holds[at].id, Some(credits(amount)));
                let answer = answer.await.map(|hold| hold.captured.0);
                let was_open = self.holds[at].status == HoldStatus::Open;
                if amount > self.holds[at].amount {
                    assert!(matches!(answer, Err(HoldError::TooMuch(_))));
                } else if self.end(at, HoldStatus::Captured, amount) {
                    assert_eq!(answer.unwrap(), amount);
                    if was_open && amount > 0 {
                        let lines = billing.statement(customer, None, 10).await.unwrap();
                        let mut lines = lines.iter();
                        let used = lines.find(|line| line.reason == Reason::Capture).unwrap();
                        let parts = first(&self.holds[at].parts, amount);
                        self.did(used.id, Kind::Used(parts));
                    }
                } else {
                    assert!(matches!(answer, Err(HoldError::Ended(_))));
                }
            }
            Step::Release { hold } => {
                let Some(at) = hold.checked_rem(self.holds.len()) else {
                    return;
                };
                let answer = billing.release_hold(self.holds[at].id).await;
                if self.end(at, HoldStatus::Released, 0) {
                    assert_eq!(answer.unwrap().status, HoldStatus::Released);
                } else {
                    assert!(matches!(answer, Err(HoldError::Ended(_))));
                }
            }
            Step::Reverse { what } => {
                let Some(at) = what.checked_rem(self.done.len()) else {
                    return;
                };
                let wish = Reversal {
                    customer,
                    entry: self.done[at].entry,
                    note: "mistake".to_owned(),
                };
                let other = Reversal {
                    note: "another".to_owned(),
                    ..wish.clone()
                };
                let answer = billing.reverse(wish.clone()).await;
                if self.undo(at) {
                    assert_eq!(answer.unwrap(), billing.reverse(wish).await.unwrap());
                    let again = billing.reverse(other).await;
                    assert!(matches!(again, Err(ReversalError::Reversed)));
                } else {
                    assert!(matches!(answer, Err(ReversalError::NothingLeft)));
                }
            }
            Step::Wait(hours) => {
                books.clock.advance(HOUR * hours);
                billing.sweep().await.unwrap();
                self.wait(hours);
            }
        }
    }
}

fn spend(customer: CustomerId, amount: i64, key: u8) -> Spend {
    Spend {
        customer,
        amount: credits(amount),
        note: "test".to_owned(),
        key: key.to_string(),
    }
}
