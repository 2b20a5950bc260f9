//! Where an id stands. Each of these is looked up in an index of its own.

use uuid::Uuid;

use super::Conn;
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, TransactionId},
};

/// What was found: what it is called, the kind of page that shows it, and the id of that page.
pub type Found = (String, String, Uuid);

/// Rows with one of our own ids.
pub async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Vec<Found>> {
    Ok(fetch_all!(
        Found,
        conn,
        "select 'Customer', 'customer', coalesce(joined_into, id) from customers where id = $1
         union all select 'Transaction', 'transaction', id from transactions where id = $1
         union all select 'Order', 'transaction', id from transactions where order_id = $1
         union all select 'Refund', 'transaction', transaction_id from refunds where id = $1
         union all select 'Dispute', 'transaction', transaction_id from disputes where id = $1
         union all select 'Plan', 'customer', customer_id from subscriptions where id = $1
         union all select 'Credits', 'customer', customer_id from transfers where id = $1
         union all select 'Hold', 'customer', customer_id from holds where id = $1
         union all select 'Event', 'event', id from inbox where id = $1
         union all select 'Mail', 'mail', id from outbox where id = $1
         union all select 'Finding', 'finding', id from findings where id = $1",
        id,
    )?)
}

/// Rows with an id of the gateway's.
pub async fn by_reference(conn: &mut Conn, gateway: &str, reference: &str) -> Result<Vec<Found>> {
    Ok(fetch_all!(
        Found,
        conn,
        "select 'Payment', 'transaction', id from transactions
             where gateway = $1 and reference = $2
         union all select 'Payment', 'transaction', transaction_id from payments
             where gateway = $1 and reference = $2
         union all select 'Payment page', 'transaction', transaction_id from checkout_sessions
             where gateway = $1 and reference = $2
         union all select 'Refund', 'transaction', transaction_id from refunds
             where gateway = $1 and reference = $2
         union all select 'Dispute', 'transaction', transaction_id from disputes
             where gateway = $1 and reference = $2
         union all select 'Warning of fraud', 'transaction', transaction_id from fraud_warnings
             where gateway = $1 and reference = $2
         union all select 'Line of the gateway''s books', 'transaction', transaction_id
             from earnings where gateway = $1 and reference = $2
         union all select 'Plan', 'customer', customer_id from subscriptions
             where gateway = $1 and reference = $2
         union all select 'Customer', 'customer', customer_id from gateway_customers
             where gateway = $1 and reference = $2
         union all select 'Card', 'customer', customer_id from cards
             where gateway = $1 and reference = $2
         union all select 'Event', 'event', id from inbox where gateway = $1 and event_id = $2",
        gateway,
        reference,
    )?)
}

/// What a receipt is about.
pub async fn by_receipt(
    conn: &mut Conn,
    year: i64,
    number: i64,
) -> Result<Option<(TransactionId,)>> {
    Ok(fetch_optional!(
        (TransactionId,),
        conn,
        "select transaction_id from documents where year = $1 and number = $2",
        year,
        number,
    )?)
}

/// Payments of a time with a card that ends so, newest first.
pub async fn by_card(
    conn: &mut Conn,
    last4: &str,
    from: Time,
    to: Time,
    limit: i64,
) -> Result<Vec<(TransactionId,)>> {
    Ok(fetch_all!(
        (TransactionId,),
        conn,
        "select transaction_id from documents
         where card_last4 = $1 and issued_at >= $2 and issued_at < $3
         order by issued_at desc limit $4",
        last4,
        from,
        to,
        limit,
    )?)
}

/// Customers who keep, or kept, a card that ends so.
pub async fn keepers(conn: &mut Conn, last4: &str, limit: i64) -> Result<Vec<(CustomerId,)>> {
    Ok(fetch_all!(
        (CustomerId,),
        conn,
        "select customer_id from cards where last4 = $1 order by id desc limit $2",
        last4,
        limit,
    )?)
}
