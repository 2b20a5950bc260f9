//! How much one member of staff may move without a second one. What they moved alone for the same
//! customer in the last 24 hours counts, too, so that two halves are as much as the whole.

use std::time::Duration;

use serde_json::Value;

use super::super::audit_log::{Action, Actor};
use crate::{
    Billing, Result,
    clock::Time,
    id::{CustomerId, PersonId, ProposalId},
    money::{Credits, Money},
    store::{Conn, audit_log, people},
};

const COUNTS: Duration = Duration::from_secs(24 * 3600);

/// Above this a second person is needed; 0 means always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Large {
    /// Given, or taken.
    pub credits: Credits,
    /// In the smallest unit of the currency in which it was paid.
    pub money: i64,
}

impl Default for Large {
    fn default() -> Self {
        Self {
            credits: Credits(1000),
            money: 10_000,
        }
    }
}

/// What is to be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    Given(Credits),
    Taken(Credits),
    Refunded(Money),
}

impl Amount {
    fn value(self) -> i64 {
        match self {
            Self::Given(credits) | Self::Taken(credits) => credits.0,
            Self::Refunded(money) => money.value,
        }
    }

    /// What the log calls it when it is done.
    fn action(self) -> Action {
        match self {
            Self::Given(_) => Action::GiveCredits,
            Self::Taken(_) => Action::TakeCredits,
            Self::Refunded(_) => Action::Refund,
        }
    }

    /// What a line of the log says was moved of the same kind.
    fn told(self, after: &Value) -> i64 {
        let number = |name: &str| after[name].as_i64().unwrap_or_default();
        match self {
            Self::Given(_) => number("credits"),
            Self::Taken(_) => number("taken").saturating_add(number("owed")),
            Self::Refunded(money) if after["amount"]["currency"] == money.currency.as_str() => {
                after["amount"]["value"].as_i64().unwrap_or_default()
            }
            Self::Refunded(_) => 0,
        }
    }
}

/// That a second person is needed, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Second {
    /// What may be moved alone.
    pub limit: i64,
    /// What the same person moved alone in the last 24 hours.
    pub moved: i64,
    /// How many others may decide.
    pub others: usize,
}

impl Large {
    fn limit(self, amount: Amount) -> i64 {
        match amount {
            Amount::Given(_) | Amount::Taken(_) => self.credits.0,
            Amount::Refunded(_) => self.money,
        }
    }

    /// What was moved already, when it is too much together.
    async fn exceeded(
        self,
        conn: &mut Conn,
        amount: Amount,
        customer: CustomerId,
        by: PersonId,
        now: Time,
    ) -> Result<Option<i64>> {
        let since = now.minus(COUNTS);
        let done = audit_log::outcomes(conn, amount.action(), customer, by, since).await?;
        let alone = done.iter().filter(|after| after[AGREED].is_null());
        let moved = alone.fold(0_i64, |sum, after| sum.saturating_add(amount.told(after)));
        let is_too_much = moved.saturating_add(amount.value()) > self.limit(amount);
        Ok(is_too_much.then_some(moved))
    }
}

/// The proposal that a line of the log carries out.
const AGREED: &str = "proposal";

/// On whose word something is moved.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leave {
    /// On that of who does it, as far as they may.
    Alone(Large),
    /// A second person agreed.
    Agreed(ProposalId),
}

impl Leave {
    /// Whether so much may be moved. Whoever asks holds the customer's credits, so that nobody moves
    /// the other half meanwhile. Programs and the command line have keys of their own, and no limit.
    pub async fn covers(
        self,
        conn: &mut Conn,
        amount: Amount,
        customer: CustomerId,
        by: &Actor,
        now: Time,
    ) -> Result<bool> {
        match (self, by.person) {
            (Self::Alone(large), Some(person)) => {
                let exceeded = large.exceeded(conn, amount, customer, person, now).await?;
                Ok(exceeded.is_none())
            }
            (Self::Alone(_), None) | (Self::Agreed(_), _) => Ok(true),
        }
    }

    /// What the log says of it afterwards.
    pub fn noted(self, mut after: Value) -> Value {
        if let Self::Agreed(id) = self {
            after[AGREED] = id.to_string().into();
        }
        after
    }
}

impl Billing {
    /// Whether a second person must agree before this is moved.
    pub async fn needs_second(
        &self,
        amount: Amount,
        customer: CustomerId,
        by: PersonId,
    ) -> Result<Option<Second>> {
        let mut conn = self.store.read().await?;
        let (large, now) = (self.large, self.clock.now());
        let Some(moved) = large.exceeded(&mut conn, amount, customer, by, now).await? else {
            return Ok(None);
        };
        let deciders = people::deciders(&mut conn).await?;
        Ok(Some(Second {
            limit: large.limit(amount),
            moved,
            others: deciders.iter().filter(|other| **other != by).count(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::money::Currency;

    #[test]
    fn the_log_is_read_as_it_is_written() {
        let money = Money {
            value: 700,
            currency: Currency::USD,
        };
        let refunded = json!({ "refund": "1", "amount": money });
        for (amount, after, expected) in [
            (
                Amount::Given(Credits(1)),
                json!({ "credits": Credits(5) }),
                5,
            ),
            (
                Amount::Taken(Credits(1)),
                json!({ "taken": 5, "owed": 2 }),
                7,
            ),
            (Amount::Refunded(money), refunded.clone(), 700),
            (Amount::Refunded(money), json!({}), 0),
        ] {
            assert_eq!(amount.told(&after), expected, "{after}");
        }
        let euros = Money {
            currency: "eur".parse().unwrap(),
            ..money
        };
        assert_eq!(Amount::Refunded(euros).told(&refunded), 0);
    }
}
