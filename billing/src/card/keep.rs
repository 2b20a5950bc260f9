//! Cards come, change and go at the gateway, and are written down here.

use super::{Card, GATEWAY, held, remove, set_default};
use crate::{
    Result,
    clock::Time,
    duty::{self, DutyKind},
    gateway::{Method, Payment, PaymentStatus, Witness},
    id::{CardId, CustomerId},
    store::{Tx, cards, gateway_customers, people},
    transaction::{Kind, Settled, Transaction},
};

/// The gateway says something about a card. That it is gone is true for ever. That it came may be old
/// news: it is believed, and looked at again. Which date is the newer one only an answer tells.
pub(crate) async fn heard(
    tx: &mut Tx,
    method: &Method,
    witness: Witness,
    now: Time,
) -> Result<Settled> {
    let known = held(tx, &method.reference).await?;
    let owner = match &method.owner {
        Some(owner) => gateway_customers::customer(tx, GATEWAY, owner).await?,
        None => None,
    };
    match (owner, known) {
        (None, None) => Ok(Settled::Unknown),
        (Some(_), Some(card)) if method.face.as_ref() == Some(&card.face) => Ok(Settled::Done),
        (Some(_), Some(_)) if witness.is_event() => Ok(Settled::Doubtful),
        (Some(customer), known) => {
            keep(tx, customer, method, None, now).await?;
            if known.is_none() {
                duty::owe(tx, DutyKind::KeepCard, &method.reference, customer, now).await?;
            }
            Ok(Settled::Done)
        }
        // Nobody keeps it any more.
        (None, Some(card)) => {
            remove(tx, &card, now).await?;
            Ok(Settled::Done)
        }
    }
}

/// Keeps the card of a transaction that has just come to its end, if it is to stay. Its event may
/// not come, and an event about a payment names the card only: then we owe ourselves a look at it.
pub(crate) async fn keep_from(
    tx: &mut Tx,
    transaction: &Transaction,
    payment: &Payment,
    now: Time,
) -> Result<()> {
    use PaymentStatus::{Authorized, Released, Succeeded};
    let worked = matches!(payment.status, Succeeded | Authorized | Released);
    let (true, true, Some(method)) = (worked, payment.keeps_method, &payment.method) else {
        return Ok(());
    };
    let customer = transaction.customer;
    if method.face.is_none() {
        return duty::owe(tx, DutyKind::KeepCard, &method.reference, customer, now).await;
    }
    let validated_at = (transaction.kind == Kind::CardValidation).then_some(now);
    keep(tx, customer, method, validated_at, now).await
}

/// Writes a card down. The first one of a customer is their default. Another copy of a card that is
/// there already takes its place.
pub(crate) async fn keep(
    tx: &mut Tx,
    customer: CustomerId,
    method: &Method,
    validated_at: Option<Time>,
    now: Time,
) -> Result<()> {
    // What is no card cannot be shown as one.
    let Some(face) = &method.face else {
        return Ok(());
    };
    // Whoever has left keeps no card, here or there.
    if people::is_closed(tx, customer).await? {
        return duty::owe(tx, DutyKind::DetachCard, &method.reference, customer, now).await;
    }
    let known = cards::by_reference(tx, GATEWAY, &method.reference).await?;
    let card = Card {
        id: CardId::new(),
        customer,
        reference: method.reference.clone(),
        face: face.clone(),
        is_default: false,
        validated_at,
        added_at: now,
        removed_at: None,
    };
    cards::keep(tx, GATEWAY, &card).await?;
    if known.is_some() {
        return Ok(());
    }
    let others = cards::of_customer(tx, customer).await?;
    let had_default = others.iter().any(|other| other.is_default);
    let copies = others.into_iter().filter(|other| {
        other.id != card.id
            && face.fingerprint.is_some()
            && other.face.fingerprint == face.fingerprint
    });
    let mut replaces_default = !had_default;
    for copy in copies {
        replaces_default |= copy.is_default;
        cards::remove(tx, copy.id, now).await?;
        duty::owe(tx, DutyKind::DetachCard, &copy.reference, customer, now).await?;
    }
    if replaces_default {
        set_default(tx, customer, card.id, now).await?;
    }
    Ok(())
}
