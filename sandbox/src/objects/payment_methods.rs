//! Payment methods: cards and bank accounts, created by the browser or named by a test id.

use serde_json::{Value, json};

use super::customers;
use super::method_data::{self, Draft, REDISPLAY};
use crate::account::{Account, text};
use crate::bank_accounts::{self, TestBankAccount};
use crate::cards::{self, TestCard};
use crate::declines::Decline;
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::lists::Page;

pub const KIND: &str = "payment_method";

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let draft = Draft::from(&mut params, account.now())?;
    params.finish()?;
    Ok(keep(account, draft))
}

/// A method as `payment_method_data` describes it, inside another request.
pub fn create_inline(account: &mut Account, mut data: Params) -> Result<Value> {
    let draft = Draft::from(&mut data, account.now())?;
    data.finish()?;
    Ok(keep(account, draft))
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
        method["billing_details"] = method_data::billing_details(Some(details))?;
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
    let id = text(&method, "id");
    match card_behind(account, id) {
        None if bank_account_behind(account, id).is_some() => {}
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
    let draft = Draft::of_test_id(id, account.now())?;
    Some(keep(account, draft))
}

/// The test card behind a method; none when the number was not a test card's.
pub fn card_behind(account: &Account, method: &str) -> Option<&'static TestCard> {
    account.store.hidden(method)["number"]
        .as_str()
        .and_then(cards::by_number)
}

/// The test bank account behind a method, if it is a bank account.
pub fn bank_account_behind(account: &Account, method: &str) -> Option<&'static TestBankAccount> {
    account.store.hidden(method)["account_number"]
        .as_str()
        .and_then(bank_accounts::by_number)
}

fn keep(account: &mut Account, draft: Draft) -> Value {
    let method = draft.method;
    account.store.put(method.clone());
    // Only the numbers that everybody knows are written down.
    let known = match draft.secret {
        "number" => cards::by_number(&draft.number).is_some(),
        _ => bank_accounts::by_number(&draft.number).is_some(),
    };
    if known {
        account
            .store
            .hide(text(&method, "id"), draft.secret, draft.number.into());
    }
    method
}
