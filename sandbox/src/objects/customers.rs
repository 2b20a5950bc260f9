//! Customers.

use serde_json::{Value, json};

use super::{payment_methods, subscriptions};
use crate::account::Account;
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "customer";

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let method = params.text("payment_method")?;
    let mut customer = json!({
        "id": ids::fresh("cus"),
        "object": KIND,
        "address": null,
        "balance": 0,
        "created": account.now(),
        "currency": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": null,
        "invoice_prefix": ids::random(8).to_uppercase(),
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": null,
            "footer": null,
            "rendering_options": null,
        },
        "livemode": false,
        "metadata": {},
        "name": null,
        "next_invoice_sequence": 1,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    });
    apply(&mut customer, &mut params)?;
    let default = default_method(&mut params)?.flatten();
    params.finish()?;
    if default.is_some() && default != method {
        return Err(not_attached(default.as_deref().unwrap_or_default()));
    }
    account.store.put(customer.clone());
    let id = customer["id"].as_str().unwrap_or_default().to_owned();
    if let Some(method) = method {
        // Who has no card that works does not become a customer.
        let attached = payment_methods::attach_to(account, &method, &id)
            .inspect_err(|_| account.store.remove(&id))?;
        if default.is_some() {
            customer["invoice_settings"]["default_payment_method"] = attached["id"].clone();
            account.store.put(customer.clone());
        }
    }
    account.emit("customer.created", &customer, None);
    Ok(customer)
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut customer = alive(account, id)?;
    apply(&mut customer, &mut params)?;
    if let Some(method) = default_method(&mut params)? {
        if let Some(method) = &method {
            let attached = account.store.get(payment_methods::KIND, method);
            attached
                .filter(|attached| attached["customer"] == *id)
                .ok_or_else(|| not_attached(method))?;
        }
        customer["invoice_settings"]["default_payment_method"] = method.into();
    }
    params.finish()?;
    account.store.put(customer.clone());
    account.emit("customer.updated", &customer, None);
    Ok(customer)
}

/// Leaves a stub, because an id that was once a customer still answers.
pub fn delete(account: &mut Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let customer = alive(account, id)?;
    subscriptions::end_all_of(account, id);
    let stub = json!({ "id": id, "object": KIND, "deleted": true });
    account.store.put(stub.clone());
    account.emit("customer.deleted", &customer, None);
    Ok(stub)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let email = params.text("email")?;
    params.finish()?;
    let customers = account
        .store
        .newest(KIND)
        .filter(|customer| customer.get("deleted").is_none())
        .filter(|customer| {
            email
                .as_ref()
                .is_none_or(|email| customer["email"] == **email)
        });
    page.cut("/v1/customers", customers)
}

/// The customer that a parameter names.
pub fn named(account: &Account, id: &str, param: &str) -> Result<Value> {
    let customer = account.store.find_for_param(KIND, id, param)?;
    match customer.get("deleted") {
        None => Ok(customer),
        Some(_) => Err(ApiError::missing_object(KIND, id).for_param(param)),
    }
}

/// A method that was detached is no longer what invoices are paid with.
pub fn forget_method(account: &mut Account, id: &str, method: &str) {
    let Ok(mut customer) = alive(account, id) else {
        return;
    };
    let settings = customer["invoice_settings"].clone();
    if settings["default_payment_method"] == *method {
        customer["invoice_settings"]["default_payment_method"] = Value::Null;
        account.store.put(customer.clone());
        let previous = json!({ "invoice_settings": settings });
        account.emit("customer.updated", &customer, Some(previous));
    }
}

/// A customer that was not deleted.
fn alive(account: &Account, id: &str) -> Result<Value> {
    account
        .store
        .find(KIND, id)
        .and_then(|customer| match customer.get("deleted") {
            None => Ok(customer),
            Some(_) => Err(ApiError::missing_object(KIND, id)),
        })
}

/// What invoices are to be paid with: `Some(None)` when nothing.
fn default_method(params: &mut Params) -> Result<Option<Option<String>>> {
    let Some(mut settings) = params.nested("invoice_settings")? else {
        return Ok(None);
    };
    let method = settings.change("default_payment_method")?;
    settings.finish()?;
    Ok(method)
}

fn not_attached(method: &str) -> ApiError {
    ApiError::invalid(format!(
        "The customer does not have a payment method with the ID {method}. The payment method \
         must be attached to the customer."
    ))
    .code("resource_missing")
    .param("invoice_settings[default_payment_method]")
}

fn apply(customer: &mut Value, params: &mut Params) -> Result<()> {
    for name in ["email", "name", "description", "phone", "tax_exempt"] {
        if let Some(value) = params.change(name)? {
            customer[name] = value.into();
        }
    }
    for name in ["address", "shipping"] {
        if let Some(value) = params.any(name) {
            customer[name] = if value == "" { Value::Null } else { value };
        }
    }
    if let Some(locales) = params.list("preferred_locales")? {
        customer["preferred_locales"] = locales.into();
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(customer, metadata);
    }
    Ok(())
}
