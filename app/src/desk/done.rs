//! What every page of the desk says after something was done there, and asks before.

use billing::staff::Permission;
use leptos::prelude::*;

use crate::context;

/// What the form that led here has done, by the word in the address: each page has its own.
pub(super) fn done(words: &[(&'static str, &'static str)]) -> Option<AnyView> {
    let done = context::query("done")?;
    let (_, text) = words.iter().find(|(word, _)| *word == done)?;
    let said = view! {
        <p class="done" role="status">
            {*text}
        </p>
    };
    Some(said.into_any())
}

/// Whether who looks may do such things.
pub(super) fn may(permission: Permission) -> bool {
    let viewer = context::viewer();
    let role = viewer.person().and_then(|person| person.role);
    role.is_some_and(|role| role.may(permission))
}
