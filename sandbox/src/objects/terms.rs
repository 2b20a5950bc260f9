//! The terms of an intent: how much, in which currency, by which methods, and what hangs on it.

use serde_json::{Value, json};

use super::customers;
use super::payment_intents::KIND;
use crate::account::Account;
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::{ids, money};

const MOST: i64 = 99_999_999;

/// What creating, updating and confirming have in common.
pub fn apply(account: &Account, intent: &mut Value, params: &mut Params) -> Result<()> {
    apply_customer(account, intent, params)?;
    apply_methods(intent, params)?;
    if let Some(method) = params.choice("confirmation_method", &["automatic", "manual"])? {
        intent["confirmation_method"] = method.into();
    }
    for name in ["payment_method_options", "amount_details"] {
        if let Some(value) = params.any(name) {
            intent[name] = value;
        }
    }
    apply_details(intent, params)
}

/// What a checkout session says about its intent, too.
pub fn apply_details(intent: &mut Value, params: &mut Params) -> Result<()> {
    for name in [
        "description",
        "receipt_email",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_group",
    ] {
        if let Some(value) = params.change(name)? {
            intent[name] = value.into();
        }
    }
    if let Some(method) = params.choice(
        "capture_method",
        &["automatic", "automatic_async", "manual"],
    )? {
        intent["capture_method"] = method.into();
    }
    if let Some(usage) = params.choice("setup_future_usage", &["off_session", "on_session"])? {
        intent["setup_future_usage"] = usage.into();
    }
    if let Some(shipping) = params.any("shipping") {
        intent["shipping"] = shipping;
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(intent, metadata);
    }
    Ok(())
}

pub fn apply_customer(account: &Account, intent: &mut Value, params: &mut Params) -> Result<()> {
    if let Some(customer) = params.change("customer")? {
        if let Some(id) = &customer {
            customers::named(account, id, "customer")?;
        }
        intent["customer"] = customer.into();
    }
    Ok(())
}

/// Which methods may be used: chosen by the gateway, or listed.
pub fn apply_methods(intent: &mut Value, params: &mut Params) -> Result<()> {
    let types = params.list("payment_method_types")?;
    if let Some(mut automatic) = params.nested("automatic_payment_methods")? {
        let enabled = automatic
            .flag("enabled")?
            .ok_or_else(|| ApiError::missing_param("automatic_payment_methods[enabled]"))?;
        let redirects = automatic.choice("allow_redirects", &["always", "never"])?;
        automatic.finish()?;
        if enabled && types.is_some() {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: automatic_payment_methods, \
                 payment_method_types.",
            ));
        }
        intent["automatic_payment_methods"] = json!({
            "allow_redirects": redirects.as_deref().unwrap_or("always"),
            "enabled": enabled,
        });
    }
    if let Some(types) = types {
        intent["automatic_payment_methods"] = Value::Null;
        intent["payment_method_types"] = types.into();
    }
    Ok(())
}

pub fn checked_amount(amount: Option<i64>, param: &str) -> Result<i64> {
    let amount = amount.ok_or_else(|| ApiError::missing_param(param))?;
    if amount < 1 {
        return Err(
            ApiError::invalid("This value must be greater than or equal to 1.")
                .code("parameter_invalid_integer")
                .param(param),
        );
    }
    if amount > MOST {
        return Err(ApiError::invalid("Amount must be no more than $999,999.99")
            .code("amount_too_large")
            .param(param));
    }
    Ok(amount)
}

pub fn checked_currency(currency: String) -> Result<String> {
    if !money::is_currency(&currency) {
        return Err(ApiError::invalid(format!("Invalid currency: {currency}")).param("currency"));
    }
    Ok(currency.to_lowercase())
}

/// A new intent, before its terms are applied.
pub fn shape(id: &str, amount: i64, currency: &str, now: i64) -> Value {
    json!({
        "id": id,
        "object": KIND,
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": { "tip": {} },
        "amount_received": 0,
        "application": null,
        "application_fee_amount": null,
        "automatic_payment_methods": { "allow_redirects": "always", "enabled": true },
        "canceled_at": null,
        "cancellation_reason": null,
        "capture_method": "automatic_async",
        "client_secret": ids::client_secret(id),
        "confirmation_method": "automatic",
        "created": now,
        "currency": currency,
        "customer": null,
        "customer_account": null,
        "description": null,
        "excluded_payment_method_types": null,
        "last_payment_error": null,
        "latest_charge": null,
        "livemode": false,
        "metadata": {},
        "next_action": null,
        "on_behalf_of": null,
        "payment_method": null,
        "payment_method_configuration_details": null,
        "payment_method_options": {
            "card": {
                "installments": null,
                "mandate_options": null,
                "network": null,
                "request_three_d_secure": "automatic",
            },
        },
        "payment_method_types": ["card"],
        "processing": null,
        "receipt_email": null,
        "review": null,
        "setup_future_usage": null,
        "shipping": null,
        "source": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": "requires_payment_method",
        "transfer_data": null,
        "transfer_group": null,
    })
}
