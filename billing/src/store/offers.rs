//! Rows of `offers`.

use std::collections::HashMap;

use super::{Conn, Tx, query::once_each};
use crate::{
    Error, Result,
    catalog::{Interval, Offer, OfferKind, Rollover},
    clock::Time,
    id::OfferId,
    money::{Credits, Currency, Money},
    staff::MANY,
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

/// The columns of a [`Row`], in front of what is wanted.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, key, version, period, name, description, price, currency, credits,
                    rollover, rollover_cap
             from offers ",
            $rest
        )
    };
}

/// The newest version under this key.
pub async fn newest(conn: &mut Conn, key: &str) -> Result<Option<Offer>> {
    let sql = select!("where key = $1 order by version desc limit 1");
    let row = fetch_optional!(Row, conn, sql, key)?;
    row.map(Offer::try_from).transpose()
}

/// This version, sold now or long ago.
pub async fn find(conn: &mut Conn, id: OfferId) -> Result<Option<Offer>> {
    let row = fetch_optional!(Row, conn, select!("where id = $1"), id)?;
    row.map(Offer::try_from).transpose()
}

/// Those of these versions that there are.
pub async fn all(conn: &mut Conn, ids: &[OfferId]) -> Result<HashMap<OfferId, Offer>> {
    let rows = fetch_in!(
        Row,
        conn,
        select!("where id in ("),
        &once_each(ids, |id| *id),
        ")"
    );
    let offers = rows.into_iter().map(Offer::try_from);
    offers
        .map(|offer| offer.map(|offer| (offer.id, offer)))
        .collect()
}

/// What a catalogue sells, in its order.
pub async fn of_catalogue(conn: &mut Conn, number: i64) -> Result<Vec<Offer>> {
    let sql =
        select!("join catalogue_offers on offer_id = id where catalogue = $1 order by position");
    let rows = fetch_all!(Row, conn, sql, number)?;
    rows.into_iter().map(Offer::try_from).collect()
}

/// All versions under this key, the newest first.
pub async fn versions(conn: &mut Conn, key: &str) -> Result<Vec<Offer>> {
    let rows = fetch_all!(
        Row,
        conn,
        select!("where key = $1 order by version desc"),
        key
    )?;
    rows.into_iter().map(Offer::try_from).collect()
}

/// The newest version of everything that was ever sold.
pub async fn newest_of_all(conn: &mut Conn) -> Result<Vec<Offer>> {
    let sql = select!(
        "where version = (select max(version) from offers other where other.key = offers.key)
         order by key"
    );
    let rows = fetch_all!(Row, conn, sql)?;
    rows.into_iter().map(Offer::try_from).collect()
}

/// When each version came, and how many orders of it were paid, one more than [`MANY`] at
/// most: of this key, or of all.
pub async fn sold(conn: &mut Conn, key: Option<&str>) -> Result<Vec<(OfferId, Time, i64)>> {
    Ok(fetch_all!(
        (OfferId, Time, i64),
        conn,
        "select id, created_at,
                (select count(*) from (select id from orders
                 where offer_id = offers.id and status = 'paid' order by id limit $2) c)
         from offers where key = $1 or cast($1 as text) is null",
        key,
        MANY + 1,
    )?)
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
