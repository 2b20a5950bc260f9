//! What staff may do, and what is kept of what they did.

pub mod audit_log;
pub mod figures;
mod part;
mod permission;

pub use part::{Cursor, Part, Rows};
pub use permission::Permission;
