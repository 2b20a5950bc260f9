//! Why a balance is what it is, at any moment: what brought credits and took them, and what became of
//! each lot. Read off the transfers alone, so it also explains a moment long ago.

use std::collections::HashMap;

use super::{AccountKind, Reason};
use crate::{
    Billing, Result,
    clock::Time,
    id::{CustomerId, LotId, TransferId},
    money::Credits,
    store::{self, explain::GrantedLot},
};

/// Why a customer had what they had.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    pub at: Time,
    pub available: Credits,
    /// What could be spent from a later time on.
    pub upcoming: Credits,
    pub held: Credits,
    pub frozen: Credits,
    pub owed: Credits,
    /// What each reason brought to what is available, below zero what it took. They add up to it.
    pub because: Vec<(Reason, Credits)>,
    /// Lots with something left, in the order in which they are spent. What is left in them adds up to
    /// what is available.
    pub lots: Vec<LotThen>,
}

/// A lot as it was at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct LotThen {
    pub id: LotId,
    /// Where it came from, for people.
    pub source: String,
    pub granted: Credits,
    pub remaining: Credits,
    /// What each reason took from it, below zero what it gave back: what was granted, less these, is
    /// left.
    pub used: Vec<(Reason, Credits)>,
    pub created_at: Time,
    pub starts_at: Option<Time>,
    pub expires_at: Option<Time>,
}

/// What a transfer took from a lot; below zero what it gave back.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LotUse {
    pub lot: LotId,
    /// Where the lot came from, for people.
    pub source: String,
    pub amount: Credits,
}

impl Billing {
    /// Why a customer had what they had at a moment. What ran out is taken within seconds; until then
    /// it still counts here.
    pub async fn explain(&self, customer: CustomerId, at: Time) -> Result<Explanation> {
        let mut conn = self.store.read().await?;
        // Nothing is ever inserted before this transfer, so all that follows is of one moment.
        let seq = store::explain::seq_at(&mut conn, customer, at).await?;
        let moved = store::explain::moved(&mut conn, customer, seq).await?;
        let lots = store::explain::lots(&mut conn, customer, seq).await?;
        let uses = store::explain::uses(&mut conn, customer, seq).await?;
        let mut used: HashMap<LotId, Vec<(Reason, Credits)>> = HashMap::new();
        for (lot, reason, credits) in uses {
            used.entry(lot).or_default().push((reason, credits));
        }
        let balance = |of: AccountKind| {
            let moved = moved.iter().filter(|(kind, ..)| *kind == of);
            Credits(moved.map(|(.., credits)| credits.0).sum())
        };
        let because = moved
            .iter()
            .filter(|(kind, _, credits)| *kind == AccountKind::Available && credits.0 != 0)
            .map(|(_, reason, credits)| (*reason, *credits))
            .collect();
        let lots = lots
            .into_iter()
            .map(|lot| {
                let used = used.remove(&lot.id).unwrap_or_default();
                then(lot, used)
            })
            .filter(|lot| lot.remaining > Credits(0))
            .collect();
        Ok(Explanation {
            at,
            available: balance(AccountKind::Available),
            upcoming: balance(AccountKind::Upcoming),
            held: balance(AccountKind::Held),
            frozen: balance(AccountKind::Frozen),
            owed: Credits(-balance(AccountKind::Debt).0),
            because,
            lots,
        })
    }

    /// Which lots a line of a statement took from, or gave back to.
    pub async fn lots_used(&self, entry: TransferId) -> Result<Vec<LotUse>> {
        store::explain::uses_of(&mut self.store.read().await?, entry).await
    }
}

fn then(lot: GrantedLot, mut used: Vec<(Reason, Credits)>) -> LotThen {
    let taken: i64 = used.iter().map(|(_, credits)| credits.0).sum();
    // What started later was kept by its own grant until then, which used nothing.
    if let Some(start) = used.iter().position(|(reason, _)| *reason == Reason::Start) {
        let (_, given) = used.swap_remove(start);
        let kept = used.iter_mut().find(|(_, kept)| kept.0 == -given.0);
        if let Some((_, kept)) = kept {
            *kept = Credits(0);
        }
    }
    used.retain(|(_, credits)| credits.0 != 0);
    LotThen {
        id: lot.id,
        source: lot.note,
        granted: lot.granted,
        remaining: Credits(lot.granted.0 - taken),
        used,
        created_at: lot.created_at,
        starts_at: lot.starts_at,
        expires_at: lot.expires_at,
    }
}
