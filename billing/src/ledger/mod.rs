//! Credits: accounts, transfers between them, and the lots in which they came. Append only; a
//! correction is a new transfer.
//!
//! Every customer has accounts of their own: credits come from `issued`, lie in `available`, go to
//! `consumed`. Those set aside for work in progress lie in `held`, those of a disputed payment in
//! `frozen`, those taken back go to `clawed_back`, those that ran out to `expired`, and `debt` is
//! below zero by what a customer owes; what can be spent from a later time on lies in `upcoming`;
//! `joined` is what went to another customer with whom this one was
//! joined, or below zero by what came from there. These are opened when first needed. A transfer takes from one
//! account and gives the same to another, so all of them always add up to zero, and no row is shared
//! by all customers.

pub(crate) mod chain;
mod claimant;
mod clawback;
mod come_back;
mod dates;
mod debt;
mod expire;
mod explain;
mod freeze;
mod gift;
mod grant;
mod hold;
mod lots;
mod low;
mod pass_on;
mod reverse;
mod spend;
mod take;
mod transfer;

use std::time::Duration;

use tokio::time::Instant;

pub(crate) use claimant::Claimant;
pub(crate) use clawback::{claw_back, give_back};
pub(crate) use debt::{cancel_debt, owe};
pub(crate) use expire::{Expiry, expire};
pub use explain::{Explanation, LotThen, LotUse};
pub(crate) use freeze::{freeze, seize, thaw};
pub use gift::{Gift, GiftError, Given};
pub(crate) use gift::{give, was_given};
pub use grant::Grant;
pub(crate) use grant::{Terms, grant};
pub use hold::{Hold, HoldError, HoldStatus, NewHold};
pub(crate) use pass_on::pass_on;
pub use reverse::{Reversal, ReversalError};
pub(crate) use spend::Lane;
pub use spend::{Spend, SpendError, Spent};
pub(crate) use take::{Rules, Taking, divide, take, was_taken};
pub use take::{TakeError, Taken};

use crate::{
    Billing, Result,
    clock::Time,
    id::{AccountId, CustomerId, LotId, TransferId},
    money::Credits,
    store::{self, Tx, balances::Holdings},
    words::words,
};

/// What a customer can spend, and the lots it consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    pub available: Credits,
    /// Set aside for work in progress.
    pub held: Credits,
    /// Cannot be spent while their payment is disputed.
    pub frozen: Credits,
    /// Spent, and then refunded: the next grant pays them first.
    pub owed: Credits,
    /// Counts the changes of this balance.
    pub version: i64,
    /// Lots with something left, in the order in which they will be spent.
    pub lots: Vec<Lot>,
    /// Lots whose time has not come, the next one first.
    pub upcoming: Vec<Lot>,
}

/// Credits that came together.
#[derive(Clone, Debug, PartialEq)]
pub struct Lot {
    pub id: LotId,
    /// Where it came from, for people: `Starter pack`.
    pub note: String,
    pub granted: Credits,
    pub remaining: Credits,
    /// Lots with a lower one are spent first.
    pub priority: i64,
    pub created_at: Time,
    /// From when it can be spent; since it was granted, if it does not say.
    pub starts_at: Option<Time>,
    /// That time has not come: all of it is in `upcoming`, and nothing remains that could be spent.
    pub is_upcoming: bool,
    pub expires_at: Option<Time>,
}

impl Lot {
    /// Its time has come, and nobody booked that yet.
    fn is_to_start(&self, now: Time) -> bool {
        self.is_upcoming && self.starts_at.is_some_and(|at| at <= now)
    }

    /// What can be spent of it, now or once it has started.
    pub fn there_will_be(&self) -> Credits {
        match self.is_upcoming {
            true => self.granted,
            false => self.remaining,
        }
    }
}

/// One line of a customer's statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub id: TransferId,
    pub reason: Reason,
    /// For people: `Starter pack`, `Picture: a harbour at dusk`.
    pub note: String,
    /// The line that it undoes.
    pub reverses: Option<TransferId>,
    /// Positive when credits came, negative when they went, zero when what is available stayed.
    pub amount: Credits,
    /// What was available after it.
    pub balance: Credits,
    pub at: Time,
}

/// Why credits moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    Purchase,
    /// A period of a plan, or a change to a bigger one.
    Plan,
    Coupon,
    Trial,
    /// The product gave them for nothing.
    Gift,
    /// The time came from which they can be spent.
    Start,
    Spend,
    /// Set aside for work in progress.
    Hold,
    /// What was set aside was used.
    Capture,
    /// What was set aside was not needed.
    Release,
    /// Left of a plan when its period ended, or of a lot when its own date came.
    Expiry,
    /// A refund took them.
    Refund,
    /// A dispute that was lost took them.
    Chargeback,
    /// A dispute began.
    Freeze,
    /// A dispute ended well.
    Thaw,
    /// A refund failed, or a lost dispute was won after all.
    GiveBack,
    /// They were spent before they were taken back.
    Debt,
    /// What took them failed: they are owed no more.
    DebtCanceled,
    /// A grant paid what was owed.
    DebtPaid,
    /// What had been paid was not owed any more.
    DebtReturned,
    /// Staff took them.
    Taken,
    /// It undoes another transfer.
    Reversal,
    /// Two customers turned out to be one.
    Joined,
}

words!(Reason {
    Purchase = "purchase",
    Plan = "plan",
    Coupon = "coupon",
    Trial = "trial",
    Gift = "gift",
    Start = "start",
    Spend = "spend",
    Hold = "hold",
    Capture = "capture",
    Release = "release",
    Expiry = "expiry",
    Refund = "refund",
    Chargeback = "chargeback",
    Freeze = "freeze",
    Thaw = "thaw",
    GiveBack = "give_back",
    Debt = "debt",
    DebtCanceled = "debt_canceled",
    DebtPaid = "debt_paid",
    DebtReturned = "debt_returned",
    Taken = "taken",
    Reversal = "reversal",
    Joined = "joined",
});

impl Reason {
    /// Whether credits that came so were paid for.
    pub(crate) fn is_paid(self) -> bool {
        matches!(self, Self::Purchase | Self::Plan)
    }
}

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// Where credits come from. Below zero by all that was ever granted.
    Issued,
    /// What can be spent. Never below zero.
    Available,
    /// What can be spent from a later time on.
    Upcoming,
    /// What is set aside for work in progress.
    Held,
    /// What cannot be spent while its payment is disputed.
    Frozen,
    /// Below zero by what is owed.
    Debt,
    /// Where spent credits go.
    Consumed,
    /// Where credits go that ran out.
    Expired,
    /// Where credits go whose money went back, and those that staff take.
    ClawedBack,
    /// Above zero by what left for another customer, below by what came from one.
    Joined,
}

words!(AccountKind {
    Issued = "issued",
    Available = "available",
    Upcoming = "upcoming",
    Held = "held",
    Frozen = "frozen",
    Debt = "debt",
    Consumed = "consumed",
    Expired = "expired",
    ClawedBack = "clawed_back",
    Joined = "joined",
});

impl AccountKind {
    /// Every customer has these from the beginning; the others are opened when first needed.
    const FIRST: [Self; 3] = [Self::Issued, Self::Available, Self::Consumed];
}

/// Gives a new customer their accounts.
pub(crate) async fn open_accounts(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    for kind in AccountKind::FIRST {
        store::ledger::open_account(tx, AccountId::new(), customer, kind).await?;
    }
    Ok(())
}

impl Billing {
    pub async fn balance(&self, customer: CustomerId) -> Result<Balance> {
        let now = self.clock.now();
        let mut holdings = self.holdings(customer).await?;
        if holdings.lots.iter().any(|lot| lot.is_to_start(now)) {
            self.start_lots(customer, now).await?;
            holdings = self.holdings(customer).await?;
        }
        // What ran out a moment ago may not be taken yet.
        let ran_out = |lot: &Lot| lot.expires_at.is_some_and(|at| at <= now);
        let due = holdings.lots.iter().filter(|lot| ran_out(lot));
        let due: i64 = due.map(|lot| lot.remaining.0).sum();
        let of = |kind| holdings.of(kind);
        let (available, held) = (of(AccountKind::Available), of(AccountKind::Held));
        let (frozen, debt) = (of(AccountKind::Frozen), of(AccountKind::Debt));
        let lots = holdings.lots.into_iter();
        let (mut upcoming, mut lots): (Vec<_>, Vec<_>) = lots.partition(|lot| lot.is_upcoming);
        lots.retain(|lot| !ran_out(lot));
        upcoming.sort_by_key(|lot| lot.starts_at);
        Ok(Balance {
            available: Credits(available.0 - due),
            held,
            frozen,
            owed: Credits(-debt.0),
            version: holdings.version,
            lots,
            upcoming,
        })
    }

    async fn holdings(&self, customer: CustomerId) -> Result<Holdings> {
        store::balances::read(&mut self.store.read().await?, customer).await
    }

    /// What a customer can spend, and nothing else: a waiting client's answer reads one row.
    pub async fn available(&self, customer: CustomerId) -> Result<Credits> {
        let now = self.clock.now();
        let (available, starts) = {
            let mut conn = self.store.read().await?;
            store::ledger::spendable(&mut conn, customer, now).await?
        };
        if !starts {
            return Ok(available);
        }
        self.start_lots(customer, now).await?;
        let mut conn = self.store.read().await?;
        let (available, _) = store::ledger::spendable(&mut conn, customer, now).await?;
        Ok(available)
    }

    /// The balance as soon as its version is above `newer_than`, or as it is after `timeout`.
    pub async fn await_balance(
        &self,
        customer: CustomerId,
        newer_than: i64,
        timeout: Duration,
    ) -> Result<Balance> {
        let mut changes = self.store.updates.subscribe(customer.0);
        let deadline = Instant::now() + timeout;
        loop {
            let balance = self.balance(customer).await?;
            changes.saw(balance.version);
            if balance.version > newer_than {
                return Ok(balance);
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep_until(deadline) => return Ok(balance),
                () = self.stop.cancelled() => return Ok(balance),
            }
        }
    }

    /// A customer's statement, newest first; `before` continues after the last entry of the
    /// previous page.
    pub async fn statement(
        &self,
        customer: CustomerId,
        before: Option<TransferId>,
        limit: i64,
    ) -> Result<Vec<Entry>> {
        store::entries::newest(&mut self.store.read().await?, customer, before, limit).await
    }

    /// One line of a customer's statement.
    pub async fn entry(&self, customer: CustomerId, id: TransferId) -> Result<Option<Entry>> {
        store::entries::find(&mut self.store.read().await?, customer, id).await
    }
}
