//! Invoice items: what a change of a subscription costs or gives back, until its next invoice.

use serde_json::{Value, json};

use crate::account::{Account, text};
use crate::errors::Result;
use crate::form::Params;
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "invoiceitem";

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let customer = params.text("customer")?;
    let invoice = params.text("invoice")?;
    let pending = params.flag("pending")?;
    params.finish()?;
    let items = account.store.newest(KIND).filter(|item| {
        customer.as_ref().is_none_or(|id| item["customer"] == **id)
            && invoice.as_ref().is_none_or(|id| item["invoice"] == **id)
            && pending.is_none_or(|pending| item["invoice"].is_null() == pending)
    });
    page.cut("/v1/invoiceitems", items)
}

/// Keeps a line for the next invoice.
pub fn keep(account: &mut Account, subscription: &Value, mut line: Value) {
    let id = ids::fresh("ii");
    line["parent"]["subscription_item_details"]["invoice_item"] = id.clone().into();
    let item = json!({
        "id": id,
        "object": KIND,
        "amount": line["amount"],
        "currency": line["currency"],
        "customer": subscription["customer"],
        "customer_account": null,
        "date": account.now(),
        "description": line["description"],
        "discountable": line["discountable"],
        "discounts": [],
        "invoice": null,
        "livemode": false,
        "metadata": {},
        "net_amount": line["amount"],
        "parent": {
            "subscription_details": {
                "subscription": subscription["id"],
                "subscription_item": line["parent"]["subscription_item_details"]["subscription_item"],
            },
            "type": "subscription_details",
        },
        "period": line["period"],
        "pricing": line["pricing"],
        "proration": true,
        "quantity": line["quantity"],
        "tax_rates": [],
        "test_clock": null,
    });
    account.store.put(item.clone());
    account.store.hide(&id, "line", line);
    account.emit("invoiceitem.created", &item, None);
}

/// The lines that wait for a subscription's next invoice, oldest first.
pub fn pending(account: &Account, subscription: &str) -> Vec<Value> {
    let mut lines: Vec<Value> = account
        .store
        .newest(KIND)
        .filter(|item| item["invoice"].is_null())
        .filter(|item| item["parent"]["subscription_details"]["subscription"] == subscription)
        .map(|item| account.store.hidden(text(item, "id"))["line"].clone())
        .collect();
    lines.reverse();
    lines
}

/// The lines are on an invoice now.
pub fn billed(account: &mut Account, invoice: &Value) {
    let lines = invoice["lines"]["data"].as_array().into_iter().flatten();
    for line in lines {
        let id = &line["parent"]["subscription_item_details"]["invoice_item"];
        let Some(mut item) = id.as_str().and_then(|id| account.store.any(id)).cloned() else {
            continue;
        };
        item["invoice"] = invoice["id"].clone();
        account.store.put(item);
    }
}
