//! The card form of an order.

mod payment;

use std::{cell::RefCell, rc::Rc};

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

use payment::{Desk, SLOT};

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

/// Takes a card for one order. The fields are the gateway's; card data never touches this page.
#[island]
pub fn PaymentForm(
    /// What was ordered; nothing when the payment is one that nobody ordered.
    order: Option<String>,
    transaction: String,
    publishable_key: String,
    /// The gateway's browser script.
    script_url: String,
    /// `Pay $5.00`
    pay_label: String,
    /// Where the bank sends the customer back to: the transaction's page, with this site's host.
    return_url: String,
) -> impl IntoView {
    let stage = RwSignal::new(Stage::Loading);
    let problem = RwSignal::new(None::<String>);
    let desk = Desk {
        order,
        transaction,
        publishable_key,
        script_url,
        return_url,
        stage,
        problem,
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
    let take_another_card = move |_| payment::show_fields(&desk, &open);

    let label = move || match stage.get() {
        Stage::Busy => "Paying…".to_owned(),
        _ => pay_label.clone(),
    };
    // What is shown at which stage is decided in the style sheet.
    view! {
        <div class="payment" data-stage=move || stage_name(stage.get())>
            <p role="alert" class="payment-problem alert">
                {move || problem.get()}
            </p>
            <form class="payment-card" on:submit=pay>
                <div class="card-slot">
                    <div id=SLOT></div>
                    <div class="card-placeholder" aria-hidden="true">
                        <span></span>
                        <span></span>
                        <span></span>
                    </div>
                </div>
                <button
                    class="button large wide"
                    type="submit"
                    disabled=move || stage.get() == Stage::Loading
                >
                    {label}
                </button>
            </form>
            <div class="payment-bank">
                <p>"Your bank still wants you to confirm this payment. Nothing has been charged yet."</p>
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
