//! The gateway's objects: one file for each kind, named as its API names them.

pub mod attempt;
pub mod charges;
mod chosen;
pub mod confirmation;
pub mod customers;
pub mod events;
pub mod intents;
pub mod payment_intents;
pub mod payment_methods;
pub mod setup_confirmation;
pub mod setup_intents;
mod terms;
pub mod webhook_endpoints;
