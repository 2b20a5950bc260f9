//! What a customer has, and how it came and went.

use serde_json::{Value, json};
use uuid::Uuid;

use super::rows;
use crate::{
    Result,
    clock::Time,
    id::CustomerId,
    store::{Conn, chain::with_line},
};

pub async fn of_customer(conn: &mut Conn, id: CustomerId) -> Result<Value> {
    let accounts = rows!(
        conn, id,
        { kind: String, balance: i64 },
        "select kind, balance from accounts where customer_id = $1 order by kind"
    );
    let entries = rows!(
        conn, id,
        {
            id: Uuid,
            seq: i64,
            from_account: String,
            to_account: String,
            amount: i64,
            reason: String,
            note: String,
            transaction_id: Option<Uuid>,
            reverses: Option<Uuid>,
            available_after: i64,
            created_at: Time,
        },
        with_line!(
            "select t.id, t.seq, d.kind as from_account, c.kind as to_account, t.amount, t.reason,
                    t.note, t.transaction_id, t.reverses, t.available_after, t.created_at
             from line join transfers t on t.id = line.id
                  join accounts d on d.id = t.debit_account_id
                  join accounts c on c.id = t.credit_account_id
             order by t.seq"
        )
    );
    let lots = rows!(
        conn, id,
        {
            id: Uuid,
            note: String,
            granted: i64,
            remaining: i64,
            created_at: Time,
            starts_at: Option<Time>,
            expires_at: Option<Time>,
        },
        "select id, note, granted, remaining, created_at, starts_at, expires_at
         from lots where customer_id = $1 order by id"
    );
    let holds = rows!(
        conn, id,
        {
            id: Uuid,
            amount: i64,
            note: String,
            status: String,
            captured: i64,
            created_at: Time,
            expires_at: Time,
            ended_at: Option<Time>,
        },
        "select id, amount, note, status, captured, created_at, expires_at, ended_at
         from holds where customer_id = $1 order by id"
    );
    Ok(json!({
        "accounts": accounts,
        "entries": entries,
        "holds": holds,
        "lots": lots,
    }))
}
