//! One finding: what the gateway's books say and what ours say, side by side, and what can be done.

use billing::{
    id::FindingId,
    reconcile::{Action, Earning, Finding, FindingState},
    staff::Permission,
    transaction::Transaction,
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    act::{Question, choices, chosen, question},
    words::{action_name, became, class_name, finding_state},
};
use crate::{
    Trouble,
    context::{self, FormState},
    desk::{
        facts::{self, facts, text},
        parts::{done, may},
    },
    problem::trouble,
    words,
};

const DONE: &[(&str, &str)] = &[
    ("done", "It is done."),
    (
        "tried",
        "It was tried in vain: the reason stands below. It can be tried again.",
    ),
];

struct Found {
    finding: Finding,
    transaction: Option<Transaction>,
    earnings: Vec<Earning>,
    policy: Action,
}

#[component]
pub(in crate::desk) fn FindingPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        match load().await {
            Ok(found) => page(found, form),
            Err(what) => trouble(what),
        }
    })
}

async fn load() -> Result<Found, Trouble> {
    let id: FindingId = context::segment("finding").ok_or(Trouble::NotFound)?;
    let billing = context::billing()?;
    let finding = billing.finding(id).await?.ok_or(Trouble::NotFound)?;
    let (transaction, earnings) = billing.evidence(&finding).await?;
    Ok(Found {
        policy: billing.policy_says(&finding).await?,
        finding,
        transaction,
        earnings,
    })
}

fn page(found: Found, form: FormState) -> AnyView {
    let Found {
        finding,
        transaction,
        earnings,
        policy,
    } = found;
    let name = class_name(finding.class);
    let log = format!("/admin/audit?subject={}", finding.id);
    let run = format!("/admin/reconciliation/{}", finding.seen_by);
    let undecided = finding.state != FindingState::Done;
    let decide = (undecided && may(Permission::Money)).then(|| decide(&finding, policy, form));
    let outcome = Some(became(&finding)).filter(|outcome| !outcome.is_empty());
    view! {
        <Title text=name/>
        <div class="desk-page">
            <h1>{name}</h1>
            {done(DONE)}
            <p class="lead">{finding.detail.clone()}</p>
            {facts([
                ("State", text(Some(finding_state(finding.state)))),
                ("What came of it", text(outcome)),
                ("The rules say", text(undecided.then(|| action_name(policy)))),
                ("Found", Some(view! { <words::When time=finding.created_at/> }.into_any())),
                ("Met last by", Some(view! { <a href=run>"its reconciliation"</a> }.into_any())),
                ("What was done", Some(view! { <a href=log>"In the audit log"</a> }.into_any())),
            ])}
            <div class="desk-sides">
                {theirs(&finding, &earnings)}
                {ours(&finding, transaction)}
            </div>
            {decide}
        </div>
    }
    .into_any()
}

fn theirs(finding: &Finding, earnings: &[Earning]) -> AnyView {
    let lines = earnings.iter().map(|earning| {
        let payout = earning
            .payout
            .clone()
            .map(|payout| format!(", in payout {payout}"));
        view! {
            <li>
                {earning.kind.clone()} " " {earning.amount.to_string()} ", fee "
                {earning.fee.to_string()} {payout}
                <span class="secondary">
                    <words::When time=earning.at/>
                </span>
            </li>
        }
    });
    let lines = (!earnings.is_empty())
        .then(|| view! { <ul class="plain">{lines.collect_view()}</ul> }.into_any());
    view! {
        <section aria-labelledby="theirs">
            <h2 id="theirs">"At the provider"</h2>
            {facts([
                ("Books", text(Some(finding.gateway.clone()))),
                ("What differs", facts::code(Some(finding.subject.clone()))),
                ("Payment", facts::code(finding.payment.clone())),
                ("Amount", text(finding.amount)),
                ("When", Some(view! { <words::When time=finding.happened_at/> }.into_any())),
                ("Lines of its books", lines),
            ])}
        </section>
    }
    .into_any()
}

fn ours(finding: &Finding, transaction: Option<Transaction>) -> AnyView {
    let known = transaction.map(|it| {
        let customer = view! {
            <a href=format!("/admin/customers/{}", it.customer)>
                <code>{it.customer.to_string()}</code>
            </a>
        };
        let settled = it
            .settled_at
            .map(|time| view! { <words::When time/> }.into_any());
        facts([
            ("Transaction", facts::transaction(Some(it.id))),
            ("Customer", Some(customer.into_any())),
            ("What", text(Some(it.title))),
            ("State", text(Some(it.state))),
            ("Payment", facts::code(it.reference)),
            ("Amount", text(Some(it.amount))),
            ("Credits", text(Some(it.credits))),
            ("Settled", settled),
            ("Review", text(it.review)),
        ])
    });
    let nothing = match finding.transaction {
        Some(_) => "It is gone.",
        None => "Nothing that we know.",
    };
    view! {
        <section aria-labelledby="ours">
            <h2 id="ours">"Here"</h2>
            {known.unwrap_or_else(|| view! { <p>{nothing}</p> }.into_any())}
        </section>
    }
    .into_any()
}

fn decide(finding: &Finding, policy: Action, form: FormState) -> AnyView {
    let (page, actions) = (
        format!("/admin/findings/{}", finding.id),
        finding.class.actions(),
    );
    if let Some(action) = chosen(actions, &form) {
        let amount = finding.amount.map(|amount| format!(", {amount}"));
        let about = format!(
            "{}: {}{}",
            class_name(finding.class),
            finding.subject,
            amount.unwrap_or_default()
        );
        let hidden = Vec::new();
        let asked = Question {
            page,
            action,
            about,
            hidden,
        };
        return question(asked, form);
    }
    view! {
        <section aria-labelledby="do">
            <h2 id="do">"What to do"</h2>
            {choices(actions, &page, Some(policy))}
        </section>
    }
    .into_any()
}
