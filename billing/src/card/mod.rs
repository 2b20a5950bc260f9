//! The cards that customers keep at the gateway. Their numbers stay there; here is what is printed on
//! them, which is offered first, and which bank has said that it is good.

mod face;
mod keep;

pub use face::brand;
pub(crate) use keep::{heard, keep, keep_from};

use crate::{
    Billing, Result,
    clock::Time,
    duty::{self, DutyKind},
    gateway::{CardFace, stripe},
    id::{CardId, CustomerId},
    store::{Conn, Tx, cards, documents, people, subscriptions},
};

/// A card that a customer keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub id: CardId,
    pub customer: CustomerId,
    /// The gateway's own id of it.
    pub reference: String,
    pub face: CardFace,
    /// Offered first, and what plans are paid with.
    pub is_default: bool,
    /// When its bank agreed to keep it, or set an amount aside on it.
    pub validated_at: Option<Time>,
    pub added_at: Time,
    pub removed_at: Option<Time>,
}

/// What came of the wish to remove a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    Removed,
    /// The customer has no such card.
    Unknown,
    /// A plan is paid with it, and there is no other card.
    Needed,
}

impl Billing {
    /// A customer's cards: the default first, then the newest.
    pub async fn cards(&self, customer: CustomerId) -> Result<Vec<Card>> {
        cards::of_customer(&mut self.store.read().await?, customer).await
    }

    /// One of a customer's cards.
    pub async fn card(&self, customer: CustomerId, id: CardId) -> Result<Option<Card>> {
        let found = cards::find(&mut self.store.read().await?, id).await?;
        Ok(found.filter(|card| card.customer == customer && card.removed_at.is_none()))
    }

    /// Whether a customer's plan relies on this card, because there is no other.
    pub async fn needs_card(&self, customer: CustomerId, id: CardId) -> Result<bool> {
        is_needed(&mut self.store.read().await?, customer, id).await
    }

    /// Makes a card the one that is offered first, and the one that plans are paid with. Answers
    /// whether the customer has it.
    pub async fn make_default(&self, customer: CustomerId, id: CardId) -> Result<bool> {
        let now = self.clock.now();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    people::lock_of(tx, customer).await?;
                    let kept = cards::of_customer(tx, customer).await?;
                    let Some(card) = kept.iter().find(|card| card.id == id) else {
                        return Ok(false);
                    };
                    if !card.is_default {
                        set_default(tx, customer, id, now).await?;
                    }
                    Ok(true)
                })
            })
            .await
    }

    /// Removes a card, here at once and at the gateway as soon as it has heard of it.
    pub async fn remove_card(&self, customer: CustomerId, id: CardId) -> Result<Removal> {
        let now = self.clock.now();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    people::lock_of(tx, customer).await?;
                    let kept = cards::of_customer(tx, customer).await?;
                    let Some(card) = kept.into_iter().find(|card| card.id == id) else {
                        return Ok(Removal::Unknown);
                    };
                    if is_needed(tx, customer, id).await? {
                        return Ok(Removal::Needed);
                    }
                    remove(tx, &card, now).await?;
                    duty::owe(tx, DutyKind::DetachCard, &card.reference, customer, now).await?;
                    Ok(Removal::Removed)
                })
            })
            .await
    }
}

/// Leaves nothing of a customer's cards here, and owes the gateway to let go of them.
pub(crate) async fn forget_all(tx: &mut Tx, customer: CustomerId, now: Time) -> Result<()> {
    for card in cards::of_customer(tx, customer).await? {
        duty::owe(tx, DutyKind::DetachCard, &card.reference, customer, now).await?;
    }
    cards::delete_all(tx, customer).await?;
    documents::forget_cards(tx, customer).await
}

/// Takes a card off the list that is not at the gateway any more.
pub(crate) async fn forget(tx: &mut Tx, reference: &str, now: Time) -> Result<()> {
    match held(tx, reference).await? {
        Some(card) => remove(tx, &card, now).await,
        None => Ok(()),
    }
}

/// A card as it is now, which nobody else changes until `tx` ends.
async fn held(tx: &mut Tx, reference: &str) -> Result<Option<Card>> {
    let Some(card) = cards::by_reference(tx, GATEWAY, reference).await? else {
        return Ok(None);
    };
    people::lock_of(tx, card.customer).await?;
    cards::find(tx, card.id).await
}

/// Takes a card off the list, which nobody else changes; the newest of the others is offered first then.
async fn remove(tx: &mut Tx, card: &Card, now: Time) -> Result<()> {
    if cards::remove(tx, card.id, now).await? && card.is_default {
        match cards::of_customer(tx, card.customer).await?.first() {
            Some(next) => set_default(tx, card.customer, next.id, now).await?,
            None => duty::owe_customer(tx, card.customer, now).await?,
        }
    }
    Ok(())
}

/// Has plans paid with a card from now on, if its customer keeps it.
pub(crate) async fn prefer(tx: &mut Tx, reference: &str, now: Time) -> Result<()> {
    match held(tx, reference).await? {
        Some(card) if card.removed_at.is_none() && !card.is_default => {
            set_default(tx, card.customer, card.id, now).await
        }
        _ => Ok(()),
    }
}

async fn set_default(tx: &mut Tx, customer: CustomerId, id: CardId, now: Time) -> Result<()> {
    cards::make_default(tx, customer, id, now).await?;
    duty::owe_customer(tx, customer, now).await
}

/// Whether the customer's plan is paid with saved cards, and this is the only one left.
async fn is_needed(conn: &mut Conn, customer: CustomerId, id: CardId) -> Result<bool> {
    let kept = cards::of_customer(conn, customer).await?;
    let is_last = kept.iter().all(|card| card.id == id);
    Ok(is_last && subscriptions::live(conn, customer).await?.is_some())
}

/// How a card is found again at the gateway.
pub(crate) const GATEWAY: &str = stripe::NAME;
