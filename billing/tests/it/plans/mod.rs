//! Plans by events alone: whatever comes, twice and in any order, the credits are those of the paid
//! invoices. No gateway answers here.

mod changing;
mod letters;
mod order;
mod rollover;
mod told;
mod wire;

use billing::{
    clock::Time,
    id::CustomerId,
    order::Order,
    plan::{Subscribed, Subscription},
};
use serde_json::{Value, json};

use crate::{
    books::{Books, event},
    common::note_price,
};

/// A plan that a customer ordered, and the gateway's side of it.
pub struct Theirs {
    pub customer: CustomerId,
    pub order: Order,
    plan: Subscription,
    /// When its first period begins.
    start: Time,
}

const MONTH_S: i64 = 30 * 24 * 3600;

impl Theirs {
    pub async fn order(books: &Books, email: &str, plan: &str) -> Self {
        let customer = books.customer(email).await;
        let offer = books.billing.catalog().plan(plan).unwrap().clone();
        note_price(&books.location, &offer).await;
        let subscribed = books.billing.subscribe(customer, &offer, None).await;
        let Subscribed::Ordered(order) = subscribed.unwrap() else {
            panic!("the customer has a plan already");
        };
        let plan = books.billing.subscription(customer).await.unwrap();
        Self {
            customer,
            order,
            plan: plan.unwrap(),
            start: books.clock.now(),
        }
    }

    fn reference(&self) -> String {
        format!("sub_{}", self.plan.id.0.simple())
    }

    fn invoice_id(&self, number: i64) -> String {
        format!("in_{number}_{}", self.plan.id.0.simple())
    }

    fn price(&self) -> String {
        format!("price_{}", self.order.offer.key)
    }

    fn metadata(&self) -> Value {
        json!({
            "transaction": self.order.transaction.id,
            "subscription": self.plan.id,
            "order": self.order.id,
            "customer": self.customer,
        })
    }

    /// Everything that is told of the first period and its renewals, all of them paid.
    pub fn told(&self, renewals: i64) -> Vec<Value> {
        let begun = [
            event(
                "customer.subscription.created",
                &self.subscription(0, "incomplete"),
            ),
            event("invoice.finalized", &self.invoice(0, "open")),
            event("invoice.paid", &self.invoice(0, "paid")),
            event("invoice.payment_succeeded", &self.invoice(0, "paid")),
        ];
        let renewed = (1..=renewals).flat_map(|number| self.renewed(number));
        begun.into_iter().chain(renewed).collect()
    }

    /// Everything that is told of one renewal.
    fn renewed(&self, number: i64) -> [Value; 4] {
        [
            event(
                "customer.subscription.updated",
                &self.subscription(number, "active"),
            ),
            event("invoice.finalized", &self.invoice(number, "open")),
            event("invoice.paid", &self.invoice(number, "paid")),
            event("invoice.payment_succeeded", &self.invoice(number, "paid")),
        ]
    }

    fn period(&self, number: i64) -> (i64, i64) {
        let start = self.start.unix() + number * MONTH_S;
        (start, start + MONTH_S)
    }

    /// The invoice of a period, from 0, as the present version writes it.
    fn invoice(&self, number: i64, status: &str) -> Value {
        let (start, end) = self.period(number);
        let price = self.order.offer.price;
        json!({
            "id": self.invoice_id(number),
            "object": "invoice",
            "status": status,
            "billing_reason": if number == 0 { "subscription_create" } else { "subscription_cycle" },
            "amount_due": price.value,
            "amount_paid": if status == "paid" { price.value } else { 0 },
            "total": price.value,
            "currency": price.currency.as_str(),
            "attempted": status == "paid",
            "attempt_count": i64::from(status == "paid"),
            "livemode": false,
            "lines": { "object": "list", "data": [{
                "amount": price.value,
                "period": { "start": start, "end": end },
                "metadata": self.metadata(),
                "parent": {
                    "subscription_item_details": { "proration": false, "subscription": self.reference() },
                    "type": "subscription_item_details",
                },
                "pricing": { "price_details": { "price": self.price() }, "type": "price_details" },
            }] },
            "parent": { "subscription_details": {
                "metadata": self.metadata(),
                "subscription": self.reference(),
            } },
        })
    }

    /// The subscription in a period, from 0.
    fn subscription(&self, number: i64, status: &str) -> Value {
        let (start, end) = self.period(number);
        json!({
            "id": self.reference(),
            "object": "subscription",
            "status": status,
            "cancel_at": null,
            "cancel_at_period_end": false,
            "metadata": self.metadata(),
            "latest_invoice": self.invoice_id(number),
            "livemode": false,
            "items": { "object": "list", "data": [{
                "id": "si_1",
                "current_period_start": start,
                "current_period_end": end,
                "price": { "id": self.price() },
            }] },
        })
    }
}
