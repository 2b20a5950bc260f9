//! The items of a subscription: which prices it pays, and for which period.

use serde_json::{Value, json};

use super::shape;
use crate::account::{Account, text};
use crate::calendar::{self, Interval};
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::objects::invoices::lines::Period;
use crate::objects::prices;

/// The items of a subscription.
pub fn of(subscription: &Value) -> Vec<Value> {
    subscription["items"]["data"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

pub fn set(subscription: &mut Value, items: Vec<Value>) {
    subscription["items"]["total_count"] = items.len().into();
    subscription["items"]["data"] = items.into();
}

/// The period that the items are paid for; all have the same.
pub fn period(subscription: &Value) -> Period {
    let first = &subscription["items"]["data"][0];
    let time = |name: &str| first[name].as_i64().unwrap_or(0);
    (time("current_period_start"), time("current_period_end"))
}

pub fn set_period(items: &mut [Value], (start, end): Period) {
    for item in items {
        item["current_period_start"] = start.into();
        item["current_period_end"] = end.into();
    }
}

/// How long a period is; all items have the same.
pub fn interval(items: &[Value]) -> Interval {
    prices::interval(items.first().map_or(&Value::Null, |item| &item["price"]))
}

/// The period that begins at `at`, counted from the anchor.
pub fn period_from(items: &[Value], anchor: i64, at: i64) -> Period {
    (at, calendar::period_end(anchor, at, interval(items)))
}

/// The items of a new subscription.
pub fn create(account: &Account, subscription: &str, rows: Vec<Params>) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    for row in rows {
        items.push(fresh(account, subscription, row)?);
    }
    check(&items)?;
    Ok(items)
}

/// The items as an update wants them: a row with an id changes or removes that item, one without
/// adds an item, and what no row names stays.
pub fn change(account: &Account, subscription: &Value, rows: Vec<Params>) -> Result<Vec<Value>> {
    let mut items = of(subscription);
    let period = period(subscription);
    for mut row in rows {
        let Some(id) = row.text("id")? else {
            let mut added = fresh(account, text(subscription, "id"), row)?;
            set_period(std::slice::from_mut(&mut added), period);
            items.push(added);
            continue;
        };
        let param = row.full("id");
        let Some(place) = items.iter().position(|item| item["id"] == *id) else {
            return Err(ApiError::missing_object("subscription_item", &id).param(&param));
        };
        if row.flag("deleted")?.unwrap_or(false) {
            row.finish()?;
            items.remove(place);
            continue;
        }
        let item = &mut items[place];
        if let Some(price) = price(account, &mut row)? {
            item["plan"] = prices::plan(&price);
            item["price"] = price;
        }
        if let Some(quantity) = quantity(&mut row)? {
            item["quantity"] = quantity.into();
        }
        if let Some(metadata) = row.metadata()? {
            merge_metadata(item, metadata);
        }
        row.finish()?;
    }
    check(&items)?;
    Ok(items)
}

/// Whether two items cost the same, whatever else is said about them.
pub fn same_cost(one: &Value, other: &Value) -> bool {
    one["price"]["id"] == other["price"]["id"] && one["quantity"] == other["quantity"]
}

fn fresh(account: &Account, subscription: &str, mut row: Params) -> Result<Value> {
    let param = row.full("price");
    let price = price(account, &mut row)?.ok_or_else(|| ApiError::missing_param(&param))?;
    let quantity = quantity(&mut row)?.unwrap_or(1);
    let metadata = row.metadata()?;
    row.finish()?;
    let mut item = shape::item(subscription, &price, quantity, account.now());
    item["metadata"] = json!(metadata.unwrap_or_default());
    Ok(item)
}

/// The price of a row: one that is for sale, or one of its own.
fn price(account: &Account, row: &mut Params) -> Result<Option<Value>> {
    let data = row.nested("price_data")?;
    let param = row.full("price");
    let price = match (row.text("price")?, data) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: price, price_data.",
            )
            .param(&param));
        }
        (None, Some(data)) => prices::inline(account, data)?,
        (Some(id), None) => {
            let price = account.store.find_for_param(prices::KIND, &id, &param)?;
            if price["active"] != true {
                return Err(ApiError::invalid(format!(
                    "The price specified is inactive. This field only accepts active prices: {id}"
                ))
                .param(&param));
            }
            price
        }
    };
    if price["type"] == "recurring" {
        return Ok(Some(price));
    }
    Err(ApiError::invalid(
        "The price specified is set to `type=one_time` but this field only accepts prices with \
         `type=recurring`.",
    )
    .param(&param))
}

fn quantity(row: &mut Params) -> Result<Option<i64>> {
    let param = row.full("quantity");
    match row.integer("quantity")? {
        Some(quantity @ (..0 | 1_000_001..)) => {
            Err(ApiError::invalid(format!("Invalid quantity: {quantity}")).param(&param))
        }
        given => Ok(given),
    }
}

/// Items share a currency and an interval, because they share an invoice and a period.
fn check(items: &[Value]) -> Result<()> {
    let Some(first) = items.first() else {
        return Err(ApiError::missing_param("items"));
    };
    let currency = &first["price"]["currency"];
    if items
        .iter()
        .any(|item| item["price"]["currency"] != *currency)
    {
        return Err(
            ApiError::invalid("All prices on a subscription must have the same currency.")
                .param("items"),
        );
    }
    let every = prices::interval(&first["price"]);
    if items
        .iter()
        .any(|item| prices::interval(&item["price"]) != every)
    {
        return Err(ApiError::invalid(
            "Prices with different intervals on one subscription are not supported here.",
        )
        .param("items"));
    }
    Ok(())
}
