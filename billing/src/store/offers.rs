//! Rows of `offers`.

use super::{Conn, Tx};
use crate::{
    Error, Result,
    catalog::{Interval, Offer, OfferKind, Rollover},
    clock::Time,
    id::OfferId,
    money::{Credits, Currency, Money},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: OfferId,
    key: String,
    version: i64,
    period: Option<Interval>,
    name: String,
    description: String,
    price: i64,
    currency: String,
    credits: Credits,
    rollover: Option<String>,
    rollover_cap: Option<Credits>,
}

impl TryFrom<Row> for Offer {
    type Error = crate::Error;
    fn try_from(row: Row) -> Result<Self> {
        let rollover = Rollover::read(row.rollover.as_deref(), row.rollover_cap);
        Ok(Self {
            rollover: rollover.ok_or(Error::Broken("an offer has no rule for what is left"))?,
            id: row.id,
            key: row.key,
            version: row.version,
            kind: row.period.map_or(OfferKind::Pack, OfferKind::Plan),
            name: row.name,
            description: row.description,
            price: Money {
                value: row.price,
                currency: super::currency(&row.currency)?,
            },
            credits: row.credits,
        })
    }
}

/// The newest version under this key.
pub async fn newest(conn: &mut Conn, key: &str) -> Result<Option<Offer>> {
    let row = fetch_optional!(
        Row,
        conn,
        "select id, key, version, period, name, description, price, currency, credits,
                rollover, rollover_cap
         from offers where key = $1 order by version desc limit 1",
        key,
    )?;
    row.map(Offer::try_from).transpose()
}

/// This version, sold now or long ago.
pub async fn find(conn: &mut Conn, id: OfferId) -> Result<Option<Offer>> {
    let row = fetch_optional!(
        Row,
        conn,
        "select id, key, version, period, name, description, price, currency, credits,
                rollover, rollover_cap
         from offers where id = $1",
        id,
    )?;
    row.map(Offer::try_from).transpose()
}

/// Whether there ever was an offer in this currency.
pub async fn was_sold_in(conn: &mut Conn, currency: Currency) -> Result<bool> {
    let found = fetch_optional!(
        (i64,),
        conn,
        "select cast(1 as bigint) from offers where currency = $1 limit 1",
        currency.as_str(),
    )?;
    Ok(found.is_some())
}

/// Adds a version. Answers whether this call did: another server may have been first.
pub async fn insert(tx: &mut Tx, offer: &Offer, now: Time) -> Result<bool> {
    let (kind, period) = match offer.kind {
        OfferKind::Pack => ("pack", None),
        OfferKind::Plan(interval) => ("plan", Some(interval)),
    };
    let (rollover, rollover_cap) = match offer.kind {
        OfferKind::Pack => (None, None),
        OfferKind::Plan(_) => {
            let (rule, cap) = offer.rollover.written();
            (Some(rule), cap)
        }
    };
    let rows = execute!(
        tx,
        "insert into offers
           (id, key, version, kind, period, name, description, price, currency, credits, created_at,
            rollover, rollover_cap)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (key, version) do nothing",
        offer.id,
        &offer.key,
        offer.version,
        kind,
        period,
        &offer.name,
        &offer.description,
        offer.price.value,
        offer.price.currency.as_str(),
        offer.credits,
        now,
        rollover,
        rollover_cap,
    )?;
    Ok(rows == 1)
}
