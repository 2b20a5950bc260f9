//! The JSON API.

pub mod access;
pub mod books;
pub mod credits;
pub mod customers;
pub mod docs;
pub mod events;
pub mod explain;
pub mod grants;
pub mod holds;
mod input;
pub mod openapi;
pub mod orders;
mod problem;
pub mod reversals;
pub mod spend;
pub mod transactions;

use http::{Method, Uri};

pub use problem::Problem;

/// Nothing is there.
pub async fn unknown(uri: Uri) -> Problem {
    Problem::not_found(uri.path())
}

/// Something is there, for another method.
pub async fn wrong_method(method: Method) -> Problem {
    Problem::method(&method)
}
