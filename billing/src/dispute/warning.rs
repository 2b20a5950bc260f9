//! A bank's word that a payment may be fraud. Nothing follows by itself: staff may refund it before
//! it becomes a dispute.

use crate::{
    Result,
    claim::News,
    clock::Time,
    gateway::FraudNotice,
    id::{FraudWarningId, TransactionId},
    store::{Tx, fraud_warnings, transactions},
    transaction::Settled,
};

/// An early fraud warning.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    pub id: FraudWarningId,
    pub transaction: TransactionId,
    /// The gateway's own id of it.
    pub reference: String,
    /// The bank's word: `unauthorized_use_of_card`, …
    pub kind: String,
    pub happened_at: Time,
}

/// Writes a warning down, once.
pub(crate) async fn note(tx: &mut Tx, says: &FraudNotice, news: &News<'_>) -> Result<Settled> {
    let found = transactions::by_payment(tx, news.gateway, &says.payment).await?;
    let Some(transaction) = found else {
        return Ok(Settled::Unknown);
    };
    let warning = Warning {
        id: FraudWarningId::new(),
        transaction: transaction.id,
        reference: says.reference.clone(),
        kind: says.kind.clone(),
        happened_at: says.happened_at,
    };
    fraud_warnings::insert(tx, &warning, news).await?;
    Ok(Settled::Done)
}
