//! What others are told: what is written down, and how it gets to them.

mod delivering;
mod receiver;
mod telling;

use billing::{
    events::{Event, EventType},
    id::CustomerId,
    ledger::Gift,
};

use crate::books::{Books, credits};

impl Books {
    /// What a customer's events are, oldest first.
    pub async fn told(&self, customer: CustomerId) -> Vec<Event> {
        let told = self
            .billing
            .list_events(None, Some(customer), None, 100)
            .await;
        let mut told = told.unwrap();
        told.reverse();
        told
    }

    /// Their types.
    pub async fn told_types(&self, customer: CustomerId) -> Vec<&'static str> {
        let told = self.told(customer).await;
        told.iter().map(|event| event.kind.as_str()).collect()
    }

    /// What was told of one type, oldest first.
    pub async fn told_of(&self, customer: CustomerId, kind: EventType) -> Vec<Event> {
        let mut told = self.told(customer).await;
        told.retain(|event| event.kind == kind);
        told
    }

    /// Gives a customer credits, under a key of its own.
    async fn give(&self, customer: CustomerId, amount: i64) {
        let gift = Gift {
            customer,
            amount: credits(amount),
            note: "Welcome".to_owned(),
            starts_at: None,
            expires_at: None,
            priority: 0,
            key: billing::id::TransactionId::new().to_string(),
        };
        self.billing.give(gift).await.unwrap();
    }
}
