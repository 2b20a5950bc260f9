//! The bar of the desk: where one can go, what can be searched, who works here.

use billing::staff::Permission;
use leptos::prelude::*;

use super::search::SearchField;
use crate::{context, layout::Mark};

/// A page of the bar, and what one must be allowed to do to see it.
struct Link {
    href: &'static str,
    name: &'static str,
    needs: Permission,
}

/// In the order in which they are needed through a day.
const LINKS: &[Link] = &[
    link("/admin", "Overview", Permission::Look),
    link("/admin/attention", "Needs attention", Permission::Look),
    link("/admin/customers", "Customers", Permission::Look),
    link("/admin/transactions", "Transactions", Permission::Look),
    link("/admin/inbox", "Inbox", Permission::Look),
    link("/admin/mails", "Mails", Permission::Look),
    link("/admin/deliveries", "Deliveries", Permission::Look),
    link("/admin/reconciliation", "Reconciliation", Permission::Look),
    link("/admin/catalogue", "Catalogue", Permission::Look),
    link("/admin/staff", "Staff", Permission::Access),
    link("/admin/keys", "API keys", Permission::Access),
    link("/admin/endpoints", "Endpoints", Permission::Access),
    link("/admin/audit", "Audit log", Permission::Look),
    link("/admin/settings", "Settings", Permission::Look),
];

const fn link(href: &'static str, name: &'static str, needs: Permission) -> Link {
    Link { href, name, needs }
}

#[component]
pub(super) fn Bar(path: String) -> impl IntoView {
    let viewer = context::viewer();
    let (name, role) = viewer
        .person()
        .map(|person| (person.email.clone(), person.role))
        .unwrap_or_default();
    // Nothing opens before the second factor is given.
    let is_in = (viewer.0.as_ref()).is_some_and(|session| session.second_factor_at.is_some());
    let links = LINKS
        .iter()
        .filter(|_| is_in)
        .filter(|link| role.is_some_and(|role| role.may(link.needs)))
        .map(|link| {
            let here = is_at(&path, link.href);
            view! {
                <li>
                    <a href=link.href aria-current=here.then_some("page")>
                        {link.name}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <header class="desk-bar">
            <a class="wordmark" href="/admin">
                <Mark/>
                "Tender"
            </a>
            {is_in.then(|| view! { <SearchField/> })}
            <nav aria-label="Desk">
                <ul>{links}</ul>
            </nav>
            <div class="desk-viewer">
                <p>
                    {name} <span class="secondary">{role.map(|role| role.as_str())}</span>
                </p>
                {is_in
                    .then(|| {
                        view! {
                            <p>
                                <a href="/admin/security">"Security"</a>
                            </p>
                            <p>
                                <a href="/account/password">"Password"</a>
                            </p>
                        }
                    })}
                <form method="post" action="/sign-out">
                    <button class="button quiet" type="submit">
                        "Sign out"
                    </button>
                </form>
            </div>
        </header>
    }
    .into_any()
}

/// Whether a page belongs to a link: its own page, or one below it.
fn is_at(path: &str, href: &str) -> bool {
    path == href || (href != "/admin" && path.starts_with(&format!("{href}/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_below_belongs_to_its_link() {
        assert!(is_at("/admin/customers/1", "/admin/customers"));
        assert!(is_at("/admin", "/admin"));
        assert!(!is_at("/admin/customers", "/admin"));
        assert!(!is_at("/admin/customers-of", "/admin/customers"));
    }
}
