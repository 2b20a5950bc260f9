//! What the server hands to a page: who looks, what the site is set up as, and what came of a form.

use std::collections::BTreeMap;

use billing::{
    clock::Time,
    id::CustomerId,
    people::{Person, Session},
};
use http::request::Parts;
use leptos::prelude::{ReadUntracked, use_context};
use leptos_axum::ResponseOptions;
use leptos_router::hooks::use_params_map;

use crate::Trouble;

/// How this site is set up. In the context of every render and server function.
#[derive(Clone, Debug)]
pub struct Site {
    /// The sandbox's own page, when there are no keys of a real gateway. Every page says so.
    pub sandbox_url: Option<String>,
    /// The gateway's browser script, loaded on the page that takes a card.
    pub stripe_js_url: String,
    /// Names our account to the gateway's browser script.
    pub publishable_key: String,
    /// How browsers reach this site, without a slash at the end.
    pub public_url: String,
    /// Who sells, line by line, as it stands on receipts.
    pub seller: Vec<String>,
}

/// Who looks at the page. In the extensions of every request.
#[derive(Clone, Debug, Default)]
pub struct Viewer(pub Option<Session>);

impl Viewer {
    pub(crate) fn person(&self) -> Option<&Person> {
        self.0.as_ref().map(|session| &session.person)
    }

    pub(crate) fn customer(&self) -> Option<CustomerId> {
        self.person().and_then(|person| person.customer)
    }
}

/// A member of staff looks, and sees the page as this customer does. In the extensions of every request
/// of theirs meanwhile.
#[derive(Clone, Debug)]
pub struct Looking {
    /// The customer's address.
    pub email: String,
    /// When it is over, at the latest.
    pub until: Time,
}

/// What came of a form that was sent: the page shows it again with this in its context.
#[derive(Clone, Debug, Default)]
pub struct FormState {
    /// What was typed, by field. A password is never among it.
    pub values: BTreeMap<String, String>,
    /// What is wrong, by field, in a sentence for people.
    pub errors: BTreeMap<String, String>,
    /// What is wrong with the whole.
    pub notice: Option<String>,
}

impl FormState {
    /// A form that goes back with what was typed.
    pub fn typed<const N: usize>(values: [(&str, &str); N]) -> Self {
        Self {
            values: values
                .map(|(field, value)| (field.to_owned(), value.to_owned()))
                .into(),
            ..Self::default()
        }
    }

    /// Says what is wrong with a field.
    pub fn wrong(mut self, field: &str, error: impl ToString) -> Self {
        self.errors.insert(field.to_owned(), error.to_string());
        self
    }

    /// Says what is wrong with the whole.
    pub fn noticed(mut self, error: &impl ToString) -> Self {
        self.notice = Some(error.to_string());
        self
    }

    /// What the form before this page left, or an untouched form.
    pub(crate) fn from_context() -> Self {
        use_context().unwrap_or_default()
    }

    pub(crate) fn value(&self, field: &str) -> String {
        self.values.get(field).cloned().unwrap_or_default()
    }
}

/// Nobody, when the server has not said.
pub(crate) fn viewer() -> Viewer {
    request()
        .and_then(|parts| parts.extensions.get::<Viewer>().cloned())
        .unwrap_or_default()
}

/// Whom a member of staff looks at, if one does.
pub(crate) fn looking() -> Option<Looking> {
    request()?.extensions.get::<Looking>().cloned()
}

/// The request that this page answers. There is none while the routes are listed at start.
pub(crate) fn request() -> Option<Parts> {
    use_context()
}

/// The path of the address.
pub(crate) fn path() -> String {
    request()
        .map(|parts| parts.uri.path().to_owned())
        .unwrap_or_default()
}

/// A part of the address: `order` in `/checkout/:order`. What cannot be read is not there.
pub(crate) fn segment<T: std::str::FromStr>(name: &str) -> Option<T> {
    use_params_map().read_untracked().get(name)?.parse().ok()
}

/// A value after the question mark of the address.
pub(crate) fn query(name: &str) -> Option<String> {
    // Not the router's map of it, which decodes twice.
    let parts = request()?;
    let query = parts.uri.query()?.as_bytes();
    let found = form_urlencoded::parse(query).find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

/// The status with which the page is answered.
pub(crate) fn set_status(status: http::StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

/// The money, or the trouble of not having it.
pub(crate) fn billing() -> Result<billing::Billing, Trouble> {
    use_context().ok_or(Trouble::Unavailable)
}
