//! Turns what a gateway says of refunds into rows and ledger transfers, in one database transaction.

use super::{Refund, State, next};
use crate::{
    Error, Result,
    claim::{self, Claim, Held, News, can_be_claimed, claims_of},
    gateway::{ChargeNotice, RefundNotice},
    id::RefundId,
    order::FIRST_CHECK,
    store::{Tx, transactions},
    transaction::{Settled, Transaction},
};

/// Settles what is said of one refund. One that was made at the gateway gets its row here.
pub(crate) async fn settle(tx: &mut Tx, says: &RefundNotice, news: &News<'_>) -> Result<Settled> {
    let found = transactions::by_payment(tx, news.gateway, &says.payment).await?;
    let Some(transaction) = found.filter(can_be_claimed) else {
        return Ok(Settled::Unknown);
    };
    let known = claims_of(tx, &transaction).await?;
    let refund = match meant(&known, says) {
        Some(refund) => refund.clone(),
        None => made_elsewhere(&transaction, says, news),
    };
    if refund.amount != says.amount {
        return Err(Error::Broken("a refund has not the amount that it had"));
    }
    let new = Claim::Refund(next(&refund, says));
    claim::write(tx, &transaction, &known, new, news).await?;
    Ok(Settled::Done)
}

/// Settles what a charge says of its refunds. The sum that it names may tell of one that we do not
/// know.
pub(crate) async fn settle_all(
    tx: &mut Tx,
    says: &ChargeNotice,
    news: &News<'_>,
) -> Result<Settled> {
    for refund in &says.refunds {
        if settle(tx, refund, news).await? == Settled::Unknown {
            return Ok(Settled::Unknown);
        }
    }
    let found = transactions::by_payment(tx, news.gateway, &says.payment).await?;
    let Some(transaction) = found.filter(can_be_claimed) else {
        return Ok(Settled::Unknown);
    };
    let known = claims_of(tx, &transaction).await?;
    let refunded: i64 = known
        .iter()
        .filter_map(|claim| match claim {
            Claim::Refund(refund) if refund.reference.is_some() => Some(refund),
            _ => None,
        })
        .filter(|refund| matches!(refund.state, State::Pending | State::Succeeded))
        .map(|refund| refund.amount.value)
        .sum();
    match refunded < says.refunded && news.witness.is_event() {
        true => Ok(Settled::Doubtful),
        false => Ok(Settled::Done),
    }
}

/// The refund that is meant: the one with that reference, or ours that does not know it yet.
fn meant<'a>(known: &'a [Claim], says: &RefundNotice) -> Option<&'a Refund> {
    let refunds = known.iter().filter_map(|claim| match claim {
        Claim::Refund(refund) => Some(refund),
        Claim::Dispute(_) => None,
    });
    let mut unsent = None;
    for refund in refunds {
        match &refund.reference {
            Some(reference) if *reference == says.reference => return Some(refund),
            None if says.refund == Some(refund.id) => unsent = Some(refund),
            _ => {}
        }
    }
    unsent
}

fn made_elsewhere(transaction: &Transaction, says: &RefundNotice, news: &News<'_>) -> Refund {
    Refund {
        id: RefundId::new(),
        transaction: transaction.id,
        reference: Some(says.reference.clone()),
        key: None,
        amount: says.amount,
        state: says.state,
        reason: None,
        failure: None,
        held: Held::default(),
        version: 0,
        happened_at: says.happened_at,
        next_check_at: Some(news.now.plus(FIRST_CHECK)),
        created_at: news.now,
        updated_at: news.now,
    }
}
