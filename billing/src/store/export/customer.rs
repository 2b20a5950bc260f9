//! A customer: who they are, what they ordered, and with what they pay.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{credits, payments, rows};
use crate::{
    Result,
    clock::Time,
    id::CustomerId,
    store::{Conn, events},
};

/// Everything about a customer.
pub async fn of_customer(conn: &mut Conn, id: CustomerId) -> Result<Value> {
    let about = rows!(
        conn, id,
        { id: Uuid, external_id: Option<String>, created_at: Time },
        "select id, external_id, created_at from customers where id = $1"
    );
    let gateways = rows!(
        conn, id,
        { gateway: String, reference: String, created_at: Time },
        "select gateway, reference, created_at from gateway_customers where customer_id = $1"
    );
    let cards = rows!(
        conn, id,
        {
            id: Uuid,
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
        },
        "select id, reference, brand, last4, exp_month, exp_year, fingerprint, default_since,
                validated_at, added_at, removed_at
         from cards where customer_id = $1 order by id"
    );
    let orders = rows!(
        conn, id,
        {
            id: Uuid,
            offer: String,
            offer_version: i64,
            status: String,
            return_to: Option<String>,
            created_at: Time,
            expires_at: Time,
        },
        "select o.id, f.key as offer, f.version as offer_version, o.status, o.return_to,
                o.created_at, o.expires_at
         from orders o join offers f on f.id = o.offer_id where o.customer_id = $1 order by o.id"
    );
    let subscriptions = rows!(
        conn, id,
        {
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
        },
        "select s.id, f.key as offer, f.version as offer_version, s.status, s.reference,
                s.period_start, s.period_end, s.cancel_at_end, s.created_at, s.ended_at
         from subscriptions s join offers f on f.id = s.offer_id
         where s.customer_id = $1 order by s.id"
    );
    let notes = rows!(
        conn, id,
        { text: String, created_at: Time },
        "select text, created_at from notes where customer_id = $1 order by created_at, id"
    );
    // Who of the staff it was is no data of the customer's.
    let views = rows!(
        conn, id,
        {
            id: Uuid,
            reason: String,
            begun_at: Time,
            ends_at: Time,
            ended_at: Option<Time>,
            pages: i64,
        },
        "select id, reason, begun_at, ends_at, ended_at, pages from views
         where customer_id = $1 order by begun_at, id"
    );
    let parts = [
        json!(about.first()),
        json!({
            "gateways": gateways,
            "cards": cards,
            "orders": orders,
            "subscriptions": subscriptions,
            "notes": notes,
            "views": views,
            "events": told(conn, id).await?,
        }),
        payments::of_customer(conn, id).await?,
        credits::of_customer(conn, id).await?,
    ];
    let fields = parts.into_iter().filter_map(|part| match part {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    Ok(Value::Object(fields.flatten().collect()))
}

/// What others were told of a customer.
async fn told(conn: &mut Conn, id: CustomerId) -> Result<Vec<Value>> {
    let newest_first = events::newest(conn, None, Some(id), None, i64::MAX).await?;
    let told = newest_first.into_iter().rev().map(|event| {
        json!({
            "id": event.id,
            "type": event.kind.as_str(),
            "data": event.data,
            "created_at": event.created_at,
        })
    });
    Ok(told.collect())
}
