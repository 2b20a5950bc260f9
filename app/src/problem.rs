//! Pages that say what went wrong.

use http::StatusCode;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, Title};

use crate::{Looking, Trouble, context, layout::LookingBar};

/// A page for when nothing can be rendered with a request: the database is down, a handler failed.
/// It needs no context, and no script.
pub fn problem_page(options: LeptosOptions, title: &str, text: &str) -> String {
    page(options, title, text, None)
}

/// What staff are told who would change something while they see the site as a customer does.
pub fn only_look_page(options: LeptosOptions, looking: Looking) -> String {
    let text = format!(
        "You are looking at what {} sees. Nothing was done: whatever changes something, and what is theirs \
         alone, is closed to you.",
        looking.email
    );
    page(options, "You only look", &text, Some(looking))
}

fn page(options: LeptosOptions, title: &str, text: &str, looking: Option<Looking>) -> String {
    let (title, text) = (title.to_owned(), text.to_owned());
    let page = Owner::new().with(|| {
        view! {
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <title>{format!("{title} · Tender")}</title>
                    <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                    <HashedStylesheet options/>
                </head>
                <body>
                    {looking.map(|looking| view! { <LookingBar looking/> })}
                    <main class="page narrow">
                        <h1>{title}</h1>
                        <p>{text}</p>
                        <p>
                            <a href="/">"Go to the start"</a>
                        </p>
                    </main>
                </body>
            </html>
        }
        .to_html()
    });
    format!("<!DOCTYPE html>{page}")
}

/// There is nothing at this address, or nothing for this customer.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    context::set_status(StatusCode::NOT_FOUND);
    let viewer = context::viewer();
    let is_staff = viewer.person().is_some_and(|person| person.role.is_some());
    let (href, label) = match is_staff && context::path().starts_with("/admin") {
        true => ("/admin", "Go to the overview"),
        false => ("/", "See packs and plans"),
    };
    view! {
        <Title text="Not found"/>
        <div class="page narrow">
            <h1>"There is nothing here"</h1>
            <p>"The address may be mistyped, or belong to another account."</p>
            <p>
                <a class="button" href=href>
                    {label}
                </a>
            </p>
        </div>
    }
}

/// What a page shows instead of itself.
pub(crate) fn trouble(trouble: Trouble) -> AnyView {
    context::set_status(trouble.status());
    match trouble {
        Trouble::NotFound | Trouble::Closed => view! { <NotFound/> }.into_any(),
        Trouble::SignedOut => view! { <SignInFirst/> }.into_any(),
        _ => view! { <OutOfOrder/> }.into_any(),
    }
}

#[component]
fn SignInFirst() -> impl IntoView {
    view! {
        <Title text="Sign in first"/>
        <div class="page narrow">
            <h1>"Sign in first"</h1>
            <p>"This page belongs to a customer's account."</p>
            <p>
                <a class="button" href="/sign-in">
                    "Sign in"
                </a>
            </p>
        </div>
    }
}

#[component]
fn OutOfOrder() -> impl IntoView {
    view! {
        <Title text="Not available right now"/>
        <div class="page narrow">
            <h1>"This page is not available right now"</h1>
            <p>
                "Something on our side does not answer. Nothing you own is lost, and a payment you "
                "made is not forgotten. Please try again in a minute."
            </p>
            <p>
                <a class="button" href="">
                    "Try again"
                </a>
            </p>
        </div>
    }
}
