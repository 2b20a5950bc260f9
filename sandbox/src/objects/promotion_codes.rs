//! Promotion codes: what people type to get a coupon.

use serde_json::{Value, json};

use super::{coupons, customers};
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "promotion_code";

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let mut promotion = params
        .nested("promotion")?
        .ok_or_else(|| ApiError::missing_param("promotion"))?;
    promotion.choice("type", &["coupon"])?;
    let coupon = promotion.required("coupon")?;
    promotion.finish()?;
    coupons::redeemable(account, &coupon, "promotion[coupon]")?;
    let code = params
        .text("code")?
        .unwrap_or_else(|| ids::random(8).to_uppercase());
    let customer = params.text("customer")?;
    if let Some(id) = &customer {
        customers::named(account, id, "customer")?;
    }
    let taken = account
        .store
        .newest(KIND)
        .any(|other| other["active"] == true && is_code(other, &code));
    if taken {
        return Err(ApiError::invalid(format!(
            "An active promotion code with `code: {code}` already exists."
        ))
        .code("resource_already_exists")
        .param("code"));
    }
    let made = json!({
        "id": ids::fresh("promo"),
        "object": KIND,
        "active": params.flag("active")?.unwrap_or(true),
        "code": code,
        "created": account.now(),
        "customer": customer,
        "customer_account": null,
        "expires_at": params.integer("expires_at")?,
        "livemode": false,
        "max_redemptions": coupons::limit(&mut params, "max_redemptions")?,
        "metadata": params.metadata()?.unwrap_or_default(),
        "promotion": { "coupon": coupon, "type": "coupon" },
        "restrictions": restrictions(&mut params)?,
        "times_redeemed": 0,
    });
    params.finish()?;
    account.store.put(made.clone());
    account.emit("promotion_code.created", &made, None);
    Ok(made)
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(as_of_now(account, account.store.find(KIND, id)?))
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut code = account.store.find(KIND, id)?;
    if let Some(active) = params.flag("active")? {
        code["active"] = active.into();
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(&mut code, metadata);
    }
    params.finish()?;
    account.store.put(code.clone());
    account.emit("promotion_code.updated", &code, None);
    Ok(as_of_now(account, code))
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let active = params.flag("active")?;
    let code = params.text("code")?;
    let coupon = params.text("coupon")?;
    let customer = params.text("customer")?;
    params.finish()?;
    let codes: Vec<Value> = account
        .store
        .newest(KIND)
        .map(|code| as_of_now(account, code.clone()))
        .filter(|found| {
            active.is_none_or(|active| found["active"] == active)
                && code.as_ref().is_none_or(|code| is_code(found, code))
                && coupon
                    .as_ref()
                    .is_none_or(|id| found["promotion"]["coupon"] == **id)
                && customer.as_ref().is_none_or(|id| found["customer"] == **id)
        })
        .collect();
    page.cut("/v1/promotion_codes", codes.iter())
}

/// The coupon behind a code, if this customer may redeem it.
pub fn redeemable(account: &Account, id: &str, customer: &str) -> Result<Value> {
    let code = account.store.find_for_param(KIND, id, "promotion_code")?;
    let code = as_of_now(account, code);
    let refused = |why: &str| {
        Err(ApiError::invalid(format!(
            "This promotion code cannot be redeemed because {why}."
        ))
        .code("promotion_code_invalid")
        .param("promotion_code"))
    };
    if code["active"] != true {
        return refused("it is not active");
    }
    if code["customer"]
        .as_str()
        .is_some_and(|only| only != customer)
    {
        return refused("it belongs to another customer");
    }
    let first_only = code["restrictions"]["first_time_transaction"] == true;
    if first_only && has_paid(account, customer) {
        return refused("the associated customer has prior transactions");
    }
    coupons::redeemable(
        account,
        text(&code["promotion"], "coupon"),
        "promotion_code",
    )
}

fn has_paid(account: &Account, customer: &str) -> bool {
    account
        .store
        .newest(super::payment_intents::KIND)
        .any(|intent| intent["customer"] == customer && intent["status"] == "succeeded")
}

/// Codes are read without regard to case.
fn is_code(promotion: &Value, code: &str) -> bool {
    text(promotion, "code").eq_ignore_ascii_case(code)
}

fn restrictions(params: &mut Params) -> Result<Value> {
    let mut given = params.nested("restrictions")?.unwrap_or_default();
    let first = given.flag("first_time_transaction")?.unwrap_or(false);
    given.finish()?;
    Ok(json!({
        "first_time_transaction": first,
        "minimum_amount": null,
        "minimum_amount_currency": null,
    }))
}

fn as_of_now(account: &Account, mut code: Value) -> Value {
    if !coupons::is_open(&code, "expires_at", account.now()) {
        code["active"] = false.into();
    }
    code
}
