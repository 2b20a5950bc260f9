//! Who was named by a product and who signed up are one, as soon as the address by which the product
//! named them is verified here. Nothing else joins two customers, and never two that have a person.
//!
//! The account that has nothing yet takes over the customer who was named, with all that they have and
//! had. Otherwise the one who was named is joined into the account: what they have is booked over, and
//! their id and external id lead there from then on. Wishes are remembered under the id that was named,
//! so one that is repeated after they were joined is still done once.

use crate::{
    Error, Result,
    clock::Time,
    id::{CustomerId, PersonId},
    ledger::pass_on,
    store::{Tx, customers, ledger, people},
};

/// Joins who was named by this address with the person who has just verified it.
pub(crate) async fn join_verified(
    tx: &mut Tx,
    person: PersonId,
    email: &str,
    now: Time,
) -> Result<()> {
    let Some(named) = customers::by_address(tx, email).await? else {
        return Ok(());
    };
    // Staff own no credits.
    match people::customer_of(tx, person).await? {
        Some(theirs) => join(tx, theirs, named.id, now).await,
        None => Ok(()),
    }
}

/// Makes one of the customer of an account and one without a person.
pub(super) async fn join(
    tx: &mut Tx,
    theirs: CustomerId,
    named: CustomerId,
    now: Time,
) -> Result<()> {
    // Nobody buys, joins either of them or moves their credits meanwhile: in the order in which others
    // take hold of both.
    for customer in [named, theirs] {
        customers::lock(tx, customer).await?;
    }
    for customer in [named, theirs] {
        ledger::lock(tx, customer).await?;
    }
    let person = people::of_customer(tx, theirs).await?;
    let is_free = people::of_customer(tx, named).await?.is_none()
        && customers::owner(tx, named).await? == named;
    if person.is_none() || !is_free {
        return Err(Error::Busy);
    }
    customers::set_address(tx, named, None).await?;
    let (from, to) = match customers::is_fresh(tx, theirs).await? {
        true => (theirs, named),
        false => (named, theirs),
    };
    customers::set_person(tx, from, None).await?;
    customers::lead(tx, from, to).await?;
    customers::set_person(tx, to, person).await?;
    pass_on(tx, from, now).await
}
