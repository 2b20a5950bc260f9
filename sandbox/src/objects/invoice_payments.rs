//! Invoice payments: which intent pays which invoice.

use serde_json::{Value, json};

use super::payment_intents;
use crate::account::{Account, text};
use crate::errors::Result;
use crate::form::Params;
use crate::ids;
use crate::lists::Page;
use crate::store::Store;

pub const KIND: &str = "invoice_payment";

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let invoice = params.text("invoice")?;
    let status = params.choice("status", &["canceled", "open", "paid"])?;
    let intent = match params.nested("payment")? {
        None => None,
        Some(mut payment) => {
            payment.choice("type", &["payment_intent"])?;
            let intent = payment.text("payment_intent")?;
            payment.finish()?;
            intent
        }
    };
    params.finish()?;
    let payments = account.store.newest(KIND).filter(|payment| {
        invoice.as_ref().is_none_or(|id| payment["invoice"] == **id)
            && status.as_ref().is_none_or(|it| payment["status"] == **it)
            && intent
                .as_ref()
                .is_none_or(|id| payment["payment"]["payment_intent"] == **id)
    });
    page.cut("/v1/invoice_payments", payments)
}

/// Those of one invoice, as the invoice itself shows them.
pub fn list_of(store: &Store, invoice: &str) -> Value {
    let payments: Vec<&Value> = of(store, invoice).collect();
    json!({
        "object": "list",
        "data": payments,
        "has_more": false,
        "url": format!("/v1/invoice_payments?invoice={invoice}"),
    })
}

/// An intent is there to pay an invoice.
pub fn open(account: &mut Account, invoice: &Value, intent: &str) {
    let payment = json!({
        "id": ids::fresh("inpay"),
        "object": KIND,
        "amount_paid": null,
        "amount_requested": invoice["amount_due"],
        "created": account.now(),
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": true,
        "livemode": false,
        "payment": { "payment_intent": intent, "type": "payment_intent" },
        "status": "open",
        "status_transitions": { "canceled_at": null, "paid_at": null },
    });
    account.store.put(payment);
}

/// The intent has paid the invoice, or will not any more.
pub fn close(account: &mut Account, invoice: &str, status: &str) {
    let open = of(&account.store, invoice).find(|payment| payment["status"] == "open");
    let Some(mut payment) = open.cloned() else {
        return;
    };
    payment["status"] = status.into();
    payment["status_transitions"][format!("{status}_at")] = account.now().into();
    if status == "paid" {
        payment["amount_paid"] = payment["amount_requested"].clone();
    }
    account.store.put(payment.clone());
    if status == "paid" {
        account.emit("invoice_payment.paid", &payment, None);
    }
}

/// The intent that pays an invoice.
pub fn intent(store: &Store, invoice: &str) -> Option<Value> {
    let payment = of(store, invoice).find(|payment| payment["is_default"] == true)?;
    let id = text(&payment["payment"], "payment_intent");
    store.get(payment_intents::KIND, id).cloned()
}

fn of<'a>(store: &'a Store, invoice: &str) -> impl Iterator<Item = &'a Value> {
    store
        .newest(KIND)
        .filter(move |payment| payment["invoice"] == *invoice)
}
