//! What an event does to the books, as far as the database alone is enough.

use super::Event;
use crate::{
    Result, card,
    claim::{News, Spent},
    clock::Time,
    dispute,
    gateway::{Evidence, Meaning, Witness, stripe},
    id::TransactionId,
    plan, refund,
    store::{Tx, transactions},
    transaction::{Settled, settle},
};

/// Acts on what an event means, or on what its gateway says when asked about the same.
pub(super) async fn act(
    tx: &mut Tx,
    event: &Event,
    meaning: &Meaning,
    witness: Witness,
    spent: Spent,
    now: Time,
) -> Result<Settled> {
    let news = News {
        gateway: stripe::NAME,
        witness,
        detail: Some(&event.event_id),
        spent,
        now,
    };
    match meaning {
        Meaning::Payment(payment) => {
            let evidence = Evidence {
                gateway: stripe::NAME,
                payment: payment.as_ref().clone(),
                witness,
                detail: Some(event.event_id.clone()),
            };
            settle(tx, &evidence, now).await
        }
        Meaning::Standing(standing) => {
            let detail = Some(event.event_id.as_str());
            plan::stand(tx, stripe::NAME, standing, witness, detail, now).await
        }
        Meaning::Method(method) => card::heard(tx, method, witness, now).await,
        Meaning::Refund(says) => refund::settle(tx, says, &news).await,
        Meaning::Refunds(says) => refund::settle_all(tx, says, &news).await,
        Meaning::Dispute(says) => dispute::settle(tx, says, &news).await,
        Meaning::FraudWarning(says) => dispute::note(tx, says, &news).await,
        Meaning::Upcoming(upcoming) => plan::announce(tx, stripe::NAME, upcoming, now).await,
        Meaning::Ignored(_) => Ok(Settled::Done),
    }
}

/// The transaction of what an event means, where the event itself does not name it: whose payment it is.
pub(super) async fn about(tx: &mut Tx, meaning: &Meaning) -> Result<Option<TransactionId>> {
    let payment = match meaning {
        Meaning::Payment(payment) => Some(payment.reference.as_str()),
        _ => meaning.payment_behind(),
    };
    let Some(payment) = payment else {
        return Ok(None);
    };
    let found = transactions::by_payment(tx, stripe::NAME, payment).await?;
    Ok(found.map(|transaction| transaction.id))
}
