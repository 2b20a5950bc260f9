//! Bills for the periods of plans and for changes within them, and the payments that pay them.

use serde_json::{Value, json};

use super::{
    Asked, Gateway, Reply, is_waiting, number,
    plans::{is_live, line},
    refusal, text,
};

impl Gateway {
    /// Writes a bill, with the payment that is to pay it.
    pub(super) fn bill(&mut self, plan: &str, reason: &str, price: &str, due: i64) -> String {
        let of = self.objects[plan].clone();
        let written = self.written(&of, reason, price, due);
        let bill = self.made("in", written);
        let id = text(&bill, "id").to_owned();
        let mut payment = super::payment(due, "usd", json!({}));
        payment["bill"] = json!(id);
        let payment = self.made("pi", payment);
        let object = self.objects.get_mut(&id).unwrap();
        object["intent"] = payment["id"].clone();
        object["number"] = json!(self.number);
        object["from"] = line(&of)["price"]["id"].clone();
        self.objects.get_mut(plan).unwrap()["latest_invoice"] = json!(id);
        let open = json!({ "status": "open" });
        self.moves(&id, "invoice.finalized", open);
        id
    }

    pub(super) fn written(&self, plan: &Value, reason: &str, price: &str, due: i64) -> Value {
        let line = line(plan);
        let is_change = reason == "subscription_update";
        json!({
            "object": "invoice",
            "status": "draft",
            "billing_reason": reason,
            "total": due,
            "currency": "usd",
            "attempted": false,
            "attempt_count": 0,
            "livemode": false,
            "plan": plan["id"],
            "price": price,
            "lines": { "object": "list", "data": [{
                "amount": due,
                "period": {
                    "start": line["current_period_start"],
                    "end": line["current_period_end"],
                },
                "metadata": plan["metadata"],
                "parent": { "subscription_item_details": { "proration": is_change } },
                "pricing": { "price_details": { "price": price } },
            }] },
            "parent": { "subscription_details": {
                "metadata": plan["metadata"],
                "subscription": plan["id"],
            } },
        })
    }

    /// A bill with the payment that pays it, as it is told to whoever asks.
    pub(super) fn full_bill(&self, id: &str) -> Reply {
        let mut bill = self.find(id)?;
        let payment = self.find(&self.intent_of(id))?;
        bill["confirmation_secret"] = json!({ "client_secret": payment["client_secret"] });
        let payment = json!({ "is_default": true, "payment": { "payment_intent": payment } });
        bill["payments"] = json!({ "object": "list", "data": [payment] });
        Ok(bill)
    }

    pub(super) fn bills_of(&self, plan: &str) -> Vec<&Value> {
        let mut bills: Vec<&Value> = self
            .all("invoice")
            .filter(|bill| bill["plan"] == *plan)
            .collect();
        bills.sort_by_key(|bill| std::cmp::Reverse(number(bill, "number")));
        bills
    }

    /// Which payment pays which bill.
    pub(super) fn bill_payments(&self, asked: &Asked) -> Value {
        let intent = asked.field("payment[payment_intent]");
        let bill = asked.field("invoice");
        let of = self.all("invoice").filter(|it| match intent {
            "" => it["id"] == bill && it["status"] == "paid",
            intent => it["intent"] == intent,
        });
        let data: Vec<Value> = of
            .map(|it| json!({ "invoice": it["id"], "payment": { "payment_intent": it["intent"] } }))
            .collect();
        json!({ "object": "list", "data": data, "has_more": false })
    }

    /// Sees to it that nobody can pay a bill, and ends what was to begin with it.
    pub(super) fn void(&mut self, id: &str) -> Reply {
        let bill = self.find(id)?;
        let intent = self.intent_of(id);
        // One whose money is on its way is waited for.
        if bill["status"] != "open" || !is_waiting(&self.objects[&intent]) {
            return Err(refusal("invoice_not_editable"));
        }
        let canceled = json!({ "status": "canceled" });
        self.moves(&intent, "payment_intent.canceled", canceled);
        let voided = self.moves(id, "invoice.voided", json!({ "status": "void" }));
        if bill["billing_reason"] == "subscription_create" {
            let change = json!({ "status": "incomplete_expired" });
            self.moves(text(&bill, "plan"), "customer.subscription.updated", change);
        }
        Ok(voided)
    }

    /// Somebody tries to pay, or a card is charged: what becomes of it is the last word of the event.
    pub fn attempt(&mut self, intent: &str, outcome: &str) {
        let payment = self.find(intent).unwrap();
        if payment["object"] == "setup_intent" {
            return self.asked_bank(intent, outcome);
        }
        if payment["capture_method"] == "manual" && outcome == "succeeded" {
            return self.set_aside(intent);
        }
        if !payment["customer"].is_null() && outcome == "succeeded" {
            self.choose_card(intent);
        }
        let change = match outcome {
            "succeeded" => json!({
                "status": "succeeded",
                "amount_received": payment["amount"],
                "last_payment_error": null,
            }),
            "payment_failed" => json!({
                "status": "requires_payment_method",
                "last_payment_error": {
                    "code": "card_declined",
                    "decline_code": "generic_decline",
                    "message": "No.",
                },
            }),
            status => json!({ "status": status }),
        };
        self.moves(intent, &format!("payment_intent.{outcome}"), change);
        if let Value::String(bill) = &payment["bill"] {
            self.bill_follows(bill, outcome);
        }
        if let Value::String(page) = &payment["page"] {
            self.page_follows(page, outcome);
        }
    }

    fn bill_follows(&mut self, id: &str, outcome: &str) {
        let bill = self.find(id).unwrap();
        let plan = text(&bill, "plan").to_owned();
        let tries = number(&bill, "attempt_count") + 1;
        let mut tried = json!({ "attempted": true, "attempt_count": tries });
        let reason = text(&bill, "billing_reason");
        let event = match outcome {
            "succeeded" => "invoice.paid",
            "payment_failed" => "invoice.payment_failed",
            "requires_action" => "invoice.payment_action_required",
            _ => return,
        };
        if outcome == "succeeded" {
            tried["status"] = json!("paid");
        }
        self.moves(id, event, tried);
        let status = text(&self.objects[&plan], "status").to_owned();
        let mut change = json!({});
        match (outcome, reason, status.as_str()) {
            ("succeeded", "subscription_update", "active" | "past_due") => {
                let mut items = self.objects[&plan]["items"].clone();
                items["data"][0]["price"]["id"] = bill["price"].clone();
                change = json!({ "items": items, "next_price": bill["price"] });
            }
            ("succeeded", "subscription_create", "incomplete") => {
                change = json!({ "status": "active" });
            }
            ("succeeded", "subscription_cycle", "past_due") if !self.owes(&plan) => {
                change = json!({ "status": "active" });
            }
            ("payment_failed", "subscription_cycle", "active") => {
                change = json!({ "status": "past_due" });
            }
            _ => return,
        }
        self.moves(&plan, "customer.subscription.updated", change);
    }

    pub(super) fn owes(&self, plan: &str) -> bool {
        let mut bills = self.bills_of(plan).into_iter();
        bills.any(|bill| bill["status"] == "open" && bill["billing_reason"] == "subscription_cycle")
    }

    /// The bills of periods that somebody still has to pay, for plans that go on.
    pub fn owed(&self) -> Vec<String> {
        let bills = self.all("invoice").filter(|bill| {
            let is_renewal = bill["billing_reason"] == "subscription_cycle";
            is_renewal && bill["status"] == "open" && is_live(&self.objects[text(bill, "plan")])
        });
        bills.map(|bill| text(bill, "intent").to_owned()).collect()
    }

    pub fn intent_of(&self, bill: &str) -> String {
        text(&self.objects[bill], "intent").to_owned()
    }
}
