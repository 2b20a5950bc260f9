//! Corrections: a new transfer that undoes an earlier one, whole and once, and names it.
//!
//! What was spent or captured goes back to exactly the lots it came from. A gift is taken back as far as
//! it is left; what was spent of it is owed or lost to the seller, as with a refund. Everything else is
//! undone where it was done: a purchase by a refund, a hold by its release.

use super::{
    AccountKind, Entry, Reason,
    come_back::come_back,
    dates::catch_up,
    lots::spread,
    low,
    pass_on::pass_on,
    transfer::{Movement, transfer},
};
use crate::{
    Billing, Error, Result,
    claim::Spent,
    clock::Time,
    events::{self, Told},
    id::{CustomerId, TransferId},
    money::Credits,
    store::{
        Tx,
        entries::{self, Done},
        ledger, lot_uses, lots,
    },
};

/// A wish to undo what a line of a customer's statement did.
#[derive(Clone, Debug)]
pub struct Reversal {
    pub customer: CustomerId,
    pub entry: TransferId,
    /// Why, for people.
    pub note: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ReversalError {
    #[error("there is no such entry")]
    Unknown,
    #[error("only a spend, a capture and a gift are reversed, not a {0}")]
    Kind(Reason),
    #[error("it was reversed for another reason")]
    Reversed,
    #[error("nothing of it is left")]
    NothingLeft,
    #[error(transparent)]
    Other(#[from] Error),
}

/// What an operator decided about credits that are gone, and when few are left.
#[derive(Clone, Copy)]
struct Rules {
    spent: Spent,
    low: Credits,
}

const SOURCE: &str = "reversal";

impl Billing {
    /// Undoes an entry. Doing it again for the same reason changes nothing and answers the same.
    ///
    /// # Errors
    /// [`ReversalError::Kind`] when it is undone in another way, [`ReversalError::NothingLeft`] when all
    /// of a gift is gone and the operator has what was spent written off.
    pub async fn reverse(&self, reversal: Reversal) -> Result<Entry, ReversalError> {
        let now = self.clock.now();
        let rules = Rules {
            spent: self.spent,
            low: self.credits_low,
        };
        self.store
            .write(move |tx| Box::pin(async move { reverse(tx, &reversal, rules, now).await }))
            .await
    }
}

async fn reverse(
    tx: &mut Tx,
    wish: &Reversal,
    rules: Rules,
    now: Time,
) -> Result<Entry, ReversalError> {
    let done = entries::done(tx, wish.customer, wish.entry).await?;
    let done = done.ok_or(ReversalError::Unknown)?;
    ledger::lock(tx, done.customer_id).await?;
    let verb = match done.reason {
        Reason::Gift => "Taken back",
        _ => "Given back",
    };
    let note = format!("{verb}: {} ({})", done.note, wish.note);
    if let Some(before) = entries::that_reverses(tx, done.id).await? {
        return match before.note == note {
            true => Ok(before),
            false => Err(ReversalError::Reversed),
        };
    }
    let from = match (done.reason, done.hold_id) {
        (Reason::Gift, _) => return take_back(tx, &done, &note, rules, now).await,
        (Reason::Spend, _) => lot_uses::of_spend(tx, done.id).await?,
        (Reason::Capture, Some(hold)) => lot_uses::of_capture(tx, hold).await?,
        (other, _) => return Err(ReversalError::Kind(other)),
    };
    let source = done.id.to_string();
    let (consumed, available) = (AccountKind::Consumed, AccountKind::Available);
    let movement = undoing(&done, consumed, available, done.amount, &note, &source);
    let entry = come_back(tx, &movement, &from, now).await?;
    pass_on(tx, done.customer_id, now).await?;
    tell(tx, &done, &entry, now);
    Ok(entry)
}

/// Takes back what is left of a gift; what was spent of it is owed, unless that is written off.
async fn take_back(
    tx: &mut Tx,
    done: &Done,
    note: &str,
    rules: Rules,
    now: Time,
) -> Result<Entry, ReversalError> {
    use AccountKind::{Available, Debt, Issued, Upcoming};
    let customer = done.customer_id;
    catch_up(tx, customer, now).await?;
    let lot = lots::of_transfer(tx, done.id).await?;
    let lot = lot.ok_or(Error::Broken("a gift without a lot"))?;
    if lot.is_upcoming {
        let source = done.id.to_string();
        let movement = undoing(done, Upcoming, Issued, lot.granted, note, &source);
        let entry = transfer(tx, &movement, now).await?.entry;
        lots::never_start(tx, &lot).await?;
        tell(tx, done, &entry, now);
        return Ok(entry);
    }
    let gone = lot_uses::expired(tx, lot.id).await?;
    let owed = match rules.spent {
        Spent::Debt => Credits(lot.granted.0 - lot.remaining.0 - gone.0),
        Spent::WriteOff => Credits(0),
    };
    let source = done.id.to_string();
    let mut first = None;
    if lot.remaining > Credits(0) {
        let movement = undoing(done, Available, Issued, lot.remaining, note, &source);
        let entry = transfer(tx, &movement, now).await?.entry;
        spread(tx, entry.id, lot.remaining, 1, [(lot.id, lot.remaining)]).await?;
        let taken = low::Taken {
            customer,
            transfer: entry.id,
            amount: lot.remaining,
            left: entry.balance,
        };
        low::tell(tx, &taken, rules.low, now);
        first = Some(entry);
    }
    if owed > Credits(0) {
        let owed_note = format!("{} owed: spent before. {note}", owed.counted());
        let movement = Movement {
            note: if first.is_some() { &owed_note } else { note },
            // One transfer names what is undone.
            reverses: first.is_none().then_some(done.id),
            effect: "owe",
            ..undoing(done, Debt, Issued, owed, note, &source)
        };
        let entry = transfer(tx, &movement, now).await?.entry;
        first = first.or(Some(entry));
    }
    let entry = first.ok_or(ReversalError::NothingLeft)?;
    pass_on(tx, customer, now).await?;
    tell(tx, done, &entry, now);
    Ok(entry)
}

fn undoing<'a>(
    done: &Done,
    from: AccountKind,
    to: AccountKind,
    amount: Credits,
    note: &'a str,
    source_id: &'a str,
) -> Movement<'a> {
    Movement {
        customer: done.customer_id,
        from,
        to,
        amount,
        reason: Reason::Reversal,
        note,
        transaction: None,
        claim: None,
        hold: None,
        reverses: Some(done.id),
        source_kind: SOURCE,
        source_id,
        effect: "reverse",
    }
}

fn tell(tx: &mut Tx, done: &Done, entry: &Entry, now: Time) {
    let told = Told::credits_reversed(done.customer_id, done.reason, entry);
    events::tell(tx, told, now);
}
