//! The JSON API.

mod problem;
pub mod transactions;

use problem::Problem;
