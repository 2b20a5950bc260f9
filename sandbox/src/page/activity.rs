//! Events, requests and deliveries, newest first.

use maud::{Markup, html};
use serde_json::Value;

use crate::account::text;
use crate::gateway::Gateway;
use crate::objects::events as event_objects;

/// The page is reloaded every few seconds; the control API gives more.
const SHOWN: usize = 50;

pub fn events(gateway: &Gateway) -> Markup {
    let account = gateway.account();
    let events: Vec<&Value> = account
        .store
        .newest(event_objects::KIND)
        .take(SHOWN)
        .collect();
    html! {
        section #events data-live aria-labelledby="events-title" {
            h2 #events-title { "Events" }
            @if events.is_empty() { p.quiet { "Nothing has happened yet." } }
            ul.entries {
                @for event in events {
                    @let id = text(event, "id");
                    @let pending = event["pending_webhooks"].as_i64().unwrap_or(0);
                    @let failed = account.store.hidden(id)["failed"] == true;
                    li {
                        details data-key=(id) {
                            summary {
                                span.what { (text(event, "type")) }
                                span.about { (event_objects::payment_intent(event).unwrap_or(text(&event["data"]["object"], "id"))) }
                                @if pending > 0 { span.tag.wait { (pending) " waiting" } }
                                @else if failed { span.tag.bad { "not delivered" } }
                                (time(event["created"].as_i64().unwrap_or(0) * 1_000))
                            }
                            (body(event, &format!("Body of {id}")))
                        }
                        button.small type="button" data-resend=(id) aria-label={ "Resend " (text(event, "type")) " " (id) } { "Resend" }
                    }
                }
            }
        }
    }
}

pub fn requests(gateway: &Gateway) -> Markup {
    let log = gateway.log();
    let entries: Vec<_> = log.requests().take(SHOWN).collect();
    html! {
        section #requests data-live aria-labelledby="requests-title" {
            h2 #requests-title { "Requests" }
            @if entries.is_empty() { p.quiet { "No calls of the API yet." } }
            ul.entries {
                @for entry in entries {
                    li {
                        details data-key=(entry.id) {
                            summary {
                                span.what { (entry.method) " " (entry.path) }
                                @if let Some(fault) = &entry.fault { span.tag.wait { (text(fault, "fault")) } }
                                @if entry.replayed { span.tag { "replayed" } }
                                (status(entry.status))
                                (time(entry.at_ms))
                            }
                            p.quiet {
                                code { (entry.id) } ", " (entry.took_ms) " ms"
                                @if let Some(key) = &entry.idempotency_key { ", key " code { (key) } }
                            }
                            h3 { "Parameters" }
                            (body(&entry.params, &format!("Parameters of {}", entry.id)))
                            h3 { "Answer" }
                            (body(&entry.body, &format!("Answer to {}", entry.id)))
                        }
                    }
                }
            }
        }
    }
}

pub fn deliveries(gateway: &Gateway) -> Markup {
    let log = gateway.log();
    let entries: Vec<_> = log.deliveries().take(SHOWN).collect();
    html! {
        section #deliveries data-live aria-labelledby="deliveries-title" {
            h2 #deliveries-title { "Deliveries" }
            @if entries.is_empty() { p.quiet { "No webhook has been sent. Endpoints are created through the API." } }
            ul.entries {
                @for entry in entries {
                    li {
                        details data-key=(entry.id) {
                            summary {
                                span.what { (entry.event_type) }
                                span.about { "attempt " (entry.attempt) }
                                @if let Some(fault) = &entry.fault { span.tag.wait { (text(fault, "fault")) } }
                                @match entry.status {
                                    Some(code) => (status(Some(code))),
                                    None => span.tag.bad { (entry.outcome) },
                                }
                                (time(entry.at_ms))
                            }
                            (body(&serde_json::to_value(entry).unwrap_or_default(), &format!("Delivery {}", entry.id)))
                        }
                    }
                }
            }
        }
    }
}

fn status(code: Option<u16>) -> Markup {
    html! {
        @match code {
            Some(code @ 200..=299) => span.tag.good { (code) },
            Some(code) => span.tag.bad { (code) },
            None => span.tag.bad { "no answer" },
        }
    }
}

fn time(at_ms: i64) -> Markup {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    html! { time datetime=(at) { (at.strftime("%H:%M:%S")) } }
}

/// Long bodies scroll, so they take the focus.
fn body(value: &Value, label: &str) -> Markup {
    let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
    html! { pre tabindex="0" role="region" aria-label=(label) { (pretty) } }
}
