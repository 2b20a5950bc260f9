//! The card form: of an order, of a card that is to be kept, of a trial.

mod choice;
mod payment;
mod script;

use std::{cell::RefCell, rc::Rc};

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

use choice::CardChoice;
use payment::{Desk, SLOT};

use super::props::with_props;
use crate::wire::{self, Subject};

/// Where the checkout stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The payment is being opened and the fields are on their way.
    Loading,
    /// A card can be entered.
    Ready,
    /// The customer left during their bank's challenge; it can be resumed.
    BankWaits,
    /// A payment is on its way. Nothing may be pressed.
    Busy,
    /// Without the fields nothing can be entered; loading can be tried again.
    Broken,
}

/// Takes a card. The fields are the gateway's; card data never touches this page.
#[island]
pub fn PaymentForm() -> impl IntoView {
    with_props(form)
}

fn form(given: wire::PaymentForm) -> impl IntoView {
    let wire::PaymentForm {
        subject,
        id,
        cards,
        asks_to_keep,
        publishable_key,
        script_url,
        pay_label,
        site_url,
    } = given;
    let stage = RwSignal::new(Stage::Loading);
    let problem = RwSignal::new(None::<String>);
    let busy_label = match subject {
        Subject::Order | Subject::Owed => "Paying…",
        Subject::Card => "Saving…",
        Subject::Trial => "Checking…",
    };
    let desk = Desk {
        subject,
        id,
        publishable_key,
        script_url,
        site_url,
        stage,
        problem,
        chosen: RwSignal::new(cards.first().map(|card| card.reference.clone())),
        keeps: RwSignal::new(false),
        keeps_for_sure: RwSignal::new(false),
    };
    // Kept outside the reactive graph: an effect that runs twice must not pay twice.
    let open = Rc::new(RefCell::new(None));

    let load = {
        let (desk, open) = (desk.clone(), Rc::clone(&open));
        move || spawn_local(payment::open(desk.clone(), Rc::clone(&open)))
    };
    Effect::new({
        let load = load.clone();
        move |_| load()
    });
    let pay = {
        let (desk, open) = (desk.clone(), Rc::clone(&open));
        move |event: SubmitEvent| {
            event.prevent_default();
            payment::start(&desk, &open, payment::Step::Confirm);
        }
    };
    let resume = {
        let (desk, open) = (desk.clone(), Rc::clone(&open));
        move |_| payment::start(&desk, &open, payment::Step::ResumeChallenge)
    };
    let choose = {
        let (desk, open) = (desk.clone(), Rc::clone(&open));
        move |card: Option<String>| payment::choose(&desk, &open, card)
    };
    let (chosen, keeps, keeps_for_sure) = (desk.chosen, desk.keeps, desk.keeps_for_sure);
    let take_another_card = move |_| payment::show_choice(&desk, &open);

    let label = move || match stage.get() {
        Stage::Busy => busy_label.to_owned(),
        _ => pay_label.clone(),
    };
    // What is shown at which stage is decided in the style sheet.
    view! {
        <div
            class="payment"
            data-stage=move || stage_name(stage.get())
            data-card=move || if chosen.read().is_some() { "saved" } else { "new" }
        >
            <p role="alert" class="payment-problem alert">
                {move || problem.get()}
            </p>
            <form class="payment-card" on:submit=pay>
                <CardChoice cards stage choose/>
                <div class="card-slot">
                    <div id=SLOT></div>
                    <div class="card-placeholder" aria-hidden="true">
                        <span></span>
                        <span></span>
                        <span></span>
                    </div>
                </div>
                {asks_to_keep
                    .then(|| {
                        view! {
                            <label class="check keep-card">
                                <input
                                    type="checkbox"
                                    prop:checked=move || keeps.get()
                                    disabled=move || {
                                        keeps_for_sure.get()
                                            || matches!(stage.get(), Stage::Loading | Stage::Busy)
                                    }
                                    on:change=move |event| keeps.set(event_target_checked(&event))
                                />
                                "Save this card for next time"
                            </label>
                        }
                    })}
                <button
                    class="button large wide"
                    type="submit"
                    disabled=move || stage.get() == Stage::Loading
                >
                    {label}
                </button>
            </form>
            <div class="payment-bank">
                <p>"Your bank still wants you to confirm this. Nothing has been charged yet."</p>
                <p class="actions">
                    <button class="button large" type="button" on:click=resume>
                        "Continue with your bank"
                    </button>
                    <button class="button large quiet" type="button" on:click=take_another_card>
                        "Use another card"
                    </button>
                </p>
            </div>
            <p class="payment-retry">
                <button class="button large" type="button" on:click=move |_| load()>
                    "Try again"
                </button>
            </p>
        </div>
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Loading => "loading",
        Stage::Ready => "ready",
        Stage::BankWaits => "bank",
        Stage::Busy => "busy",
        Stage::Broken => "broken",
    }
}
