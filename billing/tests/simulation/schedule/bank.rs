//! What happens at the gateway and at banks, of which we hear later or never: our own books are not
//! touched by it.

use std::ops::Range;

use rand::Rng;
use serde_json::{Value, json};

use super::{
    super::gateway::{number, text},
    NOBODY, Schedule,
};

impl Schedule<'_> {
    /// A customer and their bank do something with a payment.
    pub(super) fn pay(&mut self) -> Range<usize> {
        let payments = &self.world.gateway;
        let open = self.opened.iter().filter(|id| payments.is_at_hand(id));
        let open: Vec<String> = open.cloned().collect();
        let Some(at) = self.one_of(open.len()) else {
            return NOBODY;
        };
        let payments = &mut self.world.gateway;
        let id = payments.payment_on(&open[at]);
        self.opened.insert(id.clone());
        let payment = payments.object(&id).unwrap();
        let is_processing = payment["status"] == "processing";
        let is_card = is_for_a_card(payment);
        let outcome = match self.chance.random_range(0..8) {
            0 if !is_processing => "requires_action",
            1 if !is_processing && !is_card => "processing",
            0..3 => "payment_failed",
            _ => "succeeded",
        };
        payments.attempt(&id, outcome);
        self.say(format!("{id} {outcome}"));
        NOBODY
    }

    fn some_paid(&mut self) -> Option<(String, i64)> {
        let gateway = &self.world.gateway;
        let opened = &self.opened;
        let paid = gateway
            .all("payment_intent")
            .filter(|it| it["status"] == "succeeded" && opened.contains(text(it, "id")));
        let paid: Vec<_> = paid
            .map(|it| (text(it, "id").to_owned(), number(it, "amount")))
            .collect();
        let at = self.one_of(paid.len())?;
        Some(paid[at].clone())
    }

    pub(super) fn give_back_at_the_gateway(&mut self) -> Range<usize> {
        if let Some((id, amount)) = self.some_paid() {
            let amount = self.chance.random_range(1..=amount);
            let made = self.world.gateway.refund(&id, amount, json!({})).is_ok();
            self.say(format!("an operator refunds {amount} of {id}: {made}"));
        }
        NOBODY
    }

    pub(super) fn doubt(&mut self) -> Range<usize> {
        if let Some((id, amount)) = self.some_paid()
            && self.world.gateway.disputes_of(&id).next().is_none()
        {
            self.world.gateway.dispute(&id, amount);
            self.say(format!("{id} is disputed"));
        }
        NOBODY
    }

    /// A bank decides about a refund or dispute.
    pub(super) fn decide(&mut self) -> Range<usize> {
        let ours = |it: &&Value| self.opened.contains(text(it, "payment_intent"));
        let gateway = &self.world.gateway;
        let open = gateway
            .all("refund")
            .chain(gateway.all("dispute"))
            .filter(ours);
        let open: Vec<Value> = open
            .filter(|it| it["status"] != "failed")
            .cloned()
            .collect();
        if let Some(at) = self.one_of(open.len()) {
            let well = self.chance.random_bool(0.7);
            self.decide_one(&open[at], well);
        }
        NOBODY
    }

    pub(super) fn decide_one(&mut self, it: &Value, well: bool) {
        let id = text(it, "id");
        let (event, status) = match (text(it, "object"), text(it, "status"), well) {
            ("refund", "pending", true) => ("refund.updated", "succeeded"),
            ("refund", _, false) => ("refund.failed", "failed"),
            ("dispute", "needs_response", true) => ("charge.dispute.closed", "won"),
            ("dispute", "needs_response", false) => ("charge.dispute.closed", "lost"),
            _ => return,
        };
        self.world
            .gateway
            .moves(id, event, json!({ "status": status }));
        self.say(format!("{id} {status}"));
    }
}

/// A bank is asked about a card, at once and for no money that stays.
fn is_for_a_card(payment: &Value) -> bool {
    payment["object"] == "setup_intent" || payment["capture_method"] == "manual"
}
