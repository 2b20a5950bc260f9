//! Before something is done about findings: what exactly, and why.

use billing::{id::AuditId, reconcile::Action};
use leptos::prelude::*;

use super::words::{action_name, what_happens};
use crate::{
    context::{self, FormState},
    forms::{ErrorSummary, Field},
};

/// What is asked before it is done.
pub(super) struct Question {
    /// Where it is sent, and where it is left without having been done.
    pub page: String,
    pub action: Action,
    /// What it is done to, in words.
    pub about: String,
    /// More that is sent along.
    pub hidden: Vec<(&'static str, String)>,
}

/// The action that the address or the form before this page names, if it is one of these.
pub(super) fn chosen(actions: &[Action], form: &FormState) -> Option<Action> {
    let typed = form.values.get("action").cloned();
    let named = typed.or_else(|| context::query("action"))?;
    let action = named.parse().ok()?;
    actions.contains(&action).then_some(action)
}

pub(super) fn question(question: Question, form: FormState) -> AnyView {
    let Question {
        page,
        action,
        about,
        hidden,
    } = question;
    let hidden = hidden.into_iter().map(|(name, value)| {
        view! { <input type="hidden" name=name value=value/> }
    });
    // Made now, so that a second click begins nothing.
    let key = AuditId::new();
    let back = page.clone();
    view! {
        <section class="desk-question" aria-labelledby="question">
            <h2 id="question">{format!("{}?", action_name(action))}</h2>
            <p>
                <strong>{about}</strong>
            </p>
            <p>{what_happens(action)}</p>
            <ErrorSummary form=form.clone()/>
            <form method="post" action=page class="stack desk-form">
                <input type="hidden" name="action" value=action.as_str()/>
                <input type="hidden" name="key" value=key.to_string()/>
                {hidden.collect_view()}
                <Field name="reason" label="Why" maxlength=500 form/>
                <div class="actions">
                    <button class="button" type="submit">
                        {action_name(action)}
                    </button>
                    <a class="button quiet" href=back>
                        "Do nothing"
                    </a>
                </div>
            </form>
        </section>
    }
    .into_any()
}

/// The ways to go on, each as a link to its question.
pub(super) fn choices(actions: &[Action], page: &str, usual: Option<Action>) -> AnyView {
    let links = actions
        .iter()
        .filter(|action| **action != Action::Review)
        .map(|action| {
            let joint = if page.contains('?') { '&' } else { '?' };
            let class = match usual == Some(*action) {
                true => "button",
                false => "button quiet",
            };
            view! {
                <a class=class href=format!("{page}{joint}action={action}")>
                    {action_name(*action)}
                    "…"
                </a>
            }
        });
    view! { <div class="actions">{links.collect_view()}</div> }.into_any()
}
