//! The books of the house: over all customers, what was issued, what became of it, and what is
//! outstanding. Nobody writes a row for all, and nobody sums the accounts: what moved is added up per
//! day with each checkpoint (`audit`), and what came since is added when somebody looks.

use crate::{
    Billing, Result,
    clock::Day,
    ledger::{AccountKind, Reason},
    money::Credits,
    store,
};

/// What the house issued and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Books {
    /// The first day of what moved; none from the beginning.
    pub from: Option<Day>,
    /// The last day.
    pub to: Day,
    /// From the first day to the last.
    pub moved: Sums,
    /// From the beginning to the last day: how the books stand then.
    pub standing: Sums,
}

/// Credits by what became of them. What was issued, and what is owed, is what was consumed, ran out or
/// was taken back, and what is outstanding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Issued for money: packs and plans.
    pub paid: Credits,
    /// Issued for nothing: codes, trials and gifts, less those that were taken back by a correction.
    pub promotional: Credits,
    /// Spent, less what was given back by a correction.
    pub consumed: Credits,
    pub expired: Credits,
    /// Taken back because their money went back, or by staff.
    pub clawed_back: Credits,
    /// Spent before they were taken back, and not paid yet.
    pub owed: Credits,
    /// What customers have: available now or later, held or frozen.
    pub outstanding: Credits,
}

impl Sums {
    /// Adds what moved from one kind of account to another.
    pub(crate) fn add(
        &mut self,
        from: AccountKind,
        to: AccountKind,
        reason: Reason,
        credits: Credits,
    ) {
        self.change(from, reason, -credits.0);
        self.change(to, reason, credits.0);
    }

    fn change(&mut self, kind: AccountKind, reason: Reason, by: i64) {
        let (sum, by) = match kind {
            AccountKind::Issued if reason.is_paid() => (&mut self.paid, -by),
            AccountKind::Issued => (&mut self.promotional, -by),
            AccountKind::Available
            | AccountKind::Upcoming
            | AccountKind::Held
            | AccountKind::Frozen => (&mut self.outstanding, by),
            AccountKind::Debt => (&mut self.owed, -by),
            AccountKind::Consumed => (&mut self.consumed, by),
            AccountKind::Expired => (&mut self.expired, by),
            AccountKind::ClawedBack => (&mut self.clawed_back, by),
            // What left one customer came to another.
            AccountKind::Joined => return,
        };
        sum.0 += by;
    }
}

impl Billing {
    /// The books from the first day, or from the beginning, to the last; all days are in UTC.
    pub async fn books(&self, from: Option<Day>, to: Day) -> Result<Books> {
        let rows = store::books::moved(&mut self.store.read().await?, from, to).await?;
        let (mut moved, mut standing) = (Sums::default(), Sums::default());
        for row in rows {
            let kinds = (row.debit_kind, row.credit_kind, row.reason);
            moved.add(kinds.0, kinds.1, kinds.2, row.moved);
            standing.add(kinds.0, kinds.1, kinds.2, row.total);
        }
        Ok(Books {
            from,
            to,
            moved,
            standing,
        })
    }
}
