//! The browsers in which the customer is signed in.

use billing::people::Session;
use leptos::prelude::*;

use crate::words;

#[component]
pub(super) fn Sessions(sessions: Vec<Session>, this_session: Session) -> impl IntoView {
    let has_others = sessions.iter().any(|session| session.id != this_session.id);
    let items = sessions.into_iter().map(|session| {
        let is_this = session.id == this_session.id;
        let name = browser_name(&session.user_agent);
        let control = if is_this {
            view! { <span class="tag">"This browser"</span> }.into_any()
        } else {
            view! {
                <form method="post" action=format!("/account/sessions/{}/end", session.id)>
                    <button class="button quiet" type="submit">
                        "Sign out"
                        <span class="visually-hidden">" of " {name.clone()}</span>
                    </button>
                </form>
            }
            .into_any()
        };
        view! {
            <li>
                <span>
                    {name}
                    <span class="secondary">"Last seen " <words::When time=session.last_seen_at/></span>
                </span>
                {control}
            </li>
        }
    });
    view! {
        <section aria-labelledby="sessions">
            <h2 id="sessions">"Where you are signed in"</h2>
            <ul class="sessions">{items.collect_view()}</ul>
            {has_others
                .then(|| {
                    view! {
                        <form method="post" action="/account/sessions/end-others">
                            <button class="button quiet" type="submit">
                                "Sign out everywhere else"
                            </button>
                        </form>
                    }
                })}
        </section>
    }
    .into_any()
}

/// `Firefox on Linux`, as far as a browser's name for itself can be trusted.
pub(crate) fn browser_name(user_agent: &str) -> String {
    // Browsers imitate each other: the one that names itself last is the true one.
    let browsers = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (named(&browsers), named(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "A browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(browser_name(chrome), "Chrome on Linux");
        assert_eq!(
            browser_name(&format!("{chrome} Edg/140.0.0.0")),
            "Edge on Linux"
        );
        assert_eq!(browser_name("curl/8.0"), "A browser");
    }
}
