//! One random history: what customers, their banks, a product and an operator do, how the network
//! carries it, and when a server dies. Everything follows from the seed.

mod bank;
mod customers;
mod end;
mod product;
mod servers;

use std::{collections::BTreeSet, ops::Range, time::Duration};

use billing::{
    Error,
    customer::Naming,
    id::{CustomerId, HoldId},
    order::Order,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;

use super::world::{SERVERS, World};

pub const PACKS: [&str; 3] = ["starter", "standard", "studio"];
const STEPS: usize = 40;
const CUSTOMERS: usize = 2;
pub const EVERYBODY: Range<usize> = 0..CUSTOMERS;
const NOBODY: Range<usize> = 0..0;
const HOUR: Duration = Duration::from_secs(3600);

/// What came to its end.
pub enum Done {
    /// Somebody has the means to pay this payment.
    Opened(Box<Order>, String),
    Nothing,
}

pub struct Schedule<'w> {
    pub world: &'w mut World,
    pub customers: Vec<Person>,
    chance: StdRng,
    /// Payments that somebody can pay.
    opened: BTreeSet<String>,
    /// Events on their way, and how often each arrives.
    events: Vec<(Value, usize)>,
    wishes: u64,
    /// What happened, for people.
    pub trace: Vec<String>,
}

pub struct Person {
    pub id: CustomerId,
    pub given: i64,
    /// Spent, or captured of what was set aside.
    pub used: i64,
    pub spent: i64,
    holds: Vec<(HoldId, i64)>,
    orders: Vec<Order>,
}

impl<'w> Schedule<'w> {
    pub async fn new(world: &'w mut World, seed: u64) -> Self {
        world.begin(seed);
        let mut customers = Vec::new();
        for number in 0..CUSTOMERS {
            let naming = Naming {
                external_id: format!("{seed}-{number}"),
                email: None,
                key: format!("{seed}-{number}"),
            };
            let named = world.server(0).name_customer(naming).await.unwrap();
            customers.push(Person {
                id: named.id,
                given: 0,
                used: 0,
                spent: 0,
                holds: Vec::new(),
                orders: Vec::new(),
            });
        }
        Self {
            world,
            customers,
            chance: StdRng::seed_from_u64(seed),
            opened: BTreeSet::new(),
            events: Vec::new(),
            wishes: 0,
            trace: Vec::new(),
        }
    }

    /// The random part.
    pub async fn happens(&mut self) -> Result<(), String> {
        for _ in 0..STEPS {
            let concerned = self.step().await;
            self.hear();
            self.hold_now(concerned).await?;
        }
        Ok(())
    }

    fn say(&mut self, what: impl Into<String>) {
        self.trace.push(what.into());
    }

    fn one_of(&mut self, length: usize) -> Option<usize> {
        (length > 0).then(|| self.chance.random_range(0..length))
    }

    fn somebody(&mut self) -> usize {
        self.chance.random_range(EVERYBODY)
    }

    fn some_server(&mut self) -> usize {
        self.chance.random_range(0..SERVERS)
    }

    fn key(&mut self) -> String {
        self.wishes += 1;
        self.wishes.to_string()
    }

    /// Answers whose books may have changed: much happens elsewhere alone.
    async fn step(&mut self) -> Range<usize> {
        let concerned = match self.chance.random_range(0..100) {
            0..12 => self.order().await,
            12..26 => self.let_through().await,
            26..44 => self.deliver().await,
            44..48 => self.come_back().await,
            48..51 => self.give_up().await,
            51..55 => self.ask_for_refund().await,
            55..60 => self.spend().await,
            60..62 => self.give().await,
            62..64 => self.set_aside().await,
            64..66 => self.end_hold().await,
            66..68 => self.work().await,
            68..70 => self.sweep().await,
            70..72 => self.fill_gaps().await,
            72..84 => self.pay(),
            84..87 => self.give_back_at_the_gateway(),
            87..90 => self.doubt(),
            90..94 => self.decide(),
            94..98 => self.wait(),
            _ => self.die(),
        };
        for done in self.world.take_done() {
            self.note(done);
        }
        concerned
    }

    fn note(&mut self, done: Done) {
        if let Done::Opened(order, payment) = done {
            self.say(format!("{payment} can be paid"));
            self.opened.insert(payment);
            let person = self.customers.iter_mut().find(|it| it.id == order.customer);
            let orders = &mut person.expect("an order has its customer").orders;
            if orders.iter().all(|known| known.id != order.id) {
                orders.push(*order);
            }
        }
    }
}

/// The books of one customer alone.
fn only(who: usize) -> Range<usize> {
    who..who + 1
}

/// The gateway may refuse or be silent. All else would be our own mistake.
#[track_caller]
fn expected<T>(answer: Result<T, Error>) {
    match answer {
        Ok(_) | Err(Error::Gateway(_)) => {}
        Err(error) => panic!("{error}"),
    }
}
