//! Rows of `proposals`.

use super::{Conn, Tx};
use crate::{
    Error, Result,
    clock::Time,
    id::{CustomerId, PersonId, ProposalId, TransactionId},
    money::{Credits, Money},
    refund::Reason,
    staff::proposals::{Decision, Proposal, State, What},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: ProposalId,
    kind: String,
    customer_id: CustomerId,
    transaction_id: Option<TransactionId>,
    amount: i64,
    currency: Option<String>,
    word: Option<Reason>,
    note: Option<String>,
    until: Option<Time>,
    reason: String,
    key: String,
    asked_by: PersonId,
    asked_by_name: String,
    created_at: Time,
    expires_at: Time,
    state: State,
    decided_by: Option<PersonId>,
    decided_by_name: Option<String>,
    decision: Option<String>,
    decided_at: Option<Time>,
}

impl TryFrom<Row> for Proposal {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let (note, until) = (row.note.unwrap_or_default(), row.until);
        let amount = Credits(row.amount);
        let what = match (row.kind.as_str(), row.transaction_id, row.word) {
            ("refund", Some(transaction), Some(word)) => What::Refund {
                transaction,
                amount: Money {
                    value: row.amount,
                    currency: super::currency(&row.currency.unwrap_or_default())?,
                },
                word,
            },
            ("take", ..) => What::Take { amount, note },
            _ => What::Give {
                amount,
                note,
                until,
            },
        };
        Ok(Self {
            id: row.id,
            customer: row.customer_id,
            what,
            reason: row.reason,
            key: row.key,
            asked_by: row.asked_by,
            asked_by_name: row.asked_by_name,
            created_at: row.created_at,
            expires_at: row.expires_at,
            state: row.state,
            decision: row.decided_at.map(|at| Decision {
                by: row.decided_by,
                by_name: row.decided_by_name,
                reason: row.decision.unwrap_or_default(),
                at,
            }),
        })
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, kind, customer_id, transaction_id, amount, currency, word, note, until,
                    reason, key, asked_by, asked_by_name, created_at, expires_at, state, decided_by,
                    decided_by_name, decision, decided_at
             from proposals ",
            $rest
        )
    };
}

fn all(rows: Vec<Row>) -> Result<Vec<Proposal>> {
    rows.into_iter().map(Proposal::try_from).collect()
}

/// Writes a proposal down. Answers whether this call did: the same key asks once.
pub async fn insert(tx: &mut Tx, proposal: &Proposal) -> Result<bool> {
    let (kind, amount) = match &proposal.what {
        What::Give { amount, .. } => ("give", amount.0),
        What::Take { amount, .. } => ("take", amount.0),
        What::Refund { amount, .. } => ("refund", amount.value),
    };
    let (note, until) = match &proposal.what {
        What::Give { note, until, .. } => (Some(note), *until),
        What::Take { note, .. } => (Some(note), None),
        What::Refund { .. } => (None, None),
    };
    let (transaction, currency, word) = match &proposal.what {
        What::Refund {
            transaction,
            amount,
            word,
        } => (Some(*transaction), Some(amount.currency), Some(*word)),
        What::Give { .. } | What::Take { .. } => (None, None, None),
    };
    let rows = execute!(
        tx,
        "insert into proposals
           (id, kind, customer_id, transaction_id, amount, currency, word, note, until, reason, key,
            asked_by, asked_by_name, created_at, expires_at, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         on conflict (customer_id, key) do nothing",
        proposal.id,
        kind,
        proposal.customer,
        transaction,
        amount,
        currency.as_ref().map(|currency| currency.as_str()),
        word,
        note,
        until,
        &proposal.reason,
        &proposal.key,
        proposal.asked_by,
        &proposal.asked_by_name,
        proposal.created_at,
        proposal.expires_at,
        proposal.state,
    )?;
    Ok(rows == 1)
}

pub async fn find(conn: &mut Conn, id: ProposalId) -> Result<Option<Proposal>> {
    let row = fetch_optional!(Row, conn, select!("where id = $1"), id)?;
    row.map(Proposal::try_from).transpose()
}

pub async fn by_key(conn: &mut Conn, customer: CustomerId, key: &str) -> Result<Option<Proposal>> {
    let sql = select!("where customer_id = $1 and key = $2");
    let row = fetch_optional!(Row, conn, sql, customer, key)?;
    row.map(Proposal::try_from).transpose()
}

/// A proposal about which nobody else decides until this commit.
pub async fn lock(tx: &mut Tx, id: ProposalId) -> Result<Option<Proposal>> {
    execute!(
        tx,
        "update proposals set state = state where id = $1 and state = 'open'",
        id
    )?;
    find(tx, id).await
}

/// Writes down what became of one that is open. Answers whether it was.
pub async fn decide(
    tx: &mut Tx,
    id: ProposalId,
    state: State,
    decision: &Decision,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "update proposals
         set state = $2, decided_by = $3, decided_by_name = $4, decision = $5, decided_at = $6
         where id = $1 and state = 'open'",
        id,
        state,
        decision.by,
        decision.by_name.as_deref(),
        &decision.reason,
        decision.at,
    )?;
    Ok(rows == 1)
}

/// All that are open, the one whose time is over first first.
pub async fn open(conn: &mut Conn, limit: i64) -> Result<Vec<Proposal>> {
    let sql = select!("where state = 'open' order by expires_at, id limit $1");
    all(fetch_all!(Row, conn, sql, limit)?)
}

/// Those that are open about a customer, and about those who were joined into them, oldest first.
pub async fn open_of(conn: &mut Conn, customer: CustomerId, limit: i64) -> Result<Vec<Proposal>> {
    let sql = select!(
        "where state = 'open' and (customer_id = $1
            or customer_id in (select id from customers where joined_into = $1))
         order by expires_at, id limit $2"
    );
    all(fetch_all!(Row, conn, sql, customer, limit)?)
}

/// Those about one transaction, oldest first.
pub async fn of_transaction(conn: &mut Conn, transaction: TransactionId) -> Result<Vec<Proposal>> {
    let sql = select!("where transaction_id = $1 order by id");
    all(fetch_all!(Row, conn, sql, transaction)?)
}

/// Those that are open and whose time is over.
pub async fn overdue(conn: &mut Conn, now: Time) -> Result<Vec<Proposal>> {
    let sql = select!("where state = 'open' and expires_at <= $1 order by expires_at limit 100");
    all(fetch_all!(Row, conn, sql, now)?)
}
