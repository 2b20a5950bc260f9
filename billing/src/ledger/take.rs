//! Credits that staff take: out of the lots that are to be spent first, from `available` to
//! `clawed_back`. What is not there is owed where debts are allowed, and otherwise nothing is taken.

use super::{
    AccountKind, Reason,
    dates::catch_up,
    lots::burn,
    low,
    transfer::{Movement, transfer},
};
use crate::{
    Error, Result,
    claim::Spent,
    clock::Time,
    id::CustomerId,
    money::Credits,
    store::{Conn, Tx, customers, entries, ledger},
};

/// Credits to be taken.
#[derive(Clone, Debug)]
pub(crate) struct Taking {
    pub customer: CustomerId,
    /// More than zero.
    pub amount: Credits,
    /// As it stands on the customer's statement.
    pub note: String,
    /// Made by the caller before the first try. The same key takes once.
    pub key: String,
}

/// What is taken of what is there, and what is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    pub taken: Credits,
    pub owed: Credits,
    /// What is available after it.
    pub left: Credits,
}

#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error("the amount must be more than zero")]
    Amount,
    #[error("only {0} can be taken")]
    TooMuch(Credits),
    #[error("this key was used for something else")]
    KeyReused,
    #[error(transparent)]
    Other(#[from] Error),
}

/// How an operator has credits treated that are not there any more, and when few are left.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub spent: Spent,
    pub low: Credits,
}

const SOURCE: &str = "taking";
const TAKE: &str = "take";
const OWE: &str = "owe";

/// What would be taken now. Pure.
///
/// # Errors
/// As taking it would.
pub(crate) fn divide(
    available: Credits,
    amount: Credits,
    spent: Spent,
) -> Result<Taken, TakeError> {
    if amount <= Credits(0) {
        return Err(TakeError::Amount);
    }
    let taken = available.min(amount);
    let owed = Credits(amount.0 - taken.0);
    match spent {
        Spent::WriteOff if owed > Credits(0) => Err(TakeError::TooMuch(available)),
        _ => Ok(Taken {
            taken,
            owed,
            left: Credits(available.0 - taken.0),
        }),
    }
}

/// Whether the key of this wish took something.
pub(crate) async fn was_taken(conn: &mut Conn, taking: &Taking) -> Result<bool> {
    Ok(before(conn, &source_id(taking)).await?.is_some())
}

fn source_id(taking: &Taking) -> String {
    format!("{}:{}", taking.customer, taking.key)
}

/// Takes credits, and answers whether this call did: the same key takes once.
pub(crate) async fn take(
    tx: &mut Tx,
    taking: &Taking,
    rules: Rules,
    now: Time,
) -> Result<(Taken, bool), TakeError> {
    ledger::lock(tx, taking.customer).await?;
    let source_id = source_id(taking);
    if let Some(before) = before(tx, &source_id).await? {
        return match before.taken.0 + before.owed.0 == taking.amount.0 {
            true => Ok((before, false)),
            false => Err(TakeError::KeyReused),
        };
    }
    let customer = customers::owner(tx, taking.customer).await?;
    ledger::lock(tx, customer).await?;
    catch_up(tx, customer, now).await?;
    let available = ledger::account(tx, customer, AccountKind::Available).await?;
    let parts = divide(available.balance, taking.amount, rules.spent)?;
    let movement = Movement {
        customer,
        from: AccountKind::Available,
        to: AccountKind::ClawedBack,
        amount: parts.taken,
        reason: Reason::Taken,
        note: &taking.note,
        transaction: None,
        claim: None,
        hold: None,
        reverses: None,
        source_kind: SOURCE,
        source_id: &source_id,
        effect: TAKE,
    };
    if parts.taken > Credits(0) {
        let entry = transfer(tx, &movement, now).await?.entry;
        burn(tx, customer, entry.id, parts.taken).await?;
        let went = low::Taken {
            customer,
            transfer: entry.id,
            amount: parts.taken,
            left: entry.balance,
        };
        low::tell(tx, &went, rules.low, now);
    }
    if parts.owed > Credits(0) {
        let note = format!("{} owed: {}", parts.owed.counted(), taking.note);
        let owe = Movement {
            from: AccountKind::Debt,
            amount: parts.owed,
            reason: Reason::Debt,
            note: &note,
            effect: OWE,
            ..movement
        };
        transfer(tx, &owe, now).await?;
    }
    Ok((parts, true))
}

/// What this source took, if it did.
async fn before(conn: &mut Conn, source_id: &str) -> Result<Option<Taken>> {
    let taken = entries::moved_by(conn, SOURCE, source_id, TAKE).await?;
    let owed = entries::moved_by(conn, SOURCE, source_id, OWE).await?;
    let last = owed.or(taken);
    Ok(last.map(|(_, left)| Taken {
        taken: taken.map_or(Credits(0), |(amount, _)| amount),
        owed: owed.map_or(Credits(0), |(amount, _)| amount),
        left,
    }))
}
