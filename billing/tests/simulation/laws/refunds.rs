//! What must hold of money that went back.

use billing::{refund, transaction::Transaction};
use serde_json::Value;

use super::super::{
    gateway::{number, text},
    schedule::Schedule,
};

impl Schedule<'_> {
    /// Each refund of ours went out once, and what they hold is their part of the credits.
    pub(super) async fn money_back_agrees(
        &self,
        transaction: &Transaction,
        payment: &Value,
    ) -> Result<(), String> {
        let id = text(payment, "id");
        let gateway = &self.world.gateway;
        let ours = self.world.server(0).refunds(transaction.id).await.unwrap();
        for refund in &ours {
            let named = refund.id.to_string();
            let sent = gateway
                .refunds_of(id)
                .filter(|it| it["metadata"]["refund"] == *named)
                .count();
            law!(sent <= 1, "{refund:?} was sent {sent} times");
        }
        let succeeded = |it: &&refund::Refund| it.state == refund::State::Succeeded;
        let known = ours.iter().filter(succeeded);
        let known: i64 = known.map(|it| it.amount.value).sum();
        let back = gateway.refunded(id);
        law!(
            known == back,
            "{back} went back of {id}, and we know of {known}"
        );
        if gateway.disputes_of(id).next().is_none() {
            let held =
                |it: &refund::Refund| it.held.taken.0 + it.held.owed.0 + it.held.written_off.0;
            let held: i64 = ours.iter().map(held).sum();
            let part = transaction.credits.0 * back / number(payment, "amount");
            law!(
                held <= part,
                "{held} credits are held for {back} of {id}, not {part}"
            );
        }
        Ok(())
    }
}
