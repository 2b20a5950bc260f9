//! The demo product: takes credits for a picture.

use app::{FormState, Viewer, studio as product};
use axum::{
    Extension, Form,
    body::Body,
    extract::{Request, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::ledger::{Spend, SpendError, Spent};
use http::{StatusCode, request::Parts};
use leptos::prelude::provide_context;
use serde::Deserialize;

use crate::{
    pages::{page_again, render},
    state::State,
    viewer::encoded,
};

#[derive(Deserialize)]
pub struct Wish {
    #[serde(default)]
    words: String,
    /// Made with the form: sent twice, it spends once.
    #[serde(default)]
    key: uuid::Uuid,
}

pub async fn studio(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    parts: Parts,
    Form(wish): Form<Wish>,
) -> Response {
    let Some(customer) = viewer.0.and_then(|session| session.person.customer) else {
        return Redirect::to(&format!("/sign-in?next={}", encoded("/studio"))).into_response();
    };
    let words = wish.words.trim();
    let mut form = FormState::default();
    form.values.insert("words".to_owned(), words.to_owned());
    if let Some(problem) = problem_with(words) {
        form.errors.insert("words".to_owned(), problem);
        return page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    }
    let spend = Spend {
        customer,
        amount: product::PRICE,
        note: product::note(words),
        key: format!("studio:{}", wish.key),
    };
    match state.billing.spend(spend).await {
        Ok(Spent::Done(entry)) => Redirect::to(&format!("/studio/{}", entry.id)).into_response(),
        Ok(Spent::Insufficient {
            available,
            required,
        }) => {
            let short = product::Short {
                available,
                required,
            };
            let request = Request::from_parts(parts, Body::empty());
            let mut response = render(&state, request, move || {
                provide_context(form.clone());
                provide_context(short);
            })
            .await;
            *response.status_mut() = StatusCode::PAYMENT_REQUIRED;
            response
        }
        Err(SpendError::Other(error)) => state.problem(error),
        Err(error @ (SpendError::Amount | SpendError::KeyReused)) => {
            form.notice = Some(format!("That did not work: {error}. Please try again."));
            page_again(&state, parts, StatusCode::CONFLICT, form).await
        }
    }
}

fn problem_with(words: &str) -> Option<String> {
    match words.chars().count() {
        0 => Some("Write a few words first.".to_owned()),
        n if n > product::MAX_WORDS_CHARS => Some(format!(
            "Use at most {} characters.",
            product::MAX_WORDS_CHARS
        )),
        _ => words
            .chars()
            .any(char::is_control)
            .then(|| "Use plain words.".to_owned()),
    }
}
