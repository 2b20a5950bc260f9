//! Waiting for a payment: received, confirming, done. Success is shown once the credits can be
//! spent, and not before.

use leptos::{prelude::*, task::spawn_local};

use super::{browser, props::with_props, validation_words};
use crate::{
    Trouble,
    server_functions::await_transaction,
    wire::{self, Purpose, Status},
};

/// The gateway is asked within a second; until then a payment made elsewhere looks unpaid.
const CHECKING_MS: i32 = 3_000;
/// When waiting becomes worth a word.
const LONG_WAIT_MS: i32 = 10_000;

/// What the customer sees of a transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It looks unpaid, and the gateway is being asked.
    Checking,
    Confirming,
    /// The money takes its time, and nobody can do anything about it.
    OnItsWay,
    Done,
    InReview,
    Unpaid,
    Failed,
    Canceled,
}

/// What is known beyond the server's word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    /// The customer comes from their bank or card form: it was paid, wherever the news is.
    WasPaid,
    /// The page has just been opened.
    Fresh,
    Nothing,
}

/// How the asking goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Open,
    /// The server does not answer; it is asked again.
    Broken,
    /// The session has ended; nothing more will come.
    SignedOut,
}

/// All that the page follows from.
#[derive(Clone)]
struct Seen {
    transaction: wire::Transaction,
    hint: Hint,
    line: Line,
    is_long: bool,
    nothing_due: bool,
    purpose: Purpose,
}

impl Seen {
    fn phase(&self) -> Phase {
        let transaction = &self.transaction;
        match (transaction.status, self.hint) {
            (Status::Succeeded, _) if transaction.settled => Phase::Done,
            _ if transaction.in_review => Phase::InReview,
            (Status::Canceled, _) => Phase::Canceled,
            (Status::Failed, _) => Phase::Failed,
            (Status::Processing, _) if self.purpose == Purpose::Payment => Phase::OnItsWay,
            (Status::Created | Status::RequiresAction, Hint::Nothing) => Phase::Unpaid,
            (Status::Created | Status::RequiresAction, Hint::Fresh) => Phase::Checking,
            _ => Phase::Confirming,
        }
    }

    fn is_final(&self) -> bool {
        self.transaction.settled || self.transaction.status == Status::Canceled
    }
}

/// The transaction as the server knows it, from the first paint to its end.
#[island]
pub fn TransactionProgress() -> impl IntoView {
    with_props(progress)
}

fn progress(given: wire::Progress) -> impl IntoView {
    let wire::Progress {
        id,
        purpose,
        pay_at,
        done_title,
        return_to,
        transaction,
        was_paid,
        nothing_due,
    } = given;
    let hint = if was_paid { Hint::WasPaid } else { Hint::Fresh };
    let seen = RwSignal::new(Seen {
        transaction,
        hint,
        line: Line::Open,
        is_long: false,
        nothing_due,
        purpose,
    });
    Effect::new({
        let done_title = done_title.clone();
        move |_| {
            if browser::was_paid_here(&id) {
                seen.update(|seen| seen.hint = Hint::WasPaid);
            }
            if !seen.read_untracked().is_final() {
                spawn_local(grow_impatient(seen));
                spawn_local(follow(id.clone(), done_title.clone(), seen));
            }
        }
    });
    let heading = move || heading(seen.read().phase(), purpose, &done_title);
    let link = move || primary_link(seen.read().phase(), purpose, &pay_at, return_to.as_deref());
    let (address, label) = {
        let link = link.clone();
        (link.clone(), move || link().1)
    };
    view! {
        <section
            class="progress"
            data-status=move || status_name(seen.read().transaction.status)
            data-settled=move || if seen.read().phase() == Phase::Done { "true" } else { "false" }
            data-phase=move || phase_name(seen.read().phase())
        >
            <h1>{heading}</h1>
            // Which of them are done follows from the phase, in the style sheet.
            <ol class="steps">
                <li>"Sent"</li>
                <li>"Confirmed"</li>
                <li>{if purpose == Purpose::Card { "Saved" } else { "In your account" }}</li>
            </ol>
            <p class="progress-message" role="status" aria-live="polite">
                {move || message(&seen.read())}
            </p>
            <p class="actions">
                <a class="button large progress-next" href=move || address().0>
                    {label}
                </a>
                <a class="button large quiet" href="/account">
                    "See your account"
                </a>
            </p>
        </section>
    }
}

fn heading(phase: Phase, purpose: Purpose, done: &str) -> String {
    if purpose != Purpose::Payment {
        return validation_words::heading(phase, done).to_owned();
    }
    match phase {
        Phase::Checking => "Checking your payment",
        Phase::Confirming => "Confirming your payment",
        Phase::OnItsWay => "Your payment is on its way",
        Phase::Done => done,
        Phase::InReview => "We are checking your payment",
        Phase::Unpaid => "This order is not paid yet",
        Phase::Failed => "The payment did not go through",
        Phase::Canceled => "This order was canceled",
    }
    .to_owned()
}

fn message(seen: &Seen) -> String {
    let transaction = &seen.transaction;
    let phase = seen.phase();
    let said = match phase {
        _ if seen.purpose != Purpose::Payment => {
            validation_words::message(phase, seen.is_long, transaction.failure.as_deref())
        }
        Phase::Checking => "One moment…",
        Phase::Confirming if seen.is_long => "Still processing. Do not pay again.",
        Phase::Confirming => "Confirming…",
        Phase::OnItsWay => {
            "With a card that takes moments, from a bank account a few days. We write to you when \
             the money is here. There is nothing more to do: do not pay again."
        }
        Phase::Done if seen.nothing_due => "There was nothing to pay.",
        Phase::Done => "Payment received.",
        Phase::InReview => "We received your payment and are checking it. Do not pay again.",
        Phase::Unpaid => "Nothing has been charged. Your order waits for you.",
        Phase::Failed => transaction
            .failure
            .as_deref()
            .unwrap_or("Your card was declined."),
        Phase::Canceled => "It was given up before it was paid. Nothing was charged.",
    };
    let more = match (seen.line, &transaction.balance) {
        (Line::Broken, _) => " Tender cannot be reached right now. Trying again…",
        (Line::SignedOut, _) => " You are signed out. Sign in again to see how it goes on.",
        (Line::Open, Some(balance)) if phase == Phase::Done && seen.purpose != Purpose::Card => {
            return [said, " You have ", balance, " credits to spend."].concat();
        }
        (Line::Open, _) => "",
    };
    [said, more].concat()
}

/// Where to go next, and what that is called. Hidden by the style sheet while there is nothing to
/// do but wait.
fn primary_link(
    phase: Phase,
    purpose: Purpose,
    pay_at: &str,
    return_to: Option<&str>,
) -> (String, &'static str) {
    match (phase, return_to) {
        (Phase::Unpaid, _) if purpose != Purpose::Payment => (pay_at.to_owned(), "Go on"),
        (Phase::Canceled, _) if purpose != Purpose::Payment => {
            (pay_at.to_owned(), "Try another card")
        }
        (Phase::Done, None) if purpose == Purpose::Card => {
            ("/account#cards".to_owned(), "See your cards")
        }
        (Phase::Unpaid, _) => (pay_at.to_owned(), "Continue to payment"),
        (Phase::Failed, _) => (pay_at.to_owned(), "Try another card"),
        (Phase::Canceled, _) | (_, None) => ("/#packs".to_owned(), "See the packs"),
        (_, Some(path)) if path.starts_with("/studio") => (path.to_owned(), "Back to the studio"),
        (_, Some(path)) => (path.to_owned(), "Continue"),
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

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Checking => "checking",
        Phase::Confirming => "confirming",
        Phase::OnItsWay => "on_its_way",
        Phase::Done => "done",
        Phase::InReview => "in_review",
        Phase::Unpaid => "unpaid",
        Phase::Failed => "failed",
        Phase::Canceled => "canceled",
    }
}

async fn grow_impatient(seen: RwSignal<Seen>) {
    browser::sleep_ms(CHECKING_MS).await;
    seen.update(|seen| {
        if seen.hint == Hint::Fresh {
            seen.hint = Hint::Nothing;
        }
    });
    browser::sleep_ms(LONG_WAIT_MS - CHECKING_MS).await;
    seen.update(|seen| seen.is_long = true);
}

/// Asks again and again for what is newer than what was seen, until nothing more can change.
async fn follow(id: String, done_title: String, seen: RwSignal<Seen>) {
    let mut failures = 0;
    while !seen.read_untracked().is_final() {
        let version = seen.read_untracked().transaction.version;
        match await_transaction(id.clone(), version).await {
            Ok(news) => {
                failures = 0;
                if let Some(balance) = &news.balance {
                    browser::show_in_header(balance);
                    // Seen in the tab bar by those who went elsewhere meanwhile.
                    document().set_title(&done_title);
                }
                seen.update(|seen| {
                    seen.transaction = news;
                    seen.line = Line::Open;
                });
            }
            Err(Trouble::SignedOut) => return seen.update(|seen| seen.line = Line::SignedOut),
            Err(_) => {
                failures += 1;
                seen.update(|seen| seen.line = Line::Broken);
                browser::back_off(failures).await;
            }
        }
    }
}
