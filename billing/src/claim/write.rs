//! Writes down what the refunds and disputes of a payment have become, and moves their credits.

use super::{
    Claim, ClaimId, Held, News, Spent, letters,
    moves::{Move, carry_out},
    share::{Purchase, Share, Stand, divide},
    tell::tell,
};
use crate::{
    Result,
    clock::Time,
    dispute::{self, Dispute},
    refund::{self, Refund},
    store::{Conn, Tx, disputes, lot_uses, lots, refunds},
    transaction::Transaction,
};

/// `before` is all that was known, and `new` what one of them has become, or one more. What the
/// others hold may change with it; rows that stay as they are are not touched.
pub(crate) async fn write(
    tx: &mut Tx,
    transaction: &Transaction,
    before: &[Claim],
    new: Claim,
    news: &News<'_>,
) -> Result<()> {
    let mut after: Vec<Claim> = before.to_vec();
    match after.iter_mut().find(|claim| claim.id() == new.id()) {
        Some(known) => *known = new,
        None => after.push(new),
    }
    let known = |id: ClaimId| before.iter().find(|claim| claim.id() == id);
    let mut moves = Vec::new();
    for claim in divided(tx, transaction, before, after, news.spent).await? {
        let old = known(claim.id());
        if old == Some(&claim) {
            continue;
        }
        let version = old.map_or(0, Claim::version) + 1;
        moves.push((
            Move {
                claim: claim.id(),
                version,
                before: old.map_or_else(Held::default, Claim::held),
                after: claim.held(),
            },
            claim.with_version(version, news.now),
        ));
    }
    // The schema lets nobody hold what another still does: who holds less comes first.
    moves.sort_by_key(|(each, _)| each.after.total().0 - each.before.total().0);
    for (_, claim) in &moves {
        match claim {
            Claim::Refund(refund) => refunds::put(tx, refund, news).await?,
            Claim::Dispute(dispute) => disputes::put(tx, dispute, news).await?,
        }
        letters::tell(tx, transaction, claim, news).await?;
        tell(tx, transaction, known(claim.id()), claim, news.now);
    }
    let moves: Vec<Move> = moves.into_iter().map(|(each, _)| each).collect();
    carry_out(tx, transaction, &moves, news.now).await
}

/// What one more refund would hold, were it written down now.
pub(crate) async fn foresee(
    conn: &mut Conn,
    transaction: &Transaction,
    refunds: Vec<Refund>,
    disputes: Vec<Dispute>,
    wished: Refund,
    spent: Spent,
) -> Result<Held> {
    let id = ClaimId::Refund(wished.id);
    let disputes = disputes.into_iter().map(Claim::Dispute);
    let before: Vec<_> = refunds
        .into_iter()
        .map(Claim::Refund)
        .chain(disputes)
        .collect();
    let mut after = before.clone();
    after.push(Claim::Refund(wished));
    let claims = divided(conn, transaction, &before, after, spent).await?;
    let foreseen = claims.iter().find(|claim| claim.id() == id);
    Ok(foreseen.map_or_else(Held::default, Claim::held))
}

/// All of them, each with what it must hold now.
async fn divided(
    conn: &mut Conn,
    transaction: &Transaction,
    before: &[Claim],
    mut claims: Vec<Claim>,
    spent: Spent,
) -> Result<Vec<Claim>> {
    let lots = lots::of_payment(conn, transaction.id).await?;
    let left: i64 = lots.iter().map(|lot| lot.remaining.0).sum();
    let in_hand: i64 = before
        .iter()
        .map(|claim| claim.held().taken.0 + claim.held().frozen.0)
        .sum();
    let purchase = Purchase {
        amount: transaction.amount.value,
        credits: lots.iter().map(|lot| lot.granted.0).sum(),
        unspent: left + in_hand,
        ran_out: lot_uses::ran_out(conn, transaction.id).await?.0,
    };
    claims.sort_by_cached_key(place);
    let shares: Vec<Share> = claims
        .iter()
        .map(|claim| share(claim, transaction))
        .collect();
    let held = divide(purchase, &shares, spent);
    let claims = claims.into_iter().zip(held);
    Ok(claims.map(|(claim, held)| claim.with_held(held)).collect())
}

/// Refunds first, then what was lost, then what is disputed; each as it happened at the gateway,
/// whenever we heard of it.
fn place(claim: &Claim) -> (u8, Time, String) {
    match claim {
        Claim::Refund(refund) => match &refund.reference {
            Some(reference) => (0, refund.happened_at, reference.clone()),
            None => (1, refund.happened_at, refund.id.to_string()),
        },
        Claim::Dispute(dispute) => {
            let rank = if dispute.state == dispute::State::Lost {
                2
            } else {
                3
            };
            (rank, dispute.happened_at, dispute.reference.clone())
        }
    }
}

fn share(claim: &Claim, transaction: &Transaction) -> Share {
    let (stand, money) = match claim {
        Claim::Refund(refund) => match refund.state {
            refund::State::Pending | refund::State::Succeeded => (Stand::Takes, refund.amount),
            refund::State::Canceled | refund::State::Failed => (Stand::LeavesAlone, refund.amount),
        },
        Claim::Dispute(dispute) => {
            use dispute::State;
            let stand = match dispute.state {
                State::Lost => Stand::Takes,
                State::Inquiry | State::Open => Stand::Freezes,
                State::InquiryClosed | State::Prevented | State::Won => Stand::LeavesAlone,
            };
            (stand, dispute.amount)
        }
    };
    Share {
        stand,
        // In another currency nobody can say which part it is: it is about the whole payment.
        amount: match money.currency == transaction.amount.currency {
            true => money.value,
            false => transaction.amount.value,
        },
        held: claim.held(),
    }
}
