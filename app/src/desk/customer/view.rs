//! Before somebody looks at the site as a customer sees it.

use leptos::prelude::*;
use leptos_meta::Title;

use super::super::{customers, parts::Key};
use crate::{
    context::FormState,
    forms::{ErrorSummary, Field},
    problem::trouble,
};

#[component]
pub(crate) fn ViewPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        match super::profile().await {
            Ok(profile) => {
                let customer = profile.customer;
                page(customers::name(&customer), &customer.id.to_string(), form)
            }
            Err(what) => trouble(what),
        }
    })
}

fn page(name: String, id: &str, form: FormState) -> AnyView {
    let (action, back) = (
        format!("/admin/customers/{id}/view"),
        format!("/admin/customers/{id}"),
    );
    view! {
        <Title text="See the site as they do"/>
        <div class="desk-page narrow">
            <h1>"See the site as they do"</h1>
            <p class="lead">{name}</p>
            <p>
                "For half an hour at most you see their pages: account, statement, orders, "
                "transactions, receipts, plan and studio. Nothing can be changed meanwhile, and the "
                "desk opens again when you end it."
            </p>
            <p>
                "The customer gets a mail that says so, with your reason, and reads both in their "
                "account. The audit log says who looked, and at how many pages."
            </p>
            <ErrorSummary form=form.clone()/>
            <form method="post" action=action class="stack">
                <Key form=form.clone()/>
                <Field
                    name="reason"
                    label="Why"
                    hint="The customer reads it, too."
                    maxlength=500
                    form
                />
                <button class="button" type="submit">
                    "Tell them, and look"
                </button>
            </form>
            <p class="aside">
                <a href=back>"Back to the customer"</a>
            </p>
        </div>
    }
    .into_any()
}
