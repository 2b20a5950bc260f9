//! What is written here about the things that a gateway's books name.

use super::Conn;
use crate::{
    Result, dispute,
    id::TransactionId,
    money::{Credits, Money},
    reconcile::{Known, KnownClaim},
    refund,
    transaction::State,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: TransactionId,
    state: State,
    amount: i64,
    currency: String,
    credits: Credits,
    granted: Credits,
    gateway: String,
    reference: Option<String>,
    in_review: bool,
}

#[derive(sqlx::FromRow)]
struct Named {
    named: String,
    #[sqlx(flatten)]
    row: Row,
}

impl TryFrom<Row> for Known {
    type Error = crate::Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            state: row.state,
            amount: Money {
                value: row.amount,
                currency: super::currency(&row.currency)?,
            },
            credits: row.credits,
            granted: row.granted,
            gateway: row.gateway,
            reference: row.reference,
            in_review: row.in_review,
        })
    }
}

/// The columns of a [`Row`], after others and in front of a `from`.
macro_rules! select {
    ($more:literal, $rest:literal) => {
        concat!(
            "select ",
            $more,
            "t.id, t.state, t.amount, t.currency, t.credits, t.gateway, t.reference,
             t.review is not null as in_review,
             (select cast(coalesce(sum(g.amount), 0) as bigint) from transfers g
              where g.transaction_id = t.id and g.effect = 'grant') as granted ",
            $rest
        )
    };
}

/// Those of these that there are.
pub async fn by_id(conn: &mut Conn, ids: &[TransactionId]) -> Result<Vec<Known>> {
    let sql = select!("", "from transactions t where t.id in (");
    let rows = fetch_in!(Row, conn, sql, ids, ")");
    rows.into_iter().map(Known::try_from).collect()
}

/// The transactions of Stripe's payments or invoices with these ids, each with the id that led to it.
pub async fn by_payment(conn: &mut Conn, references: &[&str]) -> Result<Vec<(String, Known)>> {
    let direct = select!(
        "t.reference as named, ",
        "from transactions t where t.gateway = 'stripe' and t.reference in ("
    );
    let behind = select!(
        "p.reference as named, ",
        "from payments p join transactions t on t.id = p.transaction_id
         where p.gateway = 'stripe' and p.reference in ("
    );
    let mut rows = fetch_in!(Named, conn, direct, references, ")");
    rows.extend(fetch_in!(Named, conn, behind, references, ")"));
    let named = rows.into_iter();
    named
        .map(|Named { named, row }| Ok((named, row.try_into()?)))
        .collect()
}

#[derive(sqlx::FromRow)]
struct Claimed<S> {
    reference: String,
    amount: i64,
    currency: String,
    state: S,
}

/// Stripe's refunds with these ids, as we know them.
pub async fn refunds(conn: &mut Conn, ids: &[&str]) -> Result<Vec<(String, KnownClaim)>> {
    let sql = "select reference, amount, currency, state from refunds
               where gateway = 'stripe' and reference in (";
    let rows = fetch_in!(Claimed<refund::State>, conn, sql, ids, ")");
    let claims = rows.into_iter().map(|row| {
        let currency = super::currency(&row.currency)?;
        let (state, value) = (row.state, row.amount);
        let amount = Money { value, currency };
        Ok((row.reference, KnownClaim::Refund { amount, state }))
    });
    claims.collect()
}

/// Stripe's disputes with these ids, as we know them.
pub async fn disputes(conn: &mut Conn, ids: &[&str]) -> Result<Vec<(String, KnownClaim)>> {
    let sql = "select reference, amount, currency, state from disputes
               where gateway = 'stripe' and reference in (";
    let rows = fetch_in!(Claimed<dispute::State>, conn, sql, ids, ")");
    let claims = rows.into_iter().map(|row| {
        let currency = super::currency(&row.currency)?;
        let (state, value) = (row.state, row.amount);
        let amount = Money { value, currency };
        Ok((row.reference, KnownClaim::Dispute { amount, state }))
    });
    claims.collect()
}
