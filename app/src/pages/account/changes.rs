//! What only somebody may do who knows the password: change it or the address, close the account.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    Trouble,
    context::{self, FormState},
    forms::{Done, ErrorSummary, Field},
    pages::password::PASSWORD_HINT,
    problem::trouble,
    words,
};

#[component]
pub(crate) fn ChangeEmail() -> impl IntoView {
    let Some(session) = context::viewer().0 else {
        return trouble(Trouble::SignedOut);
    };
    let form = FormState::from_context();
    view! {
        <Title text="Change your address"/>
        <div class="page narrow">
            <h1>"Change your address"</h1>
            <Done/>
            <p class="lead">
                "It is " {session.person.email} " now. We send a link to the new one, and change it "
                "when you open that."
            </p>
            <ErrorSummary form=form.clone()/>
            <form method="post" action="/account/email" class="stack">
                <Field name="email" label="New email" kind="email" autocomplete="email" form=form.clone()/>
                <CurrentPassword form/>
                <button class="button large" type="submit">
                    "Send the link"
                </button>
            </form>
            <Back/>
        </div>
    }
    .into_any()
}

#[component]
pub(crate) fn ChangePassword() -> impl IntoView {
    let Some(session) = context::viewer().0 else {
        return trouble(Trouble::SignedOut);
    };
    let form = FormState::from_context();
    view! {
        <Title text="Change your password"/>
        <div class="page narrow">
            <h1>"Change your password"</h1>
            <p class="lead">"You stay signed in here, and are signed out everywhere else."</p>
            <ErrorSummary form=form.clone()/>
            <form method="post" action="/account/password" class="stack">
                // For the browser, which keeps passwords by address.
                <input type="text" autocomplete="username" value=session.person.email readonly hidden/>
                <CurrentPassword form=form.clone()/>
                <Field
                    name="new_password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    hint=PASSWORD_HINT
                    form
                />
                <button class="button large" type="submit">
                    "Change password"
                </button>
            </form>
            <p class="aside">
                <a href="/forgot">"Forgot your password?"</a>
            </p>
            <Back/>
        </div>
    }
    .into_any()
}

#[component]
pub(crate) fn CloseAccount() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        match what_is_lost().await {
            Ok(lost) => view! { <Closing lost form/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

/// The credits that nobody could spend any more, if there are any.
async fn what_is_lost() -> Result<Option<String>, Trouble> {
    let customer = context::viewer().customer().ok_or(Trouble::SignedOut)?;
    let available = context::billing()?.available(customer).await?;
    Ok((available.0 > 0).then(|| words::credits(available)))
}

#[component]
fn Closing(lost: Option<String>, form: FormState) -> impl IntoView {
    let unconfirmed = form.errors.get("confirm").cloned();
    view! {
        <Title text="Close your account"/>
        <div class="page narrow">
            <h1>"Close your account"</h1>
            <p>
                "You are signed out everywhere. Your address, your password and your cards are "
                "removed, here and at our payment provider. What was paid and spent stays in our "
                "books, without your name."
            </p>
            {lost
                .map(|credits| view! { <p><strong>{credits} " of yours will be lost."</strong></p> })}
            <ErrorSummary form=form.clone()/>
            <form method="post" action="/account/close" class="stack">
                <CurrentPassword form/>
                <div class="field">
                    <label class="check">
                        <input
                            type="checkbox"
                            id="confirm"
                            name="confirm"
                            value="yes"
                            required
                            aria-invalid=unconfirmed.is_some().then_some("true")
                            aria-describedby=unconfirmed.is_some().then_some("confirm-error")
                        />
                        "Close it for good. I know that this cannot be undone."
                    </label>
                    {unconfirmed
                        .map(|error| view! { <p class="field-error" id="confirm-error">{error}</p> })}
                </div>
                <button class="button large" type="submit">
                    "Close my account"
                </button>
            </form>
            <Back/>
        </div>
    }
    .into_any()
}

#[component]
fn CurrentPassword(form: FormState) -> impl IntoView {
    view! {
        <Field
            name="password"
            label="Current password"
            kind="password"
            autocomplete="current-password"
            form
        />
    }
}

#[component]
fn Back() -> impl IntoView {
    view! {
        <p class="aside">
            <a href="/account">"Back to your account"</a>
        </p>
    }
}
