//! The staff's desk: its document, and the table of its pages. Nothing of it is sent to customers: it
//! has no islands, and its style and its script are files of their own.

mod access;
mod asked;
mod attention;
pub mod audit;
pub mod catalogue;
mod customer;
pub mod customers;
pub mod deliveries;
mod endpoints;
mod facts;
pub mod inbox;
mod keys;
mod layout;
pub mod mails;
mod overview;
mod parts;
mod proposal;
pub mod reconciliation;
pub mod search;
mod security;
mod settings;
mod spoken;
mod staff;
mod table;
mod transaction;
pub mod transactions;

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    context,
    layout::{SandboxBanner, SkipLink},
    problem::NotFound,
    shell,
};
pub use access::Once;
pub use asked::Asked;
use attention::AttentionPage;
use audit::AuditPage;
use catalogue::{
    CataloguePage, ChangeCodePage, ChangeOfferPage, CodePage, ImportPage, NewPage, OfferPage,
};
use customer::{CustomerPage, GivePage, PlanPage, TakePage, ViewPage};
use customers::CustomersPage;
use deliveries::DeliveriesPage;
pub use endpoints::Tested;
use endpoints::{EndpointPage, EndpointsPage};
use inbox::{EventPage, InboxPage};
use keys::{KeyPage, KeysPage};
use layout::Bar;
use mails::{MailPage, MailsPage};
use overview::OverviewPage;
use proposal::ProposalPage;
use reconciliation::{FindingPage, RunPage, RunsPage, UploadPage};
use search::SearchPage;
use security::{AddPasskeyPage, PasskeyPage, RecoveryCodesPage, SecurityPage, SetUpPage};
use settings::SettingsPage;
pub use settings::{AllSettings, Setting};
use staff::{MemberPage, StaffPage};
pub use table::InFile;
use transaction::{RefundPage, TransactionPage};
use transactions::TransactionsPage;

/// The document around every page of the desk.
pub fn desk_shell(options: LeptosOptions) -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <shell::CommonHead options/>
                <link rel="stylesheet" href="/desk/desk.css"/>
                <script type="module" src="/desk/desk.js" nonce=nonce></script>
                <MetaTags/>
            </head>
            <body class="desk">
                <Desk/>
            </body>
        </html>
    }
}

/// Every page of the desk.
#[component]
pub fn Desk() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=shell::title/>
        <SkipLink/>
        <SandboxBanner/>
        <Router>
            <Bar path=context::path()/>
            <main id="main" tabindex="-1">
                <FlatRoutes fallback=|| view! { <NotFound/> }>
                    <Route path=path!("/admin") view=OverviewPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/attention") view=AttentionPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/inbox") view=InboxPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/inbox/:event") view=EventPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/mails") view=MailsPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/mails/:mail") view=MailPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/deliveries") view=DeliveriesPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/reconciliation") view=RunsPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/reconciliation/upload") view=UploadPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/reconciliation/:run") view=RunPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/findings/:finding") view=FindingPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/search") view=SearchPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/customers") view=CustomersPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/customers/:id") view=CustomerPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/customers/:id/give") view=GivePage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/customers/:id/take") view=TakePage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/customers/:id/plan") view=PlanPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/customers/:id/view") view=ViewPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/transactions") view=TransactionsPage ssr=SsrMode::Async/>
                    <Route
                        path=path!("/admin/transactions/:id")
                        view=TransactionPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/admin/transactions/:id/refund")
                        view=RefundPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/admin/catalogue") view=CataloguePage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/catalogue/new/:kind") view=NewPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/catalogue/import") view=ImportPage ssr=SsrMode::Async/>
                    <Route
                        path=path!("/admin/catalogue/offers/:key")
                        view=OfferPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/admin/catalogue/offers/:key/change")
                        view=ChangeOfferPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/admin/catalogue/codes/:code")
                        view=CodePage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/admin/catalogue/codes/:code/change")
                        view=ChangeCodePage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/admin/proposals/:id") view=ProposalPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/audit") view=AuditPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/staff") view=StaffPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/staff/:id") view=MemberPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/keys") view=KeysPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/keys/:id") view=KeyPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/endpoints") view=EndpointsPage ssr=SsrMode::Async/>
                    <Route
                        path=path!("/admin/endpoints/:id")
                        view=EndpointPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/admin/endpoints/:id/test")
                        view=EndpointPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/admin/endpoints/:id/replay")
                        view=EndpointPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/admin/endpoints/:id/secret")
                        view=EndpointPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/admin/settings") view=SettingsPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/security") view=SecurityPage ssr=SsrMode::Async/>
                    <Route
                        path=path!("/admin/security/authenticator")
                        view=SetUpPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/admin/security/passkeys")
                        view=AddPasskeyPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/admin/security/passkeys/:id")
                        view=PasskeyPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/admin/security/recovery-codes")
                        view=RecoveryCodesPage
                        ssr=SsrMode::Async
                    />
                </FlatRoutes>
            </main>
        </Router>
    }
}
