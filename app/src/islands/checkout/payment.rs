//! Taking a card, step by step: open what it is for, show the fields, confirm once, go on.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Object, Reflect};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};

use super::{Stage, script::script_is_there};
use crate::{
    Trouble,
    islands::browser,
    server_functions::{begin_card, begin_payment, begin_trial, resume_payment},
    stripe_js::{self, Elements, Field, Outcome, Stripe},
    wire::{self, Status, Subject},
};

/// Where the gateway puts its fields.
pub(super) const SLOT: &str = "payment-element";

/// How long the fields may take to say that they are ready.
const FIELDS_MS: i32 = 8_000;
/// How long the answer may take to a press of the button that leads to another way to pay.
const OTHER_WAY_MS: i32 = 5_000;

/// What the page knows, and where it says how things stand.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) subject: Subject,
    /// Of the order, or of the payment that is owed.
    pub(super) id: String,
    pub(super) publishable_key: String,
    pub(super) script_url: String,
    /// How browsers reach this site.
    pub(super) site_url: String,
    pub(super) stage: RwSignal<Stage>,
    /// The saved card that is chosen; nothing for another one.
    pub(super) chosen: RwSignal<Option<String>>,
    /// Whether another card is to be kept.
    pub(super) keeps: RwSignal<bool>,
    /// Once a card was tried that was to be kept, the next one is kept, too.
    pub(super) keeps_for_sure: RwSignal<bool>,
    pub(super) problem: RwSignal<Option<String>>,
}

/// The payment at the gateway, once it is open. Taken out of its place while something is on its
/// way, so that a second press finds nothing to press with.
pub(super) struct Open {
    stripe: Stripe,
    client_secret: String,
    transaction: String,
    fields: Option<(Elements, Field)>,
}

pub(super) type OpenCell = Rc<RefCell<Option<Open>>>;

/// What a press of a button sets going.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Confirm,
    ResumeChallenge,
}

const NOT_REACHED: &str =
    "The payment provider cannot be reached right now. Nothing has been charged.";
const NOT_LOADED: &str =
    "The card fields could not be loaded. Check your connection; nothing has been charged.";
const TOO_MANY: &str = "There have been many tries in a short time. Please wait a minute.";
const SIGNED_OUT: &str = "You are signed out. Sign in again and come back; your order is kept.";
const UNKNOWN: &str =
    "The payment did not go through. Nothing has been charged. Try again, or take another card.";

/// Opens the payment and shows the fields, or goes to where the payment already is.
pub(super) async fn open(desk: Desk, cell: OpenCell) {
    desk.stage.set(Stage::Loading);
    desk.problem.set(None);
    let payment = match begin(&desk).await {
        Ok(payment) => payment,
        Err(Trouble::Closed) => return desk.give_way().await,
        Err(trouble) => return desk.broken(words_for(trouble)),
    };
    if desk.subject == Subject::Order && payment.status == Status::Canceled {
        return desk.give_way().await;
    }
    if is_over(payment.status) {
        return go_on(&payment.transaction);
    }
    if payment.keeps_card {
        desk.keep_for_sure();
    }
    if !script_is_there(&desk.script_url).await {
        return desk.broken(NOT_LOADED);
    }
    let Ok(stripe) = stripe_js::connect(&desk.publishable_key) else {
        return desk.broken(NOT_LOADED);
    };
    *cell.borrow_mut() = Some(Open {
        stripe,
        client_secret: payment.client_secret,
        transaction: payment.transaction,
        fields: None,
    });
    match payment.status {
        Status::RequiresAction => desk.stage.set(Stage::BankWaits),
        _ => {
            desk.problem.set(payment.failure);
            show_choice(&desk, &cell);
        }
    }
}

async fn begin(desk: &Desk) -> Result<wire::Payment, Trouble> {
    match desk.subject {
        Subject::Order => begin_payment(desk.id.clone()).await,
        Subject::Owed => resume_payment(desk.id.clone()).await,
        Subject::Card => begin_card().await,
        Subject::Trial => begin_trial().await,
    }
}

/// A saved card needs no fields.
pub(super) fn show_choice(desk: &Desk, cell: &OpenCell) {
    match desk.chosen.get_untracked() {
        Some(_) => desk.stage.set(Stage::Ready),
        None => show_fields(desk, cell),
    }
}

/// Chooses a saved card, or another one. Not while something is on its way.
pub(super) fn choose(desk: &Desk, cell: &OpenCell, card: Option<String>) {
    desk.chosen.set(card);
    if cell.borrow().is_some() {
        show_choice(desk, cell);
    }
}

/// Puts the gateway's fields into the page, unless they are there.
fn show_fields(desk: &Desk, cell: &OpenCell) {
    desk.stage.set(Stage::Loading);
    let mut open = cell.borrow_mut();
    let Some(open) = open.as_mut() else { return };
    if open.fields.is_some() {
        return desk.stage.set(Stage::Ready);
    }
    match mounted_fields(open, desk.stage) {
        Ok(fields) => open.fields = Some(fields),
        Err(_) => return desk.broken(NOT_LOADED),
    }
    let stage = desk.stage;
    spawn_local(async move {
        browser::sleep_ms(FIELDS_MS).await;
        become_ready(stage);
    });
}

fn mounted_fields(open: &Open, stage: RwSignal<Stage>) -> Result<(Elements, Field), JsValue> {
    let options = object(&[
        ("clientSecret", open.client_secret.as_str().into()),
        ("appearance", appearance()),
    ]);
    let elements = open.stripe.elements(&options)?;
    let field = elements.create("payment")?;
    let ready = Closure::<dyn Fn()>::new(move || become_ready(stage)).into_js_value();
    field.on("ready", ready.unchecked_ref())?;
    field.mount(&["#", SLOT].concat())?;
    Ok((elements, field))
}

fn become_ready(stage: RwSignal<Stage>) {
    if stage.get_untracked() == Stage::Loading {
        stage.set(Stage::Ready);
    }
}

/// Sets a step going, unless one is on its way.
pub(super) fn start(desk: &Desk, cell: &OpenCell, step: Step) {
    if !matches!(desk.stage.get_untracked(), Stage::Ready | Stage::BankWaits) {
        return;
    }
    let Some(open) = cell.borrow_mut().take() else {
        return;
    };
    desk.stage.set(Stage::Busy);
    spawn_local(finish(desk.clone(), Rc::clone(cell), open, step));
}

async fn finish(desk: Desk, cell: OpenCell, open: Open, step: Step) {
    let answer = match step {
        Step::Confirm => confirmed(&desk, &open).await,
        Step::ResumeChallenge => {
            let options = object(&[("clientSecret", open.client_secret.as_str().into())]);
            open.stripe.handle_next_action(&options).await
        }
    };
    let problem = match answer.map(JsCast::unchecked_into::<Outcome>) {
        Ok(outcome) => match (desk.subject, status_in(&outcome).as_deref()) {
            (Subject::Order, Some("canceled")) => return desk.lead_away(),
            (_, status) => problem_in(&outcome, status),
        },
        Err(_) => Some(NOT_REACHED.to_owned()),
    };
    match problem {
        None => {
            browser::remember_paid(&open.transaction);
            go_on(&open.transaction);
        }
        Some(problem) => {
            *cell.borrow_mut() = Some(open);
            show_choice(&desk, &cell);
            desk.problem.set(Some(problem));
        }
    }
}

async fn confirmed(desk: &Desk, open: &Open) -> Result<JsValue, JsValue> {
    let return_url = [&desk.site_url, "/transactions/", &open.transaction].concat();
    let mut params = vec![("return_url", return_url.into())];
    let mut options = vec![("redirect", "if_required".into())];
    match (desk.chosen.get_untracked(), &open.fields) {
        (Some(card), _) => {
            params.push(("payment_method", card.into()));
            options.push(("clientSecret", open.client_secret.as_str().into()));
        }
        (None, Some((elements, _))) => {
            if desk.subject == Subject::Order && desk.keeps.get_untracked() {
                params.push(("setup_future_usage", "off_session".into()));
                desk.keep_for_sure();
            }
            options.push(("elements", elements.into()));
        }
        (None, None) => return Err(JsValue::UNDEFINED),
    }
    options.push(("confirmParams", object(&params)));
    match desk.subject {
        Subject::Card => open.stripe.confirm_setup(&object(&options)).await,
        _ => open.stripe.confirm_payment(&object(&options)).await,
    }
}

/// What to tell the customer; nothing when the payment is under way or made.
fn problem_in(outcome: &Outcome, status: Option<&str>) -> Option<String> {
    // Perhaps another tab was faster: the payment's own page tells how it went.
    if status.is_some_and(is_decided) {
        return None;
    }
    let Some(refusal) = outcome.error() else {
        // A challenge that was closed comes back without an error and without a payment.
        return Some("Your bank did not confirm the card. Nothing has been charged.".to_owned());
    };
    match refusal.kind().as_deref() {
        Some("card_error" | "validation_error") => refusal.message(),
        Some("api_connection_error" | "api_error") => Some(NOT_REACHED.to_owned()),
        Some("rate_limit_error") => Some(TOO_MANY.to_owned()),
        _ => refusal.message().or_else(|| Some(UNKNOWN.to_owned())),
    }
    .or_else(|| Some(UNKNOWN.to_owned()))
}

/// How the payment stands by now.
fn status_in(outcome: &Outcome) -> Option<String> {
    let intent = match outcome.error() {
        Some(refusal) => refusal.payment_intent().or_else(|| refusal.setup_intent()),
        None => outcome.payment_intent().or_else(|| outcome.setup_intent()),
    };
    intent.and_then(|intent| intent.status())
}

/// Whether the payment's own page knows how it went. What a trial set aside may be given back, and
/// so canceled, before the browser hears that it was there.
fn is_decided(status: &str) -> bool {
    matches!(
        status,
        "succeeded" | "processing" | "requires_capture" | "canceled"
    )
}

fn go_on(transaction: &str) {
    browser::go_instead(&["/transactions/", transaction].concat());
}

fn is_over(status: Status) -> bool {
    matches!(
        status,
        Status::Succeeded | Status::Processing | Status::Canceled
    )
}

fn words_for(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::SignedOut => SIGNED_OUT,
        Trouble::Busy => TOO_MANY,
        Trouble::Gateway => NOT_REACHED,
        Trouble::NotFound | Trouble::Closed => "This order can no longer be paid.",
        Trouble::Unavailable | Trouble::Unreachable => {
            "Tender cannot be reached right now. Nothing has been charged."
        }
    }
}

impl Desk {
    fn keep_for_sure(&self) {
        self.keeps.set(true);
        self.keeps_for_sure.set(true);
    }

    /// To where it is known that nothing is paid here any more, and why.
    fn lead_away(&self) {
        match self.subject {
            Subject::Order => browser::go_instead(&["/checkout/", &self.id].concat()),
            Subject::Owed => browser::go_instead(&["/transactions/", &self.id].concat()),
            Subject::Card | Subject::Trial => browser::go_instead("/account"),
        }
    }

    /// An order is paid in another way. That was most likely chosen on this very page just now, and
    /// going anywhere at once would cut off the answer, which leads on by itself.
    async fn give_way(&self) {
        if self.subject == Subject::Order {
            browser::sleep_ms(OTHER_WAY_MS).await;
        }
        self.lead_away();
    }

    fn broken(&self, problem: &str) {
        self.problem.set(Some(problem.to_owned()));
        self.stage.set(Stage::Broken);
    }
}

/// The fields in this page's colours. The style sheet decides them, light and dark.
/// Source: <https://docs.stripe.com/elements/appearance-api>.
fn appearance() -> JsValue {
    let slot = document().get_element_by_id(SLOT);
    let style = slot.and_then(|slot| window().get_computed_style(&slot).ok().flatten());
    let read = |property: &str| {
        style
            .as_ref()
            .and_then(|style| style.get_property_value(property).ok())
            .unwrap_or_default()
            .into()
    };
    let is_dark = window()
        .match_media("(prefers-color-scheme: dark)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches());
    object(&[
        ("theme", if is_dark { "night" } else { "stripe" }.into()),
        (
            "variables",
            object(&[
                ("colorPrimary", read("caret-color")),
                ("colorBackground", read("outline-color")),
                ("colorText", read("color")),
                ("fontFamily", "system-ui, sans-serif".into()),
                ("fontSizeBase", "16px".into()),
                ("borderRadius", "8px".into()),
            ]),
        ),
    ])
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in entries {
        // Setting a property of a plain object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}
