//! Who works here.

mod member;

use billing::{people::Role, staff::Member};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    access::{self, Choice, Done},
    asked::Asked,
    table::{Column, Row, Table},
};
use crate::{
    context::FormState,
    forms::{ErrorSummary, Field},
    problem::trouble,
    words,
};
pub(super) use member::MemberPage;

const COLUMNS: &[Column] = &[
    Column::new("Who"),
    Column::new("Role"),
    Column::new("Second factor"),
    Column::new("Last seen").wide(),
    Column::new("Sessions").amount().wide(),
];

#[component]
pub(super) fn StaffPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        let staff = async { Ok(access::billing()?.staff().await?) };
        match staff.await {
            Ok(staff) => page(staff, form),
            Err(what) => trouble(what),
        }
    })
}

fn page(staff: Vec<Member>, form: FormState) -> AnyView {
    let table = Table {
        caption: "the staff",
        columns: COLUMNS,
        rows: staff.into_iter().map(row).collect(),
        next: None,
        filters: Vec::new(),
        export: None,
        empty: "Nobody works here yet.",
    };
    view! {
        <Title text="Staff"/>
        <div class="desk-page">
            <h1>"Staff"</h1>
            <Done/>
            <ErrorSummary form=form.clone()/>
            {table.show(&Asked::default())}
            <section aria-labelledby="add">
                <h2 id="add">"Add somebody"</h2>
                <p class="hint">"They get a link by mail with which they set a password."</p>
                <form method="post" action="/admin/staff" class="stack desk-form">
                    <Field name="email" label="Email" kind="email" form=form.clone()/>
                    <Choice name="role" label="Role" words=roles() chosen="viewer" form/>
                    <button class="button" type="submit">
                        "Add and send the link"
                    </button>
                </form>
            </section>
        </div>
    }
    .into_any()
}

fn row(member: Member) -> Row {
    let factor = match member.has_app || member.passkeys > 0 {
        true => "yes",
        false => "not yet",
    };
    let seen = member
        .last_seen_at
        .map(|at| view! { <words::When time=at/> });
    Row {
        href: Some(format!("/admin/staff/{}", member.id)),
        cells: vec![
            member.email.into_any(),
            member.role.as_str().into_any(),
            factor.into_any(),
            seen.into_any(),
            member.sessions.into_any(),
        ],
    }
}

/// What roles there are, the one that may least first.
fn roles() -> Vec<&'static str> {
    Role::ALL.iter().map(|role| role.as_str()).collect()
}
