//! What banks decide: disputes, failed refunds, slow debits and payouts, each at the press of a
//! button.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::account::{Account, text};
use crate::gateway::Gateway;
use crate::money;
use crate::objects::{charges, disputes, payment_intents, refunds};

/// The page is reloaded every few seconds; the control API reaches the others.
const SHOWN: usize = 10;

/// What a press of a button asks the control API for.
struct Choice {
    label: &'static str,
    path: String,
    body: Value,
}

pub fn section(gateway: &Gateway) -> Markup {
    let account = gateway.account();
    let rows: Vec<(&Value, &str, Vec<Choice>)> = [
        payment_intents::KIND,
        disputes::KIND,
        refunds::KIND,
        charges::KIND,
    ]
    .into_iter()
    .flat_map(|kind| decidable(&account, kind))
    .collect();
    html! {
        section aria-labelledby="banks-title" {
            h2 #banks-title { "Banks" }
            div #banks data-live {
                @if rows.is_empty() {
                    p.quiet { "Nothing waits for a bank, and nothing has been paid." }
                } @else {
                    ul.active {
                        @for (object, what, choices) in &rows { (row(object, what, choices)) }
                    }
                    button.small type="button" data-act="/control/payouts" data-body="{}" { "Pay out the balance" }
                }
            }
        }
    }
}

/// The newest objects of a kind about which a bank may still decide.
fn decidable<'a>(
    account: &'a Account,
    kind: &str,
) -> impl Iterator<Item = (&'a Value, &'static str, Vec<Choice>)> {
    let decidable = account
        .store
        .newest(kind)
        .filter_map(|object| choices(object).map(|(what, choices)| (object, what, choices)));
    decidable.take(SHOWN)
}

fn choices(object: &Value) -> Option<(&'static str, Vec<Choice>)> {
    let id = text(object, "id");
    let decide = |label, status: &str| Choice {
        label,
        path: format!("/control/{}s/{id}", text(object, "object")),
        body: json!({ "status": status }),
    };
    let about = |label, path: &str, body: Value| Choice {
        label,
        path: path.to_owned(),
        body,
    };
    Some(match (text(object, "object"), text(object, "status")) {
        (payment_intents::KIND, "processing") => (
            "Debit",
            vec![
                decide("Pays", "succeeded"),
                Choice {
                    body: json!({ "status": "requires_payment_method", "decline": "account_closed" }),
                    ..decide("Refuses", "")
                },
            ],
        ),
        (disputes::KIND, "needs_response" | "under_review") => (
            "Dispute",
            vec![decide("Won", "won"), decide("Lost", "lost")],
        ),
        (disputes::KIND, "warning_needs_response" | "warning_under_review") => {
            ("Inquiry", vec![decide("Closed", "warning_closed")])
        }
        (refunds::KIND, "pending") => (
            "Refund",
            vec![decide("Succeeds", "succeeded"), decide("Fails", "failed")],
        ),
        (refunds::KIND, "succeeded") => ("Refund", vec![decide("Fails", "failed")]),
        (charges::KIND, "succeeded")
            if object["captured"] == true
                && object["disputed"] == false
                && object["refunded"] == false =>
        {
            (
                "Charge",
                vec![
                    about("Dispute", "/control/disputes", json!({ "charge": id })),
                    about(
                        "Inquire",
                        "/control/disputes",
                        json!({ "charge": id, "inquiry": true }),
                    ),
                    about(
                        "Warn of fraud",
                        "/control/fraud-warnings",
                        json!({ "charge": id }),
                    ),
                ],
            )
        }
        _ => return None,
    })
}

fn row(object: &Value, what: &str, choices: &[Choice]) -> Markup {
    let amount = object["amount"].as_i64().unwrap_or_default();
    let amount = money::shown(amount, text(object, "currency"));
    html! {
        li {
            span { (what) " " strong { (amount) } " " code.quiet { (text(object, "id")) } }
            span.buttons {
                @for choice in choices {
                    button.small type="button" data-act=(choice.path) data-body=(choice.body)
                        aria-label={ (choice.label) ": " (what) " " (text(object, "id")) } { (choice.label) }
                }
            }
        }
    }
}
