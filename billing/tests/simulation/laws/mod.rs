//! What must hold: after each step cheaply, and at the end of a schedule against everything that the
//! gateway knows.

macro_rules! law {
    ($holds:expr, $($words:tt)*) => {
        if !$holds {
            return Err(format!($($words)*));
        }
    };
}

mod cards;
mod packs;
mod plans;
mod refunds;

use std::{collections::HashSet, ops::Range};

use billing::{
    ledger::{Entry, Reason},
    refund,
    transaction::{State, Transaction},
};
use serde_json::Value;

use super::schedule::{EVERYBODY, Person, Schedule};

/// More is not looked at; no schedule has so many.
const MANY: i64 = 1000;

impl Schedule<'_> {
    /// Nobody has more than they paid for and were given, less what they used; and lots add up.
    pub async fn hold_now(&self, concerned: Range<usize>) -> Result<(), String> {
        let billing = self.world.server(0);
        for person in &self.customers[concerned] {
            let balance = billing.balance(person.id).await.unwrap();
            let lots: i64 = balance.lots.iter().map(|lot| lot.remaining.0).sum();
            law!(lots == balance.available.0, "lots hold {lots}: {balance:?}");
            let has = balance.available.0 + balance.held.0 + balance.frozen.0 - balance.owed.0;
            let came = self.came_to(person);
            law!(
                has <= came - person.used,
                "has {has} of {came}, used {}",
                person.used
            );
        }
        Ok(())
    }

    /// The most that a customer can have got by now.
    fn came_to(&self, person: &Person) -> i64 {
        let for_nothing = self.free_pack(person) + person.welcome + person.given;
        let for_nothing = for_nothing + self.trial(person);
        self.paid_for_packs(person) + self.paid_for_plans(person) + for_nothing
    }

    /// Whose payment an object of the gateway is, or is about.
    pub fn owner_of(&self, object: &Value) -> Option<usize> {
        let payment = match &object["payment_intent"] {
            Value::String(id) => self.world.gateway.object(id)?,
            _ => object,
        };
        let customer = payment["metadata"]["customer"].as_str()?;
        let mut people = self.customers.iter();
        people.position(|person| person.id.to_string() == customer)
    }

    /// What is left to be done for somebody.
    pub async fn left_over(&self) -> Option<String> {
        let billing = &self.world.server(0);
        if billing.inbox_depth().await.unwrap() > 0 {
            let events = billing.attention().await.unwrap().events;
            return Some(format!("events that could not be dealt with: {events:?}"));
        }
        for person in &self.customers {
            for transaction in self.transactions_of(person).await {
                // What is put before a person stays there.
                if transaction.settled_at.is_none() && transaction.review.is_none() {
                    return Some(format!("{transaction:?}"));
                }
                if transaction.state != State::Succeeded || transaction.amount.value == 0 {
                    continue;
                }
                let refunds = billing.refunds(transaction.id).await.unwrap();
                let mut refunds = refunds.iter();
                if let Some(refund) = refunds.find(|it| it.state == refund::State::Pending) {
                    return Some(format!("{refund:?}"));
                }
            }
        }
        self.cards_left_over().await
    }

    async fn transactions_of(&self, person: &Person) -> Vec<Transaction> {
        let billing = self.world.server(1);
        let all = billing.list_transactions(Some(person.id), None, MANY).await;
        all.unwrap()
    }

    /// What is in our books is what is in the gateway's.
    pub async fn hold_at_the_end(&self) -> Result<(), String> {
        self.hold_now(EVERYBODY).await?;
        let mut tried = HashSet::new();
        for person in &self.customers {
            let billing = self.world.server(1);
            let lines = billing.statement(person.id, None, MANY).await.unwrap();
            let transactions = self.transactions_of(person).await;
            self.packs_agree(person, &transactions, &lines).await?;
            self.plans_agree(person, &transactions, &lines).await?;
            if let Some(card) = self.trial_agrees(person, &transactions, &lines)? {
                law!(tried.insert(card), "two trials with one card");
            }
            let (_, spent) = summed(&lines, Reason::Spend);
            law!(
                -spent == person.spent,
                "spent {spent}, not {}",
                person.spent
            );
            let (_, welcome) = summed(&lines, Reason::Coupon);
            law!(welcome == person.welcome, "a code brought {welcome}");
        }
        Ok(())
    }
}

/// How many lines of a statement have this reason, and what they come to.
fn summed(lines: &[Entry], reason: Reason) -> (usize, i64) {
    let of = lines.iter().filter(|line| line.reason == reason);
    of.fold((0, 0), |(count, sum), line| {
        (count + 1, sum + line.amount.0)
    })
}
