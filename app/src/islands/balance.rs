//! The balance, as it is now.

use leptos::{prelude::*, task::spawn_local};

use super::{browser, props::with_props};
use crate::{Trouble, server_functions::await_balance, wire::Balance};

/// What the server said last, and how the asking goes.
#[derive(Clone)]
struct Seen {
    available: String,
    has_moved: bool,
    is_offline: bool,
}

/// Shows the balance and keeps it true for as long as somebody looks at it.
#[island]
pub fn LiveBalance() -> impl IntoView {
    with_props(live)
}

fn live(Balance { version, available }: Balance) -> impl IntoView {
    let seen = RwSignal::new(Seen {
        available,
        has_moved: false,
        is_offline: false,
    });
    Effect::new(move |_| spawn_local(follow(version, seen)));
    view! {
        <div class="balance" role="status">
            <p class="balance-amount">
                <span data-testid="balance">{move || seen.get().available}</span>
                <span class="balance-unit">"credits to spend"</span>
            </p>
            <p class="hint">
                <span hidden=move || {
                    !seen.get().is_offline
                }>"Tender cannot be reached right now. Trying again…"</span>
                <a href="/account" hidden=move || !seen.get().has_moved>
                    "It just changed. Show what happened"
                </a>
            </p>
        </div>
    }
}

async fn follow(mut version: i64, seen: RwSignal<Seen>) {
    let mut failures = 0;
    loop {
        browser::until_visible().await;
        match await_balance(version).await {
            Ok(news) => {
                failures = 0;
                let has_moved = news.version != version;
                version = news.version;
                browser::show_in_header(&news.available);
                seen.update(|seen| {
                    seen.available = news.available;
                    seen.has_moved |= has_moved;
                    seen.is_offline = false;
                });
            }
            // The next page will ask to sign in again.
            Err(Trouble::SignedOut) => return,
            Err(_) => {
                failures += 1;
                seen.update(|seen| seen.is_offline = failures > 1);
                browser::back_off(failures).await;
            }
        }
    }
}
