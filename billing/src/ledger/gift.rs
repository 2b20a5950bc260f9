//! Credits for nothing: a product gives them to a customer, for as long as it says.

use super::{
    Grant, Lot, Reason,
    grant::{self, Terms, grant_with},
};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::{CustomerId, TransferId},
    money::Credits,
    store::{Conn, Tx, customers, entries, ledger, lots},
};

/// Credits that a product gives.
#[derive(Clone, Debug)]
pub struct Gift {
    pub customer: CustomerId,
    /// More than zero.
    pub amount: Credits,
    pub note: String,
    /// From when they can be spent; at once, if it does not say.
    pub starts_at: Option<Time>,
    pub expires_at: Option<Time>,
    /// Lots with a lower one are spent first; packs have 0, plans -1.
    pub priority: i64,
    /// Made by the caller before the first try. The same key gives once.
    pub key: String,
}

/// What was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    pub transfer: TransferId,
    /// As it was at first: nothing used.
    pub lot: Lot,
    /// What was available then.
    pub balance: Credits,
}

#[derive(Debug, thiserror::Error)]
pub enum GiftError {
    #[error("the amount must be more than zero")]
    Amount,
    #[error("they would have run out already")]
    Past,
    #[error("they would run out before they can be spent")]
    Backwards,
    #[error("this key was used for something else")]
    KeyReused,
    #[error(transparent)]
    Other(#[from] Error),
}

const SOURCE: &str = "gift";

impl Billing {
    /// Gives credits. Repeating it with the same key gives once and answers the same.
    ///
    /// # Errors
    /// [`GiftError::KeyReused`] when this key gave something else, [`GiftError::Past`] and
    /// [`GiftError::Backwards`] when these could never be spent.
    pub async fn give(&self, gift: Gift) -> Result<Given, GiftError> {
        let now = self.clock.now();
        self.store
            .write(move |tx| {
                Box::pin(async move { Ok::<_, GiftError>(give(tx, &gift, now).await?.0) })
            })
            .await
    }
}

/// Whether the key of this gift gave something.
pub(crate) async fn was_given(conn: &mut Conn, gift: &Gift) -> Result<bool> {
    let before = entries::of_source(conn, SOURCE, &source_id(gift), grant::EFFECT).await?;
    Ok(before.is_some())
}

fn source_id(gift: &Gift) -> String {
    format!("{}:{}", gift.customer, gift.key)
}

/// Gives credits, and answers whether this call did: the same key gives once.
pub(crate) async fn give(tx: &mut Tx, gift: &Gift, now: Time) -> Result<(Given, bool), GiftError> {
    if gift.amount <= Credits(0) {
        return Err(GiftError::Amount);
    }
    if let (Some(starts), Some(ends)) = (gift.starts_at, gift.expires_at)
        && ends <= starts
    {
        return Err(GiftError::Backwards);
    }
    ledger::lock(tx, gift.customer).await?;
    let grant = Grant {
        customer: customers::owner(tx, gift.customer).await?,
        amount: gift.amount,
        reason: Reason::Gift,
        note: gift.note.clone(),
        transaction: None,
        source_kind: SOURCE,
        source_id: source_id(gift),
        expires_at: gift.expires_at,
    };
    ledger::lock(tx, grant.customer).await?;
    let before = entries::of_source(tx, SOURCE, &grant.source_id, grant::EFFECT).await?;
    let terms = Terms {
        priority: gift.priority,
        starts_at: gift.starts_at,
    };
    let is_new = before.is_none();
    let entry = match before {
        Some(before) => before,
        None if gift.expires_at.is_some_and(|at| at <= now) => return Err(GiftError::Past),
        None => grant_with(tx, &grant, terms, now).await?,
    };
    let lot = lots::of_transfer(tx, entry.id).await?;
    let lot = lot.ok_or(Error::Broken("a gift without a lot"))?;
    let same = lot.granted == gift.amount
        && lot.note == gift.note
        && lot.starts_at == gift.starts_at
        && lot.expires_at == gift.expires_at
        && lot.priority == gift.priority;
    if !same {
        return Err(GiftError::KeyReused);
    }
    let given = Given {
        transfer: entry.id,
        balance: entry.balance,
        lot: Lot {
            remaining: lot.granted,
            ..lot
        },
    };
    Ok((given, is_new))
}
