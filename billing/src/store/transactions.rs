//! Rows of `transactions` and of their history, `transaction_changes`.

use std::collections::HashMap;

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, OrderId, SubscriptionId, TransactionId},
    money::{Credits, Money},
    transaction::{Failure, Kind, State, Transaction, Way},
};

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: TransactionId,
    kind: Kind,
    state: State,
    customer_id: CustomerId,
    order_id: Option<OrderId>,
    subscription_id: Option<SubscriptionId>,
    title: String,
    amount: i64,
    currency: String,
    credits: Credits,
    way: Way,
    reference: Option<String>,
    version: i64,
    failure_code: Option<String>,
    failure_message: Option<String>,
    review: Option<String>,
    settled_at: Option<Time>,
    created_at: Time,
    updated_at: Time,
}

impl TryFrom<Row> for Transaction {
    type Error = crate::Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            kind: row.kind,
            state: row.state,
            settled_at: row.settled_at,
            version: row.version,
            amount: Money {
                value: row.amount,
                currency: super::currency(&row.currency)?,
            },
            credits: row.credits,
            customer: row.customer_id,
            order: row.order_id,
            subscription: row.subscription_id,
            title: row.title,
            way: row.way,
            reference: row.reference,
            failure: row
                .failure_code
                .zip(row.failure_message)
                .map(|(code, message)| Failure { code, message }),
            review: row.review,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, kind, state, customer_id, order_id, subscription_id, title, amount, currency, credits,
                    way, reference, version, failure_code, failure_message, review, settled_at, created_at,
                    updated_at
             from transactions ",
            $rest
        )
    };
}
pub(super) use select;

pub async fn find(conn: &mut Conn, id: TransactionId) -> Result<Option<Transaction>> {
    let row = fetch_optional!(Row, conn, select!("where id = $1"), id)?;
    row.map(Transaction::try_from).transpose()
}

/// Those of these that there are.
pub async fn all(conn: &mut Conn, ids: &[TransactionId]) -> Result<Vec<Transaction>> {
    let rows = fetch_in!(Row, conn, select!("where id in ("), ids, ")");
    rows.into_iter().map(Transaction::try_from).collect()
}

/// The newest, of one customer or of all; `before` continues after the last of the previous page.
pub async fn newest(
    conn: &mut Conn,
    customer: Option<CustomerId>,
    before: Option<TransactionId>,
    limit: i64,
) -> Result<Vec<Transaction>> {
    let before = before.unwrap_or(TransactionId(uuid::Uuid::max()));
    let rows = match customer {
        Some(customer) => {
            let sql = select!("where customer_id = $1 and id < $2 order by id desc limit $3");
            fetch_all!(Row, conn, sql, customer, before, limit)?
        }
        None => {
            let sql = select!("where id < $1 order by id desc limit $2");
            fetch_all!(Row, conn, sql, before, limit)?
        }
    };
    rows.into_iter().map(Transaction::try_from).collect()
}

pub async fn by_reference(
    conn: &mut Conn,
    gateway: &str,
    reference: &str,
) -> Result<Option<Transaction>> {
    let sql = select!("where gateway = $1 and reference = $2");
    let row = fetch_optional!(Row, conn, sql, gateway, reference)?;
    row.map(Transaction::try_from).transpose()
}

/// The transaction behind a payment. A plan's is known by its invoice, and by the payment of that.
pub async fn by_payment(
    conn: &mut Conn,
    gateway: &str,
    payment: &str,
) -> Result<Option<Transaction>> {
    let sql = select!(
        "where (gateway = $1 and reference = $2)
            or id = (select transaction_id from payments where gateway = $1 and reference = $2)"
    );
    let row = fetch_optional!(Row, conn, sql, gateway, payment)?;
    row.map(Transaction::try_from).transpose()
}

/// The payment behind a transaction that is known by its invoice, once we have heard of it.
pub async fn payment_of(conn: &mut Conn, id: TransactionId) -> Result<Option<String>> {
    let found = fetch_optional!(
        (String,),
        conn,
        "select reference from payments where transaction_id = $1 order by created_at limit 1",
        id,
    )?;
    Ok(found.map(|(reference,)| reference))
}

/// Notes the payment behind a transaction.
pub async fn insert_payment(
    tx: &mut Tx,
    gateway: &str,
    payment: &str,
    id: TransactionId,
    now: Time,
) -> Result<()> {
    execute!(
        tx,
        "insert into payments (gateway, reference, transaction_id, created_at)
         values ($1, $2, $3, $4) on conflict (gateway, reference) do nothing",
        gateway,
        payment,
        id,
        now,
    )?;
    Ok(())
}

/// The transactions that pay these orders, the newest of each.
pub async fn of_orders(
    conn: &mut Conn,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Transaction>> {
    let select = select!("where order_id in (");
    let rows = fetch_in!(Row, conn, select, orders, ") order by id");
    let mut all = HashMap::with_capacity(rows.len());
    for row in rows {
        if let Some(order) = row.order_id {
            all.insert(order, row.try_into()?);
        }
    }
    Ok(all)
}

/// The change of a plan that was ordered and is under way: there is at most one.
pub async fn open_change(
    conn: &mut Conn,
    subscription: SubscriptionId,
) -> Result<Option<Transaction>> {
    let sql = select!(
        "where subscription_id = $1 and kind = 'plan_change' and settled_at is null \
         and order_id is not null"
    );
    let row = fetch_optional!(Row, conn, sql, subscription)?;
    row.map(Transaction::try_from).transpose()
}

/// What a plan still owes, oldest first.
pub async fn owed(conn: &mut Conn, subscription: SubscriptionId) -> Result<Vec<Transaction>> {
    let sql = select!(
        "where subscription_id = $1 and kind = 'renewal' and settled_at is null order by id"
    );
    let rows = fetch_all!(Row, conn, sql, subscription)?;
    rows.into_iter().map(Transaction::try_from).collect()
}

/// Those that a person must look at, oldest first.
pub async fn in_review(conn: &mut Conn, limit: i64) -> Result<Vec<Transaction>> {
    let sql = select!("where review is not null order by updated_at limit $1");
    let rows = fetch_all!(Row, conn, sql, limit)?;
    rows.into_iter().map(Transaction::try_from).collect()
}

/// Unfinished ones whose gateway should be asked by now.
pub async fn due_for_check(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Transaction>> {
    let sql = select!("where next_check_at <= $1 order by next_check_at limit $2");
    let rows = fetch_all!(Row, conn, sql, now, limit)?;
    rows.into_iter().map(Transaction::try_from).collect()
}

pub async fn insert(tx: &mut Tx, transaction: &Transaction, gateway: &str) -> Result<()> {
    execute!(
        tx,
        "insert into transactions
           (id, kind, state, customer_id, order_id, subscription_id, title, amount, currency, credits,
            gateway, version, review, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
        transaction.id,
        transaction.kind,
        transaction.state,
        transaction.customer,
        transaction.order,
        transaction.subscription,
        &transaction.title,
        transaction.amount.value,
        transaction.amount.currency.as_str(),
        transaction.credits,
        gateway,
        transaction.version,
        transaction.review.as_deref(),
        transaction.created_at,
    )?;
    Ok(())
}

/// Notes which payment at the gateway pays this transaction in its present way. Answers whether it
/// is that one now. Locks the row until the transaction ends.
pub async fn set_reference(
    tx: &mut Tx,
    id: TransactionId,
    way: Way,
    reference: &str,
    next_check_at: Time,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "update transactions set reference = $3, next_check_at = $4
         where id = $1 and way = $2 and (reference is null or reference = $3)
           and state not in ('succeeded', 'canceled')",
        id,
        way,
        reference,
        next_check_at,
    )?;
    Ok(rows == 1)
}

/// Stores what is due of `new` if the row still has the version before it, and is open. Answers
/// whether it did. Locks the row until the transaction ends.
pub async fn set_amount(tx: &mut Tx, new: &Transaction) -> Result<bool> {
    let rows = execute!(
        tx,
        "update transactions set amount = $3, version = $2, updated_at = $4
         where id = $1 and version = $2 - 1 and settled_at is null and review is null",
        new.id,
        new.version,
        new.amount.value,
        new.updated_at,
    )?;
    Ok(rows == 1)
}

/// Takes hold of the row until the database transaction ends, if it still has this version. Answers
/// whether it has.
pub async fn hold(tx: &mut Tx, id: TransactionId, version: i64) -> Result<bool> {
    let rows = execute!(
        tx,
        "update transactions set version = version where id = $1 and version = $2",
        id,
        version,
    )?;
    Ok(rows == 1)
}

/// Stores `new` if the row is still as it was `read`: a reference that is noted meanwhile is no change
/// of version. Answers whether it did. Locks the row until the transaction ends.
pub async fn compare_and_set(tx: &mut Tx, read: &Transaction, new: &Transaction) -> Result<bool> {
    let rows = execute!(
        tx,
        "update transactions
         set state = $3, version = $2, reference = $4, failure_code = $5, failure_message = $6,
             review = $7, settled_at = $8, updated_at = $9, way = $10,
             next_check_at = case when $8 is null then next_check_at end
         where id = $1 and version = $11 and reference is not distinct from $12",
        new.id,
        new.version,
        new.state,
        new.reference.as_deref(),
        new.failure.as_ref().map(|failure| failure.code.as_str()),
        new.failure.as_ref().map(|failure| failure.message.as_str()),
        new.review.as_deref(),
        new.settled_at,
        new.updated_at,
        new.way,
        read.version,
        read.reference.as_deref(),
    )?;
    Ok(rows == 1)
}

/// The gateway was asked; the next time is later.
pub async fn checked(tx: &mut Tx, id: TransactionId, next_check_at: Time) -> Result<()> {
    execute!(
        tx,
        "update transactions set next_check_at = $2, checks = checks + 1
         where id = $1 and next_check_at is not null",
        id,
        next_check_at,
    )?;
    Ok(())
}

/// Has the sweeper look after one whose payment nobody knows yet.
pub async fn set_next_check(tx: &mut Tx, id: TransactionId, at: Time) -> Result<()> {
    execute!(
        tx,
        "update transactions set next_check_at = $2
         where id = $1 and reference is null and settled_at is null",
        id,
        at,
    )?;
    Ok(())
}

/// Writes down how the transaction got its present version.
pub async fn insert_change(
    tx: &mut Tx,
    transaction: &Transaction,
    witness: &str,
    detail: Option<&str>,
) -> Result<()> {
    execute!(
        tx,
        "insert into transaction_changes (transaction_id, version, state, witness, detail, at)
         values ($1, $2, $3, $4, $5, $6)",
        transaction.id,
        transaction.version,
        transaction.state,
        witness,
        detail,
        transaction.updated_at,
    )?;
    Ok(())
}
