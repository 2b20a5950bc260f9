//! A code on the way to paying: what it takes off, and the form to enter one.

use billing::{order::Order, transaction::Kind};
use leptos::prelude::*;

use crate::{context::FormState, forms::Field, words};

/// The lines of the bill between what is bought and what is due.
#[component]
pub(super) fn Discount(order: Order) -> impl IntoView {
    let is_plan = order.transaction.kind == Kind::Subscription;
    let unit = words::period(&order.offer);
    order.redemption.map(|redemption| {
        let later = is_plan.then(|| {
            view! {
                <div>
                    <dt>{format!("After the first {unit}")}</dt>
                    <dd>{format!("{} a {unit}", redemption.list_price)}</dd>
                </div>
            }
        });
        view! {
            <div>
                <dt>"List price"</dt>
                <dd>{redemption.list_price.to_string()}</dd>
            </div>
            <div>
                <dt>
                    {redemption.coupon.name} <span class="secondary">{redemption.coupon.code}</span>
                </dt>
                <dd>{words::taken_off(redemption.discount)}</dd>
            </div>
            {later}
        }
    })
}

/// Asks for a code, or takes the present one off again.
#[component]
pub(super) fn CouponForm(order: Order) -> impl IntoView {
    if order.redemption.is_some() {
        return view! {
            <form method="post" action=format!("/orders/{}/coupon/remove", order.id)>
                <button class="button quiet" type="submit">
                    "Remove the code"
                </button>
            </form>
        }
        .into_any();
    }
    if order.transaction.kind == Kind::PlanChange {
        return ().into_any();
    }
    let form = FormState::from_context();
    let is_wrong = !form.errors.is_empty();
    view! {
        <details class="coupon" open=is_wrong>
            <summary>"Have a code?"</summary>
            <form method="post" action=format!("/checkout/{}", order.id) class="beside">
                <Field name="code" label="Code" autocomplete="off" maxlength=64 form/>
                <button class="button quiet" type="submit">
                    "Apply"
                </button>
            </form>
        </details>
    }
    .into_any()
}
