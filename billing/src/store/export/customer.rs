//! What every table says of one customer.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Result, clock::Time, id::CustomerId, store::Conn};

#[derive(sqlx::FromRow, Serialize)]
struct Customer {
    id: Uuid,
    external_id: Option<String>,
    created_at: Time,
}

#[derive(sqlx::FromRow, Serialize)]
struct Order {
    id: Uuid,
    offer: String,
    offer_version: i64,
    status: String,
    return_to: Option<String>,
    created_at: Time,
    expires_at: Time,
}

/// A plan.
#[derive(sqlx::FromRow, Serialize)]
struct Subscription {
    id: Uuid,
    offer: String,
    offer_version: i64,
    status: String,
    reference: Option<String>,
    period_start: Option<Time>,
    period_end: Option<Time>,
    cancel_at_end: bool,
    created_at: Time,
    ended_at: Option<Time>,
}

#[derive(sqlx::FromRow, Serialize)]
struct Card {
    id: Uuid,
    brand: String,
    last4: String,
    exp_month: i64,
    exp_year: i64,
    added_at: Time,
    removed_at: Option<Time>,
}

/// Who the customer is to a gateway.
#[derive(sqlx::FromRow, Serialize)]
struct GatewayCustomer {
    gateway: String,
    reference: String,
}

#[derive(sqlx::FromRow, Serialize)]
struct Transaction {
    id: Uuid,
    order_id: Option<Uuid>,
    subscription_id: Option<Uuid>,
    kind: String,
    title: String,
    state: String,
    amount: i64,
    currency: String,
    credits: i64,
    gateway: String,
    reference: Option<String>,
    failure_code: Option<String>,
    failure_message: Option<String>,
    created_at: Time,
    settled_at: Option<Time>,
}

/// A movement of credits from one account to another.
#[derive(sqlx::FromRow, Serialize)]
struct Entry {
    id: Uuid,
    seq: i64,
    from_account: String,
    to_account: String,
    amount: i64,
    reason: String,
    note: String,
    transaction_id: Option<Uuid>,
    available_after: i64,
    created_at: Time,
}

#[derive(sqlx::FromRow, Serialize)]
struct Lot {
    id: Uuid,
    note: String,
    granted: i64,
    remaining: i64,
    created_at: Time,
    expires_at: Option<Time>,
}

/// A code that was used.
#[derive(sqlx::FromRow, Serialize)]
struct Redemption {
    id: Uuid,
    code: String,
    transaction_id: Uuid,
    discount: i64,
    created_at: Time,
    given_back_at: Option<Time>,
}

#[derive(sqlx::FromRow, Serialize)]
struct Refund {
    id: Uuid,
    transaction_id: Uuid,
    amount: i64,
    currency: String,
    state: String,
    reason: Option<String>,
    created_at: Time,
}

#[derive(sqlx::FromRow, Serialize)]
struct Dispute {
    id: Uuid,
    transaction_id: Uuid,
    amount: i64,
    currency: String,
    state: String,
    reason: String,
    created_at: Time,
}

/// Everything about a customer.
pub async fn of_customer(conn: &mut Conn, id: CustomerId) -> Result<Value> {
    let about = fetch_one!(
        Customer,
        conn,
        "select id, external_id, created_at from customers where id = $1",
        id,
    )?;
    let orders = fetch_all!(
        Order,
        conn,
        "select o.id, f.key as offer, f.version as offer_version, o.status, o.return_to,
                o.created_at, o.expires_at
         from orders o join offers f on f.id = o.offer_id where o.customer_id = $1 order by o.id",
        id,
    )?;
    let subscriptions = fetch_all!(
        Subscription,
        conn,
        "select s.id, f.key as offer, f.version as offer_version, s.status, s.reference,
                s.period_start, s.period_end, s.cancel_at_end, s.created_at, s.ended_at
         from subscriptions s join offers f on f.id = s.offer_id
         where s.customer_id = $1 order by s.id",
        id,
    )?;
    let gateways = fetch_all!(
        GatewayCustomer,
        conn,
        "select gateway, reference from gateway_customers where customer_id = $1",
        id,
    )?;
    let cards = fetch_all!(
        Card,
        conn,
        "select id, brand, last4, exp_month, exp_year, added_at, removed_at
         from cards where customer_id = $1 order by id",
        id,
    )?;
    let redemptions = fetch_all!(
        Redemption,
        conn,
        "select r.id, c.code, r.transaction_id, r.discount, r.created_at, r.given_back_at
         from redemptions r join coupons c on c.id = r.coupon_id
         where r.customer_id = $1 order by r.id",
        id,
    )?;
    let refunds = fetch_all!(
        Refund,
        conn,
        "select r.id, r.transaction_id, r.amount, r.currency, r.state, r.reason, r.created_at
         from refunds r join transactions t on t.id = r.transaction_id
         where t.customer_id = $1 order by r.id",
        id,
    )?;
    let disputes = fetch_all!(
        Dispute,
        conn,
        "select d.id, d.transaction_id, d.amount, d.currency, d.state, d.reason, d.created_at
         from disputes d join transactions t on t.id = d.transaction_id
         where t.customer_id = $1 order by d.id",
        id,
    )?;
    let transactions = fetch_all!(
        Transaction,
        conn,
        "select id, order_id, subscription_id, kind, title, state, amount, currency, credits, gateway, reference,
                failure_code, failure_message, created_at, settled_at
         from transactions where customer_id = $1 order by id",
        id,
    )?;
    let entries = fetch_all!(
        Entry,
        conn,
        "select t.id, t.seq, d.kind as from_account, c.kind as to_account, t.amount, t.reason,
                t.note, t.transaction_id, t.available_after, t.created_at
         from transfers t join accounts d on d.id = t.debit_account_id
              join accounts c on c.id = t.credit_account_id
         where t.customer_id = $1 order by t.seq",
        id,
    )?;
    let lots = fetch_all!(
        Lot,
        conn,
        "select id, note, granted, remaining, created_at, expires_at
         from lots where customer_id = $1 order by id",
        id,
    )?;
    Ok(json!({
        "id": about.id,
        "external_id": about.external_id,
        "created_at": about.created_at,
        "gateways": gateways,
        "cards": cards,
        "orders": orders,
        "subscriptions": subscriptions,
        "codes": redemptions,
        "transactions": transactions,
        "refunds": refunds,
        "disputes": disputes,
        "entries": entries,
        "lots": lots,
    }))
}
