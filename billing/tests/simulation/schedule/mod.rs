//! One random history: what customers, their banks, a product and an operator do, how the network
//! carries it, and when a server dies. Everything follows from the seed.

mod bank;
mod cards;
pub mod customers;
mod end;
mod plans;
mod product;
mod servers;

use std::{collections::BTreeSet, ops::Range, time::Duration};

use billing::{
    Error,
    customer::Naming,
    id::{CustomerId, HoldId},
    order::Order,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::Value;

use super::world::{SERVERS, World};

pub const PACKS: [&str; 3] = ["starter", "standard", "studio"];
/// How much happens in a usual history, and in one of eight.
const STEPS: usize = 40;
const MANY_STEPS: usize = 160;
const CUSTOMERS: usize = 2;
pub const EVERYBODY: Range<usize> = 0..CUSTOMERS;
const NOBODY: Range<usize> = 0..0;
const HOUR: Duration = Duration::from_secs(3600);

#[derive(Clone, Copy)]
enum Step {
    Order,
    Redeem,
    Subscribe,
    ChangePlan,
    EndPlan,
    OpenPage,
    LeavePage,
    KeepCard,
    TryOut,
    RemoveCard,
    ComeBack,
    GiveUp,
    AskForRefund,
    Spend,
    Give,
    SetAside,
    EndHold,
    LetThrough,
    Deliver,
    Work,
    Sweep,
    DoDuties,
    FillGaps,
    Pay,
    GiveBack,
    Doubt,
    Decide,
    Wait,
    Die,
}

/// What happens, and how often beside the rest. Each history likes some of it more than others do, and
/// some of it not at all.
const USUAL: [(Step, u32); 29] = [
    (Step::Order, 10),
    (Step::Redeem, 1),
    (Step::Subscribe, 4),
    (Step::ChangePlan, 4),
    (Step::EndPlan, 2),
    (Step::OpenPage, 5),
    (Step::LeavePage, 1),
    (Step::KeepCard, 4),
    (Step::TryOut, 4),
    (Step::RemoveCard, 2),
    (Step::ComeBack, 4),
    (Step::GiveUp, 3),
    (Step::AskForRefund, 4),
    (Step::Spend, 4),
    (Step::Give, 2),
    (Step::SetAside, 2),
    (Step::EndHold, 2),
    (Step::LetThrough, 36),
    (Step::Deliver, 24),
    (Step::Work, 2),
    (Step::Sweep, 2),
    (Step::DoDuties, 2),
    (Step::FillGaps, 2),
    (Step::Pay, 24),
    (Step::GiveBack, 3),
    (Step::Doubt, 3),
    (Step::Decide, 4),
    (Step::Wait, 5),
    (Step::Die, 2),
];

/// What came to its end.
pub enum Done {
    /// Somebody has the means to make this payment, of an order if it is for one.
    Opened(Option<Box<Order>>, String),
    Nothing,
}

pub struct Schedule<'w> {
    pub world: &'w mut World,
    pub customers: Vec<Person>,
    chance: StdRng,
    likes: [(Step, u32); USUAL.len()],
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
    /// What a code brought.
    pub welcome: i64,
    /// They have asked for the trial.
    pub tries: bool,
    /// A code may have made a pack free.
    pub may_have_a_gift: bool,
    holds: Vec<(HoldId, i64)>,
    pub orders: Vec<Order>,
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
                welcome: 0,
                tries: false,
                may_have_a_gift: false,
                holds: Vec::new(),
                orders: Vec::new(),
            });
        }
        let mut chance = StdRng::seed_from_u64(seed);
        let likes = USUAL.map(|(step, weight)| (step, weight * chance.random_range(0..4)));
        Self {
            world,
            customers,
            chance,
            likes,
            opened: BTreeSet::new(),
            events: Vec::new(),
            wishes: 0,
            trace: Vec::new(),
        }
    }

    /// The random part.
    pub async fn happens(&mut self) -> Result<(), String> {
        let steps = match self.chance.random_range(0..8) {
            0 => MANY_STEPS,
            _ => STEPS,
        };
        for _ in 0..steps {
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
        let step = self.likes.choose_weighted(&mut self.chance, |like| like.1);
        let concerned = match step.expect("there is always something to do").0 {
            Step::Order => self.order().await,
            Step::Redeem => self.redeem().await,
            Step::Subscribe => self.subscribe().await,
            Step::ChangePlan => self.change_plan().await,
            Step::EndPlan => self.end_plan().await,
            Step::OpenPage => self.open_page().await,
            Step::LeavePage => self.leave_page().await,
            Step::KeepCard => self.keep_card().await,
            Step::TryOut => self.try_out().await,
            Step::RemoveCard => self.remove_card().await,
            Step::ComeBack => self.come_back().await,
            Step::GiveUp => self.give_up().await,
            Step::AskForRefund => self.ask_for_refund().await,
            Step::Spend => self.spend().await,
            Step::Give => self.give().await,
            Step::SetAside => self.set_aside().await,
            Step::EndHold => self.end_hold().await,
            Step::LetThrough => self.let_through().await,
            Step::Deliver => self.deliver().await,
            Step::Work => self.work().await,
            Step::Sweep => self.sweep().await,
            Step::DoDuties => self.do_duties().await,
            Step::FillGaps => self.fill_gaps().await,
            Step::Pay => self.pay(),
            Step::GiveBack => self.give_back_at_the_gateway(),
            Step::Doubt => self.doubt(),
            Step::Decide => self.decide(),
            Step::Wait => self.wait(),
            Step::Die => self.die(),
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
            let Some(order) = order else { return };
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

/// The gateway may refuse or be silent, and whoever does two things with one order at once may be told to
/// do one of them again. All else would be our own mistake.
#[track_caller]
fn expected<T>(answer: Result<T, Error>) {
    match answer {
        Ok(_) | Err(Error::Gateway(_) | Error::Busy) => {}
        Err(error) => panic!("{error}"),
    }
}
