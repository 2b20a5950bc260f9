//! An invoice before it is final: its lines, and what they come to.

use serde_json::{Value, json};

use super::KIND;
use super::lines::Period;
use crate::account::{Account, text};
use crate::ids;
use crate::objects::discounts::{self, Active};
use crate::objects::invoice_items;

/// What an invoice of a subscription is made of.
#[derive(Debug)]
pub struct Draft<'a> {
    pub subscription: &'a Value,
    /// `subscription_create`, `subscription_cycle` or `subscription_update`.
    pub reason: &'static str,
    /// The time that the invoice looks back on.
    pub period: Period,
    pub lines: Vec<Value>,
}

impl Draft<'_> {
    /// Makes the invoice. Nobody is asked for money before it is final.
    pub fn create(self, account: &mut Account) -> Value {
        let invoice = self.shape(account);
        account.store.put(invoice.clone());
        invoice_items::billed(account, &invoice);
        discounts::used(account, &invoice);
        account.emit("invoice.created", &invoice, None);
        invoice
    }

    /// The invoice as it would be. Nothing is written down.
    pub fn shape(self, account: &Account) -> Value {
        let active = discounts::of(account, self.subscription);
        self.shape_with(account, &active)
    }

    /// The same with other discounts than the subscription's.
    pub fn shape_with(mut self, account: &Account, active: &[Active]) -> Value {
        let id = ids::fresh("in");
        let subscription = self.subscription;
        let off = discounts::lower(active, &mut self.lines);
        for line in &mut self.lines {
            line["invoice"] = id.clone().into();
        }
        let customer = account.store.any(text(subscription, "customer"));
        let customer = customer.cloned().unwrap_or_default();
        let mut invoice = shape(&id, account.now(), &customer, subscription, &self);
        invoice["total_discount_amounts"] = off.into();
        total(&mut invoice, customer["balance"].as_i64().unwrap_or(0));
        invoice
    }
}

/// Adds up the lines. What the customer has to their credit pays first, and an invoice below zero
/// adds to it. A balance below zero is a credit.
/// Source: <https://docs.stripe.com/billing/customer/balance>.
pub fn total(invoice: &mut Value, balance: i64) {
    let sum = |list: &Value| -> i64 {
        list.as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["amount"].as_i64())
            .sum()
    };
    let subtotal = sum(&invoice["lines"]["data"]);
    let total = subtotal - sum(&invoice["total_discount_amounts"]);
    let owed = total + balance;
    for name in ["subtotal", "subtotal_excluding_tax"] {
        invoice[name] = subtotal.into();
    }
    for name in ["total", "total_excluding_tax"] {
        invoice[name] = total.into();
    }
    for name in ["amount_due", "amount_remaining"] {
        invoice[name] = owed.max(0).into();
    }
    invoice["starting_balance"] = balance.into();
    invoice["ending_balance"] = owed.min(0).into();
}

fn shape(id: &str, now: i64, customer: &Value, subscription: &Value, draft: &Draft) -> Value {
    json!({
        "id": id,
        "object": KIND,
        "account_country": "US",
        "account_name": "Sandbox",
        "account_tax_ids": null,
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "application": null,
        "attempt_count": 0,
        "attempted": false,
        "auto_advance": true,
        "automatic_tax": {
            "disabled_reason": null,
            "enabled": false,
            "liability": null,
            "provider": null,
            "status": null,
        },
        "automatically_finalizes_at": null,
        "billing_reason": draft.reason,
        "collection_method": "charge_automatically",
        "created": now,
        "currency": subscription["currency"],
        "custom_fields": null,
        "customer": subscription["customer"],
        "customer_account": null,
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": null,
        "default_source": null,
        "default_tax_rates": [],
        "description": null,
        "discounts": subscription["discounts"],
        "due_date": null,
        "effective_at": null,
        "ending_balance": null,
        "footer": null,
        "from_invoice": null,
        "hosted_invoice_url": null,
        "invoice_pdf": null,
        "issuer": { "type": "self" },
        "last_finalization_error": null,
        "latest_revision": null,
        "lines": {
            "object": "list",
            "data": draft.lines,
            "has_more": false,
            "total_count": draft.lines.len(),
            "url": format!("/v1/invoices/{id}/lines"),
        },
        "livemode": false,
        "metadata": {},
        "next_payment_attempt": null,
        "number": null,
        "on_behalf_of": null,
        "parent": {
            "quote_details": null,
            "subscription_details": {
                "metadata": subscription["metadata"],
                "subscription": subscription["id"],
            },
            "type": "subscription_details",
        },
        "payment_settings": {
            "default_mandate": null,
            "payment_method_options": null,
            "payment_method_types": null,
        },
        "period_end": draft.period.1,
        "period_start": draft.period.0,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": null,
        "rendering": null,
        "shipping_cost": null,
        "shipping_details": null,
        "starting_balance": 0,
        "statement_descriptor": null,
        "status": "draft",
        "status_transitions": {
            "finalized_at": null,
            "marked_uncollectible_at": null,
            "paid_at": null,
            "voided_at": null,
        },
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "test_clock": null,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": null,
    })
}
