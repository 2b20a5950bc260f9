//! What the hosted checkout shows.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use crate::PUBLISHABLE_KEY;
use crate::account::{Account, text};
use crate::bank_accounts::BANK_ACCOUNTS;
use crate::money;

/// The session's page: a form while it is open, a word about it afterwards.
pub fn session(account: &Account, session: &Value) -> Markup {
    let shown = |amount: &Value| {
        money::shown(
            amount.as_i64().unwrap_or_default(),
            text(session, "currency"),
        )
    };
    let total = shown(&session["amount_total"]);
    let open = session["status"] == "open";
    let title = match text(session, "status") {
        "open" => format!("Pay {total}"),
        "complete" => "Thank you".to_owned(),
        _ => "This page has expired".to_owned(),
    };
    let lines = account.store.hidden(text(session, "id"))["line_items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let body = html! {
        main data-key=(PUBLISHABLE_KEY) {
            section.order aria-labelledby="order" {
                p.shop #order { "Sandbox checkout" }
                p.total { (total) }
                ul.lines {
                    @for line in lines {
                        li {
                            span {
                                (text(line, "description"))
                                @if line["quantity"] != 1 { span.quiet { " × " (line["quantity"]) } }
                            }
                            span.amount { (shown(&line["amount_total"])) }
                        }
                    }
                }
                @if let (true, Some(url)) = (open, session["cancel_url"].as_str()) {
                    p { a href=(url) { "Back without paying" } }
                }
            }
            section.pay aria-labelledby="title" {
                h1 #title tabindex="-1" { (title) }
                @if open {
                    noscript { p.failure { "Paying needs JavaScript." } }
                    (form(account, session, &total))
                    div #done hidden { p { "The payment was accepted. You may close this page." } }
                } @else if session["status"] == "complete" {
                    p { "The payment was accepted. You may close this page." }
                } @else {
                    p { "Nothing was charged." }
                    @if let Some(url) = session["cancel_url"].as_str() {
                        p { a href=(url) { "Back to the shop" } }
                    }
                }
                @if !open { p.quiet { "Sandbox: no money moves." } }
            }
        }
    };
    document(&title, open, &body)
}

pub fn unknown() -> Markup {
    let body = html! {
        main {
            section.pay {
                h1 { "There is no such page" }
                p { "The address is not that of a checkout." }
            }
        }
    };
    document("There is no such page", false, &body)
}

fn form(account: &Account, session: &Value, total: &str) -> Markup {
    let customer = account.store.any(text(session, "customer"));
    let known = session["customer_email"]
        .as_str()
        .or_else(|| customer.and_then(|customer| customer["email"].as_str()));
    let methods = session["payment_method_types"].as_array();
    let offers = |name: &str| methods.is_some_and(|methods| methods.iter().any(|it| it == name));
    let (card, bank) = (offers("card"), offers("us_bank_account"));
    html! {
        form method="post" action={ "/c/pay/" (text(session, "id")) } novalidate {
            p.failure #failure role="alert" hidden {}
            @match (known, customer) {
                (Some(email), _) => p.known { span { "Email" } strong { (email) } },
                (None, Some(_)) => {},
                (None, None) => {
                    p.field {
                        label for="email" { "Email" }
                        input #email name="email" type="email" autocomplete="email" required aria-describedby="email-error";
                        span.error #email-error {}
                    }
                },
            }
            fieldset.methods hidden[!(card && bank)] {
                legend { "Pay with" }
                @if card { label { input type="radio" name="method" value="card" checked; " Card" } }
                @if bank { label { input type="radio" name="method" value="bank" checked[!card]; " Bank debit" } }
            }
            @if card { div data-method="card" { div #card {} } }
            @if bank {
                div data-method="bank" hidden[card] {
                    p.field {
                        label for="bank-account" { "Test account" }
                        select #bank-account name="bank_account" aria-describedby="bank-note" {
                            @for account in BANK_ACCOUNTS { option value=(account.id) { (account.note) } }
                        }
                    }
                    p.quiet #bank-note { "The money comes a day later, or does not. Sandbox: no money moves." }
                }
            }
            button { "Pay " (total) }
            p.status role="status" {}
        }
    }
}

fn document(title: &str, live: bool, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/elements/checkout.css";
                @if live {
                    script src="/clover/stripe.js" defer {}
                    script src="/elements/checkout.js" defer {}
                }
            }
            body { (body) }
        }
    }
}
