//! Turns evidence into a new state, ledger transfers and a closed order, in one database
//! transaction. The only way any of these change. It compares before it sets, and the ledger
//! refuses the same source twice, so a webhook, a fetch and a replay may race freely.

use tracing::Span;

use super::{Change, Kind, State, Transaction, next};
use crate::{
    Billing, Error, Result, card,
    clock::Time,
    coupon,
    events::{self, Told},
    gateway::Evidence,
    ledger::{self, Grant, Reason},
    mail::{self, Letter},
    metrics::METRICS,
    plan,
    staff::figures::{DELAYS, What},
    store::{Tx, orders, redemptions, transactions, validations},
    validation,
};

/// What became of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The transaction says what the evidence says, changed or not.
    Done,
    /// It may be old: the gateway must be asked.
    Doubtful,
    /// No transaction of ours is meant.
    Unknown,
}

/// Another server may change the same row between our look and our write; then we look again.
pub(super) const TRIES: usize = 16;

impl Billing {
    /// Settles evidence that did not come through the inbox.
    pub(crate) async fn settle(&self, evidence: Evidence) -> Result<Settled> {
        let now = self.clock.now();
        self.store
            .write(move |tx| Box::pin(async move { settle(tx, &evidence, now).await }))
            .await
    }
}

/// Settles evidence as part of `tx`.
pub(crate) async fn settle(tx: &mut Tx, evidence: &Evidence, now: Time) -> Result<Settled> {
    for _ in 0..TRIES {
        let Some(transaction) = meant(tx, evidence, now).await? else {
            return Ok(Settled::Unknown);
        };
        let payment = &evidence.payment;
        let new = match next(&transaction, payment, evidence.witness, now) {
            Change::Unchanged => {
                validation::release(tx, &transaction, payment, now).await?;
                return Ok(Settled::Done);
            }
            Change::Doubtful => return Ok(Settled::Doubtful),
            Change::OtherAmount(held) => {
                if coupon::came_too_late(tx, &transaction, payment, now).await? {
                    continue;
                }
                held
            }
            Change::To(new) => new,
        };
        let Some(new) = validation::admit(tx, *new, payment, now).await? else {
            continue;
        };
        if transactions::compare_and_set(tx, &transaction, &new).await? {
            // Its person is held before their credits are, as whoever verifies an address does.
            card::keep_from(tx, &new, payment, now).await?;
            let witness = evidence.witness.as_str();
            record(tx, &new, Some(evidence), witness, now).await?;
            measure(&transaction, &new, evidence, now);
            if transaction.state == State::Processing && new.state == State::Failed {
                did_not_come(tx, &new, now).await?;
            }
            validation::release(tx, &new, payment, now).await?;
            return Ok(Settled::Done);
        }
    }
    Err(Error::Busy)
}

/// Cancels a transaction for which no payment was ever made.
pub(crate) async fn cancel_unpaid(
    tx: &mut Tx,
    transaction: &Transaction,
    now: Time,
) -> Result<bool> {
    let new = Transaction {
        state: State::Canceled,
        version: transaction.version + 1,
        settled_at: Some(now),
        updated_at: now,
        ..transaction.clone()
    };
    let first = transactions::compare_and_set(tx, transaction, &new).await?;
    if first {
        record(tx, &new, None, "order", now).await?;
    }
    Ok(first)
}

/// Puts a transaction before a person of which the gateway has nothing more to say, unless it changed
/// since it was read.
pub(crate) async fn review_silence(
    tx: &mut Tx,
    read: &Transaction,
    doubt: &'static str,
    now: Time,
) -> Result<()> {
    let new = Transaction {
        version: read.version + 1,
        review: Some(doubt.to_owned()),
        updated_at: now,
        ..read.clone()
    };
    if transactions::compare_and_set(tx, read, &new).await? {
        record(tx, &new, None, "sweeper", now).await?;
    }
    Ok(())
}

/// Settles a transaction of which nothing is due: no gateway is needed. Answers it as it is then;
/// nothing, when it changed since it was read.
pub(crate) async fn settle_nothing_due(
    tx: &mut Tx,
    transaction: &Transaction,
    now: Time,
) -> Result<Option<Transaction>> {
    if transaction.amount.value != 0 {
        return Err(Error::Broken("something is due"));
    }
    let new = Transaction {
        state: State::Succeeded,
        version: transaction.version + 1,
        settled_at: Some(now),
        failure: None,
        updated_at: now,
        ..transaction.clone()
    };
    if !transactions::compare_and_set(tx, transaction, &new).await? {
        return Ok(None);
    }
    record(tx, &new, None, "coupon", now).await?;
    Ok(Some(new))
}

/// Gives up the way in which a transaction is being paid, for the next one. Answers the transaction
/// as it was until then, which nobody else changes until `tx` ends; nothing, when it changed since it
/// was read, or can no longer be paid.
pub(crate) async fn turn(
    tx: &mut Tx,
    read: &Transaction,
    now: Time,
) -> Result<Option<(Transaction, Transaction)>> {
    // A reference that is noted is no change of version, so it is read again under the lock.
    if !transactions::hold(tx, read.id, read.version).await? {
        return Ok(None);
    }
    let old = transactions::find(tx, read.id).await?;
    let old = old.ok_or(sqlx::Error::RowNotFound)?;
    if !old.is_payable() {
        return Ok(None);
    }
    let new = old.turned(now);
    if !transactions::compare_and_set(tx, &old, &new).await? {
        return Ok(None);
    }
    record(tx, &new, None, "customer", now).await?;
    Ok(Some((old, new)))
}

/// The transaction that evidence is about: the one named in it, or the one that knows it.
async fn meant(tx: &mut Tx, evidence: &Evidence, now: Time) -> Result<Option<Transaction>> {
    if let Some(invoice) = &evidence.payment.invoice {
        return plan::meant(tx, evidence, invoice, now).await;
    }
    if let Some(id) = evidence.payment.transaction
        && let Some(transaction) = transactions::find(tx, id).await?
    {
        return Ok(Some(transaction));
    }
    transactions::by_reference(tx, evidence.gateway, &evidence.payment.reference).await
}

/// Writes down the change and its effects, and tells those who wait. Without evidence nothing was
/// paid.
async fn record(
    tx: &mut Tx,
    transaction: &Transaction,
    evidence: Option<&Evidence>,
    witness: &'static str,
    now: Time,
) -> Result<()> {
    Span::current().record("transaction", tracing::field::display(transaction.id));
    count(transaction, witness);
    let detail = evidence.and_then(|evidence| evidence.detail.as_deref());
    let detail = transaction.review.as_deref().or(detail);
    transactions::insert_change(tx, transaction, witness, detail).await?;
    if transaction.review.is_none() {
        match (transaction.state, evidence) {
            (State::Succeeded, evidence) => {
                deliver(tx, transaction, evidence, now).await?;
                if transaction.kind.has_a_price() {
                    tx.owe_receipt(transaction.id, now);
                }
            }
            (State::Canceled, _) => give_up(tx, transaction, now).await?,
            (State::RequiresAction | State::Failed, _) if transaction.kind == Kind::Renewal => {
                plan::fell_behind(tx, transaction, now).await?;
            }
            _ => {}
        }
    }
    tx.announce_transaction(transaction);
    kill_point!("settled");
    Ok(())
}

/// How long the credits took to follow the money. An answer to a question of ours tells when money
/// set out, and not when it came, should it take days.
fn measure(before: &Transaction, transaction: &Transaction, evidence: &Evidence, now: Time) {
    let told = evidence.witness.is_event() || before.state != State::Processing;
    if let (State::Succeeded, Some(since), true) = (transaction.state, evidence.payment.since, told)
    {
        let took = now.since(since);
        METRICS.payment_to_credit.observe(took.as_secs_f64());
        DELAYS.observe(What::PaymentToCredit, took, now);
    }
}

/// Counts what became final, a moment before it is durable.
fn count(transaction: &Transaction, witness: &'static str) {
    if transaction.settled_at.is_some() {
        let labels = [
            ("kind", transaction.kind.as_str()),
            ("state", transaction.state.as_str()),
            ("witness", witness),
        ];
        METRICS.settled.get_or_create(&labels).inc();
    }
}

/// Money that was on its way did not come, maybe days later: its customer looks at nothing any more.
async fn did_not_come(tx: &mut Tx, transaction: &Transaction, now: Time) -> Result<()> {
    // A renewal that fails has its letter in any case.
    if transaction.kind == Kind::Renewal || transaction.review.is_some() {
        return Ok(());
    }
    let letter = Letter::payment_failed(transaction);
    mail::owe(tx, transaction.customer, letter, now).await
}

/// What was paid for is given.
async fn deliver(
    tx: &mut Tx,
    transaction: &Transaction,
    evidence: Option<&Evidence>,
    now: Time,
) -> Result<()> {
    if let Some(order) = transaction.order {
        events::tell(tx, Told::order_paid(order, transaction, now), now);
    }
    match transaction.kind {
        Kind::Purchase => deliver_pack(tx, transaction, now).await,
        Kind::Coupon => deliver_gift(tx, transaction, now).await,
        Kind::CardValidation => validation::deliver(tx, transaction, now).await,
        Kind::Subscription | Kind::Renewal | Kind::PlanChange => {
            let Some(evidence) = evidence else {
                return Err(Error::Broken("a plan that nobody paid"));
            };
            plan::deliver(tx, transaction, evidence.gateway, &evidence.payment, now).await
        }
    }
}

/// What nobody will pay for any more is closed, and the coupon on it is free again.
async fn give_up(tx: &mut Tx, transaction: &Transaction, now: Time) -> Result<()> {
    if let Some(order) = transaction.order {
        orders::give_up(tx, order, now).await?;
        coupon::give_back(tx, transaction, now).await?;
    }
    if transaction.kind == Kind::Subscription {
        plan::never_began(tx, transaction, now).await?;
    }
    validations::close(tx, transaction.id, now).await?;
    Ok(())
}

async fn deliver_gift(tx: &mut Tx, transaction: &Transaction, now: Time) -> Result<()> {
    let redemption = redemptions::of_transaction(tx, transaction.id).await?;
    let redemption = redemption.ok_or(sqlx::Error::RowNotFound)?;
    let grant = Grant {
        customer: transaction.customer,
        amount: transaction.credits,
        reason: Reason::Coupon,
        note: transaction.title.clone(),
        transaction: Some(transaction.id),
        source_kind: "transaction",
        source_id: transaction.id.to_string(),
        expires_at: coupon::expiry(&redemption, now),
    };
    ledger::grant(tx, &grant, now).await?;
    let letter = Letter::CodeRedeemed {
        transaction: transaction.id,
        what: grant.note,
        credits: transaction.credits,
        until: grant.expires_at,
        page: "/account".to_owned(),
    };
    mail::owe(tx, transaction.customer, letter, now).await
}

async fn deliver_pack(tx: &mut Tx, transaction: &Transaction, now: Time) -> Result<()> {
    let order = transaction.order.ok_or(sqlx::Error::RowNotFound)?;
    orders::set_paid(tx, order).await?;
    let grant = Grant {
        customer: transaction.customer,
        amount: transaction.credits,
        reason: Reason::Purchase,
        note: transaction.title.clone(),
        transaction: Some(transaction.id),
        source_kind: "transaction",
        source_id: transaction.id.to_string(),
        expires_at: None,
    };
    ledger::grant(tx, &grant, now).await?;
    let letter = Letter::OrderConfirmed {
        order,
        what: grant.note,
        credits: transaction.credits,
        paid: transaction.amount,
        page: format!("/transactions/{}", transaction.id),
    };
    mail::owe(tx, transaction.customer, letter, now).await
}
