//! What a customer paid, what it cost them in the end, and what was asked of their bank.

use serde_json::{Value, json};
use uuid::Uuid;

use super::rows;
use crate::{Result, clock::Time, id::CustomerId, store::Conn};

pub async fn of_customer(conn: &mut Conn, id: CustomerId) -> Result<Value> {
    let transactions = rows!(
        conn, id,
        {
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
        },
        "select id, order_id, subscription_id, kind, title, state, amount, currency, credits,
                gateway, reference, failure_code, failure_message, created_at, settled_at
         from transactions where customer_id = $1 order by id"
    );
    let receipts = rows!(
        conn, id,
        {
            year: i64,
            number: i64,
            transaction_id: Uuid,
            card_brand: Option<String>,
            card_last4: Option<String>,
            issued_at: Time,
        },
        "select d.year, d.number, d.transaction_id, d.card_brand, d.card_last4, d.issued_at
         from documents d join transactions t on t.id = d.transaction_id
         where t.customer_id = $1 order by d.year, d.number"
    );
    let validations = rows!(
        conn, id,
        {
            transaction_id: Uuid,
            purpose: String,
            return_to: Option<String>,
            expires_at: Time,
            closed_at: Option<Time>,
        },
        "select transaction_id, purpose, return_to, expires_at, closed_at
         from validations where customer_id = $1 order by transaction_id"
    );
    let trials = rows!(
        conn, id,
        { transaction_id: Uuid, gateway: String, fingerprint: String, granted_at: Time },
        "select transaction_id, gateway, fingerprint, granted_at
         from trials where customer_id = $1"
    );
    let codes = rows!(
        conn, id,
        {
            id: Uuid,
            code: String,
            transaction_id: Uuid,
            list_price: i64,
            discount: i64,
            created_at: Time,
            given_back_at: Option<Time>,
        },
        "select r.id, c.code, r.transaction_id, r.list_price, r.discount, r.created_at,
                r.given_back_at
         from redemptions r join coupons c on c.id = r.coupon_id
         where r.customer_id = $1 order by r.id"
    );
    let refunds = rows!(
        conn, id,
        {
            id: Uuid,
            transaction_id: Uuid,
            amount: i64,
            currency: String,
            state: String,
            reason: Option<String>,
            failure: Option<String>,
            taken: i64,
            owed: i64,
            created_at: Time,
        },
        "select r.id, r.transaction_id, r.amount, r.currency, r.state, r.reason, r.failure,
                r.taken, r.owed, r.created_at
         from refunds r join transactions t on t.id = r.transaction_id
         where t.customer_id = $1 order by r.id"
    );
    let disputes = rows!(
        conn, id,
        {
            id: Uuid,
            transaction_id: Uuid,
            amount: i64,
            currency: String,
            state: String,
            reason: String,
            frozen: i64,
            taken: i64,
            owed: i64,
            created_at: Time,
        },
        "select d.id, d.transaction_id, d.amount, d.currency, d.state, d.reason, d.frozen,
                d.taken, d.owed, d.created_at
         from disputes d join transactions t on t.id = d.transaction_id
         where t.customer_id = $1 order by d.id"
    );
    let warnings = rows!(
        conn, id,
        { transaction_id: Uuid, kind: String, happened_at: Time },
        "select w.transaction_id, w.kind, w.happened_at
         from fraud_warnings w join transactions t on t.id = w.transaction_id
         where t.customer_id = $1 order by w.id"
    );
    Ok(json!({
        "transactions": transactions,
        "receipts": receipts,
        "validations": validations,
        "trials": trials,
        "codes": codes,
        "refunds": refunds,
        "disputes": disputes,
        "warnings": warnings,
    }))
}
