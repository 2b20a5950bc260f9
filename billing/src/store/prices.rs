//! Rows of `prices`: what a gateway calls the price of an offer.

use super::{Conn, Tx, offers};
use crate::{Result, catalog::Offer, clock::Time, id::OfferId};

pub async fn reference(conn: &mut Conn, offer: OfferId, gateway: &str) -> Result<Option<String>> {
    let row = fetch_optional!(
        (String,),
        conn,
        "select reference from prices where offer_id = $1 and gateway = $2",
        offer,
        gateway,
    )?;
    Ok(row.map(|(reference,)| reference))
}

/// The offer that a gateway charges for under this id.
pub async fn offer(conn: &mut Conn, gateway: &str, reference: &str) -> Result<Option<Offer>> {
    let row = fetch_optional!(
        (OfferId,),
        conn,
        "select offer_id from prices where gateway = $1 and reference = $2",
        gateway,
        reference,
    )?;
    match row {
        Some((id,)) => offers::find(conn, id).await,
        None => Ok(None),
    }
}

/// Notes a price, unless one is noted.
pub async fn insert(
    tx: &mut Tx,
    offer: OfferId,
    gateway: &str,
    reference: &str,
    now: Time,
) -> Result<()> {
    execute!(
        tx,
        "insert into prices (offer_id, gateway, reference, created_at) values ($1, $2, $3, $4)
         on conflict (offer_id, gateway) do nothing",
        offer,
        gateway,
        reference,
        now,
    )?;
    Ok(())
}
