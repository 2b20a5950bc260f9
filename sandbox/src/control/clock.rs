//! The clock over HTTP: what time it is here, and moving it on.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, Reply, decode, settle};
use crate::gateway::Gateway;
use crate::objects::subscriptions;

/// Further than anybody tests, and near enough for every date on the wire.
const FURTHEST_S: i64 = 20 * 366 * 24 * 60 * 60;

/// How far the clock is to be moved: by seconds, or to a time.
#[derive(Debug, Deserialize)]
struct Move {
    advance_s: Option<i64>,
    to: Option<i64>,
}

pub async fn show(State(gateway): State<Arc<Gateway>>) -> Json<Value> {
    Json(shown(&gateway))
}

/// What falls due on the way happens on the way, and then the answer comes.
pub async fn advance(State(gateway): State<Arc<Gateway>>, body: String) -> Reply {
    let wanted: Move = decode(&body, &["advance_s", "to"])?;
    let mut account = gateway.account();
    let now = account.now();
    let to = match (wanted.advance_s, wanted.to) {
        (Some(seconds), None) => now.saturating_add(seconds),
        (None, Some(to)) => to,
        _ => return Err(Refused::bad("one of advance_s and to is needed")),
    };
    if to < now {
        return Err(Refused::bad(format!(
            "the clock only goes forward: it is {now} already"
        )));
    }
    if to > now.saturating_add(FURTHEST_S) {
        return Err(Refused::bad("that is more than twenty years away"));
    }
    account.advance(to);
    settle(&gateway, account);
    Ok(Json(shown(&gateway)))
}

fn shown(gateway: &Gateway) -> Value {
    json!({
        "now": gateway.clock.now(),
        "offset_s": gateway.clock.offset_s(),
        "next_renewal": subscriptions::cycle::next_renewal(&gateway.account()),
    })
}
