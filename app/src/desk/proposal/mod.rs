//! What one member of staff wants to do, as the second one sees it: what it would do now, and the
//! decision.

mod waiting;

use billing::{
    Billing,
    id::ProposalId,
    ledger::TakeError,
    refund::RefundError,
    staff::{
        Permission,
        customers::MoveError,
        proposals::{Proposal, State, What},
    },
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    customer,
    parts::{Fact, done, fact, facts, linked, may},
    transaction,
};
use crate::{
    Trouble,
    context::{self, FormState},
    forms::{ErrorSummary, Field},
    problem::trouble,
    words,
};
pub(super) use waiting::{needs_second, second_person, waiting};

const DONE: &[(&str, &str)] = &[
    (
        "asked",
        "It waits for a second person. Nothing has moved so far.",
    ),
    ("approved", "It is approved, and done."),
    ("refused", "It is refused. Nothing was done."),
    ("withdrawn", "It is taken back. Nothing was done."),
];

#[component]
pub(super) fn ProposalPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        match load().await {
            Ok((proposal, customer, foreseen)) => page(&proposal, customer, foreseen, form),
            Err(what) => trouble(what),
        }
    })
}

/// What it would do now; or why it cannot be done any more.
type Foreseen = Result<Vec<Fact>, String>;

async fn load() -> Result<(Proposal, String, Foreseen), Trouble> {
    let billing = context::billing()?;
    let id: ProposalId = context::segment("id").ok_or(Trouble::NotFound)?;
    let proposal = billing.proposal(id).await?.ok_or(Trouble::NotFound)?;
    let profile = billing.profile(proposal.customer).await?;
    let customer = profile.map(|profile| super::customers::name(&profile.customer));
    let customer = customer.unwrap_or_else(|| proposal.customer.to_string());
    let foreseen = match proposal.state {
        State::Open => foresee(&billing, &proposal).await?,
        _ => Ok(Vec::new()),
    };
    Ok((proposal, customer, foreseen))
}

async fn foresee(billing: &Billing, proposal: &Proposal) -> Result<Foreseen, Trouble> {
    match &proposal.what {
        What::Give { amount, until, .. } => {
            let now = billing.clock().now();
            if until.is_some_and(|until| until <= now) {
                return Ok(Err("They would have run out already.".to_owned()));
            }
            let available = billing.available(proposal.customer).await?;
            Ok(Ok(vec![customer::available_then(available, *amount)]))
        }
        What::Take { amount, .. } => {
            match billing.preview_taking(proposal.customer, *amount).await {
                Ok(taken) => Ok(Ok(customer::taken(taken).into())),
                Err(MoveError::Take(TakeError::TooMuch(there))) => {
                    Ok(Err(format!("Only {} can be taken.", there.counted())))
                }
                Err(MoveError::Other(error)) => Err(error.into()),
                Err(error) => Ok(Err(error.to_string())),
            }
        }
        What::Refund {
            transaction,
            amount,
            ..
        } => match billing.preview_refund(*transaction, *amount).await {
            Ok(preview) => {
                let credits = transaction::takes(preview.held);
                let goes = fact("Goes back", preview.amount.to_string());
                Ok(Ok(vec![goes, fact("Credits", credits)]))
            }
            Err(RefundError::TooMuch(left)) => {
                Ok(Err(format!("Only {left} is left to be refunded.")))
            }
            Err(RefundError::Other(error)) => Err(error.into()),
            Err(_) => Ok(Err("Nothing was paid that could be refunded.".to_owned())),
        },
    }
}

fn page(proposal: &Proposal, customer: String, foreseen: Foreseen, form: FormState) -> AnyView {
    let title = proposal.what.title();
    let is_open = proposal.state == State::Open;
    let wrong = view! { <ErrorSummary form=form.clone()/> };
    let decide = (is_open && may(Permission::Money)).then(|| decide(proposal, &foreseen, form));
    let foreseen = is_open.then(|| {
        let would = match foreseen {
            Ok(would) => facts(would),
            Err(why) => view! {
                <p class="alert">"This cannot be done any more. " {why}</p>
            }
            .into_any(),
        };
        view! {
            <section aria-labelledby="now">
                <h2 id="now">"What it would do now"</h2>
                {would}
            </section>
        }
    });
    view! {
        <Title text=title.clone()/>
        <div class="desk-page narrow">
            <h1>{title}</h1>
            <p class="lead">{standing(proposal)}</p>
            {done(DONE)}
            {wrong}
            {facts(about(proposal, customer))}
            {foreseen}
            {decide}
        </div>
    }
    .into_any()
}

fn standing(proposal: &Proposal) -> AnyView {
    match proposal.state {
        State::Open => {
            let until = view! { <words::When time=proposal.expires_at/> };
            view! { "Waits for a second person until " {until} }.into_any()
        }
        State::Approved => "Approved, and done".into_any(),
        State::Refused => "Refused".into_any(),
        State::Withdrawn => "Taken back by who asked".into_any(),
        State::Expired => "Over: nobody decided".into_any(),
    }
}

fn about(proposal: &Proposal, customer: String) -> Vec<Fact> {
    let link = format!("/admin/customers/{}", proposal.customer);
    let mut all = vec![fact("Customer", linked(link, customer))];
    match &proposal.what {
        What::Give { note, until, .. } => {
            let until = match *until {
                Some(time) => view! { <words::When time/> }.into_any(),
                None => "Never".into_any(),
            };
            all.push(fact("They run out", until));
            all.push(fact("The customer reads", note.clone()));
        }
        What::Take { note, .. } => all.push(fact("The customer reads", note.clone())),
        What::Refund {
            transaction, word, ..
        } => {
            let link = format!("/admin/transactions/{transaction}");
            all.push(fact("Transaction", linked(link, transaction.to_string())));
            all.push(fact("The gateway is told", words::code(word.as_str())));
        }
    }
    all.push(fact("Asked by", proposal.asked_by_name.clone()));
    all.push(fact(
        "Asked",
        view! { <words::When time=proposal.created_at/> },
    ));
    all.push(fact("Why", proposal.reason.clone()));
    if let Some(decision) = &proposal.decision {
        let by = decision.by_name.clone();
        all.push(fact(
            "Decided by",
            by.unwrap_or_else(|| "Nobody".to_owned()),
        ));
        all.push(fact("Decided", view! { <words::When time=decision.at/> }));
        all.push(fact("Why so", decision.reason.clone()));
    }
    all
}

/// The form of who may decide; of who asked, to take it back.
fn decide(proposal: &Proposal, foreseen: &Foreseen, form: FormState) -> AnyView {
    let viewer = context::viewer();
    let is_own = viewer
        .person()
        .is_some_and(|person| person.id == proposal.asked_by);
    let (hint, buttons) = match (is_own, foreseen) {
        (true, _) => {
            let button = choice("withdraw", "button quiet", "Take it back".to_owned());
            (
                "You asked for this, so somebody else decides.",
                vec![button],
            )
        }
        (false, Ok(_)) => {
            let approve = format!("Approve: {}", lower(&proposal.what.title()));
            let approve = choice("approve", "button", approve);
            let refuse = choice("refuse", "button quiet", "Refuse".to_owned());
            (
                "What you approve is done at once, and cannot be taken back.",
                vec![approve, refuse],
            )
        }
        (false, Err(_)) => {
            let refuse = choice("refuse", "button", "Refuse".to_owned());
            ("It can only be refused.", vec![refuse])
        }
    };
    view! {
        <section aria-labelledby="decision">
            <h2 id="decision">"Decision"</h2>
            <p>{hint}</p>
            <form method="post" action=format!("/admin/proposals/{}", proposal.id) class="stack">
                <Field
                    name="reason"
                    label="Why"
                    hint="It stands in the audit log, and who asked reads it."
                    maxlength=500
                    form
                />
                <p class="actions">{buttons}</p>
            </form>
        </section>
    }
    .into_any()
}

fn choice(what: &'static str, class: &'static str, label: String) -> AnyView {
    view! {
        <button class=class type="submit" name="do" value=what>
            {label}
        </button>
    }
    .into_any()
}

/// `Give 5 credits` in a sentence.
fn lower(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(letters).collect()
}
