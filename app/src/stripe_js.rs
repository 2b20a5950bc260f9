//! The part of the gateway's browser script that the checkout uses, typed.
//! Source: <https://docs.stripe.com/js>. The sandbox serves a script with the same surface.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The script's entry, once it has loaded.
    pub type Stripe;

    /// `Stripe(publishableKey)`. Fails while the script is not there.
    #[wasm_bindgen(js_name = Stripe, catch)]
    pub fn connect(publishable_key: &str) -> Result<Stripe, JsValue>;

    /// A group of fields for one payment: `{clientSecret, appearance}`.
    #[wasm_bindgen(method, catch)]
    pub fn elements(this: &Stripe, options: &JsValue) -> Result<Elements, JsValue>;

    /// Resolves to an [`Outcome`], a decline included. `{elements, confirmParams, redirect}`.
    #[wasm_bindgen(method, js_name = confirmPayment, catch)]
    pub async fn confirm_payment(this: &Stripe, options: &JsValue) -> Result<JsValue, JsValue>;

    /// The same for a card that is kept and not charged.
    #[wasm_bindgen(method, js_name = confirmSetup, catch)]
    pub async fn confirm_setup(this: &Stripe, options: &JsValue) -> Result<JsValue, JsValue>;

    /// Resumes a challenge of the customer's bank: `{clientSecret}`. Resolves to an [`Outcome`].
    #[wasm_bindgen(method, js_name = handleNextAction, catch)]
    pub async fn handle_next_action(this: &Stripe, options: &JsValue) -> Result<JsValue, JsValue>;

    pub type Elements;

    #[wasm_bindgen(method, catch)]
    pub fn create(this: &Elements, kind: &str) -> Result<Field, JsValue>;

    /// Fields in a frame of the gateway's origin. What is typed there never reaches this page.
    pub type Field;

    #[wasm_bindgen(method, catch)]
    pub fn mount(this: &Field, selector: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn on(this: &Field, event: &str, handler: &js_sys::Function) -> Result<JsValue, JsValue>;

    /// What came of confirming: an error or the payment.
    pub type Outcome;

    #[wasm_bindgen(method, getter)]
    pub fn error(this: &Outcome) -> Option<Refusal>;

    #[wasm_bindgen(method, getter, js_name = paymentIntent)]
    pub fn payment_intent(this: &Outcome) -> Option<Intent>;

    #[wasm_bindgen(method, getter, js_name = setupIntent)]
    pub fn setup_intent(this: &Outcome) -> Option<Intent>;

    /// Why it was not confirmed. Source: <https://docs.stripe.com/api/errors>.
    pub type Refusal;

    #[wasm_bindgen(method, getter, js_name = type)]
    pub fn kind(this: &Refusal) -> Option<String>;

    /// For people, when the kind is `card_error` or `validation_error`.
    #[wasm_bindgen(method, getter)]
    pub fn message(this: &Refusal) -> Option<String>;

    /// The payment as it stands after the refusal.
    #[wasm_bindgen(method, getter)]
    pub fn payment_intent(this: &Refusal) -> Option<Intent>;

    #[wasm_bindgen(method, getter)]
    pub fn setup_intent(this: &Refusal) -> Option<Intent>;

    /// A payment, or a card that is set up.
    pub type Intent;

    #[wasm_bindgen(method, getter)]
    pub fn status(this: &Intent) -> Option<String>;
}
