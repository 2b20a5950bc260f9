//! Everybody's own: the second factor, and the browsers in which they are signed in.

mod add_passkey;
mod ask;
mod own;
mod passkey;
mod passkey_form;
mod recovery;
mod set_up;

use billing::{
    people::Session,
    staff::{Passkey, Standing},
};
use leptos::prelude::*;

use crate::{
    Trouble,
    context::{self, FormState, Site},
    problem::trouble,
};
pub(super) use add_passkey::AddPasskeyPage;
pub(super) use passkey::PasskeyPage;
pub(super) use recovery::RecoveryCodesPage;
pub(super) use set_up::SetUpPage;

/// Asks for the second factor, leads to setting one up, or shows what there is.
#[component]
pub(super) fn SecurityPage() -> impl IntoView {
    let form = FormState::from_context();
    let is_sandbox = use_context::<Site>().is_some_and(|site| site.sandbox_url.is_some());
    Suspend::new(async move {
        match load().await {
            Ok(own) if own.session.second_factor_at.is_some() => own::overview(own, form),
            Ok(own) if own.standing.factors() > 0 => ask::ask(own, ask::next(&form), form),
            Ok(_) => ask::none_yet(is_sandbox),
            Err(what) => trouble(what),
        }
    })
}

/// What somebody sees of themselves.
struct Own {
    session: Session,
    sessions: Vec<Session>,
    standing: Standing,
    passkeys: Vec<Passkey>,
    /// Where passkeys of this site answer, if they can be.
    origin: Option<String>,
    /// Whether the second factor may be changed without asking for it again.
    may_change: bool,
}

async fn load() -> Result<Own, Trouble> {
    let session = context::viewer().0.ok_or(Trouble::SignedOut)?;
    let (billing, person) = (context::billing()?, session.person.id);
    let standing = billing.second_factor(person).await?;
    Ok(Own {
        sessions: billing.sessions(person).await?,
        standing,
        passkeys: billing.passkeys(person).await?,
        origin: billing.passkey_origin().map(str::to_owned),
        may_change: standing.factors() == 0 || billing.is_fresh(&session),
        session,
    })
}
