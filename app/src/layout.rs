//! What surrounds every page: the sandbox's banner, header, footer.

use billing::Billing;
use leptos::prelude::*;

use crate::{
    context::{self, Looking, Site},
    words,
};

/// Lets a keyboard jump over the header.
#[component]
pub(crate) fn SkipLink() -> impl IntoView {
    view! {
        <a class="skip-link" href="#main">
            "Skip to content"
        </a>
    }
}

/// Tells a member of staff whose pages they see, and lets them out.
#[component]
pub(crate) fn LookingBar(looking: Looking) -> impl IntoView {
    let Looking { email, until } = looking;
    view! {
        <aside class="looking-bar" aria-label="You only look">
            <p>
                "You are looking at " <strong>{email}</strong>
                " as they see it. Nothing can be changed. It ends by itself at "
                <words::When time=until/> "."
            </p>
            <form method="post" action="/admin/view/end">
                <button class="button" type="submit">
                    "End"
                    <span class="visually-hidden">" looking at this account"</span>
                </button>
            </form>
        </aside>
    }
}

/// Says that no money moves, while the sandbox stands in for a gateway.
#[component]
pub(crate) fn SandboxBanner() -> impl IntoView {
    use_context::<Site>()
        .and_then(|site| site.sandbox_url)
        .map(|url| {
            view! {
                <aside class="sandbox-banner" aria-label="Sandbox">
                    <p>
                        "Sandbox: no money moves. " <a href=url>"See what the gateway does"</a>
                    </p>
                </aside>
            }
        })
}

/// Says that a renewal is not paid, wherever its customer is.
#[component]
pub(crate) fn OwedBanner() -> impl IntoView {
    Suspend::new(async {
        let billing = use_context::<Billing>()?;
        let customer = context::viewer().customer()?;
        let owed = billing.owed_renewal(customer).await.ok()??;
        let pay = owed.transaction.pay_page();
        Some(view! {
            <aside class="owed-banner" aria-label="Your plan">
                <p>
                    {format!("Your {} plan could not be renewed. ", owed.plan.offer.name)}
                    <a href=pay>{format!("Pay {}", owed.transaction.amount)}</a>
                    " before " <words::Day time=owed.ends_at/> " to keep it."
                </p>
            </aside>
        })
    })
}

#[component]
pub(crate) fn Header() -> impl IntoView {
    let viewer = context::viewer();
    let links = match viewer.person() {
        None => view! { <SignedOutLinks/> }.into_any(),
        Some(person) => {
            let is_staff = person.role.is_some();
            view! {
                {person.customer.map(|_| view! { <CustomerLinks/> })}
                {is_staff.then(|| view! { <a href="/admin">"Admin"</a> })}
                <form method="post" action="/sign-out">
                    <button class="button quiet" type="submit">
                        "Sign out"
                    </button>
                </form>
            }
            .into_any()
        }
    };
    view! {
        <header class="site-header">
            <a class="wordmark" href="/">
                <Mark/>
                "Tender"
            </a>
            <nav class="site-nav" aria-label="Site">
                {links}
            </nav>
        </header>
    }
    .into_any()
}

#[component]
fn SignedOutLinks() -> impl IntoView {
    view! {
        <a href="/sign-in">"Sign in"</a>
        <a class="button" href="/sign-up">
            "Create account"
        </a>
    }
}

#[component]
fn CustomerLinks() -> impl IntoView {
    view! {
        <a href="/studio">"Studio"</a>
        <a href="/account">"Account"</a>
        {Suspend::new(available_credits())}
    }
}

/// The islands that learn of a new balance write it into the marked element.
async fn available_credits() -> impl IntoView {
    let billing = use_context::<Billing>()?;
    let customer = context::viewer().customer()?;
    let amount = billing.available(customer).await.ok()?;
    let unit = words::credits(amount);
    let unit = unit.split_once(' ').map(|(_, unit)| unit.to_owned());
    Some(view! {
        <span class="purse">
            <span data-credits>{amount.to_string()}</span>
            " "
            {unit}
        </span>
    })
}

/// A coin at rest on a line.
#[component]
pub(crate) fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
            <circle cx="12" cy="10" r="7" fill="currentColor"/>
            <path d="M3 20h18" stroke="currentColor" stroke-width="2.5" stroke-linecap="round"/>
        </svg>
    }
}

#[component]
pub(crate) fn Footer() -> impl IntoView {
    view! {
        <footer class="site-footer">
            <p>"Tender sells credits and hands them over the moment your payment settles."</p>
            <nav aria-label="Footer">
                <a href="/">"Packs and plans"</a>
                <a href="/studio">"Studio"</a>
                <a href="/docs">"API"</a>
            </nav>
        </footer>
    }
    .into_any()
}
