//! One file per page. Rendered on the server, whole without a script.

pub(crate) mod account;
pub(crate) mod buy;
pub(crate) mod card;
pub(crate) mod checkout;
pub(crate) mod confirm;
pub mod docs;
pub(crate) mod home;
pub(crate) mod offer;
pub(crate) mod password;
pub(crate) mod pay;
pub(crate) mod picture;
pub(crate) mod plan;
pub(crate) mod receipt;
pub(crate) mod sign;
pub(crate) mod studio;
pub(crate) mod transaction;
pub(crate) mod trial;
