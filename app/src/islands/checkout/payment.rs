//! Taking a payment, step by step: open it, show the fields, confirm once, go on.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Object, Reflect};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::HtmlScriptElement;

use super::Stage;
use crate::{
    Trouble,
    islands::browser,
    server_functions::{begin_payment, resume_payment},
    stripe_js::{self, Elements, Field, Outcome, Stripe},
    wire::Status,
};

/// Where the gateway puts its fields.
pub(super) const SLOT: &str = "payment-element";

/// How long the gateway's script may take before we say that it did not come.
const SCRIPT_TRIES: u32 = 120;
const SCRIPT_TRY_MS: i32 = 100;
/// How long the fields may take to say that they are ready.
const FIELDS_MS: i32 = 8_000;

/// What the page knows, and where it says how things stand.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) order: Option<String>,
    pub(super) transaction: String,
    pub(super) publishable_key: String,
    pub(super) script_url: String,
    pub(super) return_url: String,
    pub(super) stage: RwSignal<Stage>,
    pub(super) problem: RwSignal<Option<String>>,
}

/// The payment at the gateway, once it is open. Taken out of its place while something is on its
/// way, so that a second press finds nothing to press with.
pub(super) struct Open {
    stripe: Stripe,
    client_secret: String,
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
    let opened = match desk.order.clone() {
        Some(order) => begin_payment(order).await,
        None => resume_payment(desk.transaction.clone()).await,
    };
    let payment = match opened {
        Ok(payment) => payment,
        Err(Trouble::Closed) => return go_on(&desk),
        Err(trouble) => return desk.broken(words_for(trouble)),
    };
    if is_over(payment.status) {
        return go_on(&desk);
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
        fields: None,
    });
    match payment.status {
        Status::RequiresAction => desk.stage.set(Stage::BankWaits),
        _ => {
            desk.problem.set(payment.failure);
            show_fields(&desk, &cell);
        }
    }
}

/// Puts the gateway's fields into the page, unless they are there.
pub(super) fn show_fields(desk: &Desk, cell: &OpenCell) {
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
    let problem = match answer {
        Ok(outcome) => problem_in(outcome.unchecked_into()),
        Err(_) => Some(NOT_REACHED.to_owned()),
    };
    match problem {
        None => {
            browser::remember_paid(&desk.transaction);
            go_on(&desk);
        }
        Some(problem) => {
            *cell.borrow_mut() = Some(open);
            show_fields(&desk, &cell);
            desk.problem.set(Some(problem));
        }
    }
}

async fn confirmed(desk: &Desk, open: &Open) -> Result<JsValue, JsValue> {
    let Some((elements, _)) = &open.fields else {
        return Err(JsValue::UNDEFINED);
    };
    let confirm_params = object(&[("return_url", desk.return_url.as_str().into())]);
    let options = object(&[
        ("elements", elements.into()),
        ("confirmParams", confirm_params),
        ("redirect", "if_required".into()),
    ]);
    open.stripe.confirm_payment(&options).await
}

/// What to tell the customer; nothing when the payment is under way or made.
fn problem_in(outcome: Outcome) -> Option<String> {
    let Some(refusal) = outcome.error() else {
        // A challenge that was closed comes back without an error and without a payment.
        let status = outcome
            .payment_intent()
            .and_then(|payment| payment.status());
        return match status.as_deref() {
            Some("succeeded" | "processing" | "requires_capture") => None,
            _ => {
                Some("Your bank did not confirm the payment. Nothing has been charged.".to_owned())
            }
        };
    };
    // Another tab was faster: the payment's own page tells how it went.
    let status = refusal
        .payment_intent()
        .and_then(|payment| payment.status());
    if matches!(
        status.as_deref(),
        Some("succeeded" | "processing" | "requires_capture")
    ) {
        return None;
    }
    match refusal.kind().as_deref() {
        Some("card_error" | "validation_error") => refusal.message(),
        Some("api_connection_error" | "api_error") => Some(NOT_REACHED.to_owned()),
        Some("rate_limit_error") => Some(TOO_MANY.to_owned()),
        _ => refusal.message().or_else(|| Some(UNKNOWN.to_owned())),
    }
    .or_else(|| Some(UNKNOWN.to_owned()))
}

/// Waits for the gateway's script. A tag that failed is replaced by a new one.
async fn script_is_there(url: &str) -> bool {
    if !browser::has_global("Stripe") && document().get_element_by_id("gateway-script").is_none() {
        add_script(url);
    }
    for _ in 0..SCRIPT_TRIES {
        if browser::has_global("Stripe") {
            return true;
        }
        browser::sleep_ms(SCRIPT_TRY_MS).await;
    }
    if let Some(tag) = document().get_element_by_id("gateway-script") {
        tag.remove();
    }
    false
}

fn add_script(url: &str) {
    let tag = document()
        .create_element("script")
        .map(JsCast::unchecked_into::<HtmlScriptElement>);
    if let (Ok(tag), Some(head)) = (tag, document().head()) {
        tag.set_id("gateway-script");
        tag.set_src(url);
        let _ = head.append_child(&tag);
    }
}

fn go_on(desk: &Desk) {
    browser::go_instead(&["/transactions/", &desk.transaction].concat());
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
