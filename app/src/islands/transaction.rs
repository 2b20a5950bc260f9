//! Waiting for a payment: received, confirming, done. Success is shown once the credits can be
//! spent, and not before.

use leptos::{prelude::*, task::spawn_local};

use super::browser;
use crate::{
    Trouble,
    server_functions::await_transaction,
    wire::{self, Status},
};

/// The gateway is asked within a second; until then a payment made elsewhere looks unpaid.
const CHECKING_MS: i32 = 3_000;
/// When waiting becomes worth a word.
const LONG_WAIT_MS: i32 = 10_000;

/// What the customer sees of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It looks unpaid, and the gateway is being asked.
    Checking,
    Confirming,
    Done,
    InReview,
    Unpaid,
    Failed,
    Canceled,
}

/// What is known beyond the server's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hint {
    /// The customer comes from their bank or card form: it was paid, wherever the news is.
    WasPaid,
    /// The page has just been opened.
    Fresh,
    Nothing,
}

fn phase(seen: &wire::Transaction, hint: Hint) -> Phase {
    match (seen.status, hint) {
        (Status::Succeeded, _) if seen.settled => Phase::Done,
        _ if seen.in_review => Phase::InReview,
        (Status::Canceled, _) => Phase::Canceled,
        (Status::Failed, _) => Phase::Failed,
        (Status::Created | Status::RequiresAction, Hint::Nothing) => Phase::Unpaid,
        (Status::Created | Status::RequiresAction, Hint::Fresh) => Phase::Checking,
        _ => Phase::Confirming,
    }
}

/// The transaction as the server knows it, from the first paint to its end.
#[island]
pub fn TransactionProgress(
    id: String,
    order: String,
    /// The name of what was bought.
    offer: String,
    /// `50 credits`
    credits: String,
    /// `$5.00`
    amount: String,
    return_to: Option<String>,
    initial: wire::Transaction,
    /// The bank has sent the customer back and says that they paid.
    was_paid: bool,
) -> impl IntoView {
    let seen = RwSignal::new(initial.clone());
    let hint = RwSignal::new(if was_paid { Hint::WasPaid } else { Hint::Fresh });
    let is_long = RwSignal::new(false);
    let is_offline = RwSignal::new(false);
    let is_signed_out = RwSignal::new(false);
    let now = Memo::new(move |_| phase(&seen.get(), hint.get()));

    let done_title = format!("{credits} are in your account");
    Effect::new({
        let done_title = done_title.clone();
        move |_| {
            if browser::was_paid_here(&id) {
                hint.set(Hint::WasPaid);
            }
            spawn_local(grow_impatient(hint, is_long));
            let (id, version, title) = (id.clone(), initial.version, done_title.clone());
            if !is_final(&initial) {
                spawn_local(follow(id, version, title, seen, is_offline, is_signed_out));
            }
        }
    });

    let checkout = format!("/checkout/{order}");
    let heading = move || match now.get() {
        Phase::Checking => "Checking your payment".to_owned(),
        Phase::Confirming => "Confirming your payment".to_owned(),
        Phase::Done => done_title.clone(),
        Phase::InReview => "We are checking your payment".to_owned(),
        Phase::Unpaid => "This order is not paid yet".to_owned(),
        Phase::Failed => "The payment did not go through".to_owned(),
        Phase::Canceled => "This order was canceled".to_owned(),
    };
    let message = move || message(now.get(), &seen.get(), is_long.get(), is_offline.get());
    let actions = move || actions(now.get(), &checkout, return_to.as_deref());

    view! {
        <section
            class="progress"
            data-status=move || status_name(seen.get().status)
            data-settled=move || (now.get() == Phase::Done).to_string()
            data-phase=move || format!("{:?}", now.get()).to_lowercase()
        >
            <h1>{heading}</h1>
            <p class="lead">{offer} ", " {credits} " for " {amount}</p>
            <Steps now/>
            <p class="progress-message" role="status" aria-live="polite">
                {message}
                <Show when=move || is_signed_out.get()>
                    " You are signed out in this browser. "
                    <a href="/sign-in">"Sign in again"</a>
                </Show>
            </p>
            <p class="actions">{actions}</p>
        </section>
    }
}

/// The way from the card to the credits. Hidden where it leads nowhere.
#[component]
fn Steps(now: Memo<Phase>) -> impl IntoView {
    let received = move || match now.get() {
        Phase::Confirming | Phase::Done => "done",
        _ => "open",
    };
    let confirming = move || match now.get() {
        Phase::Confirming => "now",
        Phase::Done => "done",
        _ => "open",
    };
    let arrived = move || {
        if now.get() == Phase::Done {
            "done"
        } else {
            "open"
        }
    };
    view! {
        <ol class="steps" hidden=move || !matches!(now.get(), Phase::Confirming | Phase::Done)>
            <li data-step=received>"Sent"</li>
            <li data-step=confirming>"Confirmed"</li>
            <li data-step=arrived>"In your account"</li>
        </ol>
    }
}

fn message(phase: Phase, seen: &wire::Transaction, is_long: bool, is_offline: bool) -> String {
    let said = match phase {
        Phase::Checking => "One moment…".to_owned(),
        Phase::Confirming => match (seen.status, is_long) {
            (_, true) => "Still processing. Do not pay again.".to_owned(),
            (Status::Processing | Status::Succeeded, false) => {
                "Payment received. Confirming…".to_owned()
            }
            (_, false) => "Confirming…".to_owned(),
        },
        Phase::Done => match &seen.balance {
            Some(balance) => format!("Payment received. You have {balance} credits to spend."),
            None => "Payment received.".to_owned(),
        },
        Phase::InReview => {
            "We received your payment and are checking it. Do not pay again.".to_owned()
        }
        Phase::Unpaid => "Nothing has been charged. Your order waits for you.".to_owned(),
        Phase::Failed => seen
            .failure
            .clone()
            .unwrap_or_else(|| "Your card was declined.".to_owned()),
        Phase::Canceled => "It was given up before it was paid. Nothing was charged.".to_owned(),
    };
    match is_offline {
        true => format!("{said} Tender cannot be reached right now. Trying again…"),
        false => said,
    }
}

fn actions(phase: Phase, checkout: &str, return_to: Option<&str>) -> AnyView {
    match phase {
        Phase::Checking | Phase::Confirming => ().into_any(),
        Phase::Done => {
            let back = return_to.map(str::to_owned).map(|path| {
                let label = if path.starts_with("/studio") {
                    "Back to the studio"
                } else {
                    "Continue"
                };
                view! { <a class="button large" href=path>{label}</a> }
            });
            view! {
                {back}
                <a class="button large quiet" href="/account">
                    "See your account"
                </a>
            }
            .into_any()
        }
        Phase::InReview => {
            view! { <a class="button quiet" href="/account">"See your account"</a> }.into_any()
        }
        Phase::Unpaid => {
            view! { <a class="button large" href=checkout.to_owned()>"Continue to payment"</a> }
                .into_any()
        }
        Phase::Failed => {
            view! { <a class="button large" href=checkout.to_owned()>"Try another card"</a> }
                .into_any()
        }
        Phase::Canceled => {
            view! { <a class="button large" href="/#packs">"See the packs"</a> }.into_any()
        }
    }
}

/// The name of a status in the page, as the API writes it.
fn status_name(status: Status) -> &'static str {
    match status {
        Status::Created => "created",
        Status::RequiresAction => "requires_action",
        Status::Processing => "processing",
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::Canceled => "canceled",
    }
}

fn is_final(seen: &wire::Transaction) -> bool {
    seen.settled || seen.status == Status::Canceled
}

async fn grow_impatient(hint: RwSignal<Hint>, is_long: RwSignal<bool>) {
    browser::sleep_ms(CHECKING_MS).await;
    if hint.get_untracked() == Hint::Fresh {
        hint.set(Hint::Nothing);
    }
    browser::sleep_ms(LONG_WAIT_MS - CHECKING_MS).await;
    is_long.set(true);
}

/// Asks again and again for what is newer than what was seen, until nothing more can change.
async fn follow(
    id: String,
    mut version: i64,
    done_title: String,
    seen: RwSignal<wire::Transaction>,
    is_offline: RwSignal<bool>,
    is_signed_out: RwSignal<bool>,
) {
    let mut failures = 0;
    loop {
        match await_transaction(id.clone(), version).await {
            Ok(news) => {
                failures = 0;
                is_offline.set(false);
                version = news.version;
                let is_over = is_final(&news);
                if let Some(balance) = &news.balance {
                    browser::show_in_header(balance);
                    // Seen in the tab bar by those who went elsewhere meanwhile.
                    document().set_title(&done_title);
                }
                seen.set(news);
                if is_over {
                    return;
                }
            }
            Err(Trouble::SignedOut) => {
                is_signed_out.set(true);
                return;
            }
            Err(_) => {
                failures += 1;
                is_offline.set(true);
                browser::back_off(failures).await;
            }
        }
    }
}
