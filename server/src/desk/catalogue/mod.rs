//! What is sold: things are added, changed, taken off and put back, each as one more catalogue.

mod import;

use std::collections::BTreeMap;

use app::{
    FormState,
    desk::catalogue::{typed, words},
};
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use billing::{
    catalog::{ItemKind, Name},
    id::AuditId,
    staff::catalogue::{SellError, Wish},
};
use http::{
    StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    request::Parts,
};

use super::{Staff, confirm::Step, not_found, page, page_again};
use crate::state::State;

const WRONG: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// For those who change what is sold.
pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/admin/catalogue", post(shift))
        .route("/admin/catalogue/new/{kind}", get(page).post(add))
        .route("/admin/catalogue/offers/{key}", post(decide_offer))
        .route(
            "/admin/catalogue/offers/{key}/change",
            get(page).post(change_offer),
        )
        .route("/admin/catalogue/codes/{code}", post(decide_code))
        .route(
            "/admin/catalogue/codes/{code}/change",
            get(page).post(change_code),
        )
        .route(
            "/admin/catalogue/import",
            get(page)
                .post(import::import)
                .layer(DefaultBodyLimit::max(import::BODY_LIMIT)),
        )
}

/// What is on sale, as a file.
pub async fn export(Reached(state): Reached<State>) -> Response {
    match state.billing.on_sale().await {
        Ok(on_sale) => {
            let disposition = "attachment; filename=\"catalogue.toml\"";
            let headers = [
                (CONTENT_TYPE, "application/toml"),
                (CONTENT_DISPOSITION, disposition),
            ];
            (headers, on_sale.to_toml()).into_response()
        }
        Err(error) => state.problem(error),
    }
}

/// The fields of a form, by their names.
type Fields = BTreeMap<String, String>;

/// What was typed, without the spaces around it, and which button was pressed.
fn form_of(fields: Fields) -> (FormState, Step) {
    let step = Step::of(fields.get("confirmed").map_or("", String::as_str));
    let values = fields
        .into_iter()
        .filter(|(name, _)| name != "confirmed")
        .map(|(name, value)| (name, value.trim().to_owned()));
    let form = FormState {
        values: values.collect(),
        ..FormState::default()
    };
    (form, step)
}

fn value<'f>(form: &'f FormState, field: &str) -> &'f str {
    form.values.get(field).map_or("", String::as_str)
}

async fn add(
    Reached(state): Reached<State>,
    Path(kind): Path<String>,
    staff: Staff,
    parts: Parts,
    Form(fields): Form<Fields>,
) -> Response {
    let Ok(kind) = kind.parse::<ItemKind>() else {
        return not_found(&state);
    };
    put(&state, parts, &staff, fields, kind, None).await
}

async fn change_offer(
    Reached(state): Reached<State>,
    Path(key): Path<String>,
    staff: Staff,
    parts: Parts,
    Form(fields): Form<Fields>,
) -> Response {
    change(&state, parts, &staff, fields, Name::Offer(key)).await
}

async fn change_code(
    Reached(state): Reached<State>,
    Path(code): Path<String>,
    staff: Staff,
    parts: Parts,
    Form(fields): Form<Fields>,
) -> Response {
    change(&state, parts, &staff, fields, Name::Coupon(code)).await
}

/// A new version of what is or was sold.
async fn change(
    state: &State,
    parts: Parts,
    staff: &Staff,
    fields: Fields,
    name: Name,
) -> Response {
    match state.billing.versions(&name).await {
        Ok(versions) => match versions.first() {
            Some(newest) => {
                let kind = newest.item.kind();
                put(state, parts, staff, fields, kind, Some(name)).await
            }
            None => not_found(state),
        },
        Err(error) => state.problem(error),
    }
}

/// Tells what was typed would do, and publishes it when that is confirmed.
async fn put(
    state: &State,
    parts: Parts,
    staff: &Staff,
    fields: Fields,
    kind: ItemKind,
    name: Option<Name>,
) -> Response {
    let (form, step) = form_of(fields);
    if step == Step::Change {
        return page_again(state, parts, StatusCode::OK, form).await;
    }
    let currency = state.billing.catalog().currency;
    let key = name.as_ref().map(Name::as_str);
    let entry = match typed::entry(kind, key, &form, currency) {
        Ok(entry) => entry,
        Err(form) => return page_again(state, parts, WRONG, form).await,
    };
    let (name, wish) = match name {
        Some(name) => (name, Wish::Change(entry)),
        None => (entry.name(), Wish::Add(entry)),
    };
    let to = format!("{}?done=published", words::path(&name));
    fulfil(state, parts, staff, form, step, wish, &to).await
}

/// Tells what a wish would do, or does it and leads on.
async fn fulfil(
    state: &State,
    parts: Parts,
    staff: &Staff,
    form: FormState,
    step: Step,
    wish: Wish,
    to: &str,
) -> Response {
    let reason = value(&form, "reason");
    let done = if step == Step::Confirmed {
        // Of a form that lost its key, each click is a wish of its own.
        let key = value(&form, "key").parse();
        let key = key.unwrap_or_else(|_| AuditId::new());
        let number = value(&form, "number").parse().unwrap_or_default();
        let fulfilled = state
            .billing
            .fulfil(key, wish, number, reason, &staff.actor);
        fulfilled.await.map(drop)
    } else if reason.is_empty() {
        Err(SellError::Reason)
    } else {
        state.billing.preview_wish(&wish).await.map(drop)
    };
    match done {
        Ok(()) if step == Step::Confirmed => Redirect::to(to).into_response(),
        Ok(()) => page_again(state, parts, StatusCode::OK, Step::to_confirm(form)).await,
        Err(error) => refused(state, parts, form, error).await,
    }
}

/// The form once more, with what is wrong.
async fn refused(state: &State, parts: Parts, form: FormState, error: SellError) -> Response {
    let (status, form) = match error {
        SellError::Forbidden => return state.forbidden(),
        SellError::Other(error) => return state.problem(error),
        SellError::Missing => return not_found(state),
        error @ SellError::Reason => (WRONG, form.wrong("reason", error)),
        SellError::Fields(problems) => {
            let form = problems.iter().fold(form, |form, problem| {
                let field = match problem.field {
                    "key" => typed::OFFER_KEY,
                    field => field,
                };
                form.wrong(field, words::sentence(problem))
            });
            (WRONG, form)
        }
        // Told once more, as it would be now.
        error @ SellError::Raced => {
            let form = Step::to_confirm(form.noticed(&error));
            (StatusCode::CONFLICT, form)
        }
        error @ (SellError::Same
        | SellError::Named(_)
        | SellError::OtherCurrency
        | SellError::KeyReused) => (StatusCode::CONFLICT, form.noticed(&error)),
    };
    page_again(state, parts, status, form).await
}

async fn decide_offer(
    Reached(state): Reached<State>,
    Path(key): Path<String>,
    staff: Staff,
    parts: Parts,
    Form(fields): Form<Fields>,
) -> Response {
    decide(&state, parts, &staff, fields, Name::Offer(key)).await
}

async fn decide_code(
    Reached(state): Reached<State>,
    Path(code): Path<String>,
    staff: Staff,
    parts: Parts,
    Form(fields): Form<Fields>,
) -> Response {
    decide(&state, parts, &staff, fields, Name::Coupon(code)).await
}

/// Takes something off sale, or puts it back. Doing it twice is doing it once.
async fn decide(
    state: &State,
    parts: Parts,
    staff: &Staff,
    fields: Fields,
    name: Name,
) -> Response {
    let (form, _) = form_of(fields);
    let (to, wish) = match value(&form, "do") {
        "off" => ("off", Wish::TakeOff(name.clone())),
        "on" => ("on", Wish::PutBack(name.clone())),
        _ => return not_found(state),
    };
    let number = match state.billing.on_sale().await {
        Ok(on_sale) => on_sale.number,
        Err(error) => return state.problem(error),
    };
    let reason = value(&form, "reason");
    let decided = state
        .billing
        .fulfil(AuditId::new(), wish, number, reason, &staff.actor);
    match decided.await {
        Ok(_) | Err(SellError::Same) => {
            Redirect::to(&format!("{}?done={to}", words::path(&name))).into_response()
        }
        // There is no field for what is wrong with what was sold.
        Err(SellError::Fields(problems)) => {
            let form = problems.iter().fold(form, |form, problem| {
                form.noticed(&words::sentence(problem))
            });
            page_again(state, parts, StatusCode::CONFLICT, form).await
        }
        Err(error) => refused(state, parts, form, error).await,
    }
}

/// Moves something one place up or down among its kind.
async fn shift(
    Reached(state): Reached<State>,
    staff: Staff,
    Form(fields): Form<Fields>,
) -> Response {
    let (form, _) = form_of(fields);
    let name = value(&form, "name").to_owned();
    let name = match value(&form, "kind").parse() {
        Ok(ItemKind::Plan | ItemKind::Pack) => Name::Offer(name),
        Ok(ItemKind::Coupon) => Name::Coupon(name),
        Err(_) => return not_found(&state),
    };
    let up = value(&form, "move") == "up";
    let number = value(&form, "number").parse().unwrap_or_default();
    let wish = Wish::Shift { name, up };
    let moved = state
        .billing
        .fulfil(AuditId::new(), wish, number, "", &staff.actor);
    let done = match moved.await {
        Ok(_) => "moved",
        Err(SellError::Other(error)) => return state.problem(error),
        Err(SellError::Forbidden) => return state.forbidden(),
        // It stands at the end already, or somebody was faster.
        Err(_) => "raced",
    };
    Redirect::to(&format!("/admin/catalogue?done={done}")).into_response()
}
