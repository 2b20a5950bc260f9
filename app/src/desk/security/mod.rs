//! Everybody's own: the second factor, and the browsers in which they are signed in.

mod ask;
mod own;
mod set_up;

use billing::{people::Session, staff::Standing};
use leptos::prelude::*;

use crate::{
    Trouble,
    context::{self, FormState, Site},
    problem::trouble,
};
pub(super) use set_up::{RecoveryCodesPage, SetUpPage};

/// Asks for the second factor, leads to setting one up, or shows what there is.
#[component]
pub(super) fn SecurityPage() -> impl IntoView {
    let form = FormState::from_context();
    let is_sandbox = use_context::<Site>().is_some_and(|site| site.sandbox_url.is_some());
    Suspend::new(async move {
        match load().await {
            Ok(Own {
                session, standing, ..
            }) if session.second_factor_at.is_none() => match standing.set_up_at {
                Some(_) => ask::ask(form),
                None => ask::none_yet(is_sandbox),
            },
            Ok(own) => own::overview(own, form),
            Err(what) => trouble(what),
        }
    })
}

/// What somebody sees of themselves.
struct Own {
    session: Session,
    sessions: Vec<Session>,
    standing: Standing,
    /// Whether the second factor may be changed without asking for it again.
    is_fresh: bool,
}

async fn load() -> Result<Own, Trouble> {
    let session = context::viewer().0.ok_or(Trouble::SignedOut)?;
    let billing = context::billing()?;
    Ok(Own {
        sessions: billing.sessions(session.person.id).await?,
        standing: billing.second_factor(session.person.id).await?,
        is_fresh: billing.is_fresh(&session),
        session,
    })
}
