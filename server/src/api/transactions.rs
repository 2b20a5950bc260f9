//! A transaction, to look at, to wait for, and as a stream.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    extract::{Query, State as Reached, rejection::QueryRejection},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use billing::{
    Billing,
    clock::Time,
    id::{CustomerId, OrderId, TransactionId},
    money::{Credits, Money},
    transaction::{Failure, State, Transaction, Until},
};
use futures::stream;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Problem,
    access::Asker,
    input::{Id, List, Page},
};

/// A client may wait this long for one answer.
const LONGEST_WAIT_S: u64 = 120;
const DEFAULT_WAIT_S: u64 = 60;
/// A stream looks after itself this often, so that a proxy does not take it for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Money in the smallest unit of its currency.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what billing writes")]
pub struct Amount {
    value: i64,
    #[schema(example = "usd")]
    currency: String,
}

/// One payment action; what a client waits for.
#[derive(Serialize, ToSchema)]
#[schema(as = Transaction)]
pub struct Shown {
    #[schema(value_type = Uuid)]
    id: TransactionId,
    object: &'static str,
    kind: &'static str,
    status: &'static str,
    /// Its effects are applied: the credits are there.
    settled: bool,
    version: i64,
    #[schema(value_type = Amount)]
    amount: Money,
    #[schema(value_type = i64)]
    credits: Credits,
    #[schema(value_type = Uuid)]
    customer: CustomerId,
    #[schema(value_type = Option<Uuid>)]
    order: Option<OrderId>,
    /// None for what needed none, because nothing was due.
    gateway: Option<Gateway>,
    failure: Option<ShownFailure>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
    /// It is not yet what was waited for.
    timed_out: bool,
}

#[derive(Serialize, ToSchema)]
struct Gateway {
    name: &'static str,
    reference: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Failure)]
struct ShownFailure {
    code: String,
    message: String,
}

impl Shown {
    fn new(transaction: Transaction, timed_out: bool) -> Self {
        let needed_none = transaction.state == State::Succeeded && transaction.reference.is_none();
        Self {
            id: transaction.id,
            object: "transaction",
            kind: transaction.kind.as_str(),
            status: transaction.state.as_str(),
            settled: transaction.settled_at.is_some(),
            version: transaction.version,
            amount: transaction.amount,
            credits: transaction.credits,
            customer: transaction.customer,
            order: transaction.order,
            gateway: (!needed_none).then_some(Gateway {
                name: billing::gateway::stripe::NAME,
                reference: transaction.reference,
            }),
            failure: transaction
                .failure
                .map(|Failure { code, message }| ShownFailure { code, message }),
            created_at: transaction.created_at,
            updated_at: transaction.updated_at,
            timed_out,
        }
    }
}

#[derive(Deserialize)]
pub struct Wait {
    /// A status, or `settled` for any final one.
    #[serde(rename = "awaitStatus")]
    await_status: Option<String>,
    /// Anything newer than this version.
    version: Option<i64>,
    /// In seconds.
    timeout: Option<u64>,
}

impl Wait {
    fn until(&self) -> Result<Option<Until>, Problem> {
        match (self.await_status.as_deref(), self.version) {
            (None, None) => Ok(None),
            (None, Some(version)) => Ok(Some(Until::NewerThan(version))),
            (Some("settled"), None) => Ok(Some(Until::Settled)),
            (Some(status), None) => status
                .parse::<State>()
                .map(|state| Some(Until::State(state)))
                .map_err(|error| Problem::parameter(format!("awaitStatus: {error}, settled"))),
            (Some(_), Some(_)) => Err(Problem::parameter(
                "awaitStatus and version: give one of them",
            )),
        }
    }

    fn timeout(&self) -> Result<Duration, Problem> {
        match self.timeout.unwrap_or(DEFAULT_WAIT_S) {
            seconds if seconds <= LONGEST_WAIT_S => Ok(Duration::from_secs(seconds)),
            _ => Err(Problem::parameter(format!(
                "timeout: at most {LONGEST_WAIT_S} seconds"
            ))),
        }
    }
}

/// Transactions, newest first.
#[utoipa::path(
    get, path = "/v1/transactions", operation_id = "list_transactions",
    tag = "Orders and transactions",
    params(
        ("customer" = Option<Uuid>, Query, description = "Only those of this customer"),
        ("cursor" = Option<Uuid>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<i64>, Query, description = "1 to 100; 20 if it is not said"),
    ),
    responses(
        (status = 200, description = "A page of transactions", body = List<Shown>),
        (status = 400, description = "A parameter is wrong"),
    ),
)]
pub async fn list(
    Reached(billing): Reached<Billing>,
    page: Page,
) -> Result<Json<List<Shown>>, Problem> {
    let (customer, before) = (
        page.customer.map(CustomerId),
        page.before.map(TransactionId),
    );
    let rows = billing
        .list_transactions(customer, before, page.limit + 1)
        .await?;
    let rows = rows.into_iter().map(|row| Shown::new(row, false)).collect();
    Ok(Json(List::new(rows, &page, |row: &Shown| row.id.0)))
}

/// The transaction: at once, or as soon as it is what was asked for, or when the time is over.
#[utoipa::path(
    get, path = "/v1/transactions/{id}", operation_id = "show_transaction",
    tag = "Orders and transactions",
    params(
        ("id" = Uuid, Path),
        ("awaitStatus" = Option<String>, Query,
         description = "Waits for this status, with its effects applied; `settled` for any final one"),
        ("version" = Option<i64>, Query, description = "Waits for anything newer than this version"),
        ("timeout" = Option<u64>, Query, description = "In seconds: 60 if it is not said, 120 at most"),
    ),
    responses(
        (status = 200, description = "The transaction", body = Shown),
        (status = 400, description = "A parameter is wrong"),
        (status = 404, description = "There is no such transaction"),
    ),
)]
pub async fn show(
    Reached(billing): Reached<Billing>,
    asker: Asker,
    id: Result<Id<TransactionId>, Problem>,
    wait: Result<Query<Wait>, QueryRejection>,
) -> Response {
    let found = async {
        let Id(id) = id?;
        let Query(wait) = wait.map_err(|error| Problem::parameter(error.body_text()))?;
        let (until, timeout) = (wait.until()?, wait.timeout()?);
        // Boxed, as all is here that is over before the wait begins: a waiter is to take little room.
        let customer = Box::pin(whose(&billing, &asker, id)).await?;
        let shown = match until {
            None => Box::pin(billing.transaction(customer, id))
                .await?
                .map(|found| Shown::new(found, false)),
            Some(until) => billing
                .await_transaction(customer, id, until, timeout)
                .await?
                .map(|awaited| Shown::new(awaited.transaction, awaited.timed_out)),
        };
        shown.map(Json).ok_or_else(|| unknown(id))
    };
    asker.answer(found.await)
}

/// A snapshot first, then every change. It ends after two minutes without one; `Last-Event-ID` continues where
/// a stream ended.
#[utoipa::path(
    get, path = "/v1/transactions/{id}/events", operation_id = "watch_transaction",
    tag = "Orders and transactions",
    params(
        ("id" = Uuid, Path),
        ("Last-Event-ID" = Option<i64>, Header, description = "The last version that was seen"),
    ),
    responses(
        (status = 200, description = "A stream of transactions", body = Shown,
         content_type = "text/event-stream"),
        (status = 404, description = "There is no such transaction"),
    ),
)]
pub async fn events(
    Reached(billing): Reached<Billing>,
    asker: Asker,
    id: Result<Id<TransactionId>, Problem>,
    headers: HeaderMap,
) -> Response {
    asker.answer(watch(billing, &asker, id, &headers).await)
}

async fn watch(
    billing: Billing,
    asker: &Asker,
    id: Result<Id<TransactionId>, Problem>,
    headers: &HeaderMap,
) -> Result<impl IntoResponse + use<>, Problem> {
    let Id(id) = id?;
    let customer = whose(&billing, asker, id).await?;
    if billing.transaction(customer, id).await?.is_none() {
        return Err(unknown(id));
    }
    let seen = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok()?.parse::<i64>().ok())
        .unwrap_or(0);
    let changes = stream::unfold(Some(seen), move |seen| {
        let billing = billing.clone();
        async move { next_change(&billing, customer, id, seen?).await }
    });
    Ok(Sse::new(changes).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// The next event of a stream and what was seen with it; nothing when the stream ends. It does after a long
/// wait in vain: browsers open it anew by themselves, and whoever does is asked again who they are.
async fn next_change(
    billing: &Billing,
    customer: CustomerId,
    id: TransactionId,
    seen: i64,
) -> Option<(Result<Event, Infallible>, Option<i64>)> {
    let newer = Until::NewerThan(seen);
    let wait = Duration::from_secs(LONGEST_WAIT_S);
    let awaited = billing.await_transaction(customer, id, newer, wait).await;
    let awaited = awaited
        .inspect_err(|error| tracing::warn!(%error, "a stream ends early"))
        .ok()??;
    if awaited.timed_out || billing.is_stopping() {
        return None;
    }
    let version = awaited.transaction.version;
    let event = Event::default()
        .event("transaction")
        .id(version.to_string())
        .json_data(Shown::new(awaited.transaction, false))
        .ok()?;
    Some((Ok(event), Some(version)))
}

/// Whose transaction it is, as far as who asks may know.
async fn whose(billing: &Billing, asker: &Asker, id: TransactionId) -> Result<CustomerId, Problem> {
    match asker.customer {
        Some(customer) => Ok(customer),
        None => billing.owner_of(id).await?.ok_or_else(|| unknown(id)),
    }
}

fn unknown(id: TransactionId) -> Problem {
    Problem::not_found(format!("transaction {id}"))
}
