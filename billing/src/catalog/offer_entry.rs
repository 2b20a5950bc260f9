//! `[[plan]]` and `[[pack]]` in the catalogue file. The forms of the desk fill in the same.

use serde::{Deserialize, Serialize};

use super::{Interval, Offer, OfferKind, Problem, Rollover, problem};
use crate::{
    id::OfferId,
    money::{Credits, Currency, Money},
};

/// A plan as it is written. The price is in the currency's smallest unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanEntry {
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub description: String,
    pub price: i64,
    pub interval: Interval,
    pub credits: Credits,
    pub rollover: Option<String>,
    pub rollover_cap: Option<Credits>,
}

/// A pack as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackEntry {
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub description: String,
    pub price: i64,
    pub credits: Credits,
}

const ROLLOVER: &str = "must be \"none\", \"all\", or \"capped\" with a rollover_cap above zero";

impl PlanEntry {
    pub(super) fn checked(self, currency: Currency) -> Result<Offer, Vec<Problem>> {
        let kind = OfferKind::Plan(self.interval);
        let rollover = Rollover::read(self.rollover.as_deref(), self.rollover_cap);
        let offer = Offer {
            id: OfferId::new(),
            key: self.key,
            version: 0,
            kind,
            name: self.name,
            description: self.description,
            price: Money {
                value: self.price,
                currency,
            },
            credits: self.credits,
            rollover: rollover.unwrap_or(Rollover::All),
        };
        let odd_rule = rollover.is_none().then(|| problem("rollover", ROLLOVER));
        unless(problems(&offer).chain(odd_rule), offer)
    }

    pub(super) fn of(offer: &Offer, interval: Interval) -> Self {
        let (rollover, rollover_cap) = offer.rollover.written();
        Self {
            key: offer.key.clone(),
            name: offer.name.clone(),
            description: offer.description.clone(),
            price: offer.price.value,
            interval,
            credits: offer.credits,
            rollover: Some(rollover.to_owned()),
            rollover_cap,
        }
    }
}

impl PackEntry {
    pub(super) fn checked(self, currency: Currency) -> Result<Offer, Vec<Problem>> {
        let offer = Offer {
            id: OfferId::new(),
            key: self.key,
            version: 0,
            kind: OfferKind::Pack,
            name: self.name,
            description: self.description,
            price: Money {
                value: self.price,
                currency,
            },
            credits: self.credits,
            rollover: Rollover::All,
        };
        unless(problems(&offer), offer)
    }

    pub(super) fn of(offer: &Offer) -> Self {
        Self {
            key: offer.key.clone(),
            name: offer.name.clone(),
            description: offer.description.clone(),
            price: offer.price.value,
            credits: offer.credits,
        }
    }
}

fn problems(offer: &Offer) -> impl Iterator<Item = Problem> + use<> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_plain = !offer.key.is_empty() && offer.key.chars().all(plain);
    [
        (
            is_plain,
            "key",
            "must be lower-case letters, digits and hyphens",
        ),
        (!offer.name.trim().is_empty(), "name", "is empty"),
        // Gateways take no charge below about half a dollar; zero needs no gateway and is not sold.
        (offer.price.value > 0, "price", "must be more than zero"),
        (
            offer.credits > Credits(0),
            "credits",
            "must be more than zero",
        ),
    ]
    .into_iter()
    .filter(|(holds, ..)| !holds)
    .map(|(_, field, text)| problem(field, text))
}

/// What makes sense, unless something is wrong with it.
pub(super) fn unless<T>(
    problems: impl IntoIterator<Item = Problem>,
    thing: T,
) -> Result<T, Vec<Problem>> {
    let problems: Vec<_> = problems.into_iter().collect();
    match problems.is_empty() {
        true => Ok(thing),
        false => Err(problems),
    }
}
