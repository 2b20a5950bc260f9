//! Figures of a span of days.

use std::collections::BTreeMap;

use super::{Figure, Took, What};
use crate::{
    Billing, Result,
    books::Sums,
    clock::Day,
    money::{Credits, Currency, Money},
    store::{self, figures},
};

/// A span of days in UTC, both of which belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    pub from: Day,
    pub to: Day,
}

impl Days {
    /// So many days, the last of which is `to`.
    pub fn until(to: Day, count: i64) -> Self {
        Self {
            from: to.plus(1 - count.max(1)),
            to,
        }
    }

    pub fn count(self) -> i64 {
        self.to.since(self.from) + 1
    }

    /// As many days as these, right before them.
    pub fn before(self) -> Self {
        Self::until(self.from.before(), self.count())
    }

    pub fn each(self) -> impl Iterator<Item = Day> {
        (0..self.count()).map(move |number| self.from.plus(number))
    }
}

/// Amounts of money, one for each currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts(BTreeMap<Currency, i64>);

impl Amounts {
    fn add(&mut self, currency: Currency, value: i64) {
        *self.0.entry(currency).or_default() += value;
    }

    pub fn of(&self, currency: Currency) -> Money {
        let value = self.0.get(&currency).copied().unwrap_or_default();
        Money { value, currency }
    }

    pub fn currencies(&self) -> impl Iterator<Item = Currency> {
        self.0.keys().copied()
    }
}

/// What happened in a span of days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    pub revenue: Amounts,
    pub refunded: Amounts,
    pub payments: i64,
    pub declined: i64,
    pub customers: i64,
    pub plans_begun: i64,
    pub plans_ended: i64,
    /// Plans that ran when the last day ended.
    pub plans: i64,
    /// Credits that moved in it.
    pub credits: Sums,
    /// What customers had when the last day ended.
    pub outstanding: Credits,
    /// How long credits took to follow the money.
    pub payment_to_credit: Took,
    /// How long events took to come.
    pub webhook: Took,
}

impl Billing {
    /// What happened in a span of days.
    pub async fn figures(&self, days: Days) -> Result<Figures> {
        let mut conn = self.store.read().await?;
        let mut sums = Figures::default();
        for row in figures::sums(&mut conn, days).await? {
            match (row.figure, row.currency.parse()) {
                (Figure::Revenue, Ok(currency)) => sums.revenue.add(currency, row.moved),
                (Figure::Refunded, Ok(currency)) => sums.refunded.add(currency, row.moved),
                (Figure::Payments, _) => sums.payments += row.moved,
                (Figure::Declined, _) => sums.declined += row.moved,
                (Figure::Customers, _) => sums.customers += row.moved,
                (Figure::PlansBegun, _) => {
                    sums.plans_begun += row.moved;
                    sums.plans += row.total;
                }
                (Figure::PlansEnded, _) => {
                    sums.plans_ended += row.moved;
                    sums.plans -= row.total;
                }
                (Figure::Closed | Figure::Revenue | Figure::Refunded, _) => {}
            }
        }
        for row in store::books::moved(&mut conn, Some(days.from), days.to).await? {
            let (from, to, why) = (row.debit_kind, row.credit_kind, row.reason);
            sums.credits.add(from, to, why, row.moved);
            let mut standing = Sums::default();
            standing.add(from, to, why, row.total);
            sums.outstanding.0 += standing.outstanding.0;
        }
        sums.payment_to_credit = self.took(&mut conn, What::PaymentToCredit, days).await?;
        sums.webhook = self.took(&mut conn, What::Webhook, days).await?;
        Ok(sums)
    }

    /// What customers paid, less what went back to them, on each day of a span.
    pub async fn net_revenue(&self, days: Days) -> Result<Vec<(Day, Amounts)>> {
        let rows = figures::by_day(&mut self.store.read().await?, days).await?;
        let mut net: BTreeMap<Day, Amounts> =
            days.each().map(|day| (day, Amounts::default())).collect();
        for row in rows {
            let amounts = net.entry(row.day).or_default();
            match (row.figure, row.currency.parse()) {
                (Figure::Revenue, Ok(currency)) => amounts.add(currency, row.value),
                (Figure::Refunded, Ok(currency)) => amounts.add(currency, -row.value),
                _ => {}
            }
        }
        Ok(net.into_iter().collect())
    }

    /// Credits that moved on each day of a span.
    pub async fn credits_by_day(&self, days: Days) -> Result<Vec<(Day, Sums)>> {
        let rows = store::books::by_day(&mut self.store.read().await?, days).await?;
        let mut sums: BTreeMap<Day, Sums> = days.each().map(|day| (day, Sums::default())).collect();
        for row in rows {
            let (from, to, why) = (row.kind.debit_kind, row.kind.credit_kind, row.kind.reason);
            let day = sums.entry(row.kind.day).or_default();
            day.add(from, to, why, Credits(row.credits));
        }
        Ok(sums.into_iter().collect())
    }

    /// Credits that run out within so many days, if nobody spends them.
    pub async fn expiring(&self, days: i64) -> Result<Credits> {
        let now = self.clock.now();
        let until = Day::from(now).plus(days).end();
        store::lots::expiring(&mut self.store.read().await?, until).await
    }
}
