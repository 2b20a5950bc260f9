//! Documents: each settled payment has a receipt, numbered without a gap in the commit that settles
//! it. And the history that leads to them.

use std::{collections::HashMap, time::Duration};

use crate::{
    Billing, Result,
    clock::Time,
    coupon::Redemption,
    id::{CustomerId, TransactionId, TransferId},
    ledger::Entry,
    money::Money,
    refund::{self, Refund},
    store::{Conn, documents, people, redemptions, refunds, transactions},
    transaction::Transaction,
};

/// How long a reader waits for the gateway to say which card it was.
const CARD_PATIENCE: Duration = Duration::from_secs(3);

/// A number that was given to a payment, for ever.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub year: i64,
    /// Counts the documents of the year, from 1.
    pub number: i64,
    pub card: Option<Card>,
    pub issued_at: Time,
}

impl Document {
    /// `2026-000042`
    pub(crate) fn written(year: i64, number: i64) -> String {
        format!("{year}-{number:06}")
    }
}

impl std::fmt::Display for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&Self::written(self.year, self.number))
    }
}

/// A card, as far as one may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// As the gateway calls it: `visa`.
    pub brand: String,
    pub last4: String,
}

/// All that stands on a receipt.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub document: Document,
    pub transaction: Transaction,
    /// The coupon that lowered the price.
    pub redemption: Option<Redemption>,
    /// What went back, or is on its way back.
    pub refunds: Vec<Refund>,
    /// The customer's address.
    pub email: Option<String>,
}

/// One line of a customer's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub entry: Entry,
    /// What brought the credits.
    pub payment: Option<Payment>,
}

/// A payment as the history shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Payment {
    pub transaction: TransactionId,
    pub paid: Money,
    /// The number of its receipt. What had no price has none.
    pub receipt: Option<String>,
}

impl Billing {
    /// The receipt of a customer's payment, once it is settled.
    pub async fn receipt(
        &self,
        customer: CustomerId,
        id: TransactionId,
    ) -> Result<Option<Receipt>> {
        let mut receipt = {
            let mut conn = self.store.read().await?;
            let transaction = transactions::find(&mut conn, id).await?;
            let Some(transaction) = transaction.filter(|found| found.customer == customer) else {
                return Ok(None);
            };
            let Some(document) = documents::receipt(&mut conn, id).await? else {
                return Ok(None);
            };
            Receipt {
                document,
                transaction,
                redemption: redemptions::of_transaction(&mut conn, id).await?,
                refunds: refunds_of(&mut conn, id).await?,
                email: people::email_of(&mut conn, customer).await?,
            }
        };
        if receipt.document.card.is_none() {
            receipt.document.card = self.find_card(&receipt.transaction).await;
        }
        Ok(Some(receipt))
    }

    /// A customer's statement, each line with the payment behind it, newest first; `before`
    /// continues after the last entry of the previous page.
    pub async fn history(
        &self,
        customer: CustomerId,
        before: Option<TransferId>,
        limit: i64,
    ) -> Result<Vec<Line>> {
        let entries = self.statement(customer, before, limit).await?;
        let (Some(newest), Some(oldest)) = (entries.first(), entries.last()) else {
            return Ok(Vec::new());
        };
        let mut conn = self.store.read().await?;
        let payments = documents::of_transfers(&mut conn, customer, newest.id, oldest.id).await?;
        let mut payments: HashMap<_, _> = payments.into_iter().collect();
        let line = |entry: Entry| Line {
            payment: payments.remove(&entry.id),
            entry,
        };
        Ok(entries.into_iter().map(line).collect())
    }

    /// With which card it was paid: the gateway knows, and is asked until it has said so once.
    async fn find_card(&self, transaction: &Transaction) -> Option<Card> {
        let reference = transaction.reference.as_deref()?;
        let asked = tokio::time::timeout(CARD_PATIENCE, self.stripe.card(reference)).await;
        let card = match asked {
            Ok(Ok(card)) => card?,
            Ok(Err(error)) => {
                tracing::warn!(transaction = %transaction.id, %error, "cannot ask for the card");
                return None;
            }
            Err(_) => return None,
        };
        let (id, known) = (transaction.id, card.clone());
        let noted = self
            .store
            .write(move |tx| Box::pin(async move { documents::set_card(tx, id, &known).await }))
            .await;
        if let Err(error) = noted {
            tracing::warn!(transaction = %id, %error, "cannot note the card");
        }
        Some(card)
    }
}

async fn refunds_of(conn: &mut Conn, transaction: TransactionId) -> Result<Vec<Refund>> {
    let mut refunds = refunds::of_transaction(conn, transaction).await?;
    refunds.retain(|refund| refund.state <= refund::State::Succeeded);
    Ok(refunds)
}
