//! What must hold: after each step cheaply, and at the end of a schedule against everything that the
//! gateway knows.

use std::ops::Range;

use billing::{ledger::Reason, order::Order, refund, transaction::State};
use serde_json::Value;

use super::{
    gateway::{number, text},
    schedule::{EVERYBODY, PACKS, Person, Schedule},
};

/// More is not looked at; no schedule has so many.
const MANY: i64 = 1000;

macro_rules! law {
    ($holds:expr, $($words:tt)*) => {
        if !$holds {
            return Err(format!($($words)*));
        }
    };
}

impl Schedule<'_> {
    /// Nobody has more than they paid for and were given, less what they used; and lots add up.
    pub async fn hold_now(&self, concerned: Range<usize>) -> Result<(), String> {
        let billing = self.world.server(0);
        for person in &self.customers[concerned] {
            let balance = billing.balance(person.id).await.unwrap();
            let lots: i64 = balance.lots.iter().map(|lot| lot.remaining.0).sum();
            law!(lots == balance.available.0, "lots hold {lots}: {balance:?}");
            let has = balance.available.0 + balance.held.0 + balance.frozen.0 - balance.owed.0;
            let came = self.paid_for(person) + person.given;
            law!(
                has <= came - person.used,
                "has {has} of {came}, used {}",
                person.used
            );
        }
        Ok(())
    }

    /// The credits of everything that is paid at the gateway.
    fn paid_for(&self, person: &Person) -> i64 {
        let customer = person.id.to_string();
        let payments = self.world.gateway.all("payment_intent");
        let paid = payments
            .filter(|it| it["status"] == "succeeded" && it["metadata"]["customer"] == *customer);
        let billing = self.world.server(0);
        let packs = PACKS.map(|pack| billing.catalog().pack(pack).unwrap());
        paid.map(|payment| {
            let amount = number(payment, "amount");
            let pack = packs.iter().find(|pack| pack.price.value == amount);
            pack.expect("every price is that of a pack").credits.0
        })
        .sum()
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

    /// The payment of an order that succeeded there.
    fn payment_of(&self, order: &Order) -> Option<&Value> {
        let id = order.transaction.id.to_string();
        let mut payments = self.world.gateway.all("payment_intent");
        payments.find(|it| it["metadata"]["transaction"] == *id && it["status"] == "succeeded")
    }

    /// What is left to be done for somebody.
    pub async fn left_over(&self) -> Option<String> {
        let billing = &self.world.server(0);
        if billing.inbox_depth().await.unwrap() > 0 {
            let events = billing.attention().await.unwrap().events;
            return Some(format!("events that could not be dealt with: {events:?}"));
        }
        for person in &self.customers {
            for order in billing.orders(person.id, MANY).await.unwrap() {
                let transaction = &order.transaction;
                if transaction.settled_at.is_none() {
                    return Some(format!("{order:?}"));
                }
                if transaction.state != State::Succeeded {
                    continue;
                }
                let refunds = billing.refunds(transaction.id).await.unwrap();
                let mut refunds = refunds.iter();
                if let Some(refund) = refunds.find(|it| it.state == refund::State::Pending) {
                    return Some(format!("{refund:?}"));
                }
            }
        }
        None
    }

    /// What is in our books is what is in the gateway's.
    pub async fn hold_at_the_end(&self) -> Result<(), String> {
        let billing = self.world.server(1);
        self.hold_now(EVERYBODY).await?;
        for person in &self.customers {
            let (mut bought, mut paid) = (0, 0);
            for order in billing.orders(person.id, MANY).await.unwrap() {
                let review = &order.transaction.review;
                law!(review.is_none(), "somebody must look at it: {order:?}");
                if let Some(payment) = self.payment_of(&order) {
                    law!(
                        order.transaction.state == State::Succeeded,
                        "paid: {order:?}"
                    );
                    paid += 1;
                    bought += order.transaction.credits.0;
                    self.money_back_agrees(&order, payment).await?;
                } else {
                    law!(
                        order.transaction.state == State::Canceled,
                        "unpaid: {order:?}"
                    );
                }
            }
            let lines = billing.statement(person.id, None, MANY).await.unwrap();
            let of = |reason| lines.iter().filter(move |line| line.reason == reason);
            let granted: i64 = of(Reason::Purchase).map(|line| line.amount.0).sum();
            let grants = of(Reason::Purchase).count();
            law!(
                (grants, granted) == (paid, bought),
                "{grants} grants of {granted}, for {paid} of {bought}"
            );
            let spent: i64 = of(Reason::Spend).map(|line| -line.amount.0).sum();
            law!(spent == person.spent, "spent {spent}, not {}", person.spent);
        }
        Ok(())
    }

    /// Each refund of ours went out once, and what they hold is their part of the credits.
    async fn money_back_agrees(&self, order: &Order, payment: &Value) -> Result<(), String> {
        let id = text(payment, "id");
        let gateway = &self.world.gateway;
        let billing = self.world.server(0);
        let ours = billing.refunds(order.transaction.id).await.unwrap();
        for refund in &ours {
            let named = refund.id.to_string();
            let sent = gateway
                .refunds_of(id)
                .filter(|it| it["metadata"]["refund"] == *named)
                .count();
            law!(sent <= 1, "{refund:?} was sent {sent} times");
        }
        let succeeded = |it: &&refund::Refund| it.state == refund::State::Succeeded;
        let known: i64 = ours
            .iter()
            .filter(succeeded)
            .map(|it| it.amount.value)
            .sum();
        let back = gateway.refunded(id);
        law!(
            known == back,
            "{back} went back of {id}, and we know of {known}"
        );
        if gateway.disputes_of(id).next().is_none() {
            let held =
                |it: &refund::Refund| it.held.taken.0 + it.held.owed.0 + it.held.written_off.0;
            let held: i64 = ours.iter().map(held).sum();
            let part = order.transaction.credits.0 * back / number(payment, "amount");
            law!(
                held <= part,
                "{held} credits are held for {back} of {id}, not {part}"
            );
        }
        Ok(())
    }
}
