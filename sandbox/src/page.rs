//! The sandbox's own page (filled in with its assets).

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use maud::{DOCTYPE, Markup, html};

use crate::browser::asset;
use crate::gateway::Gateway;

pub async fn show(State(_gateway): State<Arc<Gateway>>) -> Markup {
    html! { (DOCTYPE) html lang="en" { head { title { "Sandbox" } } body { main { h1 { "Sandbox" } } } } }
}

pub async fn css() -> impl IntoResponse {
    asset(
        "text/css; charset=utf-8",
        include_str!("../assets/page.css"),
    )
}

pub async fn js() -> impl IntoResponse {
    asset(
        "text/javascript; charset=utf-8",
        include_str!("../assets/page.js"),
    )
}
