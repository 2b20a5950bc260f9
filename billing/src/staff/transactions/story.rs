//! Everything that happened to one transaction, in one order: that of its times.

use std::collections::{BTreeSet, HashSet};

use super::super::{
    Part,
    audit_log::{self, Line},
    proposals::Proposal,
};
use crate::{
    Billing, Result,
    claim::Held,
    clock::Time,
    dispute::{Dispute, Warning},
    document::{Document, Receipt},
    gateway::stripe,
    id::{TransactionId, TransferId},
    inbox::Event,
    ledger::{AccountKind, Reason},
    mail::Mail,
    money::{Credits, Money},
    order::Order,
    reconcile::{Earning, Finding},
    refund::{self, Refund},
    store::{
        Conn, audit_log as log, disputes, documents, earnings, findings, fraud_warnings, inbox,
        orders, outbox, people, proposals, refunds, story, transactions,
    },
    transaction::{State, Transaction},
};

/// A transaction with all that is known of it.
#[derive(Clone, Debug)]
pub struct Story {
    pub transaction: Transaction,
    /// Nobody ordered a renewal.
    pub order: Option<Order>,
    /// Where its customer reads mail.
    pub email: Option<String>,
    /// The gateway's id of the money, where the transaction is known by another: that of its invoice.
    pub payment: Option<String>,
    pub receipt: Option<Document>,
    pub refunds: Vec<Refund>,
    pub disputes: Vec<Dispute>,
    /// What waits for a second person, or waited.
    pub proposals: Vec<Proposal>,
    /// What the gateway's books say, once they were reconciled.
    pub earnings: Vec<Earning>,
    /// Oldest first.
    pub moments: Vec<Moment>,
}

impl Story {
    /// What can still go back.
    pub fn refundable(&self) -> Money {
        let gone = self.refunds.iter();
        let gone = gone.filter(|refund| refund.state <= refund::State::Succeeded);
        let gone: i64 = gone.map(|refund| refund.amount.value).sum();
        let Money { value, currency } = self.transaction.amount;
        let is_paid =
            self.transaction.state == State::Succeeded && self.transaction.reference.is_some();
        Money {
            value: if is_paid { (value - gone).max(0) } else { 0 },
            currency,
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Moment {
    pub at: Time,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Changed(Changed),
    PageOpened(PageOpened),
    Event(Box<Event>),
    Moved(Moved),
    Documented(Document),
    Mailed(Box<Mail>),
    Refunded(Box<Refund>, ClaimChanged),
    Disputed(Box<Dispute>, ClaimChanged),
    Warned(Warning),
    Earned(Earning),
    Found(Box<Finding>),
    /// Something was done about what was found.
    Decided(Box<Finding>),
    /// By staff.
    Done(Box<Line>),
}

/// The transaction became what it is, or a step on the way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub version: i64,
    pub state: State,
    /// Who said so: `order`, `webhook`, `fetch`, …
    pub witness: String,
    /// Which event, or why.
    pub detail: Option<String>,
    pub at: Time,
}

/// The gateway's own page was opened to pay it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageOpened {
    pub reference: Option<String>,
    pub at: Time,
    pub expires_at: Time,
}

/// A refund or dispute became what it is, or a step on the way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimChanged {
    pub state: String,
    pub held: Held,
    pub witness: String,
    pub detail: Option<String>,
    pub at: Time,
}

/// Credits moved because of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub id: TransferId,
    pub from: AccountKind,
    pub to: AccountKind,
    pub amount: Credits,
    pub reason: Reason,
    pub note: String,
    pub at: Time,
}

/// Nobody has done more to one transaction.
const LINES: i64 = 200;

impl Billing {
    /// A transaction with everything that happened to it.
    pub async fn story(&self, id: TransactionId) -> Result<Option<Story>> {
        let mut conn = self.store.read().await?;
        let Some(transaction) = transactions::find(&mut conn, id).await? else {
            return Ok(None);
        };
        let order = match transaction.order {
            Some(order) => orders::find(&mut conn, order).await?,
            None => None,
        };
        let mut story = Story {
            email: people::email_of(&mut conn, transaction.customer).await?,
            payment: transactions::payment_of(&mut conn, id).await?,
            receipt: documents::receipt(&mut conn, id).await?,
            refunds: refunds::of_transaction(&mut conn, id).await?,
            disputes: disputes::of_transaction(&mut conn, id).await?,
            proposals: proposals::of_transaction(&mut conn, id).await?,
            earnings: earnings::of_transaction(&mut conn, id).await?,
            moments: Vec::new(),
            transaction,
            order,
        };
        story.moments = moments(&mut conn, &story).await?;
        drop(conn);
        // Which card it was is asked for once, when somebody first wants to know.
        if story
            .receipt
            .as_ref()
            .is_some_and(|receipt| receipt.card.is_none())
        {
            let customer = story.transaction.customer;
            let asked = self.receipt(customer, id).await?;
            story.receipt = asked.map(|Receipt { document, .. }| document);
        }
        Ok(Some(story))
    }
}

/// In the order of their times; what happened in one commit stays in the order in which it is told here.
async fn moments(conn: &mut Conn, story: &Story) -> Result<Vec<Moment>> {
    let id = story.transaction.id;
    let mut all = Moments::default();
    let mut told_by: Vec<String> = Vec::new();
    let mut causes = vec![id.to_string()];
    causes.extend(story.order.as_ref().map(|order| order.id.to_string()));

    let changes = story::changes(conn, id).await?;
    for change in changes {
        told_by.extend(change.detail.clone());
        causes.push(format!("{id}:{}", change.version));
        all.add(change.at, What::Changed(change));
    }
    for page in story::pages(conn, id).await? {
        all.add(page.at, What::PageOpened(page));
    }
    for moved in story::moved(conn, id).await? {
        all.add(moved.at, What::Moved(moved));
    }
    if let Some(document) = &story.receipt {
        all.add(document.issued_at, What::Documented(document.clone()));
    }
    for refund in &story.refunds {
        causes.push(refund.id.to_string());
        for change in story::refund_changes(conn, refund.id).await? {
            told_by.extend(change.detail.clone());
            all.add(change.at, What::Refunded(Box::new(refund.clone()), change));
        }
    }
    for dispute in &story.disputes {
        causes.push(dispute.id.to_string());
        causes.push(format!("{}:inquiry", dispute.id));
        for change in story::dispute_changes(conn, dispute.id).await? {
            told_by.extend(change.detail.clone());
            all.add(change.at, What::Disputed(Box::new(dispute.clone()), change));
        }
    }
    for warning in fraud_warnings::of_transaction(conn, id).await? {
        all.add(warning.happened_at, What::Warned(warning));
    }
    for earning in &story.earnings {
        all.add(earning.at, What::Earned(earning.clone()));
    }
    for finding in findings::of_transaction(conn, id).await? {
        let finding = Box::new(finding);
        all.add(finding.created_at, What::Found(finding.clone()));
        if let Some(done) = &finding.done {
            all.add(done.at, What::Decided(finding));
        }
    }
    let mut events = inbox::of_transaction(conn, id).await?;
    let known: HashSet<_> = events.iter().map(|event| event.event_id.clone()).collect();
    // Each once; those from before events were linked are known by what they changed.
    let others: BTreeSet<_> = told_by
        .into_iter()
        .filter(|it| !known.contains(it))
        .collect();
    let others: Vec<_> = others.into_iter().collect();
    events.extend(inbox::named(conn, stripe::NAME, &others).await?);
    for event in events {
        all.add(event.received_at, What::Event(Box::new(event)));
    }
    for mail in outbox::of_payments(conn, &causes).await? {
        all.add(mail.created_at, What::Mailed(Box::new(mail)));
    }
    let proposed = story.proposals.iter().map(|it| it.id.to_string());
    for subject in proposed.chain([id.to_string()]) {
        let filter = audit_log::Filter {
            subject: Some(subject),
            ..audit_log::Filter::default()
        };
        for line in log::part(conn, &filter, Part::first(LINES)).await? {
            all.add(line.at, What::Done(Box::new(line)));
        }
    }
    Ok(all.in_order())
}

#[derive(Default)]
struct Moments(Vec<Moment>);

impl Moments {
    fn add(&mut self, at: Time, what: What) {
        self.0.push(Moment { at, what });
    }

    fn in_order(mut self) -> Vec<Moment> {
        self.0.sort_by_key(|moment| (moment.at, moment.what.rank()));
        self.0
    }
}

impl What {
    /// Of what happened at the same time, the cause comes first.
    fn rank(&self) -> u8 {
        match self {
            Self::Done(_) => 0,
            Self::Event(_) | Self::Earned(_) => 1,
            Self::Changed(_) | Self::PageOpened(_) | Self::Warned(_) => 2,
            Self::Refunded(..) | Self::Disputed(..) | Self::Found(_) => 3,
            Self::Moved(_) => 4,
            Self::Documented(_) => 5,
            Self::Mailed(_) => 6,
            Self::Decided(_) => 7,
        }
    }
}
