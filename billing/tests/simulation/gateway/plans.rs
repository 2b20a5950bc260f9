//! The gateway's side of plans: it keeps the calendar, writes a bill for each period, and charges it.
//! A period here is five days, so that a history sees several of them.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use super::{Asked, Gateway, Reply, number, refusal, text};

/// What is sold, by the key of its offer, and its price in cents.
pub const PLANS: [(&str, i64); 3] = [("basic", 900), ("advanced", 2900), ("pro", 9900)];
const DAY: i64 = 24 * 3600;
pub const PERIOD: i64 = 5 * DAY;
/// A plan whose first bill is not paid until then ends, and so does a change.
const BEGINS_WITHIN: i64 = 23 * 3600;
/// No card is charged less.
const LEAST: i64 = 50;

fn price(id: &str) -> i64 {
    let plan = PLANS.iter().find(|(key, _)| id == format!("price_{key}"));
    plan.expect("a price of the catalogue").1
}

pub fn is_live(plan: &Value) -> bool {
    matches!(text(plan, "status"), "active" | "past_due")
}

pub(super) fn line(plan: &Value) -> &Value {
    &plan["items"]["data"][0]
}

impl Gateway {
    /// Begins a plan, whose first bill somebody has to pay.
    pub(super) fn begin_plan(&mut self, asked: &Asked) -> Reply {
        let price = asked.field("items[0][price]");
        let plan = self.made(
            "sub",
            json!({
                "object": "subscription",
                "status": "incomplete",
                "cancel_at_period_end": false,
                "metadata": asked.metadata(),
                "latest_invoice": null,
                "livemode": false,
                "next_price": price,
                "items": { "object": "list", "data": [{
                    "id": "si_1",
                    "current_period_start": self.now,
                    "current_period_end": self.now + PERIOD,
                    "price": { "id": price },
                }] },
            }),
        );
        let id = text(&plan, "id").to_owned();
        self.tell("customer.subscription.created", &plan);
        let off = match asked.field("discounts[0][coupon]") {
            "" => 0,
            coupon => number(&self.find(coupon)?, "amount_off"),
        };
        let due = self::price(price) - off;
        let bill = self.bill(&id, "subscription_create", price, due);
        Ok(self.with_bill(&id, &bill))
    }

    /// What is taken off one bill, under an id of ours.
    pub(super) fn make_coupon(&mut self, asked: &Asked) -> Reply {
        let id = asked.field("id");
        if self.object(id).is_some() {
            return Err(refusal("resource_already_exists"));
        }
        let off: i64 = asked.field("amount_off").parse().unwrap();
        let coupon = json!({ "id": id, "object": "coupon", "amount_off": off });
        self.objects.insert(id.to_owned(), coupon.clone());
        Ok(coupon)
    }

    /// Another price, now or for the next period; or an end with the period.
    pub(super) fn change_plan(&mut self, id: &str, asked: &Asked) -> Reply {
        if !is_live(&self.find(id)?) {
            return Err(refusal("resource_missing_plan"));
        }
        if !asked.field("default_payment_method").is_empty() {
            return self.find(id);
        }
        if let "true" | "false" = asked.field("cancel_at_period_end") {
            let ends = asked.field("cancel_at_period_end") == "true";
            let change = json!({ "cancel_at_period_end": ends });
            return Ok(self.moves(id, "customer.subscription.updated", change));
        }
        let price = asked.field("items[0][price]");
        if asked.field("payment_behavior").is_empty() {
            let change = json!({ "next_price": price });
            return Ok(self.moves(id, "customer.subscription.updated", change));
        }
        if line(&self.find(id)?)["price"]["id"] == price {
            // Nothing is left to change.
            let bill = text(&self.find(id)?, "latest_invoice").to_owned();
            return Ok(self.with_bill(id, &bill));
        }
        let due = difference(&self.find(id)?, price, asked.field("proration_date"))?;
        self.drop_change(id);
        let bill = self.bill(id, "subscription_update", price, due);
        let outcome = match self.dice(&bill) % 8 {
            0..4 => "succeeded",
            4 => "requires_action",
            _ => "payment_failed",
        };
        self.attempt(&self.intent_of(&bill), outcome);
        Ok(self.with_bill(id, &bill))
    }

    /// What a change would cost.
    pub(super) fn preview(&self, asked: &Asked) -> Reply {
        let plan = self.find(asked.field("subscription"))?;
        let price = asked.field("subscription_details[items][0][price]");
        let at = asked.field("subscription_details[proration_date]");
        let due = difference(&plan, price, at)?;
        Ok(self.written(&plan, "subscription_update", price, due))
    }

    pub(super) fn end_plan(&mut self, id: &str) -> Reply {
        match text(&self.find(id)?, "status") {
            "canceled" | "incomplete_expired" => {
                Err((404, json!({ "error": { "message": "It has ended." } })))
            }
            _ => {
                let ended = json!({ "status": "canceled" });
                Ok(self.moves(id, "customer.subscription.deleted", ended))
            }
        }
    }

    /// The calendar moves on: periods end and are charged for, and what was never paid ends.
    pub(super) fn keep_calendar(&mut self) {
        let plans: Vec<String> = self
            .all("subscription")
            .map(|plan| text(plan, "id").to_owned())
            .collect();
        for id in plans {
            let plan = self.objects[&id].clone();
            let is_old = number(&plan, "created") + BEGINS_WITHIN <= self.now;
            let ends = number(line(&plan), "current_period_end");
            if plan["status"] == "incomplete" && is_old {
                let bill = text(&plan, "latest_invoice").to_owned();
                let _ = self.void(&bill);
            } else if is_live(&plan) {
                let late = |bill: &Value| number(bill, "created") + BEGINS_WITHIN <= self.now;
                if self.open_change(&id).is_some_and(|bill| late(&bill)) {
                    self.drop_change(&id);
                }
                if ends <= self.now {
                    self.turn_of_period(&id, ends);
                }
            }
        }
    }

    fn turn_of_period(&mut self, id: &str, ends: i64) {
        let plan = self.objects[id].clone();
        if plan["cancel_at_period_end"] == true {
            let ended = json!({ "status": "canceled" });
            self.moves(id, "customer.subscription.deleted", ended);
            return;
        }
        self.drop_change(id);
        let price = text(&plan, "next_price").to_owned();
        let mut items = plan["items"].clone();
        items["data"][0]["current_period_start"] = json!(ends);
        items["data"][0]["current_period_end"] = json!(ends + PERIOD);
        items["data"][0]["price"]["id"] = json!(price);
        let change = json!({ "items": items });
        self.moves(id, "customer.subscription.updated", change);
        let bill = self.bill(id, "subscription_cycle", &price, self::price(&price));
        let intent = self.intent_of(&bill);
        let outcome = match self.dice(&bill) % 8 {
            0 | 1 if !self.is_kind => "payment_failed",
            2 if !self.is_kind => "requires_action",
            _ => "succeeded",
        };
        self.attempt(&intent, outcome);
    }

    fn open_change(&self, plan: &str) -> Option<Value> {
        let mut bills = self.bills_of(plan).into_iter();
        bills
            .find(|bill| {
                bill["status"] == "open" && bill["billing_reason"] == "subscription_update"
            })
            .cloned()
    }

    fn drop_change(&mut self, plan: &str) {
        if let Some(bill) = self.open_change(plan) {
            let _ = self.void(text(&bill, "id"));
        }
    }

    fn with_bill(&self, plan: &str, bill: &str) -> Value {
        let mut plan = self.objects[plan].clone();
        plan["latest_invoice"] = self.full_bill(bill).expect("it was just written");
        plan
    }

    /// What a bank says, always the same in the same history.
    pub(super) fn dice(&self, about: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, about).hash(&mut hasher);
        hasher.finish()
    }
}

/// What is paid more for the rest of the period, from a moment within it.
fn difference(plan: &Value, to: &str, from: &str) -> Result<i64, (u16, Value)> {
    let line = line(plan);
    let more = price(to) - price(text(&line["price"], "id"));
    let (start, end) = (
        number(line, "current_period_start"),
        number(line, "current_period_end"),
    );
    let from: i64 = from.parse().unwrap();
    match more {
        _ if !(start..=end).contains(&from) => Err(refusal("invalid_proration_date")),
        0 => Ok(0),
        more => Ok((more * (end - from) / PERIOD).max(LEAST)),
    }
}
