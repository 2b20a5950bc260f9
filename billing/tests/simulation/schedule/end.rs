//! How a history comes to its end.

use serde_json::Value;

use super::{HOUR, Schedule};

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
        self.world.gateway.is_kind = true;
        let mut left = None;
        for round in 0..8 {
            self.decide_all();
            self.all_hear().await;
            self.world.advance(HOUR * if round == 0 { 25 } else { 2 });
            self.fill_gaps().await;
            self.work().await;
            self.sweep().await;
            self.do_duties().await;
            self.all_hear().await;
            left = self.left_over().await;
            if left.is_none() {
                return self.hold_at_the_end().await;
            }
        }
        Err(format!("never done: {left:?}"))
    }

    /// What is on its way fails, what plans owe is paid, and banks decide in our favour.
    fn decide_all(&mut self) {
        let gateway = &mut self.world.gateway;
        for payment in &self.opened {
            if gateway.object(payment).unwrap()["status"] == "processing" {
                gateway.attempt(payment, "payment_failed");
            }
        }
        for payment in gateway.owed() {
            gateway.attempt(&payment, "succeeded");
        }
        let open: Vec<Value> = gateway
            .all("refund")
            .chain(gateway.all("dispute"))
            .cloned()
            .collect();
        for it in open {
            self.decide_one(&it, true);
        }
    }

    async fn all_hear(&mut self) {
        self.hear();
        while !self.events.is_empty() {
            self.deliver().await;
        }
    }
}
