//! While the sandbox stands in for the gateway: makes it send an event of any type that is asked for.

use billing::{gateway::stripe::EVENTS, staff::Permission};
use leptos::prelude::*;

use crate::{
    context::{self, FormState},
    desk::parts::may,
    forms::ErrorSummary,
};

/// What the event is about, when nothing is said.
pub const OBJECT_HINT: &str = "Empty for the newest that there is.";

pub(super) fn sender(form: FormState) -> Option<AnyView> {
    let has_sandbox = use_context::<context::Site>().is_some_and(|site| site.sandbox_url.is_some());
    if !has_sandbox || !may(Permission::Help) {
        return None;
    }
    let (chosen, about) = (form.value("kind"), form.value("about"));
    let is_wrong = |field: &str| form.errors.contains_key(field).then_some("true");
    let (wrong_type, wrong_object) = (is_wrong("kind"), is_wrong("about"));
    let options = EVENTS.iter().map(|kind| {
        view! {
            <option value=*kind selected=*kind == chosen>
                {*kind}
            </option>
        }
    });
    let section = view! {
        <section aria-labelledby="send">
            <h2 id="send">"Let the sandbox send an event"</h2>
            <p class="hint">
                "It says of something that is there what need not be true, as a gateway might that errs."
            </p>
            <ErrorSummary form=form/>
            <form method="post" action="/admin/inbox" class="filters">
                <div class="field wide">
                    <label for="kind">"What happened"</label>
                    <select id="kind" name="kind" aria-invalid=wrong_type>
                        {options.collect_view()}
                    </select>
                </div>
                <div class="field wide">
                    <label for="about">"Id of what it is about"</label>
                    <input id="about" name="about" value=about aria-invalid=wrong_object aria-describedby="about-hint"/>
                    <p class="hint" id="about-hint">
                        {OBJECT_HINT}
                    </p>
                </div>
                <button class="button quiet" type="submit">
                    "Send"
                </button>
            </form>
        </section>
    };
    Some(section.into_any())
}
