//! What customers will see of it.

use billing::catalog::{Catalog, Coupon, Item, Offer, OfferKind};
use leptos::prelude::*;

use super::words::benefit;
use crate::pages::offer::{pack_card, plan_card};

/// What a new version leaves alone.
pub(super) const STAYS: &str = "What was sold stays as it was: orders, also those that wait to be \
    paid, and plans that renew keep the version that they were sold under.";

/// The card in the shop; of a code, what it does to each price.
pub(super) fn card(item: &Item, beside: &Catalog) -> AnyView {
    match item {
        Item::Offer(offer) => match offer.kind {
            OfferKind::Pack => view! {
                <div class="packs">{pack_card(offer, button(format!("Buy {}", offer.name)))}</div>
            }
            .into_any(),
            OfferKind::Plan(_) => view! {
                <div class="plans">{plan_card(offer, button(format!("Choose {}", offer.name)))}</div>
            }
            .into_any(),
        },
        Item::Coupon(coupon) => prices(coupon, beside),
    }
}

/// A button that is only looked at.
fn button(label: String) -> AnyView {
    view! {
        <button class="button" type="button" disabled>
            {label}
        </button>
    }
    .into_any()
}

fn prices(coupon: &Coupon, beside: &Catalog) -> AnyView {
    let lowered = beside.offers().filter_map(|offer| {
        let due = offer.price.value - coupon.discount_on(offer)?.value;
        Some(lowered(offer, due))
    });
    let lowered: Vec<_> = lowered.collect();
    view! {
        <p>
            <strong>{coupon.name.clone()}</strong>
            ": "
            {benefit(coupon)}
        </p>
        {(!lowered.is_empty()).then(|| view! { <dl class="facts">{lowered}</dl> })}
    }
    .into_any()
}

fn lowered(offer: &Offer, due: i64) -> AnyView {
    let due = billing::money::Money {
        value: due,
        ..offer.price
    };
    view! {
        <div>
            <dt>{offer.name.clone()}</dt>
            <dd>{format!("{} → {due}", offer.price)}</dd>
        </div>
    }
    .into_any()
}
