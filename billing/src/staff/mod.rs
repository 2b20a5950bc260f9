//! What staff may do, and what is kept of what they did.

pub mod audit_log;
mod authenticator;
pub mod catalogue;
pub mod customers;
pub mod figures;
mod member;
mod part;
mod passkeys;
mod permission;
pub mod proposals;
mod recovery;
pub mod search;
mod second_factor;
pub mod transactions;

pub use authenticator::Offer;
pub use member::{Member, StaffError};
pub use part::{Cursor, MANY, Part, Rows};
pub use passkeys::Passkey;
pub(crate) use passkeys::RelyingParty;
pub use permission::Permission;
pub use recovery::RecoveryCode;
pub use second_factor::{FactorError, Standing};
