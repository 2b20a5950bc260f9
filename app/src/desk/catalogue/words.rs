//! How staff read what is sold, and what differs between two versions of it.

use billing::{
    catalog::{Benefit, Change, Coupon, Differences, Item, Name, Offer, OfferKind, Problem},
    clock::{Day, Time},
};
use leptos::prelude::*;

use crate::{
    desk::parts::{fact, facts},
    words,
};

/// Where something that is sold has its page.
pub fn path(name: &Name) -> String {
    match name {
        Name::Offer(key) => format!("/admin/catalogue/offers/{key}"),
        Name::Coupon(code) => format!("/admin/catalogue/codes/{code}"),
    }
}

/// What is wrong with a field, as a sentence: `Price must be more than zero.`
pub fn sentence(problem: &Problem) -> String {
    let text = format!("{} {}.", problem.field, problem.text).replace('_', " ");
    let (first, rest) = text.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

pub(super) fn price(offer: &Offer) -> String {
    match offer.kind {
        OfferKind::Pack => offer.price.to_string(),
        OfferKind::Plan(_) => format!("{} a {}", offer.price, words::period(offer)),
    }
}

/// What a coupon does: `20 % off`.
pub(super) fn benefit(coupon: &Coupon) -> String {
    match coupon.benefit {
        Benefit::Credits {
            amount,
            expire_after_days: None,
        } => words::credits(amount),
        Benefit::Credits {
            amount,
            expire_after_days: Some(days),
        } => format!("{} for {}", words::credits(amount), words::days(days)),
        Benefit::PercentOff(percent) => format!("{percent} % off"),
        Benefit::AmountOff(off) => format!("{off} off"),
    }
}

/// The last day of a code, or the moment at which it ends.
fn until(until: Option<Time>) -> String {
    let Some(until) = until else {
        return "always".to_owned();
    };
    let last = Day::from(until).before();
    match last.end() == until {
        true => format!("to the end of {last}"),
        false => format!("before {until}"),
    }
}

fn most(most: Option<i64>) -> String {
    most.map_or("as often as they like".to_owned(), |most| {
        format!("{most} times")
    })
}

fn meant(coupon: &Coupon) -> String {
    match (&coupon.benefit, coupon.offers.as_slice()) {
        (Benefit::Credits { .. }, _) => "the account".to_owned(),
        (_, []) => "every pack".to_owned(),
        (_, keys) => keys.join(", "),
    }
}

/// Everything that makes a version what it is.
pub(super) fn fields(item: &Item) -> Vec<(&'static str, String)> {
    match item {
        Item::Offer(offer) => {
            let left = match offer.kind {
                OfferKind::Plan(_) => {
                    Some(("Left at the end of a period", words::left_over(offer)))
                }
                OfferKind::Pack => None,
            };
            let fields = [
                ("Name", offer.name.clone()),
                ("Description", offer.description.clone()),
                ("Price", price(offer)),
                ("Credits", offer.credits.to_string()),
            ];
            fields.into_iter().chain(left).collect()
        }
        Item::Coupon(coupon) => vec![
            ("Name", coupon.name.clone()),
            ("Brings", benefit(coupon)),
            ("For", meant(coupon)),
            ("Each customer", most(coupon.per_customer)),
            ("All together", most(coupon.total)),
            ("Valid", until(coupon.until)),
        ],
    }
}

/// What differs, field by field: `$5.00 → $7.00`; of something new, what it is.
pub(super) fn differing(before: Option<&Item>, after: &Item) -> Vec<(&'static str, String)> {
    let (was, is) = (before.map(fields).unwrap_or_default(), fields(after));
    let value = |fields: &[(&str, String)], name| {
        let found = fields.iter().find(|(other, _)| *other == name);
        found
            .map(|(_, value)| value.clone())
            .filter(|it| !it.is_empty())
    };
    let gone = was
        .iter()
        .filter(|(name, _)| is.iter().all(|(other, _)| other != name));
    let names = is.iter().chain(gone).map(|(name, _)| *name);
    let differing = names.filter_map(|name| {
        let (was, is) = (value(&was, name), value(&is, name));
        let told = |value: &Option<String>| value.clone().unwrap_or("nothing".to_owned());
        match before {
            Some(_) if was == is => None,
            Some(_) => Some((name, format!("{} → {}", told(&was), told(&is)))),
            None => is.map(|is| (name, is)),
        }
    });
    differing.collect()
}

/// All that a wish would do, thing by thing.
pub(super) fn differences(all: &Differences) -> AnyView {
    let items = all.items.iter().map(|Change { before, after }| {
        let what = match (before, after) {
            (None, _) => "New",
            (Some(_), Some(_)) => "Changed",
            (Some(_), None) => "Taken off sale",
        };
        let item = after.as_ref().or(before.as_ref());
        let name = item.map(|item| format!("{what}: {} ({})", item.title(), item.name().as_str()));
        let differing = after
            .as_ref()
            .map(|after| differing(before.as_ref(), after));
        let list = differing.map(|all| facts(all.into_iter().map(|(name, it)| fact(name, it))));
        view! {
            <section class="difference">
                <h3>{name}</h3>
                {list}
            </section>
        }
    });
    let others = [
        (all.is_reordered, "What is sold stands in another order."),
        (all.has_other_trial, "The trial is another one, or none."),
        (
            all.has_other_rules,
            "What reconciliation does by itself is ruled otherwise.",
        ),
        (
            all.has_other_currency,
            "Everything is sold in another currency.",
        ),
    ];
    let others = others.into_iter().filter(|(is, _)| *is);
    let others = others.map(|(_, text)| view! { <p>{text}</p> });
    view! {
        {items.collect_view()}
        {others.collect_view()}
    }
    .into_any()
}
