//! One random history: what customers, their banks, a product and an operator do, how the network
//! carries it, and when the process dies. Everything follows from the seed.

use std::{collections::BTreeSet, time::Duration};

use billing::{
    Billing, Error,
    customer::Naming,
    id::{CustomerId, HoldId},
    ledger::{Gift, NewHold, Spend, Spent},
    order::{CheckoutError, Order},
    refund::{Reason, RefundError, Wish},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use super::{
    gateway::{is_waiting, number, text},
    world::World,
};
use crate::books::{credits, deliver};

pub const PACKS: [&str; 3] = ["starter", "standard", "studio"];
const STEPS: usize = 40;
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
        for number in 0..2 {
            let naming = Naming {
                external_id: format!("{seed}-{number}"),
                email: None,
                key: format!("{seed}-{number}"),
            };
            let named = world.billing.name_customer(naming).await.unwrap();
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
            let is_ours = self.step().await;
            self.hear();
            if is_ours {
                self.hold_now().await?;
            }
        }
        Ok(())
    }

    fn say(&mut self, what: impl Into<String>) {
        self.trace.push(what.into());
    }

    fn one_of(&mut self, length: usize) -> Option<usize> {
        (length > 0).then(|| self.chance.random_range(0..length))
    }

    fn key(&mut self) -> String {
        self.wishes += 1;
        self.wishes.to_string()
    }

    /// Answers whether our books may have changed: much happens elsewhere alone.
    async fn step(&mut self) -> bool {
        match self.chance.random_range(0..100) {
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
            elsewhere => {
                match elsewhere {
                    72..84 => self.pay(),
                    84..87 => self.give_back_at_the_gateway(),
                    87..90 => self.doubt(),
                    90..94 => self.decide(),
                    94..98 => self.wait(),
                    _ => self.die(),
                }
                return false;
            }
        }
        for done in self.world.take_done() {
            self.note(done);
        }
        true
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

    async fn order(&mut self) {
        let (who, pack) = (
            self.chance.random_range(0..2),
            self.chance.random_range(0..3),
        );
        self.say(format!("{who} orders {}", PACKS[pack]));
        let (billing, customer) = (self.world.billing.clone(), self.customers[who].id);
        self.world
            .begins(order(billing, customer, PACKS[pack]))
            .await;
    }

    async fn let_through(&mut self) {
        if let Some(at) = self.one_of(self.world.calls.len()) {
            let gist = self.world.calls[at].asked.gist();
            let fate = self.world.lets_through(at).await;
            self.say(format!("{gist}: {fate:?}"));
        }
    }

    /// A customer and their bank do something with a payment.
    fn pay(&mut self) {
        let Some(at) = self.one_of(self.opened.len()) else {
            return;
        };
        let id = self.opened.iter().nth(at).unwrap().clone();
        let payments = &mut self.world.gateway;
        let payment = payments
            .all("payment_intent")
            .find(|it| it["id"] == *id)
            .unwrap()
            .clone();
        let is_processing = payment["status"] == "processing";
        if !is_processing && !is_waiting(&payment) {
            return;
        }
        let (event, change) = match self.chance.random_range(0..8) {
            0 if !is_processing => ("requires_action", json!({ "status": "requires_action" })),
            1 if !is_processing => ("processing", json!({ "status": "processing" })),
            0..3 => ("payment_failed", declined()),
            _ => (
                "succeeded",
                json!({ "status": "succeeded", "amount_received": payment["amount"], "last_payment_error": null }),
            ),
        };
        payments.moves(&id, &format!("payment_intent.{event}"), change);
        self.say(format!("{id} {event}"));
    }

    async fn deliver(&mut self) {
        let Some(at) = self.one_of(self.events.len()) else {
            return;
        };
        let (event, copies) = &mut self.events[at];
        *copies -= 1;
        let event = match *copies {
            0 => self.events.swap_remove(at).0,
            _ => event.clone(),
        };
        self.say(format!("hears {}", text(&event, "type")));
        let World { billing, clock, .. } = &*self.world;
        deliver(billing, clock, &event)
            .await
            .expect("a genuine event is taken");
    }

    fn some_order(&mut self) -> Option<Order> {
        let who = self.chance.random_range(0..2);
        let at = self.one_of(self.customers[who].orders.len())?;
        Some(self.customers[who].orders[at].clone())
    }

    async fn come_back(&mut self) {
        if let Some(order) = self.some_order() {
            self.say("a customer comes back from the gateway");
            let billing = self.world.billing.clone();
            let asked = async move {
                expected(billing.returned(order.transaction.id).await);
                Done::Nothing
            };
            self.world.begins(asked).await;
        }
    }

    async fn give_up(&mut self) {
        if let Some(order) = self.some_order() {
            self.say("an order is given up");
            let billing = self.world.billing.clone();
            let given_up = async move {
                let order = billing
                    .order(order.customer, order.id)
                    .await
                    .unwrap()
                    .unwrap();
                expected(billing.give_up(&order).await);
                Done::Nothing
            };
            self.world.begins(given_up).await;
        }
    }

    async fn ask_for_refund(&mut self) {
        if let Some(order) = self.some_order() {
            let mut amount = order.transaction.amount;
            amount.value = self.chance.random_range(1..=amount.value);
            let key = self.chance.random_range(0..3).to_string();
            self.say(format!("a refund of {amount}, key {key}"));
            let wish = Wish {
                transaction: order.transaction.id,
                amount,
                reason: Reason::RequestedByCustomer,
                key,
            };
            let billing = self.world.billing.clone();
            let refunded = async move {
                if let Err(RefundError::Other(error)) = billing.refund(wish).await {
                    expected::<()>(Err(error));
                }
                Done::Nothing
            };
            self.world.begins(refunded).await;
        }
    }

    fn some_paid(&mut self) -> Option<(String, i64)> {
        let gateway = &self.world.gateway;
        let opened = &self.opened;
        let paid = gateway
            .all("payment_intent")
            .filter(|it| it["status"] == "succeeded" && opened.contains(text(it, "id")));
        let paid: Vec<_> = paid
            .map(|it| (text(it, "id").to_owned(), number(it, "amount")))
            .collect();
        let at = self.one_of(paid.len())?;
        Some(paid[at].clone())
    }

    fn give_back_at_the_gateway(&mut self) {
        if let Some((id, amount)) = self.some_paid() {
            let amount = self.chance.random_range(1..=amount);
            let made = self.world.gateway.refund(&id, amount, json!({})).is_ok();
            self.say(format!("an operator refunds {amount} of {id}: {made}"));
        }
    }

    fn doubt(&mut self) {
        if let Some((id, amount)) = self.some_paid()
            && self.world.gateway.disputes_of(&id).next().is_none()
        {
            self.world.gateway.dispute(&id, amount);
            self.say(format!("{id} is disputed"));
        }
    }

    /// A bank decides about a refund or dispute.
    fn decide(&mut self) {
        let ours = |it: &&Value| self.opened.contains(text(it, "payment_intent"));
        let gateway = &self.world.gateway;
        let open = gateway
            .all("refund")
            .chain(gateway.all("dispute"))
            .filter(ours);
        let open: Vec<Value> = open
            .filter(|it| it["status"] != "failed")
            .cloned()
            .collect();
        let Some(at) = self.one_of(open.len()) else {
            return;
        };
        let well = self.chance.random_bool(0.7);
        self.decide_one(&open[at], well);
    }

    pub fn decide_one(&mut self, it: &Value, well: bool) {
        let id = text(it, "id");
        let (event, status) = match (text(it, "object"), text(it, "status"), well) {
            ("refund", "pending", true) => ("refund.updated", "succeeded"),
            ("refund", _, false) => ("refund.failed", "failed"),
            ("dispute", "needs_response", true) => ("charge.dispute.closed", "won"),
            ("dispute", "needs_response", false) => ("charge.dispute.closed", "lost"),
            _ => return,
        };
        self.world
            .gateway
            .moves(id, event, json!({ "status": status }));
        self.say(format!("{id} {status}"));
    }

    async fn spend(&mut self) {
        let who = self.chance.random_range(0..2);
        let amount = self.chance.random_range(1..120);
        let wish = Spend {
            customer: self.customers[who].id,
            amount: credits(amount),
            note: "Picture".to_owned(),
            key: self.key(),
        };
        let spent = self.world.billing.spend(wish.clone()).await.unwrap();
        let is_done = matches!(spent, Spent::Done(_));
        self.say(format!("{who} spends {amount}: {is_done}"));
        if is_done {
            self.customers[who].used += amount;
            self.customers[who].spent += amount;
            // The answer was lost: the same key is done once.
            assert_eq!(self.world.billing.spend(wish).await.unwrap(), spent);
        }
    }

    async fn give(&mut self) {
        let who = self.chance.random_range(0..2);
        let amount = self.chance.random_range(1..50);
        let days = self.chance.random_range(1..4);
        let later = self.chance.random_bool(0.3);
        self.say(format!("{who} is given {amount} for {days} days"));
        let gift = Gift {
            customer: self.customers[who].id,
            amount: credits(amount),
            note: "Welcome".to_owned(),
            starts_at: later.then(|| self.world.clock.now().plus(HOUR)),
            expires_at: Some(self.world.clock.now().plus(24 * HOUR * days)),
            priority: 0,
            key: self.key(),
        };
        self.world.billing.give(gift).await.unwrap();
        self.customers[who].given += amount;
    }

    async fn set_aside(&mut self) {
        let who = self.chance.random_range(0..2);
        let amount = self.chance.random_range(1..80);
        let wish = NewHold {
            customer: self.customers[who].id,
            amount: credits(amount),
            note: "Film".to_owned(),
            lifetime: 2 * HOUR,
            key: self.key(),
        };
        let held = self.world.billing.hold(wish).await.unwrap();
        self.say(format!(
            "{who} sets {amount} aside: {}",
            matches!(held, Spent::Done(_))
        ));
        if let Spent::Done(hold) = held {
            self.customers[who].holds.push((hold.id, amount));
        }
    }

    async fn end_hold(&mut self) {
        let who = self.chance.random_range(0..2);
        if let Some(at) = self.one_of(self.customers[who].holds.len()) {
            let (hold, amount) = self.customers[who].holds.swap_remove(at);
            let used = self.chance.random_range(0..=amount);
            // It may have expired.
            let captured = self
                .world
                .billing
                .capture_hold(hold, Some(credits(used)))
                .await;
            self.say(format!(
                "{who} uses {used} of {amount}: {}",
                captured.is_ok()
            ));
            if captured.is_ok() {
                self.customers[who].used += used;
            }
        }
    }

    pub async fn work(&mut self) {
        self.say("the worker looks into the inbox");
        let billing = self.world.billing.clone();
        self.world
            .does(async { billing.process_events().await })
            .await;
    }

    pub async fn sweep(&mut self) {
        self.say("sweeps");
        let billing = self.world.billing.clone();
        self.world
            .does(async { billing.sweep().await.unwrap() })
            .await;
    }

    pub async fn fill_gaps(&mut self) {
        self.say("the gateway's list is compared");
        let billing = self.world.billing.clone();
        let compared = async { expected(billing.fill_gaps().await) };
        self.world.does(compared).await;
    }

    fn wait(&mut self) {
        let seconds = [1, 70, 3_700, 30_000, 90_000, 260_000][self.chance.random_range(0..6)];
        self.say(format!("{seconds} s pass"));
        self.world.advance(Duration::from_secs(seconds));
    }

    fn die(&mut self) {
        let lost = self.world.dies();
        self.say(format!("dies with {lost} under way"));
    }

    /// The network takes what happened at the gateway, and loses some of it for good.
    pub fn hear(&mut self) {
        for event in self.world.gateway.news() {
            match self.chance.random_range(0..10) {
                0 if self.world.seed.is_some() => {}
                1 | 2 => self.events.push((event, 3)),
                _ => self.events.push((event, 1)),
            }
        }
    }

    /// From now on nothing goes wrong, and everything comes to its end.
    pub async fn ends(&mut self) -> Result<(), String> {
        self.world.seed = None;
        self.say("all goes well from here");
        while !self.world.calls.is_empty() {
            self.world.lets_through(0).await;
        }
        for done in self.world.take_done() {
            self.note(done);
        }
        for payment in self.opened.clone() {
            let gateway = &mut self.world.gateway;
            if gateway
                .all("payment_intent")
                .any(|it| it["id"] == *payment && it["status"] == "processing")
            {
                gateway.moves(&payment, "payment_intent.payment_failed", declined());
            }
        }
        let mut left = None;
        for round in 0..8 {
            let gateway = &self.world.gateway;
            let open: Vec<Value> = gateway
                .all("refund")
                .chain(gateway.all("dispute"))
                .cloned()
                .collect();
            for it in open {
                self.decide_one(&it, true);
            }
            self.hear();
            while !self.events.is_empty() {
                self.deliver().await;
            }
            self.world.advance(HOUR * if round == 0 { 25 } else { 2 });
            self.fill_gaps().await;
            self.work().await;
            self.sweep().await;
            left = self.left_over().await;
            if left.is_none() {
                return self.hold_at_the_end().await;
            }
        }
        Err(format!("never done: {left:?}"))
    }
}

/// What becomes of a payment when the bank says no.
fn declined() -> Value {
    let error =
        json!({ "code": "card_declined", "decline_code": "generic_decline", "message": "No." });
    json!({ "status": "requires_payment_method", "last_payment_error": error })
}

async fn order(billing: Billing, customer: CustomerId, pack: &'static str) -> Done {
    let pack = billing.catalog().pack(pack).unwrap().clone();
    let order = match billing.place_order(customer, &pack, None).await {
        Ok(order) => order,
        Err(error) => {
            expected::<()>(Err(error));
            return Done::Nothing;
        }
    };
    match billing.begin_payment(&order).await {
        Ok(checkout) => {
            let (payment, _) = checkout.client_secret.split_once("_secret").unwrap();
            Done::Opened(Box::new(order), payment.to_owned())
        }
        Err(CheckoutError::Other(error)) => {
            expected::<()>(Err(error));
            Done::Nothing
        }
        Err(CheckoutError::Closed | CheckoutError::Gateway(_)) => Done::Nothing,
    }
}

/// The gateway may refuse or be silent. All else would be our own mistake.
#[track_caller]
fn expected<T>(answer: Result<T, Error>) {
    match answer {
        Ok(_) | Err(Error::Gateway(_)) => {}
        Err(error) => panic!("{error}"),
    }
}
