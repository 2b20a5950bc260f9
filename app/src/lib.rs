//! What a browser sees: pages, islands, server functions and the types they share.
//!
//! Pages are plain components that only the server has (`ssr`). Islands, the few parts that move,
//! are compiled for both sides; they talk to the server through [`server_functions`] in the types
//! of [`wire`].

// A page is one deeply nested type.
#![recursion_limit = "512"]

pub mod codec;
pub mod islands;
pub mod server_functions;
pub mod stripe_js;
mod trouble;
pub mod wire;

#[cfg(feature = "ssr")]
mod context;
#[cfg(feature = "ssr")]
pub mod desk;
#[cfg(feature = "ssr")]
mod forms;
#[cfg(feature = "ssr")]
mod layout;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod problem;
#[cfg(feature = "ssr")]
pub mod receipt;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
pub mod studio;
#[cfg(feature = "ssr")]
mod words;

pub use trouble::Trouble;

#[cfg(feature = "ssr")]
pub use context::{FormState, Looking, Site, Viewer};
#[cfg(feature = "ssr")]
pub use pages::docs;
#[cfg(feature = "ssr")]
pub use problem::{only_look_page, problem_page};
#[cfg(feature = "ssr")]
pub use shell::{App, has_island, shell, takes_card};
