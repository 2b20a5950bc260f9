//! What pages about one thing are made of: its facts, what can be done about it, and what was done.

use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    context::{self, FormState},
    forms::Field,
};

/// A name and its value, in two columns.
pub(super) type Fact = (&'static str, AnyView);

pub(super) fn fact(name: &'static str, value: impl IntoView + 'static) -> Fact {
    (name, value.into_any())
}

pub(super) fn facts(facts: impl IntoIterator<Item = Fact>) -> AnyView {
    let rows = facts.into_iter().map(|(name, value)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    });
    view! { <dl class="facts">{rows.collect_view()}</dl> }.into_any()
}

/// An id that leads to its page.
pub(super) fn linked(href: String, text: impl IntoView + 'static) -> AnyView {
    view! { <a href=href>{text}</a> }.into_any()
}

/// A button that does something at once, as a form of its own.
pub(super) fn button(action: String, label: &'static str) -> AnyView {
    view! {
        <form method="post" action=action>
            <button class="button quiet" type="submit">
                {label}
            </button>
        </form>
    }
    .into_any()
}

/// What makes a second click harmless: made when the form is shown first, and kept while it is mended.
#[component]
pub(super) fn Key(form: FormState) -> impl IntoView {
    let key = Some(form.value("key")).filter(|key| !key.is_empty());
    let key = key.unwrap_or_else(|| Uuid::new_v4().to_string());
    view! { <input type="hidden" name="key" value=key/> }
}

#[component]
pub(super) fn Reason(form: FormState) -> impl IntoView {
    view! {
        <Field
            name="reason"
            label="Why"
            hint="It stands in the audit log, and the customer does not read it."
            maxlength=500
            form
        />
    }
}

/// Whether what was typed can be done, and only has to be confirmed.
pub(super) fn is_to_confirm(form: &FormState) -> bool {
    form.value("step") == "confirm"
}

/// The last step before money or credits move: what was typed goes along unseen, and can be changed.
pub(super) fn confirm(action: String, form: &FormState, label: String) -> AnyView {
    let fields = form.values.iter().filter(|(name, _)| *name != "step");
    let fields = fields.map(|(name, value)| {
        let (name, value) = (name.clone(), value.clone());
        view! { <input type="hidden" name=name value=value/> }
    });
    view! {
        <form method="post" action=action>
            {fields.collect_view()}
            <p class="actions">
                <button class="button" type="submit" name="confirmed" value="yes" autofocus>
                    {label}
                </button>
                <button class="button quiet" type="submit" name="confirmed" value="no">
                    "Change it"
                </button>
            </p>
        </form>
    }
    .into_any()
}

/// What the form that led here has done: its word stands in the address.
pub(super) fn done(said: &[(&str, &'static str)]) -> Option<AnyView> {
    let word = context::query("done")?;
    let (_, text) = said.iter().find(|(known, _)| *known == word)?;
    let done = view! {
        <p class="done" role="status">
            {*text}
        </p>
    };
    Some(done.into_any())
}

/// Whether whoever looks may do this.
pub(super) fn may(permission: billing::staff::Permission) -> bool {
    let viewer = context::viewer();
    let role = viewer.person().and_then(|person| person.role);
    role.is_some_and(|role| role.may(permission))
}
