//! What must hold of packs.

use billing::{
    ledger::{Entry, Reason},
    order::Order,
    transaction::{Kind, State, Transaction},
};
use serde_json::Value;

use super::{
    super::{
        gateway::number,
        schedule::{Person, Schedule},
    },
    summed,
};

/// What a payment there pays.
fn ordered<'o>(person: &'o Person, payment: &Value) -> &'o Order {
    let mut orders = person.orders.iter();
    let order = orders.find(|it| payment["metadata"]["order"] == *it.id.to_string());
    order.expect("only what was ordered is paid")
}

impl Schedule<'_> {
    /// The credits of every pack that is paid at the gateway.
    pub(super) fn paid_for_packs(&self, person: &Person) -> i64 {
        let customer = person.id.to_string();
        let payments = self.world.gateway.all("payment_intent");
        let paid = payments
            .filter(|it| it["status"] == "succeeded" && it["metadata"]["customer"] == *customer);
        paid.map(|payment| ordered(person, payment).offer.credits.0)
            .sum()
    }

    /// The credits of the pack that a code makes free, once.
    pub(super) fn free_pack(&self, person: &Person) -> i64 {
        let billing = self.world.server(0);
        let pack = billing.catalog().pack("starter").unwrap().clone();
        if person.may_have_a_gift {
            pack.credits.0
        } else {
            0
        }
    }

    /// The payments of a transaction that succeeded there.
    fn payments_of(&self, transaction: &Transaction) -> impl Iterator<Item = &Value> {
        let id = transaction.id.to_string();
        let payments = self.world.gateway.all("payment_intent");
        payments
            .filter(move |it| it["metadata"]["transaction"] == *id && it["status"] == "succeeded")
    }

    /// Every payment there brought its pack, once, and nothing else did.
    pub(super) async fn packs_agree(
        &self,
        person: &Person,
        transactions: &[Transaction],
        lines: &[Entry],
    ) -> Result<(), String> {
        let (mut bought, mut delivered, mut free) = (0, 0, 0);
        let packs = transactions.iter().filter(|it| it.kind == Kind::Purchase);
        for transaction in packs {
            let mut payments = self.payments_of(transaction);
            let payment = payments.next();
            law!(payments.next().is_none(), "paid twice: {transaction:?}");
            let agrees = |it: &&Value| number(it, "amount") == transaction.amount.value;
            let disagrees = payment.is_some() && payment.filter(agrees).is_none();
            law!(
                transaction.review.is_some() == disagrees,
                "somebody must look at it: {transaction:?}"
            );
            let is_free = transaction.amount.value == 0;
            let has_list_price = payment
                .is_some_and(|it| number(it, "amount") == ordered(person, it).offer.price.value);
            law!(
                !disagrees || is_free || !has_list_price,
                "its code came too late: {transaction:?}"
            );
            let is_due = if is_free || disagrees {
                transaction.state == State::Succeeded
            } else {
                payment.is_some()
            };
            let state = if is_due {
                State::Succeeded
            } else {
                State::Canceled
            };
            law!(
                transaction.state == state || disagrees,
                "{payment:?} is the payment of {transaction:?}"
            );
            if is_due {
                delivered += 1;
                bought += transaction.credits.0;
                free += usize::from(is_free);
            }
            if let Some(payment) = payment.filter(agrees) {
                self.money_back_agrees(transaction, payment).await?;
            }
        }
        law!(
            free <= usize::from(person.may_have_a_gift),
            "{free} packs for nothing"
        );
        let granted = summed(lines, Reason::Purchase);
        law!(
            granted == (delivered, bought),
            "{granted:?} were granted, for {delivered} of {bought}"
        );
        Ok(())
    }
}
