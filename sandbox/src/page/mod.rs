//! The sandbox's own page: what happened here, and what is to go wrong next.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::browser::asset;
use crate::cards::CARDS;
use crate::gateway::Gateway;
use crate::{PUBLISHABLE_KEY, SECRET_KEY};

mod activity;
mod banks;
mod clock;
mod faults;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub async fn show(State(gateway): State<Arc<Gateway>>) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, page(&gateway)).into_response()
}

pub async fn css() -> impl IntoResponse {
    asset(
        "text/css; charset=utf-8",
        include_str!("../../assets/page.css"),
    )
}

pub async fn js() -> impl IntoResponse {
    asset(
        "text/javascript; charset=utf-8",
        include_str!("../../assets/page.js"),
    )
}

fn page(gateway: &Gateway) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Sandbox gateway" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/assets/page.css";
                script src="/assets/page.js" defer {}
            }
            body {
                header.top {
                    div {
                        h1 { "Sandbox gateway" }
                        p { "Speaks Stripe’s wire on this machine. No money moves." }
                    }
                    @if gateway.mail.is_some() { nav aria-label="Sandbox" { a href="/mails" { "Mails" } } }
                    label.auto { input type="checkbox" id="auto" checked; " Refresh by itself" }
                }
                noscript { p.note { "Without JavaScript this page shows what happened, but cannot change anything; the control API can." } }
                p.note #notice role="status" hidden {}
                div.columns {
                    main {
                        (activity::events(gateway))
                        (activity::requests(gateway))
                        (activity::deliveries(gateway))
                    }
                    aside aria-label="Clock, banks, faults and keys" {
                        (clock::section(gateway))
                        (banks::section(gateway))
                        (faults::section(gateway))
                        (keys(gateway))
                    }
                    (cards())
                }
            }
        }
    }
}

fn keys(gateway: &Gateway) -> Markup {
    html! {
        section aria-labelledby="keys" {
            h2 #keys { "Address and keys" }
            dl {
                dt { "API" } dd { code { (gateway.account().base_url) "/v1" } }
                dt { "Secret key" } dd { code { (SECRET_KEY) } }
                dt { "Publishable key" } dd { code { (PUBLISHABLE_KEY) } }
                dt { "Browser script" } dd { code { (gateway.account().base_url) "/clover/stripe.js" } }
            }
        }
    }
}

fn cards() -> Markup {
    html! {
        section.cards aria-labelledby="cards" {
            h2 #cards { "Test cards" }
            p.quiet { "Any future date, any security code." }
            ul {
                @for card in CARDS {
                    li {
                        code.number { (grouped(card.number)) }
                        span { (card.note) }
                        @if let Some(id) = card.ids.first() { code.quiet { (id) } }
                    }
                }
            }
        }
    }
}

fn grouped(number: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|four| four.iter().collect()).collect();
    groups.join(" ")
}
