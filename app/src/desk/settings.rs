//! How the site is set up. Settings come from the environment; here they are only read.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::problem::NotFound;

/// A setting, as this server was started with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `TENDER_ADDR`
    pub name: String,
    /// What it is for, as `tender --help` says it.
    pub about: String,
    /// Its value; of a secret, only that there is one.
    pub value: Option<String>,
    /// `environment`, `command line` or `default`.
    pub source: &'static str,
}

/// All of them. In the context of the page that shows them.
#[derive(Clone, Debug)]
pub struct AllSettings(pub Vec<Setting>);

#[component]
pub(super) fn SettingsPage() -> impl IntoView {
    // Not there when the address was written in another way.
    let Some(AllSettings(settings)) = use_context() else {
        return view! { <NotFound/> }.into_any();
    };
    let rows = settings.into_iter().map(|setting| {
        let value = match setting.value {
            Some(value) => view! { <code class="secret">{value}</code> }.into_any(),
            None => view! { <span class="hint">"not set"</span> }.into_any(),
        };
        view! {
            <tr>
                <th scope="row">
                    <code>{setting.name}</code>
                    <span class="secondary">{setting.about}</span>
                </th>
                <td>{value}</td>
                <td>{setting.source}</td>
            </tr>
        }
    });
    view! {
        <Title text="Settings"/>
        <div class="desk-page">
            <h1>"Settings"</h1>
            <p class="desk-text">
                "They come from the environment of the server, or from its file "
                <code>".env"</code>
                ". To change one, set it there and restart: nothing can be set here. Secrets are not shown."
            </p>
            <div class="table-scroll">
                <table class="desk-table settings">
                    <caption class="visually-hidden">"the settings"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Setting"</th>
                            <th scope="col">"Value"</th>
                            <th scope="col">"From"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}
