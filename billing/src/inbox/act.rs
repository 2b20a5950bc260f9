//! What an event does to the books, as far as the database alone is enough.

use super::Event;
use crate::{
    Result,
    clock::Time,
    gateway::{Evidence, Meaning, Witness, stripe},
    plan,
    store::Tx,
    transaction::{Settled, settle},
};

/// Acts on what an event means, or on what its gateway says when asked about the same.
pub(super) async fn act(
    tx: &mut Tx,
    event: &Event,
    meaning: &Meaning,
    witness: Witness,
    now: Time,
) -> Result<Settled> {
    match meaning {
        Meaning::Payment(payment) => {
            let evidence = Evidence {
                gateway: stripe::NAME,
                payment: payment.clone(),
                witness,
                detail: Some(event.event_id.clone()),
            };
            settle(tx, &evidence, now).await
        }
        Meaning::Standing(standing) => {
            let detail = Some(event.event_id.as_str());
            plan::stand(tx, stripe::NAME, standing, witness, detail, now).await
        }
        Meaning::Ignored(_) => Ok(Settled::Done),
    }
}
