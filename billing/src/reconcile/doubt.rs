//! Credits for which no money is there. The doubt is ours and not a bank's, and it is written down the
//! same way: a dispute that no gateway knows. While it is open the credits that are left are frozen;
//! it is lost, and they are taken, or won, and they thaw.

use super::Finding;
use crate::{
    Billing, Error, Result,
    claim::{self, Claim, Held, News, can_be_claimed, claims_of},
    dispute::{self, Dispute},
    gateway::{self, Witness},
    id::DisputeId,
    store::transactions,
};

/// Why there is such a dispute, where a bank's word would stand.
const REASON: &str = "not_paid";

impl Billing {
    /// Brings our own doubt about a payment into this state. Doing it again changes nothing.
    pub(super) async fn doubt(&self, finding: &Finding, state: dispute::State) -> Result<()> {
        let id = finding.transaction;
        let id = id.ok_or(Error::Broken("a doubt about nothing"))?;
        let (reference, now, spent) = (finding.id.to_string(), self.clock.now(), self.spent);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let found = transactions::find(tx, id).await?.filter(can_be_claimed);
                    let transaction = found.ok_or(Error::Broken("a doubt about what is open"))?;
                    let known = claims_of(tx, &transaction).await?;
                    let doubt = known.iter().find_map(|claim| match claim {
                        Claim::Dispute(dispute) if dispute.reference == reference => Some(dispute),
                        _ => None,
                    });
                    // What was decided stays so, whoever comes later.
                    if doubt.is_some_and(|doubt| doubt.state == state || doubt.state.is_final()) {
                        return Ok(());
                    }
                    let doubt = doubt.cloned().unwrap_or_else(|| Dispute {
                        id: DisputeId::new(),
                        transaction: transaction.id,
                        reference: reference.clone(),
                        amount: transaction.amount,
                        state,
                        reason: REASON.to_owned(),
                        respond_by: None,
                        held: Held::default(),
                        version: 0,
                        happened_at: now,
                        // There is nobody to be asked what became of it.
                        next_check_at: None,
                        created_at: now,
                        updated_at: now,
                    });
                    let news = News {
                        gateway: gateway::NONE,
                        witness: Witness::Ourselves,
                        detail: Some(&reference),
                        spent,
                        now,
                    };
                    let new = Claim::Dispute(Dispute { state, ..doubt });
                    claim::write(tx, &transaction, &known, new, &news).await
                })
            })
            .await
    }
}
