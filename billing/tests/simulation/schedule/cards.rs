//! Customers keep cards, remove them, and try out what there is.

use std::ops::Range;

use billing::{
    card::Removal,
    order::{Checkout, CheckoutError},
};

use super::{Done, NOBODY, Schedule, customers::not_open, only};

impl Schedule<'_> {
    pub(super) async fn keep_card(&mut self) -> Range<usize> {
        let who = self.somebody();
        self.say(format!("{who} wants to keep a card"));
        let customer = self.customers[who].id;
        let server = self.some_server();
        let billing = self.world.server(server);
        let begun = async move { begun(billing.begin_card(customer, None).await) };
        self.world.begins(server, begun).await;
        only(who)
    }

    pub(super) async fn try_out(&mut self) -> Range<usize> {
        let who = self.somebody();
        self.say(format!("{who} wants the trial"));
        self.customers[who].tries = true;
        let customer = self.customers[who].id;
        let server = self.some_server();
        let billing = self.world.server(server);
        let begun = async move { begun(billing.begin_trial(customer).await) };
        self.world.begins(server, begun).await;
        only(who)
    }

    pub(super) async fn remove_card(&mut self) -> Range<usize> {
        let who = self.somebody();
        let customer = self.customers[who].id;
        let billing = self.some_billing();
        let cards = billing.cards(customer).await.unwrap();
        let Some(at) = self.one_of(cards.len()) else {
            return NOBODY;
        };
        let removed = billing.remove_card(customer, cards[at].id).await.unwrap();
        assert_ne!(removed, Removal::Unknown);
        self.say(format!(
            "{who} removes {}: {removed:?}",
            cards[at].reference
        ));
        NOBODY
    }
}

fn begun(begun: Result<Checkout, CheckoutError>) -> Done {
    match begun {
        Ok(checkout) => {
            let (payment, _) = checkout.client_secret.split_once("_secret").unwrap();
            Done::Opened(None, payment.to_owned())
        }
        refused => not_open(refused),
    }
}
