//! What staff put on sale, change and take off. What a wish does is told first, against a catalogue with
//! its number; it is done to that one and no other, and its line of the log is written in the same commit.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use super::{
    Permission,
    audit_log::{Action, Actor, Deed, SubjectKind},
};
use crate::{
    Billing, Error, Result,
    catalog::{
        Catalog, CatalogFile, Differences, Entry, Item, Name, Problem, Published, on_sale, publish,
        taken,
    },
    clock::Time,
    id::AuditId,
    store::{self, Conn, coupons, offers},
};

/// What is to be sold otherwise.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Something under a name that was never sold.
    Add(Entry),
    /// A new version of what is or was sold. It is on sale then.
    Change(Entry),
    TakeOff(Name),
    /// The newest version again.
    PutBack(Name),
    /// One place up or down among its kind.
    Shift {
        name: Name,
        up: bool,
    },
    /// All of a file, and nothing else.
    Import(Box<CatalogFile>),
}

/// What a wish would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What is on sale now.
    pub before: Published,
    pub after: Catalog,
    pub differences: Differences,
}

/// A version of something that is or was sold.
#[derive(Clone, Debug)]
pub struct Ware {
    pub item: Item,
    /// When the version came.
    pub since: Time,
    /// How many orders of this version were paid, or how many of its uses count.
    pub sold: i64,
    pub is_on_sale: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SellError {
    #[error("your role does not allow this")]
    Forbidden,
    #[error("Say why: it stands in the log.")]
    Reason,
    #[error("some fields are wrong")]
    Fields(Vec<Problem>),
    #[error("This is what is sold already.")]
    Same,
    #[error("there is nothing of this name")]
    Missing,
    #[error("{} is for it: change or take off that first.", .0.join(", "))]
    Named(Vec<String>),
    #[error("It was sold in another currency. Change it, and give its price anew.")]
    OtherCurrency,
    #[error("Somebody has changed what is sold meanwhile. Look again at what this does.")]
    Raced,
    #[error("This form has published something already. Begin again.")]
    KeyReused,
    #[error(transparent)]
    Other(#[from] Error),
}

impl Billing {
    /// What a wish would do now.
    ///
    /// # Errors
    /// As fulfilling it would.
    pub async fn preview_wish(&self, wish: &Wish) -> Result<Preview, SellError> {
        let mut conn = self.store.read().await?;
        let before = on_sale(&mut conn).await?.ok_or(SellError::Missing)?;
        previewed(&mut conn, before, wish).await
    }

    /// Does what was wished for, to the catalogue of this number. The same wish again, under its key, does
    /// nothing.
    ///
    /// # Errors
    /// [`SellError::Raced`] when another catalogue is on sale than the one to which it was told.
    pub async fn fulfil(
        &self,
        key: AuditId,
        wish: Wish,
        number: i64,
        reason: &str,
        by: &Actor,
    ) -> Result<Arc<Published>, SellError> {
        if !by.may(Permission::Sell) {
            return Err(SellError::Forbidden);
        }
        let needs_reason = !matches!(wish, Wish::Shift { .. });
        if needs_reason && reason.trim().is_empty() {
            return Err(SellError::Reason);
        }
        let (by, reason, now) = (by.clone(), reason.to_owned(), self.clock.now());
        let fulfilled = self.store.write(move |tx| {
            Box::pin(async move {
                let before = on_sale(tx).await?.ok_or(SellError::Missing)?;
                if store::audit_log::exists(tx, key).await? {
                    return match is_fulfilled(&before, wish) {
                        true => Ok(before),
                        false => Err(SellError::KeyReused),
                    };
                }
                if before.number != number {
                    return Err(SellError::Raced);
                }
                let preview = previewed(tx, before, &wish).await?;
                let wanted = Published {
                    number: number + 1,
                    at: now,
                    by: by.name.clone(),
                    catalog: preview.after,
                };
                let published = publish(tx, wanted, None).await?;
                let published = published.ok_or(SellError::Raced)?;
                let (before, differences) = (preview.before, preview.differences);
                let deed = deed(&wish, number + 1)
                    .because(&reason)
                    .before(before.told(&differences, |change| &change.before))
                    .after(published.told(&differences, |change| &change.after));
                store::audit_log::insert(tx, key, &by, &deed, now).await?;
                Ok(published)
            })
        });
        Ok(self.catalog.set(fulfilled.await?))
    }

    /// Everything that is or was sold, each in its newest version: what is on sale in its order, then
    /// the rest by name.
    pub async fn wares(&self) -> Result<Vec<Ware>> {
        let mut conn = self.store.read().await?;
        let on_sale = on_sale(&mut conn).await?;
        let on_sale: Vec<_> = on_sale.iter().flat_map(|it| it.items()).collect();
        let offers = offers::newest_of_all(&mut conn).await?;
        let coupons = coupons::newest_of_all(&mut conn).await?;
        let all = offers.into_iter().map(Item::Offer);
        let all = all.chain(coupons.into_iter().map(Item::Coupon));
        let gone: Vec<_> = all.filter(|item| !holds(&on_sale, item)).collect();
        let told = told(&mut conn, None).await?;
        let on_sale = on_sale.into_iter().map(|item| (item, true));
        let all = on_sale.chain(gone.into_iter().map(|item| (item, false)));
        Ok(all.map(|(item, is)| ware(item, is, &told)).collect())
    }

    /// All versions of one of them, the newest first.
    pub async fn versions(&self, name: &Name) -> Result<Vec<Ware>> {
        let mut conn = self.store.read().await?;
        let sold = on_sale(&mut conn).await?.and_then(|it| it.item(name));
        let versions: Vec<Item> = match name {
            Name::Offer(key) => {
                let versions = offers::versions(&mut conn, key).await?;
                versions.into_iter().map(Item::Offer).collect()
            }
            Name::Coupon(code) => {
                let versions = coupons::versions(&mut conn, code).await?;
                versions.into_iter().map(Item::Coupon).collect()
            }
        };
        let told = told(&mut conn, Some(name)).await?;
        let versions = versions.into_iter().map(|item| {
            let is_on_sale = sold.as_ref().is_some_and(|sold| id(sold) == id(&item));
            ware(item, is_on_sale, &told)
        });
        Ok(versions.collect())
    }
}

fn holds(all: &[Item], item: &Item) -> bool {
    all.iter().any(|other| other.name() == item.name())
}

fn id(item: &Item) -> Uuid {
    match item {
        Item::Offer(offer) => offer.id.0,
        Item::Coupon(coupon) => coupon.id.0,
    }
}

/// When each version came, and how often it was sold.
type Told = HashMap<Uuid, (Time, i64)>;

async fn told(conn: &mut Conn, name: Option<&Name>) -> Result<Told> {
    let (mut of_offers, mut of_coupons) = (Vec::new(), Vec::new());
    let text = name.map(Name::as_str);
    if !matches!(name, Some(Name::Coupon(_))) {
        of_offers = offers::sold(conn, text).await?;
    }
    if !matches!(name, Some(Name::Offer(_))) {
        of_coupons = coupons::used(conn, text).await?;
    }
    let of_offers = of_offers
        .into_iter()
        .map(|(id, at, sold)| (id.0, (at, sold)));
    let of_coupons = of_coupons
        .into_iter()
        .map(|(id, at, used)| (id.0, (at, used)));
    Ok(of_offers.chain(of_coupons).collect())
}

fn ware(item: Item, is_on_sale: bool, told: &Told) -> Ware {
    let (since, sold) = told.get(&id(&item)).copied().unwrap_or((Time(0), 0));
    Ware {
        item,
        since,
        sold,
        is_on_sale,
    }
}

async fn previewed(conn: &mut Conn, before: Published, wish: &Wish) -> Result<Preview, SellError> {
    let after = wished(conn, &before, wish).await?;
    let differences = before.differs_from(&after).ok_or(SellError::Same)?;
    Ok(Preview {
        before,
        after,
        differences,
    })
}

/// Whether it is as somebody wished already.
fn is_fulfilled(on_sale: &Catalog, wish: Wish) -> bool {
    match wish {
        Wish::Add(entry) | Wish::Change(entry) => {
            let sold = on_sale.item(&entry.name());
            let wanted = entry.checked(on_sale).ok();
            sold.zip(wanted).is_some_and(|(sold, it)| sold.is_like(&it))
        }
        Wish::TakeOff(name) => on_sale.item(&name).is_none(),
        Wish::PutBack(name) => on_sale.item(&name).is_some(),
        Wish::Shift { .. } => true,
        Wish::Import(file) => on_sale.differs_from(&file.catalog).is_none(),
    }
}

/// What would be on sale.
async fn wished(conn: &mut Conn, before: &Catalog, wish: &Wish) -> Result<Catalog, SellError> {
    let mut after = before.clone();
    match wish {
        Wish::Add(entry) => {
            let name = entry.name();
            let is_taken = newest(conn, &name).await?.is_some();
            let mut problems = Vec::from_iter(is_taken.then(|| taken(&name)));
            match entry.clone().checked(before) {
                Ok(item) => after.put(item),
                Err(more) => problems.extend(more),
            }
            if !problems.is_empty() {
                return Err(SellError::Fields(problems));
            }
        }
        Wish::Change(entry) => {
            let newest = newest(conn, &entry.name()).await?;
            newest.ok_or(SellError::Missing)?;
            let item = entry.clone().checked(before).map_err(SellError::Fields)?;
            after.put(item);
        }
        Wish::TakeOff(name) => {
            if let Name::Offer(key) = name {
                let naming = before.naming(key);
                if !naming.is_empty() {
                    return Err(SellError::Named(naming));
                }
            }
            after.take_off(name);
        }
        Wish::PutBack(name) => {
            let newest = newest(conn, name).await?.ok_or(SellError::Missing)?;
            let again = newest.entry().checked(before).map_err(SellError::Fields)?;
            // The same numbers in another currency are another price.
            if !again.is_like(&newest) {
                return Err(SellError::OtherCurrency);
            }
            after.put(newest);
        }
        Wish::Shift { name, up } => after.shift(name, *up),
        Wish::Import(file) => after = file.catalog.clone(),
    }
    Ok(after)
}

async fn newest(conn: &mut Conn, name: &Name) -> Result<Option<Item>> {
    Ok(match name {
        Name::Offer(key) => offers::newest(conn, key).await?.map(Item::Offer),
        Name::Coupon(code) => coupons::newest(conn, code).await?.map(Item::Coupon),
    })
}

fn deed(wish: &Wish, number: i64) -> Deed {
    let about = |action, name: &Name| {
        let kind = match name {
            Name::Offer(_) => SubjectKind::Offer,
            Name::Coupon(_) => SubjectKind::Coupon,
        };
        Deed::new(action, kind, name.as_str())
    };
    match wish {
        Wish::Add(entry) => about(Action::AddToCatalogue, &entry.name()),
        Wish::Change(entry) => about(Action::ChangeInCatalogue, &entry.name()),
        Wish::TakeOff(name) => about(Action::TakeOffSale, name),
        Wish::PutBack(name) => about(Action::PutOnSale, name),
        Wish::Shift { name, .. } => about(Action::ReorderCatalogue, name),
        Wish::Import(_) => Deed::new(Action::ImportCatalogue, SubjectKind::Catalogue, number),
    }
}
