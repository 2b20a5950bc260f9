//! The forms that make the gateway misbehave, and what it was told so far.

use maud::{Markup, html};
use serde_json::Value;

use crate::account::text;
use crate::faults::Scope;
use crate::gateway::Gateway;

const EVENT_TYPES: &[&str] = &[
    "*",
    "payment_intent.*",
    "payment_intent.created",
    "payment_intent.requires_action",
    "payment_intent.processing",
    "payment_intent.amount_capturable_updated",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.succeeded",
    "charge.failed",
    "charge.captured",
    "charge.refunded",
    "refund.*",
    "charge.dispute.*",
    "payout.*",
    "customer.created",
    "customer.subscription.*",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.*",
    "invoice.created",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice_payment.paid",
    "payment_method.attached",
    "checkout.session.*",
    "checkout.session.completed",
    "setup_intent.*",
    "setup_intent.succeeded",
];

pub fn section(gateway: &Gateway) -> Markup {
    html! {
        section aria-labelledby="faults" {
            h2 #faults { "Faults" }
            (active(gateway))
            (webhook_form())
            (api_form())
            (checkout_form())
        }
    }
}

fn active(gateway: &Gateway) -> Markup {
    let faults = gateway.faults();
    let none = faults.count() == 0;
    html! {
        div #active data-live {
            @if none {
                p.quiet { "None: the gateway behaves." }
            } @else {
                ul.active {
                    @for fault in faults.webhooks() {
                        (line(&fault.id, &fault.event_type, &serde_json::to_value(fault).unwrap_or_default(), &fault.scope))
                    }
                    @for fault in faults.checkout() {
                        (line(&fault.id, "checkout page", &serde_json::to_value(fault).unwrap_or_default(), &fault.scope))
                    }
                    @for fault in faults.api() {
                        (line(&fault.id, &format!("{} {}", fault.method, fault.path), &serde_json::to_value(fault).unwrap_or_default(), &fault.scope))
                    }
                }
                button.small type="button" data-clear="" { "Clear all" }
            }
        }
    }
}

fn line(id: &str, subject: &str, fault: &Value, scope: &Scope) -> Markup {
    html! {
        li {
            span {
                strong { (text(fault, "fault")) } " " (subject)
                @for name in ["ms", "copies", "how", "status"] {
                    @if let Some(value) = fault.get(name) { ", " (name) " " (value) }
                }
                @if let Some(times) = scope.times { ", " (times) " more" }
                @if let Some(intent) = &scope.payment_intent { ", only " code { (intent) } }
                @for (name, value) in &scope.metadata { ", only " code { (name) "=" (value.as_str().unwrap_or_default()) } }
            }
            button.small type="button" data-clear=(id) aria-label={ "Clear " (text(fault, "fault")) " for " (subject) } { "Clear" }
        }
    }
}

fn webhook_form() -> Markup {
    html! {
        form data-post="/control/webhook-faults" {
            h3 { "Webhooks" }
            label { "Event" select name="type" { @for kind in EVENT_TYPES { option { (kind) } } } }
            label {
                "Fault"
                select name="fault" {
                    option value="delay" { "Delay" }
                    option value="drop" { "Drop" }
                    option value="double" { "Repeat" }
                    option value="reorder" { "Reorder" }
                    option value="forge" { "Forge" }
                }
            }
            label data-for="delay reorder" { "Wait (ms)" input name="ms" type="number" min="0" value="5000"; }
            label data-for="double" { "Copies" input name="copies" type="number" min="1" max="10000" value="2"; }
            label data-for="forge" {
                "How"
                select name="how" {
                    option value="bad_signature" { "Bad signature" }
                    option value="wrong_secret" { "Wrong secret" }
                    option value="tampered_body" { "Tampered body" }
                    option value="old_timestamp" { "Old timestamp" }
                }
            }
            (scope())
            button { "Misbehave" }
        }
    }
}

fn api_form() -> Markup {
    html! {
        form data-post="/control/api-faults" {
            h3 { "API answers" }
            label { "Method" select name="method" { option { "*" } option { "POST" } option { "GET" } option { "DELETE" } } }
            label { "Path" input name="path" value="/v1/payment_intents" required; }
            label {
                "Fault"
                select name="fault" {
                    option value="fail" { "Fail" }
                    option value="hang" { "Hang" }
                    option value="timeout" { "Time out" }
                    option value="malformed" { "Nonsense" }
                }
            }
            label data-for="fail" { "Status" input name="status" type="number" min="400" max="599" value="500"; }
            label data-for="fail" { "Retry after (s)" input name="retry_after" type="number" min="0" placeholder="none"; }
            label data-for="hang timeout" { "Wait (ms)" input name="ms" type="number" min="0" value="5000"; }
            (scope())
            button { "Misbehave" }
        }
    }
}

fn checkout_form() -> Markup {
    html! {
        form data-post="/control/checkout-faults" {
            h3 { "Checkout page" }
            label {
                "Fault"
                select name="fault" { option value="never_return" { "Never leads back" } }
            }
            (scope())
            button { "Misbehave" }
        }
    }
}

fn scope() -> Markup {
    html! {
        label { "Times" input name="times" type="number" min="1" placeholder="until cleared"; }
        label { "Only intent" input name="payment_intent" placeholder="pi_…"; }
        label { "Only metadata" input name="metadata" placeholder="name=value" pattern="[^=]+=.*"; }
    }
}
