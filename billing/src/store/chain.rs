//! Rows of `transfers` as links of a chain, and rows of `checkpoints`.

use uuid::Uuid;

use super::{
    Conn, Tx,
    books::{self, Kind, Moves},
    ledger::NewTransfer,
};
use crate::{
    Result,
    claim::ClaimId,
    clock::Time,
    id::{AccountId, CustomerId, DisputeId, HoldId, RefundId, TransactionId, TransferId},
    ledger::{AccountKind, Reason},
    money::Credits,
};

/// A transfer, with its own hash and that of the one before.
#[derive(sqlx::FromRow)]
pub struct Link {
    pub id: TransferId,
    customer_id: CustomerId,
    pub seq: i64,
    pub follows: Option<TransferId>,
    debit_account_id: AccountId,
    credit_account_id: AccountId,
    pub amount: Credits,
    reason: Reason,
    note: String,
    transaction_id: Option<TransactionId>,
    refund_id: Option<RefundId>,
    dispute_id: Option<DisputeId>,
    hold_id: Option<HoldId>,
    reverses: Option<TransferId>,
    source_kind: String,
    source_id: String,
    effect: String,
    available_after: Credits,
    created_at: Time,
    debit_kind: AccountKind,
    credit_kind: AccountKind,
    pub hash: Option<Vec<u8>>,
    /// Whether the transfer that it follows is the one before.
    pub is_after: bool,
    /// The hash of that.
    pub before: Option<Vec<u8>>,
}

impl Link {
    /// What it moved.
    pub fn kind(&self) -> Kind {
        Kind {
            day: self.created_at.into(),
            debit_kind: self.debit_kind,
            credit_kind: self.credit_kind,
            reason: self.reason,
        }
    }

    pub fn transfer(&self) -> NewTransfer<'_> {
        let claim = match (self.refund_id, self.dispute_id) {
            (Some(refund), _) => Some(ClaimId::Refund(refund)),
            (None, dispute) => dispute.map(ClaimId::Dispute),
        };
        NewTransfer {
            id: self.id,
            customer: self.customer_id,
            seq: self.seq,
            follows: self.follows,
            debit: self.debit_account_id,
            credit: self.credit_account_id,
            amount: self.amount,
            reason: self.reason,
            note: &self.note,
            transaction: self.transaction_id,
            claim,
            hold: self.hold_id,
            reverses: self.reverses,
            source_kind: &self.source_kind,
            source_id: &self.source_id,
            effect: &self.effect,
            available_after: self.available_after,
            created_at: self.created_at,
        }
    }
}

/// All transfers of a customer, `$1`, from the last one back, as rows of `line`: with these of their columns.
macro_rules! with_line {
    ($rest:expr) => {
        concat!(
            "with recursive line
               (id, follows, seq, created_at, reason, amount, debit_account_id, credit_account_id) as (
               select t.id, t.follows, t.seq, t.created_at, t.reason, t.amount,
                      t.debit_account_id, t.credit_account_id
               from accounts a join transfers t on t.id = a.head
               where a.customer_id = $1 and a.kind = 'available'
               union all
               select t.id, t.follows, t.seq, t.created_at, t.reason, t.amount,
                      t.debit_account_id, t.credit_account_id
               from line join transfers t on t.id = line.follows) ",
            $rest
        )
    };
}
pub(in crate::store) use with_line;

/// Transfers in the order of their ids: those after one, up to another.
pub async fn links(conn: &mut Conn, after: Uuid, upto: Uuid, limit: i64) -> Result<Vec<Link>> {
    Ok(fetch_all!(
        Link,
        conn,
        "select t.id, t.customer_id, t.seq, t.follows, t.debit_account_id, t.credit_account_id, t.amount,
                t.reason, t.note, t.transaction_id, t.refund_id, t.dispute_id, t.hold_id,
                t.reverses, t.source_kind, t.source_id, t.effect, t.available_after, t.created_at, t.hash,
                d.kind as debit_kind, c.kind as credit_kind,
                b.id is not null as is_after, b.hash as before
         from transfers t join accounts d on d.id = t.debit_account_id
              join accounts c on c.id = t.credit_account_id
              left join transfers b
                on b.id = t.follows and b.customer_id = t.customer_id and b.seq = t.seq - 1
         where t.id > $1 and t.id <= $2 order by t.id limit $3",
        after,
        upto,
        limit,
    )?)
}

/// How many transfers there are.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    let (count,) = fetch_one!((i64,), conn, "select count(*) from transfers")?;
    Ok(count)
}

/// All that was written until a moment, in one hash.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Checkpoint {
    /// From 1.
    pub number: i64,
    /// The last id that it covers.
    pub upto: Uuid,
    /// How many transfers it covers that the one before did not.
    pub transfers: i64,
    pub hash: Vec<u8>,
    pub created_at: Time,
}

pub async fn checkpoints(conn: &mut Conn) -> Result<Vec<Checkpoint>> {
    Ok(fetch_all!(
        Checkpoint,
        conn,
        "select number, upto, transfers, hash, created_at from checkpoints order by number",
    )?)
}

pub async fn last_checkpoint(conn: &mut Conn) -> Result<Option<Checkpoint>> {
    Ok(fetch_optional!(
        Checkpoint,
        conn,
        "select number, upto, transfers, hash, created_at from checkpoints
         order by number desc limit 1",
    )?)
}

/// Writes a checkpoint, and adds what its transfers moved to the books of the house. Answers whether this
/// call did; another server may have been faster.
pub async fn insert_checkpoint(tx: &mut Tx, checkpoint: &Checkpoint, days: &Moves) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into checkpoints (number, upto, transfers, hash, created_at, days)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        checkpoint.number,
        checkpoint.upto,
        checkpoint.transfers,
        &checkpoint.hash,
        checkpoint.created_at,
        i64::try_from(days.len()).unwrap_or(i64::MAX),
    )?;
    if rows == 1 {
        books::add(tx, days).await?;
    }
    Ok(rows == 1)
}
