//! What is due of a transaction may change until somebody pays it.

use super::Transaction;
use crate::{
    Error, Result,
    clock::Time,
    money::Money,
    store::{Tx, transactions},
};

/// Changes what is due, and writes down why. Locks the transaction until `tx` ends.
///
/// # Errors
/// [`Error::Busy`] when it changed since it was read: nothing was done.
pub(crate) async fn reprice(
    tx: &mut Tx,
    transaction: &Transaction,
    due: Money,
    detail: &str,
    now: Time,
) -> Result<Transaction> {
    let new = Transaction {
        amount: due,
        version: transaction.version + 1,
        updated_at: now,
        ..transaction.clone()
    };
    if !transactions::set_amount(tx, &new).await? {
        return Err(Error::Busy);
    }
    transactions::insert_change(tx, &new, "coupon", Some(detail)).await?;
    tx.announce(new.id.0, new.version);
    // Its payment may have got its reference since it was read: that is no change of version.
    let repriced = transactions::find(tx, new.id).await?;
    Ok(repriced.ok_or(sqlx::Error::RowNotFound)?)
}
