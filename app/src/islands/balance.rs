//! The balance, as it is now.

use leptos::{prelude::*, task::spawn_local};

use super::browser;
use crate::{Trouble, server_functions::await_balance, wire};

/// Shows the balance and keeps it true for as long as somebody looks at it.
#[island]
pub fn LiveBalance(initial: wire::Balance) -> impl IntoView {
    let balance = RwSignal::new(initial.clone());
    let has_moved = RwSignal::new(false);
    let is_offline = RwSignal::new(false);
    Effect::new(move |_| {
        let first_version = initial.version;
        spawn_local(follow(first_version, balance, has_moved, is_offline));
    });
    view! {
        <div class="balance" role="status">
            <p class="balance-amount">
                <span data-testid="balance">{move || balance.get().available}</span>
                <span class="balance-unit">"credits to spend"</span>
            </p>
            <p class="hint">
                {move || balance.get().held.map(|held| format!("{held} more set aside for work in progress. "))}
                <Show when=move || is_offline.get()>"Tender cannot be reached right now. Trying again…"</Show>
                <Show when=move || has_moved.get()>
                    <a href="/account">"It just changed. Show what happened"</a>
                </Show>
            </p>
        </div>
    }
}

async fn follow(
    first_version: i64,
    balance: RwSignal<wire::Balance>,
    has_moved: RwSignal<bool>,
    is_offline: RwSignal<bool>,
) {
    let mut version = first_version;
    let mut failures = 0;
    loop {
        browser::until_visible().await;
        match await_balance(version).await {
            Ok(news) => {
                failures = 0;
                is_offline.set(false);
                if news.version != version {
                    version = news.version;
                    browser::show_in_header(&news.available);
                    balance.set(news);
                    has_moved.set(true);
                }
            }
            // The next page will ask to sign in again.
            Err(Trouble::SignedOut) => return,
            Err(_) => {
                failures += 1;
                is_offline.set(failures > 1);
                browser::back_off(failures).await;
            }
        }
    }
}
