//! Which lots a movement of credits takes from or gives back to.

use crate::{
    Error, Result,
    id::{CustomerId, LotId, TransferId},
    money::Credits,
    store::{Tx, lots},
};

/// Takes the amount of a transfer out of a customer's lots, in the order in which they are spent.
pub(super) async fn burn(
    tx: &mut Tx,
    customer: CustomerId,
    transfer: TransferId,
    amount: Credits,
) -> Result<()> {
    let lots = lots::open(tx, customer).await?;
    let lots = lots.into_iter().map(|lot| (lot.id, lot.remaining));
    spread(tx, transfer, amount, 1, lots).await
}

/// Spreads an amount over lots, none beyond its limit; back to them when the sign is below zero.
/// They always hold enough: laws L2 and L7.
pub(super) async fn spread(
    tx: &mut Tx,
    transfer: TransferId,
    amount: Credits,
    sign: i64,
    lots: impl IntoIterator<Item = (LotId, Credits)>,
) -> Result<()> {
    let mut missing = amount.0;
    for (lot, limit) in lots {
        let part = missing.min(limit.0);
        if part > 0 {
            lots::take(tx, transfer, lot, Credits(sign * part)).await?;
            missing -= part;
        }
    }
    match missing {
        0 => Ok(()),
        _ => Err(Error::Broken(
            "lots hold less than what is taken or given back",
        )),
    }
}
