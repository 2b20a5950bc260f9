//! Coupons: how much less something costs, and for how long.

use serde_json::{Value, json};

use super::terms::checked_currency;
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "coupon";

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let id = params.text("id")?.unwrap_or_else(|| ids::random(8));
    if account.store.any(&id).is_some() {
        return Err(ApiError::invalid("Coupon already exists.")
            .code("resource_already_exists")
            .param("id"));
    }
    let percent = percentage(&mut params)?;
    let amount = params.integer("amount_off")?;
    let currency = params.text("currency")?.map(checked_currency).transpose()?;
    match (&percent, amount, &currency) {
        (Some(_), None, _) => {}
        (None, Some(1..), Some(_)) => {}
        (None, Some(1..), None) => return Err(ApiError::missing_param("currency")),
        (None, Some(_), _) => {
            return Err(ApiError::invalid("Invalid positive integer").param("amount_off"));
        }
        _ => {
            return Err(ApiError::invalid(
                "You must pass exactly one of percent_off and amount_off.",
            ));
        }
    }
    let duration = params
        .choice("duration", &["forever", "once", "repeating"])?
        .unwrap_or_else(|| "once".to_owned());
    let months = params.integer("duration_in_months")?;
    if (duration == "repeating") != months.is_some_and(|months| months > 0) {
        return Err(ApiError::invalid(
            "duration_in_months must be a positive number when duration is repeating, and is not \
             allowed otherwise.",
        )
        .param("duration_in_months"));
    }
    let coupon = json!({
        "id": id,
        "object": KIND,
        "amount_off": amount,
        "created": account.now(),
        "currency": amount.and(currency),
        "duration": duration,
        "duration_in_months": months,
        "livemode": false,
        "max_redemptions": limit(&mut params, "max_redemptions")?,
        "metadata": params.metadata()?.unwrap_or_default(),
        "name": params.text("name")?,
        "percent_off": percent,
        "redeem_by": params.integer("redeem_by")?,
        "times_redeemed": 0,
        "valid": true,
    });
    params.finish()?;
    account.store.put(coupon.clone());
    account.emit("coupon.created", &coupon, None);
    Ok(coupon)
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(as_of_now(account, account.store.find(KIND, id)?))
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut coupon = account.store.find(KIND, id)?;
    if let Some(name) = params.change("name")? {
        coupon["name"] = name.into();
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(&mut coupon, metadata);
    }
    params.finish()?;
    account.store.put(coupon.clone());
    account.emit("coupon.updated", &coupon, None);
    Ok(as_of_now(account, coupon))
}

/// Nobody can redeem it any more. Whoever has done so keeps the discount.
pub fn delete(account: &mut Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let coupon = account.store.find(KIND, id)?;
    account.store.remove(id);
    account.emit("coupon.deleted", &coupon, None);
    Ok(json!({ "id": id, "object": KIND, "deleted": true }))
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    params.finish()?;
    page.cut("/v1/coupons", account.store.newest(KIND))
}

/// The coupon, if it can still be redeemed.
pub fn redeemable(account: &Account, id: &str, param: &str) -> Result<Value> {
    let coupon = account.store.find_for_param(KIND, id, param)?;
    let coupon = as_of_now(account, coupon);
    if coupon["valid"] == true {
        return Ok(coupon);
    }
    Err(
        ApiError::invalid(format!("Coupon {id} is expired or used up."))
            .code("coupon_expired")
            .param(param),
    )
}

pub fn redeem(account: &mut Account, id: &str) {
    count(account, KIND, id);
}

/// One more has redeemed it.
pub fn count(account: &mut Account, kind: &str, id: &str) {
    let Some(mut redeemed) = account.store.get(kind, id).cloned() else {
        return;
    };
    let times = redeemed["times_redeemed"].as_i64().unwrap_or(0) + 1;
    redeemed["times_redeemed"] = times.into();
    account.store.put(redeemed);
}

/// Whether the limits that coupons and promotion codes share still allow it.
pub fn is_open(redeemed: &Value, until: &str, now: i64) -> bool {
    let times = redeemed["times_redeemed"].as_i64().unwrap_or(0);
    redeemed["max_redemptions"]
        .as_i64()
        .is_none_or(|most| times < most)
        && redeemed[until].as_i64().is_none_or(|until| now < until)
}

pub fn limit(params: &mut Params, name: &str) -> Result<Option<i64>> {
    let given = params.integer(name)?;
    match given {
        Some(..=0) => Err(ApiError::invalid("Invalid positive integer")
            .code("parameter_invalid_integer")
            .param(name)),
        given => Ok(given),
    }
}

fn as_of_now(account: &Account, mut coupon: Value) -> Value {
    coupon["valid"] = is_open(&coupon, "redeem_by", account.now()).into();
    coupon
}

/// `25` or `25.5`, above 0 and up to 100, with at most two decimals.
fn percentage(params: &mut Params) -> Result<Option<Value>> {
    let Some(given) = params.text("percent_off")? else {
        return Ok(None);
    };
    let refused = || {
        ApiError::invalid(format!(
            "Invalid decimal: {given}; must be above 0 and at most 100"
        ))
        .param("percent_off")
    };
    let percent: f64 = given.parse().map_err(|_| refused())?;
    if !(percent > 0.0 && percent <= 100.0) {
        return Err(refused());
    }
    let hundredths = (percent * 100.0).round();
    Ok(Some((hundredths / 100.0).into()))
}

/// A percentage in hundredths of a percent, so that all that follows is whole numbers.
pub fn basis_points(coupon: &Value) -> Option<i64> {
    let percent = coupon["percent_off"].as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "at most 10 000")]
    let points = (percent * 100.0).round() as i64;
    Some(points)
}

/// `once`, `repeating` or `forever`.
pub fn duration(coupon: &Value) -> &str {
    text(coupon, "duration")
}
