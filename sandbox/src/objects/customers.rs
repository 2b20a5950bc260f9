//! Customers.

use serde_json::{Value, json};

use super::payment_methods;
use crate::account::Account;
use crate::errors::Result;
use crate::form::{Params, merge_metadata};
use crate::ids;
use crate::lists::Page;

const KIND: &str = "customer";

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
    params.finish()?;
    account.store.put(customer.clone());
    account.emit("customer.created", &customer, None);
    if let Some(method) = method {
        let id = customer["id"].as_str().unwrap_or_default();
        payment_methods::attach_to(account, &method, id)?;
    }
    Ok(customer)
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut customer = alive(account, id)?;
    apply(&mut customer, &mut params)?;
    params.finish()?;
    account.store.put(customer.clone());
    account.emit("customer.updated", &customer, None);
    Ok(customer)
}

/// Leaves a stub, because an id that was once a customer still answers.
pub fn delete(account: &mut Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let customer = alive(account, id)?;
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

/// A customer that was not deleted.
fn alive(account: &Account, id: &str) -> Result<Value> {
    account
        .store
        .find(KIND, id)
        .and_then(|customer| match customer.get("deleted") {
            None => Ok(customer),
            Some(_) => Err(crate::errors::ApiError::missing_object(KIND, id)),
        })
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
    if let Some(mut settings) = params.nested("invoice_settings")? {
        if let Some(method) = settings.change("default_payment_method")? {
            customer["invoice_settings"]["default_payment_method"] = method.into();
        }
        settings.finish()?;
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(customer, metadata);
    }
    Ok(())
}
