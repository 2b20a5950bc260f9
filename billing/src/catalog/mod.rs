//! What is sold: plans and packs, and the coupons that make them cheaper. A version never changes once
//! stored, so an order always knows what it was sold under. What is on sale is a row of its own, with a
//! number: published from a file, or by staff.

mod coupon;
mod coupon_entry;
mod difference;
mod file;
mod item;
mod offer_entry;
mod on_sale;
mod publish;
mod reconciliation_entry;
mod rollover;
mod trial;

use std::ops::Deref;

use serde::{Deserialize, Serialize};

pub use coupon::{Benefit, Coupon, LEAST_CHARGE};
pub use coupon_entry::CouponEntry;
pub use difference::{Change, Differences};
pub use file::{CatalogError, CatalogFile, Wrong};
pub(crate) use item::taken;
pub use item::{Entry, Item, ItemKind, Name};
pub use offer_entry::{PackEntry, PlanEntry};
pub(crate) use on_sale::{OnSale, watch};
pub(crate) use publish::{on_sale, publish};
pub use rollover::Rollover;

use crate::{
    clock::Time,
    id::OfferId,
    money::{Credits, Currency, Money},
    reconcile::Policy,
    validation::Trial,
    words::words,
};

/// One version of a plan or a pack.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    pub id: OfferId,
    /// The name by which the catalogue file and addresses know it: `starter`.
    pub key: String,
    /// 1 for the first version of this key, then counting up.
    pub version: i64,
    pub kind: OfferKind,
    pub name: String,
    pub description: String,
    pub price: Money,
    /// Granted once for a pack, each period for a plan.
    pub credits: Credits,
    /// What becomes of a plan's credits that are left when its period ends. Those of packs stay.
    pub rollover: Rollover,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferKind {
    Pack,
    Plan(Interval),
}

/// How often a plan is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interval {
    Month,
    Year,
}

words!(Interval { Month = "month", Year = "year" });

/// All that is on sale, each offer and coupon in its newest version.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub currency: Currency,
    pub plans: Vec<Offer>,
    pub packs: Vec<Offer>,
    pub coupons: Vec<Coupon>,
    pub trial: Option<Trial>,
    pub policy: Policy,
}

/// A catalogue that was put on sale. Numbers count up from 1; the highest is on sale.
#[derive(Clone, Debug)]
pub struct Published {
    pub number: i64,
    pub at: Time,
    /// An address of staff, or `catalogue file`.
    pub by: String,
    pub catalog: Catalog,
}

impl Deref for Published {
    type Target = Catalog;
    fn deref(&self) -> &Catalog {
        &self.catalog
    }
}

impl Catalog {
    pub fn plan(&self, key: &str) -> Option<&Offer> {
        self.plans.iter().find(|plan| plan.key == key)
    }

    pub fn pack(&self, key: &str) -> Option<&Offer> {
        self.packs.iter().find(|pack| pack.key == key)
    }

    /// What can be had for nothing, once.
    pub fn trial(&self) -> Option<&Trial> {
        self.trial.as_ref()
    }

    /// What is done about what a gateway knows otherwise.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The same with nothing on sale.
    fn emptied(&self) -> Self {
        Self {
            currency: self.currency,
            plans: Vec::new(),
            packs: Vec::new(),
            coupons: Vec::new(),
            trial: None,
            policy: Policy::default(),
        }
    }

    /// Plans and packs.
    pub fn offers(&self) -> impl Iterator<Item = &Offer> + Clone {
        self.plans.iter().chain(&self.packs)
    }

    /// Whether there is a plan or a pack of this key.
    fn sells(&self, key: &str) -> bool {
        self.offers().any(|offer| offer.key == key)
    }

    /// The coupon of a code, however it was typed.
    pub fn coupon(&self, typed: &str) -> Option<&Coupon> {
        let code = Coupon::normalized(typed);
        self.coupons.iter().find(|coupon| coupon.code == code)
    }

    /// The cheapest pack that brings at least `credits`, or else the pack that brings the most.
    pub fn cheapest_pack_for(&self, credits: Credits) -> Option<&Offer> {
        self.packs
            .iter()
            .filter(|pack| pack.credits >= credits)
            .min_by_key(|pack| pack.price.value)
            .or_else(|| self.packs.iter().max_by_key(|pack| pack.credits))
    }
}

/// What is wrong with a field of an entry: `must be more than zero`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// As the file names it.
    pub field: &'static str,
    pub text: &'static str,
}

const fn problem(field: &'static str, text: &'static str) -> Problem {
    Problem { field, text }
}

impl Offer {
    fn sells_the_same_as(&self, other: &Self) -> bool {
        let Self { id, version, .. } = *self;
        *self
            == Self {
                id,
                version,
                ..other.clone()
            }
    }
}
