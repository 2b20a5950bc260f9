//! Credits that were set aside or spent come back.

use super::{
    Entry,
    dates::catch_up,
    debt::repay,
    lots::spread,
    transfer::{Movement, Transferred, transfer},
};
use crate::{
    Result,
    clock::Time,
    id::LotId,
    money::Credits,
    store::{Tx, lots},
};

/// Gives credits back to the lots from which they came, in this order. What has run out meanwhile is
/// gone, and what is owed is paid from the rest.
pub(super) async fn come_back(
    tx: &mut Tx,
    movement: &Movement<'_>,
    from: &[(LotId, Credits)],
    now: Time,
) -> Result<Entry> {
    // What starts now pays what is owed before this does.
    catch_up(tx, movement.customer, now).await?;
    let Transferred { entry, owed } = transfer(tx, movement, now).await?;
    spread(tx, entry.id, movement.amount, -1, from.iter().copied()).await?;
    catch_up(tx, movement.customer, now).await?;
    let left: Vec<(LotId, Credits)> = lots::open(tx, movement.customer)
        .await?
        .into_iter()
        .filter(|lot| from.iter().any(|(id, _)| *id == lot.id))
        .map(|lot| (lot.id, lot.remaining))
        .collect();
    let came = Movement {
        amount: Credits(left.iter().map(|(_, amount)| amount.0).sum()).min(movement.amount),
        ..*movement
    };
    repay(tx, &came, owed, left, now).await?;
    Ok(entry)
}
