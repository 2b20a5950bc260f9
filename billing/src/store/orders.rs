//! Rows of `orders`.

use super::{Conn, Tx, offers, redemptions, transactions};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, OfferId, OrderId, TransactionId},
    order::{Order, OrderStatus},
    people::Unfinished,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: OrderId,
    customer_id: CustomerId,
    offer_id: OfferId,
    status: OrderStatus,
    return_to: Option<String>,
    created_at: Time,
    expires_at: Time,
}

/// These orders with their offers, their transactions and what was redeemed: a few statements for all.
async fn complete(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Order>> {
    let (ids, offers): (Vec<_>, Vec<_>) = rows.iter().map(|row| (row.id, row.offer_id)).unzip();
    let offers = offers::all(conn, &offers).await?;
    let mut transactions = transactions::of_orders(conn, &ids).await?;
    let paid_by: Vec<TransactionId> = transactions.values().map(|it| it.id).collect();
    let mut redemptions = redemptions::of_transactions(conn, &paid_by).await?;
    let order = |row: Row| {
        let offer = offers.get(&row.offer_id).cloned();
        let transaction = transactions.remove(&row.id);
        let transaction = transaction.ok_or(sqlx::Error::RowNotFound)?;
        Ok(Order {
            id: row.id,
            customer: row.customer_id,
            offer: offer.ok_or(sqlx::Error::RowNotFound)?,
            status: row.status,
            redemption: redemptions.remove(&transaction.id).map(Box::new),
            transaction,
            return_to: row.return_to,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    };
    rows.into_iter().map(order).collect()
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, customer_id, offer_id, status, return_to, created_at, expires_at
             from orders ",
            $rest
        )
    };
}

pub async fn find(conn: &mut Conn, id: OrderId) -> Result<Option<Order>> {
    let row = fetch_optional!(Row, conn, select!("where id = $1"), id)?;
    Ok(complete(conn, row.into_iter().collect()).await?.pop())
}

/// The customer's open order of this offer: there is at most one.
pub async fn open(conn: &mut Conn, customer: CustomerId, offer: OfferId) -> Result<Option<Order>> {
    let sql = select!("where customer_id = $1 and offer_id = $2 and status = 'open'");
    let row = fetch_optional!(Row, conn, sql, customer, offer)?;
    Ok(complete(conn, row.into_iter().collect()).await?.pop())
}

/// A customer's orders, newest first.
pub async fn of_customer(conn: &mut Conn, customer: CustomerId, limit: i64) -> Result<Vec<Order>> {
    let sql = select!("where customer_id = $1 order by id desc limit $2");
    let rows = fetch_all!(Row, conn, sql, customer, limit)?;
    complete(conn, rows).await
}

/// The newest, of one customer or of all; `before` continues after the last of the previous page.
pub async fn newest(
    conn: &mut Conn,
    customer: Option<CustomerId>,
    before: Option<OrderId>,
    limit: i64,
) -> Result<Vec<Order>> {
    let before = before.unwrap_or(OrderId(uuid::Uuid::max()));
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
    complete(conn, rows).await
}

/// What keeps a customer from leaving: a payment in review, an order that may still be paid, a plan
/// that goes on or owes something, money that is on its way back.
pub async fn unfinished(conn: &mut Conn, customer: CustomerId) -> Result<Option<Unfinished>> {
    let (review, order, plan, money_back) = fetch_one!(
        (i64, i64, i64, i64),
        conn,
        "select (select count(*) from transactions
                 where customer_id = $1 and review is not null),
                (select count(*) from orders where customer_id = $1 and status = 'open'),
                (select count(*) from subscriptions
                 where customer_id = $1 and status <> 'ended'
                   and not (status = 'active' and cancel_at_end)),
                (select count(*) from refunds r join transactions t on t.id = r.transaction_id
                 where t.customer_id = $1 and r.state = 'pending')
              + (select count(*) from disputes d join transactions t on t.id = d.transaction_id
                 where t.customer_id = $1 and d.state in ('inquiry', 'open'))",
        customer,
    )?;
    Ok(match (review, order, plan, money_back) {
        (1.., _, _, _) => Some(Unfinished::Review),
        (_, 1.., _, _) => Some(Unfinished::Order),
        (_, _, 1.., _) => Some(Unfinished::Plan),
        (_, _, _, 1..) => Some(Unfinished::MoneyBack),
        _ => None,
    })
}

/// Open orders that nobody paid in time. Money that is on its way to one is waited for.
pub async fn overdue(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Order>> {
    let sql = select!(
        "where status = 'open' and expires_at <= $1 and not exists
           (select 1 from transactions t where t.order_id = orders.id and t.state = 'processing')
         order by expires_at limit $2"
    );
    let rows = fetch_all!(Row, conn, sql, now, limit)?;
    complete(conn, rows).await
}

/// Adds an order. Answers whether this call did: the customer may have one open already.
pub async fn insert(tx: &mut Tx, order: &Order) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into orders
           (id, customer_id, offer_id, status, return_to, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (customer_id, offer_id) where status = 'open' do nothing",
        order.id,
        order.customer,
        order.offer.id,
        order.status,
        order.return_to.as_deref(),
        order.created_at,
        order.expires_at,
    )?;
    Ok(rows == 1)
}

/// Where the customer goes back to changes with the page they came from last.
pub async fn set_return_to(tx: &mut Tx, id: OrderId, return_to: Option<&str>) -> Result<()> {
    execute!(
        tx,
        "update orders set return_to = $2 where id = $1",
        id,
        return_to
    )?;
    Ok(())
}

pub async fn set_paid(tx: &mut Tx, id: OrderId) -> Result<()> {
    execute!(tx, "update orders set status = 'paid' where id = $1", id)?;
    Ok(())
}

/// Nobody will pay the order any more: it expired, or was canceled before it could.
pub async fn give_up(tx: &mut Tx, id: OrderId, now: Time) -> Result<()> {
    execute!(
        tx,
        "update orders
         set status = case when expires_at <= $2 then 'expired' else 'canceled' end
         where id = $1",
        id,
        now,
    )?;
    Ok(())
}
