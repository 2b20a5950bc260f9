//! What a customer has who was joined into another goes there: lot by lot, and what is owed with it. Each
//! is two transfers, one in the books of either, so that neither changes without saying why.

use super::{
    AccountKind, Lot, Reason,
    dates::catch_up,
    debt::repay,
    transfer::{Movement, Transferred, transfer},
};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, LotId},
    money::Credits,
    store::{Tx, customers, ledger, lots},
};

/// From whom to whom, and what makes it unique.
struct Way {
    from: CustomerId,
    to: CustomerId,
    /// Counts what was moved for the one, so that whatever comes back to a lot can follow.
    version: i64,
    now: Time,
}

/// Passes on what a customer has, if they were joined into another.
pub(crate) async fn pass_on(tx: &mut Tx, from: CustomerId, now: Time) -> Result<()> {
    let to = customers::owner(tx, from).await?;
    if to == from {
        return Ok(());
    }
    ledger::lock(tx, to).await?;
    catch_up(tx, from, now).await?;
    let available = ledger::account(tx, from, AccountKind::Available).await?;
    let way = Way {
        from,
        to,
        version: available.version,
        now,
    };
    // What is owed goes first: the lots pay it where they arrive.
    way.pass_debt(tx).await?;
    for lot in lots::open(tx, from).await? {
        way.pass_lot(tx, &lot).await?;
    }
    for lot in lots::upcoming(tx, from).await? {
        way.pass_upcoming(tx, &lot).await?;
    }
    Ok(())
}

impl Way {
    async fn pass_lot(&self, tx: &mut Tx, lot: &Lot) -> Result<()> {
        use AccountKind::{Available, Joined};
        let source = format!("{}:{}", lot.id, self.version);
        let note = format!("Now with the account: {}", lot.note);
        let leaves = self.movement(Available, Joined, lot.remaining, &note, &source);
        let left = transfer(tx, &leaves, self.now).await?.entry.id;
        lots::take(tx, left, lot.id, lot.remaining).await?;
        let arrives = Movement {
            customer: self.to,
            from: Joined,
            to: Available,
            note: &lot.note,
            effect: "arrive",
            ..leaves
        };
        let Transferred { entry, owed } = transfer(tx, &arrives, self.now).await?;
        let there = LotId::new();
        lots::insert_like(tx, lot, there, self.to, entry.id, self.now).await?;
        repay(tx, &arrives, owed, vec![(there, lot.remaining)], self.now).await
    }

    /// What starts later does so with whom it belongs to then.
    async fn pass_upcoming(&self, tx: &mut Tx, lot: &Lot) -> Result<()> {
        use AccountKind::{Joined, Upcoming};
        let source = format!("{}:{}", lot.id, self.version);
        let note = format!("Now with the account: {}", lot.note);
        let leaves = self.movement(Upcoming, Joined, lot.granted, &note, &source);
        transfer(tx, &leaves, self.now).await?;
        lots::never_start(tx, lot).await?;
        let arrives = Movement {
            customer: self.to,
            from: Joined,
            to: Upcoming,
            note: &lot.note,
            effect: "arrive",
            ..leaves
        };
        let arrived = transfer(tx, &arrives, self.now).await?.entry.id;
        lots::insert_like(tx, lot, LotId::new(), self.to, arrived, self.now).await
    }

    async fn pass_debt(&self, tx: &mut Tx) -> Result<()> {
        use AccountKind::{Debt, Joined};
        let owed = ledger::owed(tx, self.from).await?;
        if owed == Credits(0) {
            return Ok(());
        }
        let source = format!("{}:{}", self.from, self.version);
        let note = format!("{} owed, now by the account", owed.counted());
        let leaves = self.movement(Joined, Debt, owed, &note, &source);
        transfer(tx, &leaves, self.now).await?;
        let arrives = Movement {
            customer: self.to,
            from: Debt,
            to: Joined,
            effect: "arrive",
            ..leaves
        };
        transfer(tx, &arrives, self.now).await.map(drop)
    }

    fn movement<'a>(
        &self,
        from: AccountKind,
        to: AccountKind,
        amount: Credits,
        note: &'a str,
        source_id: &'a str,
    ) -> Movement<'a> {
        Movement {
            customer: self.from,
            from,
            to,
            amount,
            reason: Reason::Joined,
            note,
            transaction: None,
            claim: None,
            hold: None,
            reverses: None,
            source_kind: "join",
            source_id,
            effect: "leave",
        }
    }
}
