//! What must hold of cards, and of the trial that one opens.

use billing::{
    ledger::{Entry, Reason},
    transaction::{Kind, State, Transaction},
};

use super::{
    super::{
        gateway::text,
        schedule::{Person, Schedule},
    },
    summed,
};

impl Schedule<'_> {
    /// The credits of the trial, once.
    pub(super) fn trial(&self, person: &Person) -> i64 {
        let catalog = self.world.server(0).catalog();
        let trial = catalog.trial().expect("there is one");
        if person.tries { trial.credits.0 } else { 0 }
    }

    /// What is left to be done about cards: nothing stays set aside, and the cards that a customer keeps
    /// are those that the gateway keeps for them.
    pub(super) async fn cards_left_over(&self) -> Option<String> {
        let gateway = &self.world.gateway;
        let mut payments = gateway.all("payment_intent");
        if let Some(payment) = payments.find(|it| it["status"] == "requires_capture") {
            return Some(format!("set aside: {payment}"));
        }
        for person in &self.customers {
            let cards = self.world.server(1).cards(person.id).await.unwrap();
            let mut ours: Vec<String> = cards.into_iter().map(|card| card.reference).collect();
            let customer = person.id.to_string();
            let kept = gateway
                .all("payment_method")
                .filter(|it| !it["customer"].is_null());
            let theirs = kept.filter(|it| it["owner"] == *customer);
            let mut theirs: Vec<String> = theirs.map(|it| text(it, "id").to_owned()).collect();
            ours.sort();
            theirs.sort();
            if ours != theirs {
                return Some(format!("cards {ours:?} here, {theirs:?} there"));
            }
        }
        None
    }

    /// A bank that agreed brings what was asked for, and the trial comes once. Answers the card that
    /// opened it.
    pub(super) fn trial_agrees(
        &self,
        person: &Person,
        transactions: &[Transaction],
        lines: &[Entry],
    ) -> Result<Option<String>, String> {
        let (mut trials, mut brought, mut card) = (0, 0, None);
        let validations = transactions
            .iter()
            .filter(|it| it.kind == Kind::CardValidation);
        for transaction in validations {
            let reference = transaction.reference.as_deref();
            let asked = reference.and_then(|id| self.world.gateway.object(id));
            let agreed =
                asked.is_some_and(|it| it["status"] == "succeeded" || it["is_set_aside"] == true);
            let is_trial = transaction.credits.0 > 0;
            let had_before = transaction
                .failure
                .as_ref()
                .is_some_and(|it| it.code.starts_with("trial_"));
            let state = match agreed && !(is_trial && had_before) {
                true => State::Succeeded,
                false => State::Canceled,
            };
            law!(
                transaction.state == state,
                "{asked:?} is what {transaction:?} asked"
            );
            if is_trial && state == State::Succeeded {
                trials += 1;
                brought += transaction.credits.0;
                let method = asked.map(|it| text(it, "payment_method"));
                let method = method.and_then(|id| self.world.gateway.object(id));
                card = method.map(|it| text(&it["card"], "fingerprint").to_owned());
            }
        }
        law!(trials <= 1, "{trials} trials");
        law!(brought <= self.trial(person), "a trial of {brought}");
        let granted = summed(lines, Reason::Trial);
        law!(
            granted == (trials, brought),
            "{granted:?} were granted, for {trials} trials of {brought}"
        );
        Ok(card)
    }
}
