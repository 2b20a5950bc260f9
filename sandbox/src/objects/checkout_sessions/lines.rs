//! What is bought: each line names a price, or describes one.

use serde_json::{Value, json};

use super::KIND;
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::ids;
use crate::objects::{prices, products};
use crate::store::Store;

pub struct Items {
    pub items: Vec<Value>,
    /// The products that lines brought with them.
    products: Vec<Value>,
    pub currency: String,
    pub total: i64,
}

pub fn from(account: &Account, params: &mut Params) -> Result<Items> {
    let rows = params.rows("line_items")?.unwrap_or_default();
    let (mut items, mut products) = (Vec::new(), Vec::new());
    for row in rows {
        items.push(line(account, row, &mut products)?);
    }
    let Some(first) = items.first() else {
        return Err(ApiError::missing_param("line_items"));
    };
    let currency = text(first, "currency").to_owned();
    if items.iter().any(|item| item["currency"] != *currency) {
        return Err(
            ApiError::invalid("All line items must have the same currency.").param("line_items"),
        );
    }
    let amounts = items
        .iter()
        .filter_map(|item| item["amount_total"].as_i64());
    let total = amounts.fold(0_i64, i64::saturating_add);
    if !(50..=99_999_999).contains(&total) {
        return Err(ApiError::invalid(
            "The Checkout Session's total amount must be at least $0.50 and at most $999,999.99.",
        )
        .code("amount_too_small"));
    }
    Ok(Items {
        items,
        products,
        currency,
        total,
    })
}

impl Items {
    /// Writes down what the lines brought with them.
    pub fn keep(&self, account: &mut Account) {
        for product in &self.products {
            products::keep(account, product);
        }
        prices::keep(account, &self.items);
    }
}

/// The lines of a session, as it shows them when asked to.
pub fn list_of(store: &Store, session: &Value) -> Value {
    let id = text(session, "id");
    json!({
        "object": "list",
        "data": store.hidden(id)["line_items"],
        "has_more": false,
        "url": format!("/v1/{}s/{id}/line_items", KIND.replace('.', "/")),
    })
}

fn line(account: &Account, mut row: Params, new: &mut Vec<Value>) -> Result<Value> {
    let quantity_param = row.full("quantity");
    let quantity = row
        .integer("quantity")?
        .ok_or_else(|| ApiError::missing_param(&quantity_param))?;
    if !(1..=999_999).contains(&quantity) {
        return Err(
            ApiError::invalid("This value must be greater than or equal to 1.")
                .code("parameter_invalid_integer")
                .param(&quantity_param),
        );
    }
    let param = row.full("price");
    let price = match (row.text("price")?, row.nested("price_data")?) {
        (Some(id), None) => account.store.find_for_param(prices::KIND, &id, &param)?,
        (None, Some(data)) => described(account, data, new)?,
        _ => {
            return Err(ApiError::invalid(
                "Each line item takes one of these parameters: price, price_data.",
            )
            .param(&param));
        }
    };
    row.finish()?;
    if !price["recurring"].is_null() {
        return Err(ApiError::invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to \
             `subscription` mode or use only one-time prices.",
        )
        .param(&param));
    }
    let amount = prices::amount(&price, quantity);
    let product = text(&price, "product");
    let described = new.iter().find(|it| it["id"] == *product);
    let name = match described {
        Some(product) => text(product, "name"),
        None => products::name(account, product),
    };
    Ok(json!({
        "id": ids::fresh("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": name,
        "price": price,
        "quantity": quantity,
    }))
}

/// A price for this one line, perhaps of a product for this one line.
fn described(account: &Account, mut data: Params, new: &mut Vec<Value>) -> Result<Value> {
    let Some(product) = data.nested("product_data")? else {
        return prices::inline(account, data);
    };
    let product = products::inline(account, product)?;
    let price = prices::inline_of(account, text(&product, "id"), data)?;
    new.push(product);
    Ok(price)
}
