//! Codes: one that brings credits on the account page, one that lowers a price at the checkout.

use std::net::IpAddr;

use app::{FormState, Viewer};
use axum::{
    Extension, Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    Error,
    coupon::CouponError,
    id::{CustomerId, OrderId},
};
use http::{StatusCode, request::Parts};
use serde::Deserialize;
use uuid::Uuid;

use super::orders::order;
use crate::{
    client_address::ClientAddress,
    pages::page_again,
    state::{State, TOO_OFTEN},
};

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    code: String,
    /// Made with the form: sent twice, it redeems once.
    #[serde(default)]
    key: Option<Uuid>,
}

impl Typed {
    fn again(&self) -> FormState {
        let mut form = FormState::default();
        form.values.insert("code".to_owned(), self.code.clone());
        if let Some(key) = self.key {
            form.values.insert("key".to_owned(), key.to_string());
        }
        form
    }
}

/// Turns a code into credits, and leads to what came.
pub async fn redeem_code(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    ClientAddress(address): ClientAddress,
    parts: Parts,
    Form(typed): Form<Typed>,
) -> Response {
    let Some(customer) = viewer.0.and_then(|session| session.person.customer) else {
        return Redirect::to("/").into_response();
    };
    let form = typed.again();
    if !may_try(&state, address, customer) {
        return wrong(
            &state,
            parts,
            StatusCode::TOO_MANY_REQUESTS,
            form,
            TOO_OFTEN,
        )
        .await;
    }
    let key = typed.key.unwrap_or_else(Uuid::new_v4);
    match state.billing.redeem(customer, &typed.code, key).await {
        Ok(gift) => Redirect::to(&format!("/transactions/{}", gift.id)).into_response(),
        Err(error) => refused(&state, parts, form, error).await,
    }
}

/// Lowers what is due of an order. With nothing due it is paid, and leads on.
pub async fn apply_coupon(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    ClientAddress(address): ClientAddress,
    Path(id): Path<OrderId>,
    parts: Parts,
    Form(typed): Form<Typed>,
) -> Response {
    let order = match order(&state, viewer, id).await {
        Ok(order) => order,
        Err(answer) => return answer,
    };
    let form = typed.again();
    if !may_try(&state, address, order.customer) {
        return wrong(
            &state,
            parts,
            StatusCode::TOO_MANY_REQUESTS,
            form,
            TOO_OFTEN,
        )
        .await;
    }
    match state.billing.apply_coupon(&order, &typed.code).await {
        Ok(order) => to_checkout(order),
        // When it can no longer be changed, its checkout leads to what became of it.
        Err(CouponError::Closed) => to_checkout(id),
        Err(error) => refused(&state, parts, form, error).await,
    }
}

/// The list price is due again.
pub async fn remove_coupon(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<OrderId>,
) -> Response {
    let order = match order(&state, viewer, id).await {
        Ok(order) => order,
        Err(answer) => return answer,
    };
    match state.billing.remove_coupon(&order).await {
        Ok(order) => to_checkout(order),
        Err(CouponError::Gateway(error)) => state.problem(Error::Gateway(error)),
        Err(CouponError::Other(error)) => state.problem(error),
        // While its bank is being asked, the price stays; the page shows which it is.
        Err(_) => to_checkout(id),
    }
}

/// Codes are short: nobody may try them all.
fn may_try(state: &State, address: IpAddr, customer: CustomerId) -> bool {
    state.limits.codes_by_address.allows(&address)
        && state.limits.codes_by_customer.allows(&customer)
}

fn to_checkout(id: OrderId) -> Response {
    Redirect::to(&format!("/checkout/{id}")).into_response()
}

async fn refused(state: &State, parts: Parts, form: FormState, error: CouponError) -> Response {
    match error {
        CouponError::Gateway(error) => state.problem(Error::Gateway(error)),
        CouponError::Other(error) => state.problem(error),
        refusal => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            wrong(state, parts, status, form, &refusal.to_string()).await
        }
    }
}

/// The page again, with what was typed and what is wrong with it.
async fn wrong(
    state: &State,
    parts: Parts,
    status: StatusCode,
    mut form: FormState,
    problem: &str,
) -> Response {
    form.errors.insert("code".to_owned(), problem.to_owned());
    page_again(state, parts, status, form).await
}
