//! Rows of `redemptions`.

use super::{Conn, Tx, coupons};
use crate::{
    Result,
    clock::Time,
    coupon::Redemption,
    id::{CouponId, CustomerId, RedemptionId, TransactionId},
    money::Money,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: RedemptionId,
    coupon_id: CouponId,
    list_price: i64,
    discount: i64,
    currency: String,
    created_at: Time,
}

/// What was redeemed on a transaction and not given back: at most one coupon.
pub async fn of_transaction(
    conn: &mut Conn,
    transaction: TransactionId,
) -> Result<Option<Redemption>> {
    let row = fetch_optional!(
        Row,
        conn,
        "select r.id, r.coupon_id, r.list_price, r.discount, t.currency, r.created_at
         from redemptions r join transactions t on t.id = r.transaction_id
         where r.transaction_id = $1 and r.given_back_at is null",
        transaction,
    )?;
    let Some(row) = row else { return Ok(None) };
    let coupon = coupons::find(conn, row.coupon_id).await?;
    let currency = super::currency(&row.currency)?;
    let money = |value| Money { value, currency };
    Ok(Some(Redemption {
        id: row.id,
        coupon: coupon.ok_or(sqlx::Error::RowNotFound)?,
        list_price: money(row.list_price),
        discount: money(row.discount),
        at: row.created_at,
    }))
}

/// The transaction on which a customer redeemed with this key.
pub async fn by_key(
    conn: &mut Conn,
    customer: CustomerId,
    key: &str,
) -> Result<Option<TransactionId>> {
    let row = fetch_optional!(
        (TransactionId,),
        conn,
        "select transaction_id from redemptions where customer_id = $1 and key = $2",
        customer,
        key,
    )?;
    Ok(row.map(|(transaction,)| transaction))
}

pub async fn insert(
    tx: &mut Tx,
    redemption: &Redemption,
    customer: CustomerId,
    transaction: TransactionId,
    key: Option<&str>,
) -> Result<()> {
    execute!(
        tx,
        "insert into redemptions
           (id, coupon_id, customer_id, transaction_id, list_price, discount, key, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        redemption.id,
        redemption.coupon.id,
        customer,
        transaction,
        redemption.list_price.value,
        redemption.discount.value,
        key,
        redemption.at,
    )?;
    Ok(())
}

/// Ends a redemption. Answers whether this call did.
pub async fn give_back(tx: &mut Tx, id: RedemptionId, now: Time) -> Result<bool> {
    let rows = execute!(
        tx,
        "update redemptions set given_back_at = $2 where id = $1 and given_back_at is null",
        id,
        now,
    )?;
    Ok(rows == 1)
}
