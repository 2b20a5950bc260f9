//! The gateway's own page, as the second way to pay an order. An order is paid in one way at a time:
//! the next one is made at the gateway only once nobody can pay in the last one any more. What was
//! paid there at that very moment pays the order.

mod end;
mod make;
mod turn;

use crate::{
    Billing, Error, Result,
    clock::Time,
    id::TransactionId,
    order::{CheckoutError, Order},
    store::{checkout_sessions, transactions},
    transaction::{Kind, Transaction, Way},
};

/// A page that a transaction has turned to, written down before the gateway is asked to make it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    pub transaction_id: TransactionId,
    pub way: Way,
    /// What it asks for, in the currency of the transaction.
    pub amount: i64,
    /// The payment of the way before, which nobody may make any more.
    pub replaces: Option<String>,
    /// The gateway's own id, once the page is there.
    pub reference: Option<String>,
    pub opened_at: Time,
    pub expires_at: Time,
}

/// Each try looks at how things are by then: others may change them meanwhile.
const TRIES: usize = 8;

impl Billing {
    /// Opens the gateway's page for an order and answers where it is; card fields that are open for
    /// the same order can no longer be used. A second click finds the same page.
    pub async fn open_page(&self, order: &Order) -> Result<String, CheckoutError> {
        let is_overdue = order.expires_at <= self.clock.now();
        if order.transaction.kind != Kind::Purchase || is_overdue {
            return Err(CheckoutError::Closed);
        }
        for _ in 0..TRIES {
            let transaction = self.present(order.transaction.id).await?;
            if !transaction.is_payable() {
                return Err(CheckoutError::Closed);
            }
            if !transaction.way.is_page() {
                self.turn_to_page(order, &transaction).await?;
                continue;
            }
            let session = self.page_of(&transaction).await?;
            let url = match &session.reference {
                Some(page) => self.where_is(page).await?,
                None => self.make_page(order, &transaction, &session).await?,
            };
            match url {
                Some(url) => return Ok(url),
                // Nobody can pay on it any more: the next one is made.
                None if session.reference.is_some() => self.leave_page(order).await?,
                None => {}
            }
        }
        Err(CheckoutError::Other(Error::Busy))
    }

    /// Gives the gateway's page of an order up, so that it can be paid with card fields again. An
    /// order whose money is on its way stays as it is.
    pub async fn leave_page(&self, order: &Order) -> Result<()> {
        self.left_page(order.transaction.id).await.map(drop)
    }

    /// The customer comes back from the gateway's page. That proves nothing, so the gateway is asked.
    pub async fn returned(&self, id: TransactionId) -> Result<()> {
        let found = transactions::find(&mut self.store.read().await?, id).await?;
        match found.filter(|transaction| transaction.settled_at.is_none()) {
            Some(transaction) => self.ask_gateway(&transaction).await,
            None => Ok(()),
        }
    }

    /// Ends the page of a transaction, if it is being paid on one. Answers the transaction as it is
    /// then.
    pub(crate) async fn left_page(&self, id: TransactionId) -> Result<Transaction> {
        for _ in 0..TRIES {
            let transaction = self.present(id).await?;
            if !transaction.way.is_page() || !transaction.is_payable() {
                return Ok(transaction);
            }
            let session = self.page_of(&transaction).await?;
            let is_over = match &session.reference {
                Some(page) => self.end_page(page).await?,
                None => self.end_payment(session.replaces.as_deref()).await?,
            };
            if is_over {
                self.turn_from_page(&transaction, session.reference).await?;
            }
        }
        Err(Error::Busy)
    }

    /// A transaction as it is now.
    pub(crate) async fn present(&self, id: TransactionId) -> Result<Transaction> {
        let found = transactions::find(&mut self.store.read().await?, id).await?;
        Ok(found.ok_or(sqlx::Error::RowNotFound)?)
    }

    async fn page_of(&self, transaction: &Transaction) -> Result<Session> {
        let mut conn = self.store.read().await?;
        let found = checkout_sessions::find(&mut conn, transaction.id, transaction.way).await?;
        found.ok_or(Error::Broken("a way over a page that was never asked for"))
    }
}
