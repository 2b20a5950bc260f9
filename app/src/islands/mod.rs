//! The parts of pages that move. They have no router and no context of the page: what they need
//! is given to them.

pub mod balance;
mod browser;
pub mod checkout;
pub(crate) mod props;
pub mod transaction;
mod validation_words;
