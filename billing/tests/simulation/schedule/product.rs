//! What a product does with credits: give, spend, set aside.

use std::ops::Range;

use billing::{
    ledger::{Gift, NewHold, Spend, Spent},
    money::Credits,
};
use rand::Rng;

use super::{HOUR, Schedule, only};

impl Schedule<'_> {
    pub(super) async fn spend(&mut self) -> Range<usize> {
        let who = self.somebody();
        let amount = self.chance.random_range(1..120);
        let wish = Spend {
            customer: self.customers[who].id,
            amount: Credits(amount),
            note: "Picture".to_owned(),
            key: self.key(),
        };
        let billing = self.some_billing();
        let spent = billing.spend(wish.clone()).await.unwrap();
        let is_done = matches!(spent, Spent::Done(_));
        self.say(format!("{who} spends {amount}: {is_done}"));
        if is_done {
            self.customers[who].used += amount;
            self.customers[who].spent += amount;
            // The answer was lost: the same key is done once, whoever is asked.
            assert_eq!(self.some_billing().spend(wish).await.unwrap(), spent);
        }
        only(who)
    }

    pub(super) async fn give(&mut self) -> Range<usize> {
        let who = self.somebody();
        let amount = self.chance.random_range(1..50);
        let days = self.chance.random_range(1..4);
        let later = self.chance.random_bool(0.3);
        self.say(format!("{who} is given {amount} for {days} days"));
        let gift = Gift {
            customer: self.customers[who].id,
            amount: Credits(amount),
            note: "Welcome".to_owned(),
            starts_at: later.then(|| self.world.clock.now().plus(HOUR)),
            expires_at: Some(self.world.clock.now().plus(24 * HOUR * days)),
            priority: 0,
            key: self.key(),
        };
        self.some_billing().give(gift).await.unwrap();
        self.customers[who].given += amount;
        only(who)
    }

    pub(super) async fn set_aside(&mut self) -> Range<usize> {
        let who = self.somebody();
        let amount = self.chance.random_range(1..80);
        let wish = NewHold {
            customer: self.customers[who].id,
            amount: Credits(amount),
            note: "Film".to_owned(),
            lifetime: 2 * HOUR,
            key: self.key(),
        };
        let held = self.some_billing().hold(wish).await.unwrap();
        self.say(format!(
            "{who} sets {amount} aside: {}",
            matches!(held, Spent::Done(_))
        ));
        if let Spent::Done(hold) = held {
            self.customers[who].holds.push((hold.id, amount));
        }
        only(who)
    }

    pub(super) async fn end_hold(&mut self) -> Range<usize> {
        let who = self.somebody();
        if let Some(at) = self.one_of(self.customers[who].holds.len()) {
            let (hold, amount) = self.customers[who].holds.swap_remove(at);
            let used = self.chance.random_range(0..=amount);
            // It may have expired.
            let billing = self.some_billing();
            let captured = billing.capture_hold(hold, Some(Credits(used))).await;
            self.say(format!(
                "{who} uses {used} of {amount}: {}",
                captured.is_ok()
            ));
            if captured.is_ok() {
                self.customers[who].used += used;
            }
        }
        only(who)
    }
}
