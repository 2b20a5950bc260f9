//! Rows of `api_keys`.

use super::{Conn, Tx};
use crate::{
    Result,
    api_key::{ApiKey, Scope},
    clock::Time,
    id::ApiKeyId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: ApiKeyId,
    name: String,
    scope: Scope,
    created_at: Time,
    last_used_at: Option<Time>,
    revoked_at: Option<Time>,
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            scope: row.scope,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

pub async fn insert(tx: &mut Tx, key: &ApiKey, secret_hash: Vec<u8>) -> Result<()> {
    execute!(
        tx,
        "insert into api_keys (id, name, scope, secret_hash, created_at)
         values ($1, $2, $3, $4, $5)",
        key.id,
        &key.name,
        key.scope,
        secret_hash,
        key.created_at,
    )?;
    Ok(())
}

/// The key with this hash, unless it was revoked.
pub async fn live(conn: &mut Conn, secret_hash: Vec<u8>) -> Result<Option<ApiKey>> {
    let row = fetch_optional!(
        Row,
        conn,
        "select id, name, scope, created_at, last_used_at, revoked_at from api_keys
         where secret_hash = $1 and revoked_at is null",
        secret_hash,
    )?;
    Ok(row.map(ApiKey::from))
}

/// Newest first.
pub async fn all(conn: &mut Conn) -> Result<Vec<ApiKey>> {
    let rows = fetch_all!(
        Row,
        conn,
        "select id, name, scope, created_at, last_used_at, revoked_at from api_keys order by id desc",
    )?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

pub async fn find(conn: &mut Conn, id: ApiKeyId) -> Result<Option<ApiKey>> {
    let row = fetch_optional!(
        Row,
        conn,
        "select id, name, scope, created_at, last_used_at, revoked_at from api_keys
         where id = $1",
        id,
    )?;
    Ok(row.map(ApiKey::from))
}

/// Uses are told in any order: the latest counts.
pub async fn used(tx: &mut Tx, id: ApiKeyId, now: Time) -> Result<()> {
    execute!(
        tx,
        "update api_keys set last_used_at = $2
         where id = $1 and (last_used_at is null or last_used_at < $2)",
        id,
        now,
    )?;
    Ok(())
}

/// Answers whether this call did.
pub async fn revoke(tx: &mut Tx, id: ApiKeyId, now: Time) -> Result<bool> {
    let rows = execute!(
        tx,
        "update api_keys set revoked_at = $2 where id = $1 and revoked_at is null",
        id,
        now,
    )?;
    Ok(rows == 1)
}
