//! A catalogue is put on sale, and read again.

use super::{
    Catalog, Coupon, Offer, OfferKind, Published, reconciliation_entry::ReconciliationEntry,
    trial::TrialEntry,
};
use crate::{
    Error, Result,
    clock::Time,
    reconcile::Policy,
    store::{self, Conn, Tx, catalogues, coupons, offers},
};

/// Puts a catalogue on sale: what differs from the newest version of its name is stored as a new one.
/// Answers nothing when somebody else was first with this number.
pub(crate) async fn publish(
    tx: &mut Tx,
    mut wanted: Published,
    file: Option<&str>,
) -> Result<Option<Published>> {
    let trial = wanted.trial.as_ref().map(TrialEntry::of);
    let trial = trial.map(|trial| written(&trial)).transpose()?;
    let rules = wanted.policy.0.iter().map(ReconciliationEntry::of);
    let rules = written(&rules.collect::<Vec<_>>())?;
    if !catalogues::insert(tx, &wanted, trial.as_deref(), &rules, file).await? {
        return Ok(None);
    }
    let now = wanted.at;
    let Catalog { plans, packs, .. } = &mut wanted.catalog;
    for offer in plans.iter_mut().chain(packs) {
        *offer = version_of(tx, offer, now).await?;
    }
    for coupon in &mut wanted.catalog.coupons {
        *coupon = version_of_coupon(tx, coupon, now).await?;
    }
    catalogues::insert_items(tx, &wanted).await?;
    tx.ring(super::on_sale::BELL);
    Ok(Some(wanted))
}

/// Nobody else adds versions meanwhile: who publishes waits for the number.
async fn version_of(tx: &mut Tx, wanted: &Offer, now: Time) -> Result<Offer> {
    let newest = offers::newest(tx, &wanted.key).await?;
    let version = match newest {
        Some(newest) if newest.sells_the_same_as(wanted) => return Ok(newest),
        newest => newest.map_or(1, |newest| newest.version + 1),
    };
    let new = Offer {
        version,
        ..wanted.clone()
    };
    match offers::insert(tx, &new, now).await? {
        true => Ok(new),
        false => Err(Error::Busy),
    }
}

async fn version_of_coupon(tx: &mut Tx, wanted: &Coupon, now: Time) -> Result<Coupon> {
    let newest = coupons::newest(tx, &wanted.code).await?;
    let version = match newest {
        Some(newest) if newest.does_the_same_as(wanted) => return Ok(newest),
        newest => newest.map_or(1, |newest| newest.version + 1),
    };
    let new = Coupon {
        version,
        ..wanted.clone()
    };
    match coupons::insert(tx, &new, now).await? {
        true => Ok(new),
        false => Err(Error::Busy),
    }
}

/// The catalogue that is on sale, unless there never was one.
pub(crate) async fn on_sale(conn: &mut Conn) -> Result<Option<Published>> {
    let Some(row) = catalogues::newest(conn).await? else {
        return Ok(None);
    };
    let (plans, packs): (Vec<_>, Vec<_>) = offers::of_catalogue(conn, row.number)
        .await?
        .into_iter()
        .partition(|offer| matches!(offer.kind, OfferKind::Plan(_)));
    let currency = store::currency(&row.currency)?;
    let trial: Option<TrialEntry> = row.trial.as_deref().map(read).transpose()?;
    let trial = trial.map(|trial| trial.checked(currency).map_err(|_| BROKEN));
    let rules: Vec<ReconciliationEntry> = read(&row.rules)?;
    let is_sold = |key: &str| plans.iter().chain(&packs).any(|offer| offer.key == key);
    let rules = rules.into_iter().map(|rule| rule.checked(is_sold));
    let policy = Policy(rules.collect::<Result<_, _>>().map_err(|_| BROKEN)?);
    Ok(Some(Published {
        number: row.number,
        at: row.published_at,
        by: row.published_by,
        catalog: Catalog {
            currency,
            coupons: coupons::of_catalogue(conn, row.number).await?,
            trial: trial.transpose()?.flatten(),
            policy,
            plans,
            packs,
        },
    }))
}

const BROKEN: Error = Error::Broken("a catalogue cannot be read");

fn written(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_| BROKEN)
}

fn read<'t, T: serde::Deserialize<'t>>(text: &'t str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| BROKEN)
}
