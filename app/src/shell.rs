//! The document around the pages, and the table of pages.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    context::{self},
    layout::{Footer, Header, LookingBar, OwedBanner, SandboxBanner, SkipLink},
    pages::{
        account::{Account, ChangeEmail, ChangePassword, CloseAccount},
        buy::Buy,
        card::{AddCard, RemoveCard},
        checkout::Checkout,
        confirm::Confirm,
        docs::Docs,
        home::Home,
        password::{Forgot, Reset},
        pay::Pay,
        picture::Picture,
        plan::{CancelPlan, ChangePlan, ChoosePlan, ManagePlan},
        receipt::ReceiptPage,
        sign::{SignIn, SignUp},
        studio::Studio,
        transaction::TransactionPage,
        trial::TrialPage,
    },
    problem::NotFound,
};

/// Whether the page at this path has a part that moves, and so needs scripts and WASM.
pub fn has_island(path: &str) -> bool {
    let waits = path.starts_with("/transactions/") && !path.ends_with("/receipt");
    path == "/account" || waits || takes_card(path)
}

/// Whether the page at this path takes a card, and so may load the gateway's script.
pub fn takes_card(path: &str) -> bool {
    path.starts_with("/checkout/")
        || path.starts_with("/pay/")
        || matches!(path, "/account/cards/add" | "/trial")
}

/// The document. Only pages with an island are sent scripts.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let moves = context::request().is_some_and(|request| has_island(request.uri.path()));
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <CommonHead options=options.clone()/>
                <meta
                    name="description"
                    content="Packs of credits that are in your account the moment your payment settles."
                />
                {moves.then(|| view! { <HydrationScripts options islands=true/> })}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// What stands in the head of customers' pages and of the desk's.
#[component]
pub(crate) fn CommonHead(options: LeptosOptions) -> impl IntoView {
    view! {
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
        <link
            rel="preload"
            href="/fonts/figtree-latin.woff2"
            r#as="font"
            type="font/woff2"
            crossorigin="anonymous"
        />
        <HashedStylesheet options=options.clone()/>
        <AutoReload options/>
    }
}

/// The title of a page, with the site's name.
pub(crate) fn title(title: String) -> String {
    match title.as_str() {
        "" => "Tender".to_owned(),
        // What a customer wrote may stand in it, and nothing after us makes it text.
        title => format!(
            "{} · Tender",
            title.replace('&', "&amp;").replace('<', "&lt;")
        ),
    }
}

/// Every page. They wait for their data, so that they are whole without a script.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=title/>
        <SkipLink/>
        {context::looking().map(|looking| view! { <LookingBar looking/> })}
        <SandboxBanner/>
        <OwedBanner/>
        <Router>
            <Header/>
            <main id="main" tabindex="-1">
                <FlatRoutes fallback=|| view! { <NotFound/> }>
                    <Route path=path!("/") view=Home ssr=SsrMode::Async/>
                    <Route path=path!("/sign-up") view=SignUp ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async/>
                    <Route path=path!("/forgot") view=Forgot ssr=SsrMode::Async/>
                    <Route path=path!("/reset/:secret") view=Reset ssr=SsrMode::Async/>
                    <Route path=path!("/confirm/:secret") view=Confirm ssr=SsrMode::Async/>
                    <Route path=path!("/buy/:pack") view=Buy ssr=SsrMode::Async/>
                    <Route path=path!("/checkout/:order") view=Checkout ssr=SsrMode::Async/>
                    <Route path=path!("/plans/:plan") view=ChoosePlan ssr=SsrMode::Async/>
                    <Route path=path!("/account/plan") view=ManagePlan ssr=SsrMode::Async/>
                    <Route path=path!("/account/plan/change") view=ChangePlan ssr=SsrMode::Async/>
                    <Route path=path!("/account/plan/cancel") view=CancelPlan ssr=SsrMode::Async/>
                    <Route path=path!("/pay/:transaction") view=Pay ssr=SsrMode::Async/>
                    <Route path=path!("/transactions/:id") view=TransactionPage ssr=SsrMode::Async/>
                    <Route path=path!("/transactions/:transaction/receipt") view=ReceiptPage ssr=SsrMode::Async/>
                    <Route path=path!("/orders/:order/receipt") view=ReceiptPage ssr=SsrMode::Async/>
                    <Route path=path!("/account") view=Account ssr=SsrMode::Async/>
                    <Route path=path!("/account/email") view=ChangeEmail ssr=SsrMode::Async/>
                    <Route path=path!("/account/password") view=ChangePassword ssr=SsrMode::Async/>
                    <Route path=path!("/account/close") view=CloseAccount ssr=SsrMode::Async/>
                    <Route path=path!("/account/cards/add") view=AddCard ssr=SsrMode::Async/>
                    <Route path=path!("/account/cards/:id/remove") view=RemoveCard ssr=SsrMode::Async/>
                    <Route path=path!("/trial") view=TrialPage ssr=SsrMode::Async/>
                    <Route path=path!("/studio") view=Studio ssr=SsrMode::Async/>
                    <Route path=path!("/studio/:id") view=Picture ssr=SsrMode::Async/>
                    <Route path=path!("/docs") view=Docs ssr=SsrMode::Async/>
                </FlatRoutes>
            </main>
            <Footer/>
        </Router>
    }
}
