//! That a second person is needed: said before one is asked, and wherever something waits for one.

use billing::{
    id::CustomerId,
    staff::{
        Permission,
        proposals::{Amount, Proposal, Second, State},
    },
};
use leptos::prelude::*;

use super::super::parts::{linked, may};
use crate::{Trouble, context, words};

/// Whether whoever looks needs a second person for this.
pub(in crate::desk) async fn needs_second(
    amount: Amount,
    customer: CustomerId,
) -> Result<Option<Second>, Trouble> {
    let viewer = context::viewer();
    let person = viewer.person().ok_or(Trouble::SignedOut)?.id;
    let billing = context::billing()?;
    Ok(billing.needs_second(amount, customer, person).await?)
}

/// Says that it will wait, and for whom.
pub(in crate::desk) fn second_person(second: Second, shown: impl Fn(i64) -> String) -> AnyView {
    let Second {
        limit,
        moved,
        others,
    } = second;
    let why = match limit {
        0 => "A second person is needed.".to_owned(),
        _ => format!("Above {} a second person is needed.", shown(limit)),
    };
    let together = (moved > 0).then(|| {
        format!(
            " You moved {} for this customer in the last 24 hours, which counts together.",
            shown(moved)
        )
    });
    if others > 0 {
        return view! {
            <p class="done">
                {why} {together}
                " Nothing moves when you ask: every other admin and owner gets a mail, and one of "
                "them approves or refuses it within a week."
            </p>
        }
        .into_any();
    }
    let add = match may(Permission::Access) {
        true => linked("/admin/staff".to_owned(), "Add another admin or owner"),
        false => "Have an owner add another admin or owner".into_any(),
    };
    view! {
        <p class="alert">
            {why} {together} " You are the only one who may move credits and money, so nobody could "
            "approve it. " {add} ": whoever is added within a week can decide."
        </p>
    }
    .into_any()
}

/// What waits about one customer or transaction.
pub(in crate::desk) fn waiting(proposals: &[Proposal]) -> Option<AnyView> {
    let open = proposals.iter().filter(|it| it.state == State::Open);
    let items: Vec<_> = open
        .map(|proposal| {
            let href = format!("/admin/proposals/{}", proposal.id);
            view! {
                <li>
                    <words::When time=proposal.created_at/>
                    <div>
                        <p>{linked(href, proposal.what.title())}</p>
                        <p class="secondary">
                            {format!("{}: {}", proposal.asked_by_name, proposal.reason)}
                        </p>
                    </div>
                </li>
            }
        })
        .collect();
    let waiting = (!items.is_empty()).then(|| {
        view! {
            <section aria-labelledby="proposals">
                <h2 id="proposals">"Waits for a second person"</h2>
                <ul class="timeline">{items}</ul>
            </section>
        }
    });
    waiting.map(IntoAny::into_any)
}
