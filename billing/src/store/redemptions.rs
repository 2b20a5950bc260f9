//! Rows of `redemptions`.

use std::collections::HashMap;

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
    transaction_id: TransactionId,
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
    let mut all = of_transactions(conn, &[transaction]).await?;
    Ok(all.remove(&transaction))
}

/// What was redeemed on each of these transactions and not given back.
pub async fn of_transactions(
    conn: &mut Conn,
    transactions: &[TransactionId],
) -> Result<HashMap<TransactionId, Redemption>> {
    let rows = fetch_in!(
        Row,
        conn,
        "select r.id, r.transaction_id, r.coupon_id, r.list_price, r.discount, t.currency, r.created_at
         from redemptions r join transactions t on t.id = r.transaction_id
         where r.given_back_at is null and r.transaction_id in (",
        transactions,
        ")",
    );
    let ids: Vec<CouponId> = rows.iter().map(|row| row.coupon_id).collect();
    let coupons = coupons::all(conn, &ids).await?;
    let redemption = |row: Row| {
        let coupon = coupons.get(&row.coupon_id).cloned();
        let currency = super::currency(&row.currency)?;
        let money = |value| Money { value, currency };
        let redemption = Redemption {
            id: row.id,
            coupon: coupon.ok_or(sqlx::Error::RowNotFound)?,
            list_price: money(row.list_price),
            discount: money(row.discount),
            at: row.created_at,
        };
        Ok((row.transaction_id, redemption))
    };
    rows.into_iter().map(redemption).collect()
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
