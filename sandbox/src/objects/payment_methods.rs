//! Payment methods: cards, created by the browser or named by a test id.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::customers;
use crate::account::{Account, text};
use crate::cards::{self, TestCard};
use crate::declines::Decline;
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "payment_method";
const REDISPLAY: &[&str] = &["always", "limited", "unspecified"];

/// What a form says about a card.
struct CardData {
    number: String,
    exp_month: i64,
    exp_year: i64,
}

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let method = draft(&mut params, account.now())?;
    params.finish()?;
    Ok(keep(account, method))
}

/// A method as `payment_method_data` describes it, inside another request.
pub fn create_inline(account: &mut Account, mut data: Params) -> Result<Value> {
    let method = draft(&mut data, account.now())?;
    data.finish()?;
    Ok(keep(account, method))
}

pub fn retrieve(account: &mut Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    resolve(account, id).ok_or_else(|| ApiError::missing_object(KIND, id))
}

/// A customer's own method only.
pub fn retrieve_of(account: &Account, customer: &str, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let method = account.store.find(KIND, id)?;
    match method["customer"] == *customer {
        true => Ok(method),
        false => Err(ApiError::missing_object(KIND, id)),
    }
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut method = account.store.find(KIND, id)?;
    if method["customer"].is_null() {
        return Err(ApiError::invalid(
            "You must save this PaymentMethod to a customer before you can update it.",
        ));
    }
    if let Some(mut card) = params.nested("card")? {
        for name in ["exp_month", "exp_year"] {
            if let Some(number) = card.integer(name)? {
                method["card"][name] = number.into();
            }
        }
        card.finish()?;
    }
    if let Some(redisplay) = params.choice("allow_redisplay", REDISPLAY)? {
        method["allow_redisplay"] = redisplay.into();
    }
    if let Some(details) = params.nested("billing_details")? {
        method["billing_details"] = billing_details(Some(details))?;
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(&mut method, metadata);
    }
    params.finish()?;
    account.store.put(method.clone());
    account.emit("payment_method.updated", &method, None);
    Ok(method)
}

pub fn attach(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let customer = params.required("customer")?;
    params.finish()?;
    attach_to(account, id, &customer)
}

/// The bank is asked when a card is attached, so most declined cards fail here already.
pub fn attach_to(account: &mut Account, id: &str, customer: &str) -> Result<Value> {
    customers::named(account, customer, "customer")?;
    let mut method = resolve(account, id).ok_or_else(|| ApiError::missing_object(KIND, id))?;
    refuse_spent(account, &method)?;
    let owner = text(&method, "customer");
    if !owner.is_empty() && owner != customer {
        return Err(ApiError::invalid(
            "The payment method you provided has already been attached to a customer.",
        ));
    }
    match card_behind(account, text(&method, "id")) {
        None => return Err(Decline::LiveCard.error()),
        Some(card) if !card.attaches => {
            return Err(card.decline.unwrap_or(Decline::Generic).error());
        }
        Some(_) => {}
    }
    method["customer"] = customer.into();
    account.store.put(method.clone());
    account.emit("payment_method.attached", &method, None);
    Ok(method)
}

pub fn detach(account: &mut Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let mut method = account.store.find(KIND, id)?;
    if method["customer"].is_null() {
        return Err(ApiError::invalid(
            "The payment method you provided is not attached to a customer so detachment is \
             impossible.",
        ));
    }
    let previous = json!({ "customer": method["customer"] });
    let customer = text(&method, "customer").to_owned();
    method["customer"] = Value::Null;
    account.store.put(method.clone());
    account.store.hide(id, "spent", true.into());
    account.emit("payment_method.detached", &method, Some(previous));
    customers::forget_method(account, &customer, id);
    Ok(method)
}

pub fn list(account: &Account, customer: Option<&str>, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let asked = params.text("customer")?;
    let kind = params.text("type")?;
    params.finish()?;
    let (customer, url) = match customer {
        Some(id) => {
            account.store.find("customer", id)?;
            (
                Some(id.to_owned()),
                format!("/v1/customers/{id}/payment_methods"),
            )
        }
        None => (asked, "/v1/payment_methods".to_owned()),
    };
    let methods = account.store.newest(KIND).filter(|method| {
        customer
            .as_ref()
            .is_some_and(|id| method["customer"] == **id)
            && kind.as_ref().is_none_or(|kind| method["type"] == **kind)
    });
    page.cut(&url, methods)
}

/// The method that a parameter names, if it can still be used.
pub fn usable(account: &mut Account, id: &str, param: &str) -> Result<Value> {
    let method =
        resolve(account, id).ok_or_else(|| ApiError::missing_object(KIND, id).for_param(param))?;
    refuse_spent(account, &method)?;
    Ok(method)
}

/// Makes a method that just worked the customer's own, to be used again as `usage` says.
pub fn keep_for(account: &mut Account, method: &Value, customer: &Value, usage: &str) {
    if usage == "off_session" {
        account
            .store
            .hide(text(method, "id"), "set_up", true.into());
    }
    if method["customer"].is_null() && !customer.is_null() {
        let mut method = method.clone();
        method["customer"] = customer.clone();
        account.store.put(method.clone());
        account.emit("payment_method.attached", &method, None);
    }
}

/// A detached method is of no use any more, to nobody.
fn refuse_spent(account: &Account, method: &Value) -> Result<()> {
    if account.store.hidden(text(method, "id"))["spent"] != true {
        return Ok(());
    }
    Err(ApiError::invalid(
        "The provided PaymentMethod was previously used with a PaymentIntent without Customer \
         attachment, shared with a connected account without Customer attachment, or was detached \
         from a Customer. It may not be used again. To use a PaymentMethod multiple times, you \
         must attach it to a Customer first.",
    ))
}

/// An id of ours, or a test id, which becomes a new method each time as at the gateway.
pub fn resolve(account: &mut Account, id: &str) -> Option<Value> {
    if let Some(method) = account.store.get(KIND, id) {
        return Some(method.clone());
    }
    let card = cards::by_id(id)?;
    let now = account.now();
    let data = CardData {
        number: card.number.to_owned(),
        exp_month: 12,
        exp_year: i64::from(month_of(now).0) + 3,
    };
    let details = json!({ "address": empty_address(), "email": null, "name": null, "phone": null, "tax_id": null });
    let method = shape(&data, details, now);
    Some(keep(account, (method, data.number)))
}

/// The test card behind a method; none when the number was not a test card's.
pub fn card_behind(account: &Account, method: &str) -> Option<&'static TestCard> {
    account.store.hidden(method)["number"]
        .as_str()
        .and_then(cards::by_number)
}

fn keep(account: &mut Account, (method, number): (Value, String)) -> Value {
    account.store.put(method.clone());
    // Only the numbers that everybody knows are written down.
    if cards::by_number(&number).is_some() {
        account
            .store
            .hide(text(&method, "id"), "number", number.into());
    }
    method
}

fn draft(params: &mut Params, now: i64) -> Result<(Value, String)> {
    let kind = params.required("type")?;
    if kind != "card" {
        return Err(
            ApiError::invalid(format!("Invalid type: {kind} is not supported here")).param("type"),
        );
    }
    let mut card = params
        .nested("card")?
        .ok_or_else(|| ApiError::missing_param("card"))?;
    let data = card_data(&mut card, now)?;
    card.finish()?;
    let details = billing_details(params.nested("billing_details")?)?;
    let redisplay = params.choice("allow_redisplay", REDISPLAY)?;
    let metadata = params.metadata()?;
    let mut method = shape(&data, details, now);
    if let Some(redisplay) = redisplay {
        method["allow_redisplay"] = redisplay.into();
    }
    if let Some(metadata) = metadata {
        merge_metadata(&mut method, metadata);
    }
    Ok((method, data.number))
}

fn card_data(card: &mut Params, now: i64) -> Result<CardData> {
    let (this_year, this_month) = month_of(now);
    if let Some(token) = card.text("token")? {
        let known = cards::by_id(&token).ok_or_else(|| {
            ApiError::invalid(format!("No such token: '{token}'"))
                .code("resource_missing")
                .param("card[token]")
        })?;
        return Ok(CardData {
            number: known.number.to_owned(),
            exp_month: 12,
            exp_year: i64::from(this_year) + 3,
        });
    }
    let number = card.required("number")?.replace([' ', '-'], "");
    let exp_month = card.integer("exp_month")?;
    let exp_year = card.integer("exp_year")?;
    card.text("cvc")?;
    card.nested("networks")?;
    let exp_month = exp_month.ok_or_else(|| ApiError::missing_param("card[exp_month]"))?;
    let exp_year = exp_year.ok_or_else(|| ApiError::missing_param("card[exp_year]"))?;
    let exp_year = if exp_year < 100 {
        exp_year + 2000
    } else {
        exp_year
    };
    if !cards::is_plausible(&number) {
        return Err(
            ApiError::card("incorrect_number", "Your card number is incorrect.").param("number"),
        );
    }
    if !(1..=12).contains(&exp_month) {
        return Err(ApiError::card(
            "invalid_expiry_month",
            "Your card's expiration month is invalid.",
        )
        .param("exp_month"));
    }
    let past = (exp_year, exp_month) < (i64::from(this_year), i64::from(this_month));
    if past || exp_year > i64::from(this_year) + 50 {
        return Err(ApiError::card(
            "invalid_expiry_year",
            "Your card's expiration year is invalid.",
        )
        .param("exp_year"));
    }
    Ok(CardData {
        number,
        exp_month,
        exp_year,
    })
}

fn billing_details(details: Option<Params>) -> Result<Value> {
    let mut details = details.unwrap_or_default();
    let mut address = details.nested("address")?.unwrap_or_default();
    let mut shown = empty_address();
    for name in ["city", "country", "line1", "line2", "postal_code", "state"] {
        shown[name] = address.text(name)?.into();
    }
    address.finish()?;
    let value = json!({
        "address": shown,
        "email": details.text("email")?,
        "name": details.text("name")?,
        "phone": details.text("phone")?,
        "tax_id": details.text("tax_id")?,
    });
    details.finish()?;
    Ok(value)
}

fn empty_address() -> Value {
    json!({ "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null })
}

fn shape(data: &CardData, billing_details: Value, now: i64) -> Value {
    let (brand, funding) = match cards::by_number(&data.number) {
        Some(card) => (card.brand, card.funding),
        None => (cards::brand_of(&data.number), "credit"),
    };
    let last4 = &data.number[data.number.len().saturating_sub(4)..];
    json!({
        "id": ids::fresh("pm"),
        "object": KIND,
        "allow_redisplay": "unspecified",
        "billing_details": billing_details,
        "card": {
            "brand": brand,
            "checks": {
                "address_line1_check": null,
                "address_postal_code_check": null,
                "cvc_check": "unchecked",
            },
            "country": "US",
            "display_brand": brand,
            "exp_month": data.exp_month,
            "exp_year": data.exp_year,
            "fingerprint": fingerprint(&data.number),
            "funding": funding,
            "generated_from": null,
            "last4": last4,
            "networks": { "available": [brand], "preferred": null },
            "regulated_status": "unregulated",
            "three_d_secure_usage": { "supported": true },
            "wallet": null,
        },
        "created": now,
        "customer": null,
        "customer_account": null,
        "livemode": false,
        "metadata": {},
        "type": "card",
    })
}

/// The same for the same number, and no way back to it.
fn fingerprint(number: &str) -> String {
    let mut digest = hex::encode(Sha256::digest(format!("sandbox:{number}")));
    digest.truncate(16);
    digest
}

fn month_of(now: i64) -> (i16, i8) {
    let today = jiff::Timestamp::from_second(now)
        .unwrap_or_default()
        .to_zoned(jiff::tz::TimeZone::UTC);
    (today.year(), today.month())
}
