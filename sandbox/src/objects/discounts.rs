//! Discounts: a coupon at work on one subscription, and what it takes off each invoice.

use serde_json::{Value, json};

use super::{coupons, promotion_codes};
use crate::account::{Account, text};
use crate::calendar::{Interval, Unit, later, share};
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::ids;

pub const KIND: &str = "discount";

/// A discount that a subscription has, and the coupon as it was redeemed.
#[derive(Debug)]
pub struct Active {
    id: String,
    coupon: Value,
}

/// What one row of `discounts[]` names.
#[derive(Debug)]
pub enum Wanted {
    /// One that the subscription has already.
    Kept(String),
    Fresh {
        coupon: Value,
        promotion_code: Option<String>,
    },
}

/// Reads `discounts[]`, and refuses what cannot be redeemed.
pub fn wanted(
    account: &Account,
    params: &mut Params,
    customer: &str,
) -> Result<Option<Vec<Wanted>>> {
    let Some(rows) = params.rows("discounts")? else {
        return Ok(None);
    };
    let read = |mut row: Params| {
        let (coupon, code) = (row.text("coupon")?, row.text("promotion_code")?);
        let kept = row.text("discount")?;
        let param = row.full("coupon");
        row.finish()?;
        match (coupon, code, kept) {
            (Some(id), None, None) => Ok(Wanted::Fresh {
                coupon: coupons::redeemable(account, &id, &param)?,
                promotion_code: None,
            }),
            (None, Some(id), None) => Ok(Wanted::Fresh {
                coupon: promotion_codes::redeemable(account, &id, customer)?,
                promotion_code: Some(id),
            }),
            (None, None, Some(id)) => {
                account.store.find_for_param(KIND, &id, "discounts")?;
                Ok(Wanted::Kept(id))
            }
            _ => Err(ApiError::invalid(
                "Each discount names exactly one of coupon, promotion_code and discount.",
            )
            .param("discounts")),
        }
    };
    rows.into_iter().map(read).collect::<Result<_>>().map(Some)
}

/// Puts discounts to work on a subscription, in place of those that it had.
pub fn apply(account: &mut Account, subscription: &mut Value, wanted: Vec<Wanted>) {
    let ids: Vec<String> = wanted
        .into_iter()
        .map(|wanted| match wanted {
            Wanted::Kept(id) => id,
            Wanted::Fresh {
                coupon,
                promotion_code,
            } => redeem(account, subscription, &coupon, promotion_code),
        })
        .collect();
    subscription["discounts"] = ids.into();
}

/// The discounts that lower an invoice made now.
pub fn of(account: &Account, subscription: &Value) -> Vec<Active> {
    let now = account.now();
    let ids = subscription["discounts"].as_array().into_iter().flatten();
    ids.filter_map(|id| account.store.get(KIND, id.as_str()?))
        .filter(|discount| discount["end"].as_i64().is_none_or(|end| now < end))
        .map(|discount| {
            let id = text(discount, "id").to_owned();
            let coupon = account.store.hidden(&id)["coupon"].clone();
            Active { id, coupon }
        })
        .collect()
}

/// Discounts as they would be, if somebody put them to work now.
pub fn imagined(account: &Account, wanted: Vec<Wanted>) -> Vec<Active> {
    let as_active = |wanted| match wanted {
        Wanted::Fresh { coupon, .. } => Active {
            id: ids::fresh("di"),
            coupon,
        },
        Wanted::Kept(id) => Active {
            coupon: account.store.hidden(&id)["coupon"].clone(),
            id,
        },
    };
    wanted.into_iter().map(as_active).collect()
}

/// Lowers lines, and gives what each discount took off in all. An amount is taken off whole
/// periods only, so that a change in between does not get it once more.
pub fn lower(discounts: &[Active], lines: &mut [Value]) -> Vec<Value> {
    discounts
        .iter()
        .map(|discount| {
            let off = match coupons::basis_points(&discount.coupon) {
                Some(points) => lower_by_part(discount, lines, points),
                None => lower_by_amount(discount, lines),
            };
            json!({ "amount": off, "discount": discount.id })
        })
        .collect()
}

fn lower_by_part(discount: &Active, lines: &mut [Value], points: i64) -> i64 {
    let mut off = 0;
    for line in lines.iter_mut().filter(|line| line["discountable"] == true) {
        off += take_off(discount, line, share(left(line).max(0), points, 10_000));
    }
    off
}

fn lower_by_amount(discount: &Active, lines: &mut [Value]) -> i64 {
    let amount = discount.coupon["amount_off"].as_i64().unwrap_or(0);
    let mut rest = amount;
    let whole = lines.iter_mut().filter(|line| {
        line["discountable"] == true
            && line["parent"]["subscription_item_details"]["proration"] == false
    });
    for line in whole {
        let part = left(line).clamp(0, rest);
        rest -= take_off(discount, line, part);
    }
    amount - rest
}

/// What a line still comes to after the discounts before.
fn left(line: &Value) -> i64 {
    let off: i64 = line["discount_amounts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["amount"].as_i64())
        .sum();
    line["amount"].as_i64().unwrap_or(0) - off
}

fn take_off(discount: &Active, line: &mut Value, amount: i64) -> i64 {
    let taken = json!({ "amount": amount, "discount": discount.id });
    if let Some(amounts) = line["discount_amounts"].as_array_mut() {
        amounts.push(taken);
    }
    amount
}

/// A discount that is for once has done its work when it has lowered an invoice.
pub fn used(account: &mut Account, invoice: &Value) {
    let lowered: Vec<String> = invoice["total_discount_amounts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|off| off["amount"].as_i64().is_some_and(|amount| amount > 0))
        .filter_map(|off| off["discount"].as_str().map(str::to_owned))
        .collect();
    for id in lowered {
        let once = coupons::duration(&account.store.hidden(&id)["coupon"]) == "once";
        let Some(mut discount) = account.store.get(KIND, &id).filter(|_| once).cloned() else {
            continue;
        };
        discount["end"] = account.now().into();
        discount["invoice"] = invoice["id"].clone();
        account.store.put(discount.clone());
        account.emit("customer.discount.deleted", &discount, None);
    }
}

/// A subscription no longer shows discounts that have done their work.
pub fn forget_used(account: &Account, subscription: &mut Value) {
    let kept: Vec<String> = of(account, subscription)
        .into_iter()
        .map(|discount| discount.id)
        .collect();
    subscription["discounts"] = kept.into();
}

fn redeem(
    account: &mut Account,
    subscription: &Value,
    coupon: &Value,
    promotion_code: Option<String>,
) -> String {
    let id = ids::fresh("di");
    let now = account.now();
    let end = coupon["duration_in_months"].as_i64().map(|count| {
        let unit = Unit::Month;
        later(now, 1, Interval { unit, count })
    });
    let discount = json!({
        "id": id,
        "object": KIND,
        "checkout_session": null,
        "customer": subscription["customer"],
        "customer_account": null,
        "end": end,
        "invoice": null,
        "invoice_item": null,
        "promotion_code": promotion_code,
        "source": { "coupon": coupon["id"], "type": "coupon" },
        "start": now,
        "subscription": subscription["id"],
        "subscription_item": null,
    });
    account.store.put(discount.clone());
    account.store.hide(&id, "coupon", coupon.clone());
    account.emit("customer.discount.created", &discount, None);
    coupons::redeem(account, text(coupon, "id"));
    if let Some(code) = promotion_code {
        coupons::count(account, promotion_codes::KIND, &code);
    }
    id
}
