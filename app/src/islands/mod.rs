//! The parts of pages that move. They have no router and no context of the page: what they need
//! comes as properties.

pub mod balance;
mod browser;
pub mod checkout;
pub mod transaction;
mod validation_words;
