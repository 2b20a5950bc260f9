//! Rows of `gateway_customers`: who a customer is at a gateway.

use super::{Conn, Tx};
use crate::{Result, clock::Time, id::CustomerId};

pub async fn reference(
    conn: &mut Conn,
    gateway: &str,
    customer: CustomerId,
) -> Result<Option<String>> {
    let row = fetch_optional!(
        (String,),
        conn,
        "select reference from gateway_customers where gateway = $1 and customer_id = $2",
        gateway,
        customer,
    )?;
    Ok(row.map(|(reference,)| reference))
}

/// Our customer behind one of the gateway's.
pub async fn customer(
    conn: &mut Conn,
    gateway: &str,
    reference: &str,
) -> Result<Option<CustomerId>> {
    let row = fetch_optional!(
        (CustomerId,),
        conn,
        "select customer_id from gateway_customers where gateway = $1 and reference = $2",
        gateway,
        reference,
    )?;
    Ok(row.map(|(customer,)| customer))
}

/// Notes who a customer is there, unless that is known already.
pub async fn insert(
    tx: &mut Tx,
    gateway: &str,
    customer: CustomerId,
    reference: &str,
    now: Time,
) -> Result<()> {
    execute!(
        tx,
        "insert into gateway_customers (gateway, customer_id, reference, created_at)
         values ($1, $2, $3, $4) on conflict (gateway, customer_id) do nothing",
        gateway,
        customer,
        reference,
        now,
    )?;
    Ok(())
}
