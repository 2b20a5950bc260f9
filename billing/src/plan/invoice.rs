//! What invoices mean: which transaction they are about, and what their payment brings. A renewal
//! is ordered by nobody, so its transaction is made here, of the first news of its invoice.

use super::{
    Period, Status, Subscription, letters, locked,
    rollover::{self, Cause, roll_over},
    save, tell,
};
use crate::{
    Error, Result,
    catalog::Offer,
    clock::Time,
    duty::{self, DutyKind},
    gateway::{Evidence, Invoice, Occasion, Payment},
    id::{SubscriptionId, TransactionId},
    ledger::{self, Grant, Reason},
    money::Credits,
    order::FIRST_CHECK,
    store::{Tx, orders, prices, subscriptions, transactions},
    transaction::{Kind, State, Transaction, Way},
};

/// The transaction that an invoice is about. One that nobody ordered is made, if the plan is ours;
/// two servers that make it at once meet in the unique reference.
pub(crate) async fn meant(
    tx: &mut Tx,
    evidence: &Evidence,
    invoice: &Invoice,
    now: Time,
) -> Result<Option<Transaction>> {
    let payment = &evidence.payment;
    let known = transactions::by_reference(tx, evidence.gateway, &payment.reference).await?;
    if known.is_some() {
        return Ok(known);
    }
    if invoice.occasion == Occasion::Start {
        return match payment.transaction {
            Some(id) => transactions::find(tx, id).await,
            None => Ok(None),
        };
    }
    let plan = ours(tx, evidence.gateway, invoice.ours, &invoice.subscription).await?;
    let Some(plan) = plan else { return Ok(None) };
    if invoice.occasion == Occasion::Change {
        // The gateway was faster than our note of what it answered.
        let open = transactions::open_change(tx, plan.id).await?;
        let unnoted =
            |open: &Transaction| open.reference.is_none() && open.amount == payment.amount;
        if let Some(open) = open.filter(unnoted) {
            return Ok(Some(open));
        }
    }
    // What it brings depends on what the plan is by now, and another server may have made it meanwhile.
    let plan = locked(tx, plan.id).await?;
    let known = transactions::by_reference(tx, evidence.gateway, &payment.reference).await?;
    match known {
        Some(known) => Ok(Some(known)),
        None => make(tx, evidence, invoice, &plan, now).await.map(Some),
    }
}

/// Our plan, by the id that travels with it or by the gateway's.
pub(super) async fn ours(
    tx: &mut Tx,
    gateway: &str,
    ours: Option<SubscriptionId>,
    reference: &str,
) -> Result<Option<Subscription>> {
    if let Some(id) = ours
        && let Some(plan) = subscriptions::find(tx, id).await?
    {
        return Ok(Some(plan));
    }
    subscriptions::by_reference(tx, gateway, reference).await
}

async fn make(
    tx: &mut Tx,
    evidence: &Evidence,
    invoice: &Invoice,
    plan: &Subscription,
    now: Time,
) -> Result<Transaction> {
    let payment = &evidence.payment;
    let offer = charged(tx, evidence.gateway, invoice).await?;
    let (kind, title, credits) = match (&offer, invoice.occasion) {
        (Some(offer), Occasion::Change) => (
            Kind::PlanChange,
            format!("Change to the {} plan", offer.name),
            difference(&plan.offer, offer),
        ),
        (Some(offer), _) => (
            Kind::Renewal,
            format!("{} plan, renewed", offer.name),
            offer.credits,
        ),
        (None, _) => (Kind::Renewal, "Plan".to_owned(), Credits(0)),
    };
    let new = Transaction {
        id: TransactionId::new(),
        kind,
        state: State::Created,
        settled_at: None,
        version: 1,
        amount: payment.amount,
        credits,
        customer: plan.customer,
        title,
        order: None,
        subscription: Some(plan.id),
        way: Way::default(),
        reference: None,
        failure: None,
        review: offer
            .is_none()
            .then(|| "it charges a price that is not in the catalogue".to_owned()),
        created_at: now,
        updated_at: now,
    };
    transactions::insert(tx, &new, evidence.gateway).await?;
    transactions::insert_change(tx, &new, "invoice", evidence.detail.as_deref()).await?;
    let first_check = now.plus(FIRST_CHECK);
    transactions::set_reference(tx, new.id, new.way, &payment.reference, first_check).await?;
    Ok(Transaction {
        reference: Some(payment.reference.clone()),
        ..new
    })
}

async fn charged(tx: &mut Tx, gateway: &str, invoice: &Invoice) -> Result<Option<Offer>> {
    match &invoice.price {
        Some(price) => prices::offer(tx, gateway, price).await,
        None => Ok(None),
    }
}

/// What a change to a bigger plan brings: the new plan's credits less those that the present period
/// has brought already. Never less than nothing.
pub(super) fn difference(from: &Offer, to: &Offer) -> Credits {
    Credits((to.credits.0 - from.credits.0).max(0))
}

/// A plan was paid for: its order is closed, its credits are granted, and it goes on.
pub(crate) async fn deliver(
    tx: &mut Tx,
    transaction: &Transaction,
    gateway: &str,
    payment: &Payment,
    now: Time,
) -> Result<()> {
    let (Some(id), Some(invoice)) = (transaction.subscription, &payment.invoice) else {
        return Err(Error::Broken("a plan was paid for without an invoice"));
    };
    let plan = locked(tx, id).await?;
    note_card(tx, transaction, &plan, &payment.reference, now).await?;
    let ordered = match transaction.order {
        Some(id) => {
            orders::set_paid(tx, id).await?;
            orders::find(tx, id).await?.map(|order| order.offer)
        }
        None => charged(tx, gateway, invoice).await?,
    };
    let offer = ordered.unwrap_or_else(|| plan.offer.clone());
    let source_id = rollover::source_id(gateway, payment, invoice);
    grant(tx, transaction, source_id.clone(), now).await?;
    letters::confirmed(tx, transaction, now).await?;
    let owes = transactions::owed(tx, id).await?;
    let owes = owes.iter().any(|owed| owed.id != transaction.id);
    let rule = plan.offer.rollover;
    if transaction.kind == Kind::PlanChange && offer.id != plan.offer.id {
        letters::changed(tx, &plan, &offer, now, now).await?;
    }
    let new = paid(plan, invoice, offer, owes);
    if invoice.occasion != Occasion::Change {
        let cause = Cause::Renewed {
            until: new.paid_until.unwrap_or(invoice.end),
            transaction: transaction.id,
            source_id,
        };
        roll_over(tx, &new, rule, cause, now).await?;
    }
    tell::paid(tx, &new, transaction, now);
    let reference = Some(payment.reference.as_str());
    save(tx, new, "invoice", reference, now).await
}

/// The card that somebody paid a plan with is the one that it is paid with from now on. A renewal
/// that nobody had to look after was charged to that card anyway.
async fn note_card(
    tx: &mut Tx,
    transaction: &Transaction,
    plan: &Subscription,
    invoice: &str,
    now: Time,
) -> Result<()> {
    let by_itself = transaction.kind == Kind::Renewal && plan.status != Status::PastDue;
    if by_itself || transaction.amount.value == 0 {
        return Ok(());
    }
    duty::owe(tx, DutyKind::KeepCard, invoice, transaction.customer, now).await
}

/// The plan once an invoice of it is paid. Invoices may be paid in any order.
fn paid(plan: Subscription, invoice: &Invoice, offer: Offer, owes_more: bool) -> Subscription {
    let is_newest = plan.paid_until.is_none_or(|until| until < invoice.end);
    let is_change = invoice.occasion == Occasion::Change;
    let (status, past_due_since) = match plan.status {
        Status::Ended => (Status::Ended, None),
        Status::PastDue if owes_more => (Status::PastDue, plan.past_due_since),
        _ => (Status::Active, None),
    };
    let begins = !is_change && plan.period.is_none_or(|period| period.end < invoice.end);
    let period = match begins {
        true => Some(Period {
            start: invoice.start,
            end: invoice.end,
        }),
        false => plan.period,
    };
    let (offer, next_offer) = match is_newest || is_change {
        true => (offer, None),
        false => (plan.offer, plan.next_offer),
    };
    Subscription {
        offer,
        next_offer,
        status,
        past_due_since,
        reference: Some(invoice.subscription.clone()),
        period,
        paid_until: plan.paid_until.max(Some(invoice.end)),
        ..plan
    }
}

/// Grants once for each invoice, for ever.
async fn grant(tx: &mut Tx, transaction: &Transaction, source_id: String, now: Time) -> Result<()> {
    if transaction.credits == Credits(0) {
        return Ok(());
    }
    let grant = Grant {
        customer: transaction.customer,
        amount: transaction.credits,
        reason: Reason::Plan,
        note: transaction.title.clone(),
        transaction: Some(transaction.id),
        source_kind: rollover::SOURCE,
        source_id,
        expires_at: None,
    };
    ledger::grant(tx, &grant, now).await.map(drop)
}

/// A renewal was not paid: the plan owes it from now on.
pub(crate) async fn fell_behind(tx: &mut Tx, transaction: &Transaction, now: Time) -> Result<()> {
    let Some(id) = transaction.subscription else {
        return Ok(());
    };
    letters::owes(tx, transaction, now).await?;
    let plan = locked(tx, id).await?;
    if plan.status != Status::Active {
        return Ok(());
    }
    let behind = Subscription {
        status: Status::PastDue,
        past_due_since: Some(now),
        ..plan.clone()
    };
    tell::changed(tx, &plan, &behind, now);
    save(tx, behind, "invoice", transaction.reference.as_deref(), now).await
}

/// Nobody will pay the first invoice of a plan any more.
pub(crate) async fn never_began(tx: &mut Tx, transaction: &Transaction, now: Time) -> Result<()> {
    let Some(id) = transaction.subscription else {
        return Ok(());
    };
    let plan = locked(tx, id).await?;
    if plan.status != Status::Starting {
        return Ok(());
    }
    save(tx, plan.ended(now), "order", None, now).await
}
