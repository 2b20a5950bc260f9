//! What staff may do, and what is kept of what they did.

pub mod audit_log;
pub mod customers;
mod part;
mod permission;
pub mod search;
pub mod transactions;

pub use part::{Cursor, Part, Rows};
pub use permission::Permission;
