//! Rows of `endpoints`.

use super::{Conn, Tx};
use crate::{
    Error, Result,
    clock::Time,
    events::{Endpoint, EventType, Listed},
    id::EndpointId,
    secret::Secret,
    staff::MANY,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: EndpointId,
    url: String,
    secret: String,
    types: Option<String>,
    created_at: Time,
    disabled_at: Option<Time>,
}

impl TryFrom<Row> for Endpoint {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let types = row.types.as_deref().unwrap_or_default();
        let types = types.split_terminator(',').map(str::parse);
        Ok(Self {
            id: row.id,
            url: row.url,
            secret: Secret::from(row.secret.as_str()),
            types: types
                .collect::<Result<Vec<EventType>, _>>()
                .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        })
    }
}

/// The columns of a [`Row`].
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select p.id, p.url, p.secret, p.types, p.created_at, p.disabled_at from endpoints p ",
            $rest
        )
    };
}

pub async fn insert(tx: &mut Tx, endpoint: &Endpoint) -> Result<()> {
    let types: Vec<&str> = endpoint.types.iter().map(|kind| kind.as_str()).collect();
    let types = (!types.is_empty()).then(|| types.join(","));
    execute!(
        tx,
        "insert into endpoints (id, url, secret, types, created_at) values ($1, $2, $3, $4, $5)",
        endpoint.id,
        &endpoint.url,
        endpoint.secret.as_str(),
        types.as_deref(),
        endpoint.created_at,
    )?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: EndpointId) -> Result<Option<Endpoint>> {
    let row = fetch_optional!(Row, conn, select!("where p.id = $1"), id)?;
    row.map(Endpoint::try_from).transpose()
}

/// The ids of all there ever were, the oldest first.
pub async fn ids(conn: &mut Conn) -> Result<Vec<EndpointId>> {
    let rows = fetch_all!((EndpointId,), conn, "select id from endpoints order by id")?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Those to which something can be delivered now.
pub async fn due(conn: &mut Conn, now: Time) -> Result<Vec<Endpoint>> {
    let sql = select!(
        "where exists (select 1 from deliveries d
                       where d.endpoint_id = p.id and d.next_attempt_at <= $1)"
    );
    let rows = fetch_all!(Row, conn, sql, now)?;
    rows.into_iter().map(Endpoint::try_from).collect()
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    endpoint: Row,
    pending: i64,
    delivered: i64,
    failed: i64,
    trouble: Option<String>,
}

impl TryFrom<ListedRow> for Listed {
    type Error = Error;
    fn try_from(row: ListedRow) -> Result<Self> {
        Ok(Self {
            endpoint: row.endpoint.try_into()?,
            pending: row.pending,
            delivered: row.delivered,
            failed: row.failed,
            trouble: row.trouble,
        })
    }
}

/// How many deliveries of an endpoint are in a state: one more than [`MANY`] at most.
macro_rules! count {
    ($status:literal) => {
        concat!(
            "(select count(*) from (select 1 as one from deliveries d
              where d.endpoint_id = p.id and d.status = '",
            $status,
            "' limit $1) c)"
        )
    };
}

/// The columns of a [`ListedRow`].
macro_rules! select_listed {
    ($rest:literal) => {
        concat!(
            "select p.id, p.url, p.secret, p.types, p.created_at, p.disabled_at, ",
            count!("pending"),
            " as pending, ",
            count!("delivered"),
            " as delivered, ",
            count!("failed"),
            " as failed,
               (select d.error from deliveries d
                 where d.endpoint_id = p.id and d.error is not null
                 order by d.event_id desc limit 1) as trouble
             from endpoints p ",
            $rest
        )
    };
}

/// Newest first.
pub async fn all(conn: &mut Conn) -> Result<Vec<Listed>> {
    let rows = fetch_all!(
        ListedRow,
        conn,
        select_listed!("order by p.id desc"),
        MANY + 1
    )?;
    rows.into_iter().map(Listed::try_from).collect()
}

/// An endpoint, and how it fares.
pub async fn listed(conn: &mut Conn, id: EndpointId) -> Result<Option<Listed>> {
    let row = fetch_optional!(
        ListedRow,
        conn,
        select_listed!("where p.id = $2"),
        MANY + 1,
        id
    )?;
    row.map(Listed::try_from).transpose()
}

/// Answers whether this call did.
pub async fn disable(tx: &mut Tx, id: EndpointId, now: Time) -> Result<bool> {
    let rows = execute!(
        tx,
        "update endpoints set disabled_at = $2 where id = $1 and disabled_at is null",
        id,
        now,
    )?;
    Ok(rows == 1)
}
