//! The lines of an invoice: one for each item and period, or for what a change in between costs.

use serde_json::{Value, json};

use crate::account::{Account, text};
use crate::calendar::{day, share};
use crate::ids;
use crate::objects::invoice_items;
use crate::objects::{prices, products};

use super::{KIND, subscription_of};

/// A time from and to, in seconds.
pub type Period = (i64, i64);

/// What an item costs for a whole period.
pub fn whole(account: &Account, subscription: &Value, item: &Value, period: Period) -> Value {
    let quantity = quantity(item);
    let what = format!(
        "{quantity} × {} (at {})",
        product_name(account, item),
        prices::shown(&item["price"])
    );
    let amount = prices::amount(&item["price"], quantity);
    shape(subscription, item, &what, amount, period)
}

/// What an item costs while its trial lasts.
pub fn trial(account: &Account, subscription: &Value, item: &Value, period: Period) -> Value {
    let what = format!("Trial period for {}", product_name(account, item));
    shape(subscription, item, &what, 0, period)
}

/// What an item costs for the rest of a period that began earlier.
pub fn rest(
    account: &Account,
    subscription: &Value,
    item: &Value,
    at: i64,
    whole: Period,
) -> Value {
    let quantity = quantity(item);
    let what = format!(
        "Remaining time on {} after {}",
        counted(quantity, product_name(account, item)),
        day(at)
    );
    let full = prices::amount(&item["price"], quantity);
    let amount = share(full, whole.1 - at, whole.1 - whole.0);
    let line = shape(subscription, item, &what, amount, (at, whole.1));
    as_proration(line, Value::Null)
}

/// What is given back for the part of a period that an item will not be used any more: that part
/// of what was billed for it last, whatever its price is by now.
pub fn unused(account: &Account, subscription: &Value, item: &Value, at: i64) -> Option<Value> {
    let billed = last_billed(account, subscription, item)?;
    let what = format!(
        "Unused time on {} after {}",
        counted(quantity(item), product_name(account, item)),
        day(at)
    );
    let amount = -share(
        billed.net,
        billed.period.1 - at,
        billed.period.1 - billed.period.0,
    );
    let period = (at, billed.period.1);
    let mut line = shape(subscription, item, &what, amount, period);
    line["discountable"] = false.into();
    let credited = billed
        .invoice
        .map(|invoice| json!({ "invoice": invoice, "invoice_line_items": [billed.line] }));
    Some(as_proration(line, credited.into()))
}

/// What was asked for an item's current period, less discounts.
struct Billed {
    net: i64,
    period: Period,
    line: String,
    invoice: Option<String>,
}

fn last_billed(account: &Account, subscription: &Value, item: &Value) -> Option<Billed> {
    let waiting = invoice_items::pending(account, text(subscription, "id"));
    let waiting = waiting.into_iter().rev();
    let invoiced = account
        .store
        .newest(KIND)
        .filter(|invoice| subscription_of(invoice) == text(subscription, "id"))
        .filter(|invoice| invoice["status"] != "void")
        .flat_map(|invoice| {
            invoice["lines"]["data"]
                .as_array()
                .into_iter()
                .flatten()
                .rev()
        })
        .cloned();
    let line = waiting.chain(invoiced).find(|line| {
        line["parent"]["subscription_item_details"]["subscription_item"] == item["id"]
            && line["period"]["end"] == item["current_period_end"]
            && line["amount"].as_i64().is_some_and(|amount| amount >= 0)
    })?;
    let off: i64 = line["discount_amounts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|discount| discount["amount"].as_i64())
        .sum();
    Some(Billed {
        net: line["amount"].as_i64()? - off,
        period: (
            line["period"]["start"].as_i64()?,
            line["period"]["end"].as_i64()?,
        ),
        line: text(&line, "id").to_owned(),
        invoice: line["invoice"].as_str().map(str::to_owned),
    })
}

pub fn quantity(item: &Value) -> i64 {
    item["quantity"].as_i64().unwrap_or(1)
}

fn product_name<'a>(account: &'a Account, item: &Value) -> &'a str {
    products::name(account, text(&item["price"], "product"))
}

fn counted(quantity: i64, name: &str) -> String {
    match quantity {
        1 => name.to_owned(),
        many => format!("{many} × {name}"),
    }
}

fn as_proration(mut line: Value, credited: Value) -> Value {
    let details = &mut line["parent"]["subscription_item_details"];
    details["proration"] = true.into();
    details["proration_details"]["credited_items"] = credited;
    line
}

fn shape(subscription: &Value, item: &Value, what: &str, amount: i64, period: Period) -> Value {
    let price = &item["price"];
    json!({
        "id": ids::fresh("il"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": what,
        "discount_amounts": [],
        "discountable": true,
        "discounts": [],
        "invoice": null,
        "livemode": false,
        "metadata": subscription["metadata"],
        "parent": {
            "invoice_item_details": null,
            "subscription_item_details": {
                "invoice_item": null,
                "proration": false,
                "proration_details": { "credited_items": null },
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": { "end": period.1, "start": period.0 },
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": { "price": price["id"], "product": price["product"] },
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "taxes": [],
    })
}
