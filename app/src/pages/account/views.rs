//! Which of our staff looked at what the customer sees, and why.

use billing::{clock::Time, staff::customers::View};
use leptos::prelude::*;

use crate::words;

#[component]
pub(super) fn Views(views: Vec<View>, now: Time) -> impl IntoView {
    let items: Vec<_> = views
        .into_iter()
        .map(|view| {
            let pages = match view.pages {
                1 => "1 page".to_owned(),
                count => format!("{count} pages"),
            };
            let end = match view.over_at(now) {
                Some(time) => view! { " until " <words::When time/> }.into_any(),
                None => ", until now".into_any(),
            };
            view! {
                <li>
                    <span>
                        {view.reason}
                        <span class="secondary">
                            <words::When time=view.begun_at/>
                            {end}
                            {format!(", {pages}")}
                        </span>
                    </span>
                </li>
            }
        })
        .collect();
    (!items.is_empty()).then(|| {
        view! {
            <section aria-labelledby="views">
                <h2 id="views">"Who looked at your account"</h2>
                <p class="hint">
                    "Somebody of our support saw these pages as you see them. They could change nothing."
                </p>
                <ul class="sessions">{items}</ul>
            </section>
        }
    })
}
