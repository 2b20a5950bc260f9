//! The process: settings, routes, webhook door, API, workers, command line.

#[macro_use]
mod said;

pub mod command_line;
pub mod settings;

mod api;
mod check;
mod client_address;
mod connections;
mod desk;
mod forms;
mod guard;
mod health;
mod limits;
mod looking;
mod metrics;
mod pages;
mod receipt;
mod routes;
mod serve;
mod state;
mod telemetry;
mod trace;
mod viewer;
mod webhooks;

pub use serve::Server;

/// Requests are many small pieces of memory, taken by one thread and given back by another. When thousands
/// are answered at once, that took the C library's allocator a third of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
