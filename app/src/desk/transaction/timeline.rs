//! Everything that happened, oldest first, each with its time and with who made it happen.

use billing::{
    claim::Held,
    money::Credits,
    staff::transactions::{Changed, ClaimChanged, Moment, What},
    transaction::State,
};
use leptos::prelude::*;

use super::super::{parts::linked, spoken};
use crate::words;

pub(super) fn timeline(moments: Vec<Moment>) -> AnyView {
    let items = moments.into_iter().map(|Moment { at, what }| {
        let (what, more) = told(what);
        view! {
            <li>
                <words::When time=at/>
                <div>
                    <p>{what}</p>
                    <p class="secondary">{more}</p>
                </div>
            </li>
        }
    });
    view! { <ol class="timeline">{items.collect_view()}</ol> }.into_any()
}

/// What happened, and who or what is behind it.
fn told(what: What) -> (AnyView, AnyView) {
    match what {
        What::Changed(change) => changed(change),
        What::PageOpened(page) => {
            let until = view! { "Open until " <words::When time=page.expires_at/> };
            let reference = page.reference.unwrap_or_default();
            (
                "The gateway's own page was opened".into_any(),
                view! { {until} " " <code>{reference}</code> }.into_any(),
            )
        }
        What::Event(event) => {
            let said = format!(
                "Event {}: {}",
                event.kind,
                spoken::event_status(event.status)
            );
            let why = event.reason.map(|reason| format!(", {reason}"));
            let tries = (event.attempts > 1).then(|| format!(", {} tries", event.attempts));
            let href = format!("/admin/inbox/{}", event.id);
            let more = view! {
                {spoken::witness(event.witness.as_str())} " " {linked(href, event.event_id)} {why} {tries}
            };
            (said.into_any(), more.into_any())
        }
        What::Moved(moved) => {
            let said = format!(
                "{}: {}",
                words::reason(moved.reason),
                words::credits(moved.amount)
            );
            let way = format!(
                "{}, from {} to {}",
                moved.note,
                words::code(moved.from.as_str()),
                words::code(moved.to.as_str())
            );
            (said.into_any(), way.into_any())
        }
        What::Documented(document) => (format!("Receipt {document}").into_any(), ().into_any()),
        What::Mailed(mail) => {
            let said = format!("Mail: {}", words::code(mail.letter.name()));
            let state = spoken::mail_status(mail.status);
            let href = format!("/admin/mails/{}", mail.id);
            let more = view! { "To " {linked(href, mail.email)} ", " {state} };
            (said.into_any(), more.into_any())
        }
        What::Refunded(refund, change) => {
            let said = format!("Refund of {}: {}", refund.amount, change.state);
            claim(said, refund.reference.unwrap_or_default(), change)
        }
        What::Disputed(dispute, change) => {
            let state = words::code(&change.state);
            let said = format!("Dispute of {}: {state}", dispute.amount);
            claim(said, dispute.reference, change)
        }
        What::Warned(warning) => {
            let said = format!("A bank takes it for fraud: {}", words::code(&warning.kind));
            (said.into_any(), warning.reference.into_any())
        }
        What::Earned(earning) => {
            let said = format!(
                "In the gateway's books: {} {}",
                earning.kind, earning.amount
            );
            let more = format!("Fee {}, line {}", earning.fee, earning.line);
            (said.into_any(), more.into_any())
        }
        What::Found(finding) => {
            let href = format!("/admin/findings/{}", finding.id);
            let said = format!(
                "Reconciliation found: {}",
                words::code(finding.class.as_str())
            );
            (linked(href, said), finding.detail.into_any())
        }
        What::Decided(finding) => {
            let done = finding.done.map(|done| (done.outcome, done.by));
            let (outcome, by) = done.unwrap_or_default();
            (
                format!("About what was found: {outcome}").into_any(),
                by.into_any(),
            )
        }
        What::Done(line) => {
            let said = words::code(&line.deed.action.as_str().replace('.', " "));
            let said = format!("Staff: {said}");
            let more = match line.deed.reason.as_str() {
                "" => line.actor.name,
                reason => format!("{}: {reason}", line.actor.name),
            };
            (said.into_any(), more.into_any())
        }
    }
}

fn changed(change: Changed) -> (AnyView, AnyView) {
    let said = match (change.version, change.state) {
        (1, State::Created) if change.witness == "order" => "Ordered",
        (1, State::Created) => "Begun",
        (_, State::Created) => "Changed before it was paid",
        (_, state) => spoken::state(state),
    };
    let detail = change.detail.map(|detail| format!(": {detail}"));
    let who = format!(
        "{}{}",
        spoken::witness(&change.witness),
        detail.unwrap_or_default()
    );
    (said.into_any(), who.into_any())
}

fn claim(said: String, reference: String, change: ClaimChanged) -> (AnyView, AnyView) {
    let detail = change.detail.map(|detail| format!(": {detail}"));
    let who = format!(
        "{}{}",
        spoken::witness(&change.witness),
        detail.unwrap_or_default()
    );
    let more = view! { {who} " " <code>{reference}</code> " " {held(change.held)} };
    (said.into_any(), more.into_any())
}

/// `Holds 12 credits: 10 taken, 2 owed`
pub(super) fn held(held: Held) -> Option<String> {
    let parts = [
        (held.taken, "taken"),
        (held.frozen, "frozen"),
        (held.owed, "owed"),
        (held.written_off, "written off"),
    ];
    let parts = parts.iter().filter(|(credits, _)| *credits > Credits(0));
    let parts: Vec<_> = parts
        .map(|(credits, word)| format!("{credits} {word}"))
        .collect();
    let total = words::credits(held.total());
    (!parts.is_empty()).then(|| format!("Holds {total}: {}", parts.join(", ")))
}
