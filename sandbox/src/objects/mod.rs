//! The gateway's objects: one file for each kind, named as its API names them.

pub mod charges;
pub mod confirmation;
pub mod customers;
pub mod events;
pub mod payment_intents;
pub mod payment_methods;
mod terms;
pub mod webhook_endpoints;
