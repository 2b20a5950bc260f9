//! Turns what a gateway says of a dispute into its row and ledger transfers, in one database
//! transaction.

use std::time::Duration;

use super::{Change, Dispute, next};
use crate::{
    Billing, Result,
    claim::{self, Claim, Held, News, can_be_claimed, claims_of},
    gateway::{DisputeNotice, Witness, stripe},
    id::{DisputeId, TransactionId},
    store::{Tx, disputes, transactions},
    transaction::Settled,
};

/// Banks take weeks; should the event of their decision be lost, we hear of it a day later.
pub(crate) const CHECK_EVERY: Duration = Duration::from_secs(24 * 3600);

/// Settles what is said of a dispute.
pub(crate) async fn settle(tx: &mut Tx, says: &DisputeNotice, news: &News<'_>) -> Result<Settled> {
    let found = transactions::by_payment(tx, news.gateway, &says.payment).await?;
    let Some(transaction) = found.filter(can_be_claimed) else {
        return Ok(Settled::Unknown);
    };
    let known = claims_of(tx, &transaction).await?;
    let dispute = known.iter().find_map(|claim| match claim {
        Claim::Dispute(dispute) if dispute.reference == says.reference => Some(dispute.clone()),
        _ => None,
    });
    let dispute = dispute.unwrap_or_else(|| Dispute {
        id: DisputeId::new(),
        transaction: transaction.id,
        reference: says.reference.clone(),
        amount: says.amount,
        state: says.state,
        reason: says.reason.clone(),
        respond_by: says.respond_by,
        held: Held::default(),
        version: 0,
        happened_at: says.happened_at,
        next_check_at: Some(news.now.plus(CHECK_EVERY)),
        created_at: news.now,
        updated_at: news.now,
    });
    match next(&dispute, says, news.witness) {
        Change::Doubtful => Ok(Settled::Doubtful),
        Change::To(new) => {
            claim::write(tx, &transaction, &known, Claim::Dispute(*new), news).await?;
            Ok(Settled::Done)
        }
    }
}

impl Billing {
    /// The disputes of a payment, oldest first.
    pub async fn disputes(&self, transaction: TransactionId) -> Result<Vec<Dispute>> {
        disputes::of_transaction(&mut self.store.read().await?, transaction).await
    }

    /// Asks the gateway what became of a dispute.
    pub(crate) async fn look_at_dispute(&self, dispute: &Dispute) -> Result<()> {
        let says = self.stripe.dispute(&dispute.reference).await?;
        self.settle_dispute(says).await.map(drop)
    }

    /// Settles what the gateway answered to our own question.
    pub(crate) async fn settle_dispute(&self, says: DisputeNotice) -> Result<Settled> {
        let (now, spent) = (self.clock.now(), self.spent);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let news = News {
                        gateway: stripe::NAME,
                        witness: Witness::Fetch,
                        detail: None,
                        spent,
                        now,
                    };
                    settle(tx, &says, &news).await
                })
            })
            .await
    }
}
