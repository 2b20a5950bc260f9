//! The books of the house.

use axum::{
    Json,
    extract::{Query, State as Reached, rejection::QueryRejection},
};
use billing::{
    Billing,
    books::{Books, Sums},
    clock::Day,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Problem;

/// What was issued to all customers, and what became of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Books)]
pub struct ShownBooks {
    /// `books`
    object: &'static str,
    /// The first day; null from the beginning.
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Day>,
    #[schema(value_type = String, format = Date)]
    to: Day,
    /// What moved from the first day to the last. Below zero where more came back than went.
    moved: ShownSums,
    /// How the books stand at the end of the last day.
    standing: ShownSums,
}

/// Credits of all customers: what was issued and what is owed is what was consumed, ran out, was clawed
/// back and is outstanding.
#[derive(Serialize, ToSchema)]
#[schema(as = Sums)]
pub struct ShownSums {
    /// Issued for money.
    issued_paid: i64,
    /// Issued for nothing: by codes, trials and gifts, less what was taken back by a correction.
    issued_promotional: i64,
    /// Spent, less what was given back by a correction.
    consumed: i64,
    expired: i64,
    /// Taken back because the money went back.
    clawed_back: i64,
    /// Spent before they were taken back, and not paid yet.
    owed: i64,
    /// What customers have.
    outstanding: i64,
}

impl From<Sums> for ShownSums {
    fn from(sums: Sums) -> Self {
        Self {
            issued_paid: sums.paid.0,
            issued_promotional: sums.promotional.0,
            consumed: sums.consumed.0,
            expired: sums.expired.0,
            clawed_back: sums.clawed_back.0,
            owed: sums.owed.0,
            outstanding: sums.outstanding.0,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    from: Option<Day>,
    to: Option<Day>,
}

/// The books of the house, over days in UTC.
#[utoipa::path(
    get, path = "/v1/books", tag = "Books",
    params(
        ("from" = Option<String>, Query,
         description = "The first day, such as 2026-11-01; from the beginning, if it is not said"),
        ("to" = Option<String>, Query, description = "The last day; today, if it is not said"),
    ),
    responses(
        (status = 200, description = "The books", body = ShownBooks),
        (status = 400, description = "A parameter is wrong"),
    ),
)]
pub async fn show(
    Reached(billing): Reached<Billing>,
    span: Result<Query<Span>, QueryRejection>,
) -> Result<Json<ShownBooks>, Problem> {
    let Query(Span { from, to }) = span.map_err(|error| Problem::parameter(error.body_text()))?;
    let to = to.unwrap_or_else(|| billing.clock().now().into());
    if from.is_some_and(|from| from > to) {
        return Err(Problem::parameter("from: it is after the last day"));
    }
    let Books {
        from,
        to,
        moved,
        standing,
    } = billing.books(from, to).await?;
    Ok(Json(ShownBooks {
        object: "books",
        from,
        to,
        moved: moved.into(),
        standing: standing.into(),
    }))
}
