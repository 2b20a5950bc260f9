//! What this server knows to be on sale. The database decides; a bell tells that it is another catalogue
//! now, and whatever is sold is compared with it first.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::{Catalog, CatalogFile, Item, Published, publish};
use crate::{
    Billing, Result,
    clock::Time,
    id::OfferId,
    staff::audit_log::{self, Action, Actor, Deed, SubjectKind},
    store::{Store, Tx, catalogues},
};

/// Under this id a server waits for another catalogue.
pub(super) const BELL: Uuid = Uuid::from_u128(1);
/// How often it looks for one that it did not hear of.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The newest catalogue that this server has read.
pub(crate) struct OnSale(RwLock<Arc<Published>>);

impl OnSale {
    /// What is on sale. Where nothing ever was, the file is; a server that is to sell also publishes a
    /// file that says something else than the last one that was loaded.
    pub async fn open(file: CatalogFile, store: &Store, now: Time, sells: bool) -> Result<Self> {
        loop {
            let there = publish::on_sale(&mut store.read().await?).await?;
            if let Some(there) = there
                && (!sells || !is_news(&file, store).await?)
            {
                return Ok(Self(RwLock::new(Arc::new(there))));
            }
            let file = file.clone();
            let loaded = store
                .write(move |tx| Box::pin(async move { load(tx, file, now).await }))
                .await?;
            // Otherwise another server starts at this moment: most likely with the same file.
            if let Some(loaded) = loaded {
                return Ok(Self(RwLock::new(Arc::new(loaded))));
            }
        }
    }

    pub fn get(&self) -> Arc<Published> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes what was read, unless something newer was read meanwhile.
    pub fn set(&self, read: Published) -> Arc<Published> {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if read.number > known.number {
            *known = Arc::new(read);
        }
        known.clone()
    }
}

/// Whether a file sells something else than the one that was loaded last. The one that is built in is
/// only for a shop that has none.
async fn is_news(file: &CatalogFile, store: &Store) -> Result<bool> {
    if file.is_demo {
        return Ok(false);
    }
    let last = last_file(&mut store.read().await?).await?;
    Ok(last.is_none_or(|last| last.differs_from(&file.catalog).is_some()))
}

/// What the file said that was loaded last. One that an earlier release could read counts as none.
async fn last_file(conn: &mut crate::store::Conn) -> Result<Option<Catalog>> {
    let text = catalogues::last_file(conn).await?;
    let file = text.and_then(|text| CatalogFile::parse(&text).ok());
    Ok(file.map(|file| file.catalog))
}

/// Publishes a file, and writes down that it was. Answers nothing when somebody else published.
async fn load(tx: &mut Tx, file: CatalogFile, now: Time) -> Result<Option<Published>> {
    let before = publish::on_sale(tx).await?;
    let last = last_file(tx).await?;
    let by = Actor::catalogue_file();
    let wanted = Published {
        number: before.as_ref().map_or(1, |before| before.number + 1),
        at: now,
        by: by.name.clone(),
        catalog: match &before {
            Some(before) => merged(before, last.as_ref(), &file.catalog),
            None => file.catalog,
        },
    };
    let Some(loaded) = publish::publish(tx, wanted, Some(&file.text)).await? else {
        return Ok(None);
    };
    let nothing = loaded.catalog.emptied();
    let before = before.map_or(nothing, |before| before.catalog);
    if let Some(differences) = before.differs_from(&loaded) {
        let deed = Deed::new(Action::LoadCatalogue, SubjectKind::Catalogue, loaded.number)
            .before(before.told(&differences, |change| &change.before))
            .after(loaded.told(&differences, |change| &change.after));
        audit_log::record(tx, &by, &deed, now).await?;
    }
    Ok(Some(loaded))
}

/// A changed file wins for what it names, and for what the last one named. What only staff put on sale
/// stays, unless it is for something that is not sold any more, or for another currency.
fn merged(on_sale: &Catalog, last: Option<&Catalog>, file: &Catalog) -> Catalog {
    let mut merged = file.clone();
    for item in on_sale.items() {
        let name = item.name();
        let was_named = last.is_some_and(|last| last.item(&name).is_some());
        if was_named || file.item(&name).is_some() || on_sale.currency != file.currency {
            continue;
        }
        let is_for_what_is_sold = match &item {
            Item::Offer(_) => true,
            Item::Coupon(coupon) => coupon.offers.iter().all(|key| merged.sells(key)),
        };
        if is_for_what_is_sold {
            merged.put(item);
        }
    }
    merged
}

/// Looks for another catalogue when the bell rings, and at times anyway, until `stop`.
pub(crate) async fn watch(billing: Billing) {
    let mut bell = billing.store.updates.subscribe(BELL);
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = bell.changed() => {}
            _ = look.tick() => {}
            () = billing.stop.cancelled() => return,
        }
        if let Err(error) = billing.on_sale().await {
            tracing::warn!(%error, "cannot look what is on sale");
        }
    }
}

impl Billing {
    /// What was on sale when this server looked last: a moment ago at most, while it hears the others.
    pub fn catalog(&self) -> Arc<Published> {
        self.catalog.get()
    }

    /// What is on sale at this moment, whoever published it. One question, unless it is another
    /// catalogue than before.
    pub async fn on_sale(&self) -> Result<Arc<Published>> {
        let known = self.catalog.get();
        let mut conn = self.store.read().await?;
        if catalogues::number(&mut conn).await? == Some(known.number) {
            return Ok(known);
        }
        let read = publish::on_sale(&mut conn).await?;
        Ok(read.map_or(known, |read| self.catalog.set(read)))
    }

    /// Whether this version is what is sold at this moment.
    pub(crate) async fn sells(&self, offer: OfferId) -> Result<bool> {
        catalogues::sells(&mut self.store.read().await?, offer).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(lines: &str) -> Catalog {
        CatalogFile::parse(lines).unwrap().catalog
    }

    fn pack(key: &str, price: i64) -> String {
        format!("[[pack]]\nkey='{key}'\nname='A'\nprice={price}\ncredits=1\n")
    }

    fn code(code: &str, offers: &str) -> String {
        format!("[[coupon]]\ncode='{code}'\nname='C'\npercent_off=5\noffers=[{offers}]\n")
    }

    /// What is sold and for how much, in its order.
    fn sold(catalog: &Catalog) -> Vec<(String, i64)> {
        let offers = catalog.offers().map(|it| (it.key.clone(), it.price.value));
        let codes = catalog.coupons.iter().map(|it| (it.code.clone(), 0));
        offers.chain(codes).collect()
    }

    #[test]
    fn a_file_wins_for_what_it_names_and_named() {
        let usd = |rest: &str| catalog(&format!("currency='usd'\n{rest}"));
        let last = usd(&(pack("a", 1) + &pack("b", 2)));
        // Staff changed a price, took nothing off, and added a pack and two codes.
        let on_sale = [pack("a", 5), pack("b", 2), pack("c", 3)].concat();
        let on_sale = usd(&(on_sale + &code("FOR-B", "'b'") + &code("FOR-C", "'c'")));
        let file = usd(&(pack("d", 4) + &pack("a", 1)));
        let merged_now = merged(&on_sale, Some(&last), &file);
        let expected = [("d", 4), ("a", 1), ("c", 3), ("FOR-C", 0)];
        assert_eq!(
            sold(&merged_now),
            expected.map(|(key, it)| (key.to_owned(), it))
        );
        let euros = catalog(&format!("currency='eur'\n{}", pack("a", 1)));
        assert_eq!(sold(&merged(&on_sale, Some(&last), &euros)), sold(&euros));
        let all = sold(&merged(&on_sale, None, &file)).len();
        assert_eq!(all, 6, "nothing is known of an earlier file");
    }
}
