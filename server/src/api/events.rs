//! What happened, as it is told to endpoints.

use axum::{
    Json,
    extract::{Query, State as Reached, rejection::QueryRejection},
};
use billing::{
    Billing,
    clock::Time,
    events::{Event, EventType},
    id::{CustomerId, EventId},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Problem,
    input::{List, Page},
};

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub struct ShownEvent {
    /// The `webhook-id` under which endpoints receive it.
    id: Uuid,
    /// `event`
    object: &'static str,
    /// `order.paid`, `credits.granted`, `subscription.renewed`, …
    #[serde(rename = "type")]
    kind: &'static str,
    customer: Uuid,
    /// The order, grant, balance, subscription, refund or dispute that it is about, as it was then.
    #[schema(value_type = Object)]
    data: Value,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

impl From<Event> for ShownEvent {
    fn from(event: Event) -> Self {
        Self {
            id: event.id.0,
            object: "event",
            kind: event.kind.as_str(),
            customer: event.customer.0,
            data: event.data,
            created_at: event.created_at,
        }
    }
}

/// Which events.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    #[serde(rename = "type")]
    kind: Option<String>,
    customer: Option<Uuid>,
    cursor: Option<Uuid>,
    limit: Option<i64>,
}

/// Events, newest first.
#[utoipa::path(
    get, path = "/v1/events", operation_id = "list_events",
    tag = "Events",
    params(
        ("type" = Option<String>, Query, description = "Only those of this type"),
        ("customer" = Option<Uuid>, Query, description = "Only those of this customer"),
        ("cursor" = Option<Uuid>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<i64>, Query, description = "1 to 100; 20 if it is not said"),
    ),
    responses(
        (status = 200, description = "A page of events", body = List<ShownEvent>),
        (status = 400, description = "A parameter is wrong"),
    ),
)]
pub async fn list(
    Reached(billing): Reached<Billing>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<List<ShownEvent>>, Problem> {
    let Query(wanted) = wanted.map_err(|error| Problem::parameter(error.body_text()))?;
    let page = Page::checked(wanted.cursor, wanted.limit, wanted.customer)?;
    let kind = wanted.kind.map(|kind| kind.parse::<EventType>());
    let kind = kind
        .transpose()
        .map_err(|error| Problem::parameter(format!("type: {error}")))?;
    let (customer, before) = (page.customer.map(CustomerId), page.before.map(EventId));
    let events = billing
        .list_events(kind, customer, before, page.limit + 1)
        .await?;
    let events = events.into_iter().map(ShownEvent::from).collect();
    Ok(Json(List::new(events, &page, |event| event.id)))
}
