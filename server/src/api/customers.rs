//! Customers: made by the product that knows them, found by its name for them or by ours.

use axum::{
    Json,
    extract::{FromRequestParts, Path, State as Reached},
};
use billing::{
    Billing,
    clock::Time,
    customer::{Customer, Naming, NamingError},
    id::CustomerId,
};
use http::{StatusCode, request::Parts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Problem,
    input::{Body, IdempotencyKey},
};
use crate::state::State;

/// Who owns credits.
#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub struct ShownCustomer {
    /// Another one than was asked for, when two turned out to be one.
    id: Uuid,
    /// `customer`
    object: &'static str,
    /// What a product calls them.
    external_id: Option<String>,
    /// Whether somebody signs in as this customer, and can buy.
    has_account: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

impl From<Customer> for ShownCustomer {
    fn from(customer: Customer) -> Self {
        Self {
            id: customer.id.0,
            object: "customer",
            external_id: customer.external_id,
            has_account: customer.person.is_some(),
            created_at: customer.created_at,
        }
    }
}

/// Whom to make, or to find.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// What the product calls them; 1 to 255 characters.
    #[schema(example = "user-7")]
    external_id: String,
    /// Where they read mail, which the product must have verified: whoever has verified the same
    /// address here, or does so later, is this customer. Until then another one takes its place.
    #[schema(example = "ann@shop.example")]
    email: Option<String>,
}

const LONGEST_NAME: usize = 255;

/// The customer that a product calls so; made when there is none yet, and one with an account as soon
/// as the address is verified here. Naming them again changes nothing else.
#[utoipa::path(
    post, path = "/v1/customers", operation_id = "create_customer",
    tag = "Customers", request_body = NewCustomer,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names once, for ever")),
    responses(
        (status = 201, description = "Made, or linked to an account", body = ShownCustomer),
        (status = 200, description = "Known already", body = ShownCustomer),
        (status = 409, description = "Somebody else is called so, or has this address"),
        (status = 422, description = "A field cannot be taken"),
    ),
)]
pub async fn create(
    Reached(billing): Reached<Billing>,
    IdempotencyKey(key): IdempotencyKey,
    Body(new): Body<NewCustomer>,
) -> Result<(StatusCode, Json<ShownCustomer>), Problem> {
    let name = new.external_id.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(Problem::field(format!(
            "external_id: 1 to {LONGEST_NAME} characters in one line"
        )));
    }
    let naming = Naming {
        external_id: name.to_owned(),
        email: new.email,
        key: key.clone(),
    };
    let customer = billing.name_customer(naming).await?;
    let status = match customer.naming_key == Some(key) {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok((status, Json(customer.into())))
}

impl From<NamingError> for Problem {
    fn from(error: NamingError) -> Self {
        match error {
            NamingError::Email => Self::field(format!("email: {error}")),
            NamingError::AnotherPerson | NamingError::AnotherName(_) => {
                Self::conflict(error.to_string())
            }
            NamingError::KeyReused => Self::key_reused(),
            NamingError::Other(error) => error.into(),
        }
    }
}

/// A customer.
#[utoipa::path(
    get, path = "/v1/customers/{id}", operation_id = "show_customer",
    tag = "Customers",
    params(("id" = String, Path, description = "Our id, or `external:` and the product's")),
    responses(
        (status = 200, description = "The customer", body = ShownCustomer),
        (status = 404, description = "There is no such customer"),
    ),
)]
pub async fn show(Named(customer): Named) -> Json<ShownCustomer> {
    Json(customer.into())
}

/// The customer that a path names: by our id, or by `external:` and what the product calls them. One
/// that was joined into another leads there.
pub struct Named(pub Customer);

/// The part of a path that names them.
#[derive(Deserialize)]
struct InPath {
    id: String,
}

impl FromRequestParts<State> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let wrong =
            || Problem::parameter("id: expected a UUID, or external: and the product's own id");
        let Path(InPath { id }) = Path::from_request_parts(parts, state)
            .await
            .map_err(|_| wrong())?;
        let found = match id.strip_prefix("external:") {
            Some(name) => state.billing.customer_by_external_id(name).await?,
            None => {
                let id: CustomerId = id.parse().map_err(|_| wrong())?;
                state.billing.customer(id).await?
            }
        };
        found
            .map(Self)
            .ok_or_else(|| Problem::not_found(format!("customer {id}")))
    }
}
