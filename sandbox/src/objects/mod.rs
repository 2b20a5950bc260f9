//! The gateway's objects: one file for each kind, named as its API names them.

mod aftermath;
pub mod attempt;
pub mod balance_transactions;
pub mod charges;
mod chosen;
pub mod confirmation;
pub mod customers;
pub mod disputes;
pub mod events;
pub mod fraud_warnings;
pub mod intents;
pub mod merchant;
pub mod payment_intents;
pub mod payment_methods;
pub mod payouts;
pub mod refunds;
pub mod setup_confirmation;
pub mod setup_intents;
mod terms;
pub mod webhook_endpoints;
