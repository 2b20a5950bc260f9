//! Refunds and disputes, as the gateway keeps them.

use serde_json::{Value, json};

use super::{Gateway, Reply, number, refusal};

impl Gateway {
    pub fn refunds_of(&self, payment: &str) -> impl Iterator<Item = &Value> {
        let payment = payment.to_owned();
        let all = self.all("refund");
        all.filter(move |refund| refund["payment_intent"] == *payment)
    }

    pub fn disputes_of(&self, payment: &str) -> impl Iterator<Item = &Value> {
        let payment = payment.to_owned();
        let all = self.all("dispute");
        all.filter(move |dispute| dispute["payment_intent"] == *payment)
    }

    /// What went back of a payment, or is on its way back.
    pub fn refunded(&self, payment: &str) -> i64 {
        let refunds = self.refunds_of(payment);
        let gone = refunds.filter(|refund| refund["status"] != "failed");
        gone.map(|refund| number(refund, "amount")).sum()
    }

    /// Gives money back: asked by us, or at the gateway's own dashboard.
    pub fn refund(&mut self, payment: &str, amount: i64, metadata: Value) -> Reply {
        let paid = self.find(payment)?;
        let left = number(&paid, "amount_received") - self.refunded(payment);
        if self
            .disputes_of(payment)
            .any(|dispute| dispute["status"] != "won")
        {
            return Err(refusal("charge_disputed"));
        }
        if amount > left {
            return Err(refusal("charge_already_refunded"));
        }
        let refund = self.made(
            "re",
            json!({
                "object": "refund",
                "amount": amount,
                "currency": paid["currency"],
                "payment_intent": payment,
                "charge": "ch_1",
                "status": "pending",
                "reason": null,
                "failure_reason": null,
                "metadata": metadata,
            }),
        );
        self.tell("refund.created", &refund);
        let charge = json!({
            "id": "ch_1",
            "object": "charge",
            "amount": paid["amount_received"],
            "amount_refunded": self.refunded(payment),
            "captured": true,
            "currency": paid["currency"],
            "payment_intent": payment,
        });
        self.tell("charge.refunded", &charge);
        Ok(refund)
    }

    /// A bank doubts a payment.
    pub fn dispute(&mut self, payment: &str, amount: i64) {
        let dispute = self.made(
            "dp",
            json!({
                "object": "dispute",
                "amount": amount,
                "currency": self.objects[payment]["currency"],
                "payment_intent": payment,
                "charge": "ch_1",
                "status": "needs_response",
                "reason": "fraudulent",
                "evidence_details": { "due_by": self.now + 600_000, "has_evidence": false },
            }),
        );
        self.tell("charge.dispute.created", &dispute);
    }
}
