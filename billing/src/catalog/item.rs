//! One thing that is sold, an offer or a coupon, and how it is written.

use super::{
    Catalog, Coupon, CouponEntry, Offer, OfferKind, PackEntry, PlanEntry, Problem, problem,
};
use crate::words::words;

/// One version of something that is sold.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Offer(Offer),
    Coupon(Coupon),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    Plan,
    Pack,
    Coupon,
}

words!(ItemKind { Plan = "plan", Pack = "pack", Coupon = "coupon" });

/// What names it through all its versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// The key of a plan or a pack.
    Offer(String),
    /// The code of a coupon.
    Coupon(String),
}

impl Name {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Offer(name) | Self::Coupon(name) => name,
        }
    }
}

/// Something that is sold as it is written, in a file or in a form.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    Plan(PlanEntry),
    Pack(PackEntry),
    Coupon(CouponEntry),
}

impl Item {
    pub fn name(&self) -> Name {
        match self {
            Self::Offer(offer) => Name::Offer(offer.key.clone()),
            Self::Coupon(coupon) => Name::Coupon(coupon.code.clone()),
        }
    }

    pub fn kind(&self) -> ItemKind {
        match self {
            Self::Coupon(_) => ItemKind::Coupon,
            Self::Offer(offer) if offer.kind == OfferKind::Pack => ItemKind::Pack,
            Self::Offer(_) => ItemKind::Plan,
        }
    }

    /// How people call it.
    pub fn title(&self) -> &str {
        match self {
            Self::Offer(offer) => &offer.name,
            Self::Coupon(coupon) => &coupon.name,
        }
    }

    pub fn version(&self) -> i64 {
        match self {
            Self::Offer(offer) => offer.version,
            Self::Coupon(coupon) => coupon.version,
        }
    }

    /// Whether both sell the same, whatever their versions are.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Offer(one), Self::Offer(other)) => one.sells_the_same_as(other),
            (Self::Coupon(one), Self::Coupon(other)) => one.does_the_same_as(other),
            _ => false,
        }
    }

    /// As a file or a form says it.
    pub fn entry(&self) -> Entry {
        match self {
            Self::Coupon(coupon) => Entry::Coupon(CouponEntry::of(coupon)),
            Self::Offer(offer) => match offer.kind {
                OfferKind::Plan(interval) => Entry::Plan(PlanEntry::of(offer, interval)),
                OfferKind::Pack => Entry::Pack(PackEntry::of(offer)),
            },
        }
    }
}

impl Entry {
    pub fn name(&self) -> Name {
        match self {
            Self::Plan(plan) => Name::Offer(plan.key.clone()),
            Self::Pack(pack) => Name::Offer(pack.key.clone()),
            Self::Coupon(coupon) => Name::Coupon(Coupon::normalized(&coupon.code)),
        }
    }

    /// What it says, when it makes sense beside what else is sold.
    pub fn checked(self, beside: &Catalog) -> Result<Item, Vec<Problem>> {
        let currency = beside.currency;
        match self {
            Self::Plan(plan) => plan.checked(currency).map(Item::Offer),
            Self::Pack(pack) => pack.checked(currency).map(Item::Offer),
            Self::Coupon(coupon) => {
                let is_sold = |key: &str| beside.sells(key);
                coupon.checked(is_sold, currency).map(Item::Coupon)
            }
        }
    }
}

impl Catalog {
    /// All that is sold, in its order: plans, packs, coupons.
    pub fn items(&self) -> impl Iterator<Item = Item> {
        let offers = self.offers().cloned().map(Item::Offer);
        offers.chain(self.coupons.iter().cloned().map(Item::Coupon))
    }

    /// What is on sale under this name.
    pub fn item(&self, name: &Name) -> Option<Item> {
        self.items().find(|item| item.name() == *name)
    }

    /// Puts something in the place of what was sold under its name, or at the end.
    pub(crate) fn put(&mut self, item: Item) {
        match item {
            Item::Coupon(coupon) => replace(&mut self.coupons, coupon, |it| &it.code),
            Item::Offer(offer) => {
                let (these, others) = match offer.kind {
                    OfferKind::Plan(_) => (&mut self.plans, &mut self.packs),
                    OfferKind::Pack => (&mut self.packs, &mut self.plans),
                };
                others.retain(|other| other.key != offer.key);
                replace(these, offer, |it| &it.key);
            }
        }
    }

    pub(crate) fn take_off(&mut self, name: &Name) {
        match name {
            Name::Coupon(code) => self.coupons.retain(|coupon| coupon.code != *code),
            Name::Offer(key) => {
                self.plans.retain(|plan| plan.key != *key);
                self.packs.retain(|pack| pack.key != *key);
            }
        }
    }

    /// Moves something one place up or down among its kind.
    pub(crate) fn shift(&mut self, name: &Name, up: bool) {
        let is_it = |it: &Offer| it.key == name.as_str();
        match name {
            Name::Coupon(code) => shift(&mut self.coupons, |it| it.code == *code, up),
            Name::Offer(_) => {
                shift(&mut self.plans, is_it, up);
                shift(&mut self.packs, is_it, up);
            }
        }
    }

    /// Codes and rules that name an offer.
    pub fn naming(&self, key: &str) -> Vec<String> {
        let names = |keys: &[String]| keys.iter().any(|other| other == key);
        let coupons = self.coupons.iter().filter(|coupon| names(&coupon.offers));
        let rules = self.policy.0.iter().filter(|rule| names(&rule.offers));
        let coupons = coupons.map(|coupon| coupon.code.clone());
        let rules = rules.map(|rule| format!("the rule about {}", rule.class));
        coupons.chain(rules).collect()
    }
}

fn replace<T>(all: &mut Vec<T>, new: T, key: impl Fn(&T) -> &String) {
    match all.iter_mut().find(|old| key(old) == key(&new)) {
        Some(old) => *old = new,
        None => all.push(new),
    }
}

fn shift<T>(all: &mut [T], is_it: impl Fn(&T) -> bool, up: bool) {
    let Some(at) = all.iter().position(is_it) else {
        return;
    };
    let to = if up { at.checked_sub(1) } else { Some(at + 1) };
    if let Some(to) = to.filter(|to| *to < all.len()) {
        all.swap(at, to);
    }
}

/// A key or code that is taken by something else.
pub(crate) const fn taken(name: &Name) -> Problem {
    match name {
        Name::Offer(_) => problem("key", "is taken: change what is or was sold under it"),
        Name::Coupon(_) => problem("code", "is taken: change what it does or did"),
    }
}
