//! Products: what is sold, at one or several prices.

use serde_json::{Value, json};

use super::prices;
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "product";

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let id = params.text("id")?.unwrap_or_else(|| ids::fresh("prod"));
    if account.store.any(&id).is_some() {
        return Err(ApiError::invalid(format!("Product already exists: {id}"))
            .code("resource_already_exists")
            .param("id"));
    }
    let name = params.required("name")?;
    let price = params.nested("default_price_data")?;
    let mut product = shape(&id, &name, account.now());
    apply(account, &mut product, &mut params)?;
    params.finish()?;
    account.store.put(product.clone());
    if let Some(data) = price {
        let price = prices::of_product(account, &id, data)?;
        product["default_price"] = price["id"].clone();
        account.store.put(product.clone());
    }
    account.emit("product.created", &product, None);
    Ok(product)
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut product = account.store.find(KIND, id)?;
    if let Some(name) = params.text("name")? {
        product["name"] = name.into();
    }
    if let Some(price) = params.change("default_price")? {
        if let Some(price) = &price {
            account
                .store
                .find_for_param(prices::KIND, price, "default_price")?;
        }
        product["default_price"] = price.into();
    }
    apply(account, &mut product, &mut params)?;
    params.finish()?;
    product["updated"] = account.now().into();
    account.store.put(product.clone());
    account.emit("product.updated", &product, None);
    Ok(product)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let active = params.flag("active")?;
    let ids = params.list("ids")?;
    params.finish()?;
    let products = account.store.newest(KIND).filter(|product| {
        active.is_none_or(|active| product["active"] == active)
            && ids
                .as_ref()
                .is_none_or(|ids| ids.iter().any(|id| product["id"] == **id))
    });
    page.cut("/v1/products", products)
}

/// The product that inline data for a price describes.
pub fn create_inline(account: &mut Account, params: Params) -> Result<String> {
    let product = inline(account, params)?;
    keep(account, &product);
    Ok(text(&product, "id").to_owned())
}

/// The same, not written down yet.
pub fn inline(account: &Account, mut params: Params) -> Result<Value> {
    let name = params.required("name")?;
    let mut product = shape(&ids::fresh("prod"), &name, account.now());
    apply(account, &mut product, &mut params)?;
    params.finish()?;
    Ok(product)
}

pub fn keep(account: &mut Account, product: &Value) {
    account.store.put(product.clone());
    account.emit("product.created", product, None);
}

/// What a line of an invoice calls it.
pub fn name<'a>(account: &'a Account, id: &str) -> &'a str {
    account
        .store
        .get(KIND, id)
        .map_or("", |product| text(product, "name"))
}

fn apply(account: &Account, product: &mut Value, params: &mut Params) -> Result<()> {
    if let Some(active) = params.flag("active")? {
        product["active"] = active.into();
    }
    for name in [
        "description",
        "statement_descriptor",
        "tax_code",
        "unit_label",
        "url",
    ] {
        if let Some(value) = params.change(name)? {
            product[name] = value.into();
        }
    }
    if let Some(images) = params.list("images")? {
        product["images"] = images.into();
    }
    if let Some(features) = params.any("marketing_features") {
        product["marketing_features"] = features;
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(product, metadata);
    }
    product["updated"] = account.now().into();
    Ok(())
}

fn shape(id: &str, name: &str, now: i64) -> Value {
    json!({
        "id": id,
        "object": KIND,
        "active": true,
        "created": now,
        "default_price": null,
        "description": null,
        "images": [],
        "livemode": false,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "type": "service",
        "unit_label": null,
        "updated": now,
        "url": null,
    })
}
