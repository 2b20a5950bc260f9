//! Waiting for a transaction. Nobody waits for a webhook: who has heard nothing for a second makes
//! us ask the gateway, less and less often, and settle what it says.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{Settled, State, Transaction};
use crate::{
    Billing, Result,
    gateway::{Evidence, Witness, stripe},
    id::{CustomerId, TransactionId},
    store::transactions,
};

/// When a waiting client has heard nothing for so long, the gateway is asked.
const FIRST_QUESTION: Duration = Duration::from_secs(1);
/// The pause between questions doubles up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What a client waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Any change after this version.
    NewerThan(i64),
    /// This state, with its effects applied.
    State(State),
    /// Any final state, or a failure.
    Settled,
}

impl Until {
    fn is_met_by(self, transaction: &Transaction) -> bool {
        match self {
            Self::NewerThan(version) => transaction.version > version,
            Self::State(state) => transaction.state == state,
            Self::Settled => transaction.state >= State::Failed,
        }
    }
}

/// The answer to somebody who waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Awaited {
    pub transaction: Transaction,
    /// It is not yet what was waited for.
    pub timed_out: bool,
}

/// The transactions about which the gateway is being asked: each one once at a time.
#[derive(Clone, Default)]
pub(crate) struct Questions(Arc<Mutex<HashSet<TransactionId>>>);

/// The right to ask about one transaction, given back when dropped.
struct Question {
    id: TransactionId,
    questions: Questions,
}

impl Questions {
    fn begin(&self, id: TransactionId) -> Option<Question> {
        let first = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id);
        first.then(|| Question {
            id,
            questions: self.clone(),
        })
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.questions
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.id);
    }
}

impl Billing {
    /// A customer's transaction.
    pub async fn transaction(
        &self,
        customer: CustomerId,
        id: TransactionId,
    ) -> Result<Option<Transaction>> {
        let found = transactions::find(&mut self.store.read().await?, id).await?;
        Ok(found.filter(|transaction| transaction.customer == customer))
    }

    /// Transactions of everybody, or of one customer, newest first; `before` continues after the last
    /// of the previous page.
    pub async fn list_transactions(
        &self,
        customer: Option<CustomerId>,
        before: Option<TransactionId>,
        limit: i64,
    ) -> Result<Vec<Transaction>> {
        transactions::newest(&mut self.store.read().await?, customer, before, limit).await
    }

    /// Whose transaction it is.
    pub async fn owner_of(&self, id: TransactionId) -> Result<Option<CustomerId>> {
        let found = transactions::find(&mut self.store.read().await?, id).await?;
        Ok(found.map(|transaction| transaction.customer))
    }

    /// A customer's transaction as soon as it is what they wait for, or as it is after `timeout`.
    /// While it sleeps it asks neither the database nor, beyond the questions above, the gateway.
    pub async fn await_transaction(
        &self,
        customer: CustomerId,
        id: TransactionId,
        until: Until,
        timeout: Duration,
    ) -> Result<Option<Awaited>> {
        let mut changes = self.store.updates.subscribe(id.0);
        let deadline = Instant::now() + timeout;
        let mut pause = FIRST_QUESTION;
        let mut ask_at = Instant::now() + pause;
        let mut told: Option<Arc<Transaction>> = None;
        loop {
            let found = match told.take() {
                Some(told) => Some(Arc::unwrap_or_clone(told)).filter(|it| it.customer == customer),
                // Boxed, so that it takes no room while this sleeps.
                None => Box::pin(self.transaction(customer, id)).await?,
            };
            let Some(transaction) = found else {
                return Ok(None);
            };
            changes.saw(transaction.version);
            if until.is_met_by(&transaction) {
                return Ok(Some(Awaited {
                    transaction,
                    timed_out: false,
                }));
            }
            let waits_for_gateway = transaction.settled_at.is_none();
            loop {
                tokio::select! {
                    change = changes.changed() => {
                        told = change;
                        break;
                    }
                    () = tokio::time::sleep_until(ask_at), if waits_for_gateway => {
                        // Answered through `changes`, so a slow gateway holds nobody up.
                        self.ask_in_background(&transaction);
                        pause = (pause * 2).min(LONGEST_PAUSE);
                        ask_at = Instant::now() + pause;
                    }
                    () = tokio::time::sleep_until(deadline) => {
                        return Ok(Some(Awaited { transaction, timed_out: true }));
                    }
                    () = self.stop.cancelled() => {
                        return Ok(Some(Awaited { transaction, timed_out: true }));
                    }
                }
            }
        }
    }

    fn ask_in_background(&self, transaction: &Transaction) {
        let (billing, transaction) = (self.clone(), transaction.clone());
        self.tasks.spawn(async move {
            if let Err(error) = billing.ask_gateway(&transaction).await {
                tracing::warn!(transaction = %transaction.id, %error, "cannot ask the gateway");
            }
        });
    }

    /// Asks the gateway about a transaction and settles its answer, unless that is being done at
    /// this moment or there is nothing yet to ask about.
    pub(crate) async fn ask_gateway(&self, transaction: &Transaction) -> Result<()> {
        let Some(reference) = &transaction.reference else {
            return Ok(());
        };
        let Some(_question) = self.questions.begin(transaction.id) else {
            return Ok(());
        };
        let payment = self.stripe.payment(reference).await?;
        self.settle_answer(payment).await.map(drop)
    }

    /// Settles what the gateway answered to our own question.
    pub(crate) async fn settle_answer(&self, payment: crate::gateway::Payment) -> Result<Settled> {
        let evidence = Evidence {
            gateway: stripe::NAME,
            payment,
            witness: Witness::Fetch,
            detail: None,
        };
        self.settle(evidence).await
    }
}
