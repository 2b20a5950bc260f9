//! What is sold: plans and packs, and the coupons that make them cheaper, read from a TOML file at start and kept in the store by version.
//! A version never changes once stored, so an order always knows what it was sold under.

mod coupon;
mod coupon_entry;
mod file;
mod reconciliation_entry;
mod rollover;
mod trial;

use serde::{Deserialize, Serialize};

pub use coupon::{Benefit, Coupon, LEAST_CHARGE};
pub use file::{CatalogError, CatalogFile};
pub use rollover::Rollover;

use crate::{
    Error, Result,
    clock::Time,
    id::OfferId,
    money::{Credits, Currency, Money},
    reconcile::Policy,
    store::{Store, coupons, offers},
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

/// The offers on sale now, each in its newest version, in the order of the file.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub plans: Vec<Offer>,
    pub packs: Vec<Offer>,
    pub coupons: Vec<Coupon>,
    pub currency: Currency,
    trial: Option<Trial>,
    policy: Policy,
}

impl Catalog {
    /// Stores what the file changed as new versions, and answers what is on sale now.
    pub(crate) async fn store(file: CatalogFile, store: &Store, now: Time) -> Result<Self> {
        let mut catalog = Self {
            plans: Vec::new(),
            packs: Vec::new(),
            coupons: Vec::new(),
            currency: file.currency,
            trial: file.trial,
            policy: file.policy,
        };
        for wanted in file.offers {
            let offer = store
                .write(move |tx| {
                    Box::pin(async move {
                        let newest = offers::newest(tx, &wanted.key).await?;
                        if let Some(newest) = &newest
                            && newest.sells_the_same_as(&wanted)
                        {
                            return Ok(newest.clone());
                        }
                        let version = newest.map_or(1, |newest| newest.version + 1);
                        let new = Offer { version, ..wanted };
                        match offers::insert(tx, &new, now).await? {
                            true => Ok(new),
                            // Another server starts with the same file at this moment.
                            false => {
                                let key = new.key.as_str();
                                offers::newest(tx, key).await?.ok_or(Error::Busy)
                            }
                        }
                    })
                })
                .await?;
            match offer.kind {
                OfferKind::Plan(_) => catalog.plans.push(offer),
                OfferKind::Pack => catalog.packs.push(offer),
            }
        }
        for wanted in file.coupons {
            catalog.coupons.push(stored(wanted, store, now).await?);
        }
        Ok(catalog)
    }

    pub fn plan(&self, key: &str) -> Option<&Offer> {
        self.plans.iter().find(|plan| plan.key == key)
    }

    /// What can be had for nothing, once.
    pub fn trial(&self) -> Option<&Trial> {
        self.trial.as_ref()
    }

    /// What is done about what a gateway knows otherwise.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The coupon of a code, however it was typed.
    pub fn coupon(&self, typed: &str) -> Option<&Coupon> {
        let code = Coupon::normalized(typed);
        self.coupons.iter().find(|coupon| coupon.code == code)
    }

    pub fn pack(&self, key: &str) -> Option<&Offer> {
        self.packs.iter().find(|pack| pack.key == key)
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

/// The newest version of a coupon: a new one, if the file changed it.
async fn stored(wanted: Coupon, store: &Store, now: Time) -> Result<Coupon> {
    store
        .write(move |tx| {
            Box::pin(async move {
                let newest = coupons::newest(tx, &wanted.code).await?;
                if let Some(newest) = &newest
                    && newest.does_the_same_as(&wanted)
                {
                    return Ok(newest.clone());
                }
                let version = newest.map_or(1, |newest| newest.version + 1);
                let new = Coupon { version, ..wanted };
                match coupons::insert(tx, &new, now).await? {
                    true => Ok(new),
                    // Another server starts with the same file at this moment.
                    false => coupons::newest(tx, &new.code).await?.ok_or(Error::Busy),
                }
            })
        })
        .await
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
