//! How a history comes to its end.

use serde_json::Value;

use super::{HOUR, Schedule, bank::declined};

impl Schedule<'_> {
    /// From now on nothing goes wrong, and everything comes to its end.
    pub async fn ends(&mut self) -> Result<(), String> {
        self.world.seed = None;
        self.say("all goes well from here");
        while !self.world.calls.is_empty() {
            self.world.lets_through(0).await;
        }
        for done in self.world.take_done() {
            self.note(done);
        }
        for payment in self.opened.clone() {
            let gateway = &mut self.world.gateway;
            if gateway
                .all("payment_intent")
                .any(|it| it["id"] == *payment && it["status"] == "processing")
            {
                gateway.moves(&payment, "payment_intent.payment_failed", declined());
            }
        }
        let mut left = None;
        for round in 0..8 {
            let gateway = &self.world.gateway;
            let open: Vec<Value> = gateway
                .all("refund")
                .chain(gateway.all("dispute"))
                .cloned()
                .collect();
            for it in open {
                self.decide_one(&it, true);
            }
            self.hear();
            while !self.events.is_empty() {
                self.deliver().await;
            }
            self.world.advance(HOUR * if round == 0 { 25 } else { 2 });
            self.fill_gaps().await;
            self.work().await;
            self.sweep().await;
            left = self.left_over().await;
            if left.is_none() {
                return self.hold_at_the_end().await;
            }
        }
        Err(format!("never done: {left:?}"))
    }
}
