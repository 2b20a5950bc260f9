//! On whose behalf credits are taken, frozen or given back.

use super::{
    AccountKind, Reason,
    transfer::{Movement, transfer},
};
use crate::{
    Result,
    claim::ClaimId,
    clock::Time,
    id::{CustomerId, TransactionId, TransferId},
    money::Credits,
    store::Tx,
};

/// One version of a refund or dispute, which does each thing at most once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claimant<'a> {
    pub claim: ClaimId,
    pub version: i64,
    pub customer: CustomerId,
    pub transaction: TransactionId,
    /// What was bought: `Starter pack`.
    pub title: &'a str,
    pub now: Time,
}

/// What is done, from which account to which, and why.
pub(super) struct Verb {
    pub effect: &'static str,
    pub from: AccountKind,
    pub to: AccountKind,
    pub reason: Reason,
}

impl Claimant<'_> {
    /// `refund of Starter pack`
    pub(super) fn named(&self) -> String {
        match self.claim {
            ClaimId::Refund(_) => format!("refund of {}", self.title),
            ClaimId::Dispute(_) => format!("chargeback of {}", self.title),
        }
    }

    /// Why it takes credits.
    pub(super) fn reason(&self) -> Reason {
        match self.claim {
            ClaimId::Refund(_) => Reason::Refund,
            ClaimId::Dispute(_) => Reason::Chargeback,
        }
    }

    pub(super) async fn transfer(
        &self,
        tx: &mut Tx,
        verb: Verb,
        amount: Credits,
        note: &str,
    ) -> Result<TransferId> {
        let (source_kind, source_id) = match self.claim {
            ClaimId::Refund(id) => ("refund", id.to_string()),
            ClaimId::Dispute(id) => ("dispute", id.to_string()),
        };
        let movement = Movement {
            customer: self.customer,
            from: verb.from,
            to: verb.to,
            amount,
            reason: verb.reason,
            note,
            transaction: Some(self.transaction),
            claim: Some(self.claim),
            hold: None,
            reverses: None,
            source_kind,
            source_id: &source_id,
            effect: &format!("{}:{}", verb.effect, self.version),
        };
        Ok(transfer(tx, &movement, self.now).await?.entry.id)
    }
}
