//! Rows of `coupons`, and how often each code is in use: `coupon_uses`, `coupon_customer_uses`.

use std::collections::HashMap;

use super::{Conn, Tx, query::once_each};
use crate::{
    Result,
    catalog::{Benefit, Coupon},
    clock::Time,
    id::{CouponId, CustomerId},
    money::{Credits, Money},
    staff::MANY,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: CouponId,
    code: String,
    version: i64,
    name: String,
    credits: Option<Credits>,
    expire_after_days: Option<i64>,
    percent_off: Option<i64>,
    amount_off: Option<i64>,
    currency: Option<String>,
    per_customer: Option<i64>,
    total: Option<i64>,
    until: Option<Time>,
    offers: String,
}

impl TryFrom<Row> for Coupon {
    type Error = crate::Error;
    fn try_from(row: Row) -> Result<Self> {
        let benefit = match (row.credits, row.percent_off, row.amount_off, &row.currency) {
            (Some(amount), ..) => Benefit::Credits {
                amount,
                expire_after_days: row.expire_after_days,
            },
            (None, Some(percent), ..) => Benefit::PercentOff(percent),
            (None, None, Some(value), Some(currency)) => Benefit::AmountOff(Money {
                value,
                currency: super::currency(currency)?,
            }),
            // The schema promises one of them.
            _ => return Err(sqlx::Error::RowNotFound.into()),
        };
        Ok(Self {
            id: row.id,
            code: row.code,
            version: row.version,
            name: row.name,
            benefit,
            per_customer: row.per_customer,
            total: row.total,
            until: row.until,
            offers: row.offers.split_whitespace().map(str::to_owned).collect(),
        })
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, code, version, name, credits, expire_after_days, percent_off, amount_off,
                    currency, per_customer, total, until, offers
             from coupons ",
            $rest
        )
    };
}

/// The newest version of this code.
pub async fn newest(conn: &mut Conn, code: &str) -> Result<Option<Coupon>> {
    let sql = select!("where code = $1 order by version desc limit 1");
    let row = fetch_optional!(Row, conn, sql, code)?;
    row.map(Coupon::try_from).transpose()
}

/// Those of these versions that there are, valid now or long ago.
pub async fn all(conn: &mut Conn, ids: &[CouponId]) -> Result<HashMap<CouponId, Coupon>> {
    let rows = fetch_in!(
        Row,
        conn,
        select!("where id in ("),
        &once_each(ids, |id| *id),
        ")"
    );
    let coupons = rows.into_iter().map(Coupon::try_from);
    coupons
        .map(|coupon| coupon.map(|coupon| (coupon.id, coupon)))
        .collect()
}

/// The codes of a catalogue, in its order.
pub async fn of_catalogue(conn: &mut Conn, number: i64) -> Result<Vec<Coupon>> {
    let sql =
        select!("join catalogue_coupons on coupon_id = id where catalogue = $1 order by position");
    let rows = fetch_all!(Row, conn, sql, number)?;
    rows.into_iter().map(Coupon::try_from).collect()
}

/// All versions of this code, the newest first.
pub async fn versions(conn: &mut Conn, code: &str) -> Result<Vec<Coupon>> {
    let sql = select!("where code = $1 order by version desc");
    let rows = fetch_all!(Row, conn, sql, code)?;
    rows.into_iter().map(Coupon::try_from).collect()
}

/// The newest version of every code there ever was.
pub async fn newest_of_all(conn: &mut Conn) -> Result<Vec<Coupon>> {
    let sql = select!(
        "where version = (select max(version) from coupons other where other.code = coupons.code)
         order by code"
    );
    let rows = fetch_all!(Row, conn, sql)?;
    rows.into_iter().map(Coupon::try_from).collect()
}

/// When each version came, and how many uses of it count, one more than [`MANY`] at most:
/// of this code, or of all.
pub async fn used(conn: &mut Conn, code: Option<&str>) -> Result<Vec<(CouponId, Time, i64)>> {
    Ok(fetch_all!(
        (CouponId, Time, i64),
        conn,
        "select id, created_at,
                (select count(*) from (select id from redemptions
                 where coupon_id = coupons.id and given_back_at is null order by id limit $2) c)
         from coupons where code = $1 or cast($1 as text) is null",
        code,
        MANY + 1,
    )?)
}

/// Adds a version. Answers whether this call did: another server may have been first.
pub async fn insert(tx: &mut Tx, coupon: &Coupon, now: Time) -> Result<bool> {
    let (mut credits, mut days, mut percent, mut amount) = (None, None, None, None);
    match coupon.benefit {
        Benefit::Credits {
            amount: granted,
            expire_after_days,
        } => (credits, days) = (Some(granted), expire_after_days),
        Benefit::PercentOff(off) => percent = Some(off),
        Benefit::AmountOff(off) => amount = Some(off),
    }
    let currency = amount.map(|off| off.currency.as_str().to_owned());
    let rows = execute!(
        tx,
        "insert into coupons
           (id, code, version, name, credits, expire_after_days, percent_off, amount_off,
            currency, per_customer, total, until, offers, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (code, version) do nothing",
        coupon.id,
        &coupon.code,
        coupon.version,
        &coupon.name,
        credits,
        days,
        percent,
        amount.map(|off| off.value),
        currency.as_deref(),
        coupon.per_customer,
        coupon.total,
        coupon.until,
        coupon.offers.join(" "),
        now,
    )?;
    Ok(rows == 1)
}

/// How often a code is in use: by this customer, and by all.
pub async fn uses(conn: &mut Conn, code: &str, customer: CustomerId) -> Result<(i64, i64)> {
    Ok(fetch_one!(
        (i64, i64),
        conn,
        "select
           coalesce((select used from coupon_customer_uses
                     where code = $1 and customer_id = $2), 0),
           coalesce((select used from coupon_uses where code = $1), 0)",
        code,
        customer,
    )?)
}

/// Counts one more use by this customer, unless they have none left. Answers whether it did. Locks
/// the count until the transaction ends.
pub async fn count_for_customer(
    tx: &mut Tx,
    coupon: &Coupon,
    customer: CustomerId,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into coupon_customer_uses (code, customer_id, used, most) values ($1, $2, 1, $3)
         on conflict (code, customer_id) do update
         set used = coupon_customer_uses.used + 1, most = excluded.most
         where excluded.most is null or coupon_customer_uses.used < excluded.most",
        &coupon.code,
        customer,
        coupon.per_customer,
    )?;
    Ok(rows == 1)
}

/// Counts one more use by anybody, unless none is left. Answers whether it did. Locks the count
/// until the transaction ends.
pub async fn count(tx: &mut Tx, coupon: &Coupon) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into coupon_uses (code, used, most) values ($1, 1, $2)
         on conflict (code) do update set used = coupon_uses.used + 1, most = excluded.most
         where excluded.most is null or coupon_uses.used < excluded.most",
        &coupon.code,
        coupon.total,
    )?;
    Ok(rows == 1)
}

/// Takes one use out of both counts again.
pub async fn uncount(tx: &mut Tx, coupon: &Coupon, customer: CustomerId) -> Result<()> {
    execute!(
        tx,
        "update coupon_customer_uses set used = used - 1 where code = $1 and customer_id = $2",
        &coupon.code,
        customer,
    )?;
    execute!(
        tx,
        "update coupon_uses set used = used - 1 where code = $1",
        &coupon.code
    )?;
    Ok(())
}
