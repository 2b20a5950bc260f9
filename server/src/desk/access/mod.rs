//! Who is let in: people, programs, and where what happens is told.

mod endpoints;
mod keys;
mod staff;

use axum::{
    Router,
    routing::{get, post},
};

use super::page;
use crate::state::State;

/// For owners.
pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/admin/staff", get(page).post(staff::add))
        .route("/admin/staff/{id}", get(page).post(staff::change))
        .route("/admin/keys", get(page).post(keys::add))
        .route("/admin/keys/{id}", get(page).post(keys::revoke))
        .route("/admin/endpoints", get(page).post(endpoints::add))
        .route("/admin/endpoints/{id}", get(page).post(endpoints::disable))
        .route("/admin/endpoints/{id}/test", post(endpoints::test))
        .route("/admin/endpoints/{id}/replay", post(endpoints::replay))
        .route("/admin/endpoints/{id}/secret", post(endpoints::secret))
}

/// What somebody must say who takes something away.
const SAY_WHY: &str = "Say why: it is kept in the audit log.";
