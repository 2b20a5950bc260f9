//! Reconciliation against the sandbox, over HTTP. It sends no webhooks: what we know of it a test
//! tells us, and the rest was lost.

mod acting;
mod classes;
mod files;
mod payouts;
mod policies;
mod runs;
mod shop;
