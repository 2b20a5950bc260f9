//! A transaction, to look at, to wait for, and as a stream.

use std::{convert::Infallible, time::Duration};

use app::Viewer;
use axum::{
    Extension, Json,
    extract::{Path, Query, State as Reached},
    response::{
        IntoResponse,
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
use futures::{Stream, stream};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::Problem;

/// A client may wait this long for one answer.
const LONGEST_WAIT_S: u64 = 120;
const DEFAULT_WAIT_S: u64 = 60;
/// A stream looks after itself this often, so that a proxy does not take it for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// As clients see it.
#[derive(Serialize)]
struct Shown {
    id: TransactionId,
    object: &'static str,
    kind: &'static str,
    status: &'static str,
    /// Its effects are applied: the credits are there.
    settled: bool,
    version: i64,
    amount: Money,
    credits: Credits,
    customer: CustomerId,
    order: Option<OrderId>,
    /// None for what needed none, because nothing was due.
    gateway: Option<Gateway>,
    failure: Option<ShownFailure>,
    created_at: Time,
    updated_at: Time,
    timed_out: bool,
}

#[derive(Serialize)]
struct Gateway {
    name: &'static str,
    reference: Option<String>,
}

#[derive(Serialize)]
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

/// The transaction: at once, or as soon as it is what was asked for, or when the time is over.
pub async fn show(
    Reached(billing): Reached<Billing>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
    wait: Result<Query<Wait>, axum::extract::rejection::QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Query(wait) = wait.map_err(|error| Problem::parameter(error.body_text()))?;
    let (until, timeout) = (wait.until()?, wait.timeout()?);
    let (customer, id) = (customer(viewer)?, parsed(&id)?);
    let shown = match until {
        None => billing
            .transaction(customer, id)
            .await?
            .map(|found| Shown::new(found, false)),
        Some(until) => billing
            .await_transaction(customer, id, until, timeout)
            .await?
            .map(|awaited| Shown::new(awaited.transaction, awaited.timed_out)),
    };
    shown.map(Json).ok_or_else(|| unknown(id))
}

/// A snapshot first, then every change. `Last-Event-ID` continues where a broken stream ended.
pub async fn events(
    Reached(billing): Reached<Billing>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let (customer, id) = (customer(viewer)?, parsed(&id)?);
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

/// The next event of a stream and what was seen with it; nothing when the stream ends.
async fn next_change(
    billing: &Billing,
    customer: CustomerId,
    id: TransactionId,
    seen: i64,
) -> Option<(Result<Event, Infallible>, Option<i64>)> {
    let wait = Duration::from_secs(LONGEST_WAIT_S);
    loop {
        let newer = Until::NewerThan(seen);
        let awaited = match billing.await_transaction(customer, id, newer, wait).await {
            Ok(awaited) => awaited?,
            Err(error) => {
                tracing::warn!(%error, "a stream ends early");
                return None;
            }
        };
        if billing.is_stopping() {
            return None;
        }
        if !awaited.timed_out {
            let version = awaited.transaction.version;
            let event = Event::default()
                .event("transaction")
                .id(version.to_string())
                .json_data(Shown::new(awaited.transaction, false))
                .ok()?;
            return Some((Ok(event), Some(version)));
        }
    }
}

fn customer(viewer: Viewer) -> Result<CustomerId, Problem> {
    viewer
        .0
        .and_then(|session| session.person.customer)
        .ok_or_else(Problem::unauthorized)
}

fn parsed(id: &str) -> Result<TransactionId, Problem> {
    id.parse()
        .map_err(|_| Problem::parameter("id: expected a UUID"))
}

fn unknown(id: TransactionId) -> Problem {
    Problem::not_found(format!("transaction {id}"))
}
