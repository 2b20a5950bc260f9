//! Rows of `cards`.

use super::{Conn, Tx};
use crate::{
    Result,
    card::Card,
    clock::Time,
    gateway::CardFace,
    id::{CardId, CustomerId},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: CardId,
    customer_id: CustomerId,
    reference: String,
    brand: String,
    last4: String,
    exp_month: i64,
    exp_year: i64,
    fingerprint: Option<String>,
    default_since: Option<Time>,
    validated_at: Option<Time>,
    added_at: Time,
    removed_at: Option<Time>,
}

impl From<Row> for Card {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            customer: row.customer_id,
            reference: row.reference,
            face: CardFace {
                brand: row.brand,
                last4: row.last4,
                exp_month: row.exp_month,
                exp_year: row.exp_year,
                fingerprint: row.fingerprint,
            },
            is_default: row.default_since.is_some(),
            validated_at: row.validated_at,
            added_at: row.added_at,
            removed_at: row.removed_at,
        }
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, customer_id, reference, brand, last4, exp_month, exp_year, fingerprint,
                    default_since, validated_at, added_at, removed_at
             from cards ",
            $rest
        )
    };
}

pub async fn find(conn: &mut Conn, id: CardId) -> Result<Option<Card>> {
    Ok(fetch_optional!(Row, conn, select!("where id = $1"), id)?.map(Card::from))
}

pub async fn by_reference(conn: &mut Conn, gateway: &str, reference: &str) -> Result<Option<Card>> {
    let sql = select!("where gateway = $1 and reference = $2");
    Ok(fetch_optional!(Row, conn, sql, gateway, reference)?.map(Card::from))
}

/// The cards that a customer keeps: the default first, then the newest.
pub async fn of_customer(conn: &mut Conn, customer: CustomerId) -> Result<Vec<Card>> {
    let sql = select!(
        "where customer_id = $1 and removed_at is null
         order by case when default_since is null then 1 else 0 end, added_at desc, id desc"
    );
    let rows = fetch_all!(Row, conn, sql, customer)?;
    Ok(rows.into_iter().map(Card::from).collect())
}

/// Adds a card, or writes down what is printed on it now. One that was removed stays removed.
pub async fn keep(tx: &mut Tx, gateway: &str, card: &Card) -> Result<()> {
    execute!(
        tx,
        "insert into cards
           (id, customer_id, gateway, reference, brand, last4, exp_month, exp_year, fingerprint,
            validated_at, added_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (gateway, reference) do update
         set brand = excluded.brand, last4 = excluded.last4, exp_month = excluded.exp_month,
             exp_year = excluded.exp_year, fingerprint = excluded.fingerprint,
             validated_at = coalesce(cards.validated_at, excluded.validated_at)",
        card.id,
        card.customer,
        gateway,
        &card.reference,
        &card.face.brand,
        &card.face.last4,
        card.face.exp_month,
        card.face.exp_year,
        card.face.fingerprint.as_deref(),
        card.validated_at,
        card.added_at,
    )?;
    Ok(())
}

/// Answers whether this call removed it.
pub async fn remove(tx: &mut Tx, id: CardId, now: Time) -> Result<bool> {
    let rows = execute!(
        tx,
        "update cards set removed_at = $2, default_since = null
         where id = $1 and removed_at is null",
        id,
        now,
    )?;
    Ok(rows == 1)
}

/// Makes a card the one that is offered first. The schema allows one for each customer.
pub async fn make_default(tx: &mut Tx, customer: CustomerId, id: CardId, now: Time) -> Result<()> {
    execute!(
        tx,
        "update cards set default_since = null
         where customer_id = $1 and default_since is not null and id <> $2",
        customer,
        id,
    )?;
    execute!(
        tx,
        "update cards set default_since = $2
         where id = $1 and removed_at is null and default_since is null",
        id,
        now,
    )?;
    Ok(())
}

/// Leaves nothing of a customer's cards, those that were removed included.
pub async fn delete_all(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    execute!(tx, "delete from cards where customer_id = $1", customer)?;
    Ok(())
}
