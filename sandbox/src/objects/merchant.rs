//! The merchant's own account, as the API shows it: whether it may charge and be paid.

use serde_json::{Map, Value, json};

use crate::account::Account;
use crate::errors::Result;
use crate::form::Params;

const KIND: &str = "account";
const ID: &str = "acct_sandbox";

pub fn retrieve(account: &Account, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(current(account))
}

/// Lays what changed over the account, and tells so.
pub fn change(account: &mut Account, changes: Map<String, Value>) -> Value {
    let mut merchant = current(account);
    let mut previous = Map::new();
    for (name, value) in changes {
        let before = std::mem::replace(&mut merchant[&name], value);
        previous.insert(name, before);
    }
    account.store.put(merchant.clone());
    account.emit("account.updated", &merchant, Some(previous.into()));
    merchant
}

/// Keeps what the merchant decided in their dashboard, which the account does not show.
pub fn decide(account: &mut Account, about: &str, choice: &str) {
    let merchant = current(account);
    account.store.put(merchant);
    account.store.hide(ID, about, choice.into());
}

pub fn decided<'a>(account: &'a Account, about: &str) -> Option<&'a str> {
    account.store.hidden(ID)[about].as_str()
}

fn current(account: &Account) -> Value {
    account.store.get(KIND, ID).cloned().unwrap_or_else(shape)
}

fn shape() -> Value {
    json!({
        "id": ID,
        "object": KIND,
        "business_profile": {
            "annual_revenue": null,
            "estimated_worker_count": null,
            "mcc": null,
            "minority_owned_business_designation": null,
            "name": "Sandbox",
            "product_description": null,
            "support_address": null,
            "support_email": null,
            "support_phone": null,
            "support_url": null,
            "url": null,
        },
        "business_type": null,
        "capabilities": { "card_payments": "active", "transfers": "active" },
        "charges_enabled": true,
        "controller": { "type": "account" },
        "country": "US",
        "created": 0,
        "default_currency": "usd",
        "details_submitted": true,
        "email": null,
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": false,
            "url": format!("/v1/accounts/{ID}/external_accounts"),
        },
        "future_requirements": no_requirements(),
        "metadata": {},
        "payouts_enabled": true,
        "requirements": no_requirements(),
        "settings": {
            "dashboard": { "display_name": "Sandbox", "timezone": "Etc/UTC" },
            "payments": { "statement_descriptor": "SANDBOX" },
            "payouts": {
                "debit_negative_balances": true,
                "schedule": { "delay_days": 2, "interval": "daily" },
                "statement_descriptor": null,
            },
        },
        "tos_acceptance": { "date": null, "ip": null, "user_agent": null },
        "type": "standard",
    })
}

fn no_requirements() -> Value {
    json!({
        "alternatives": [],
        "current_deadline": null,
        "currently_due": [],
        "disabled_reason": null,
        "errors": [],
        "eventually_due": [],
        "past_due": [],
        "pending_verification": [],
    })
}
