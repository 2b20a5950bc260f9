//! What creating and updating a subscription have in common.

use serde_json::{Value, json};

use super::items;
use crate::account::Account;
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::objects::payment_methods;

pub fn apply(account: &Account, subscription: &mut Value, params: &mut Params) -> Result<()> {
    if let Some(description) = params.change("description")? {
        subscription["description"] = description.into();
    }
    if let Some(method) = params.change("default_payment_method")? {
        if let Some(id) = &method {
            must_be_theirs(account, id, subscription)?;
        }
        subscription["default_payment_method"] = method.into();
    }
    if let Some(settings) = params.nested("payment_settings")? {
        payment_settings(subscription, settings)?;
    }
    if let Some(mut settings) = params.nested("trial_settings")? {
        if let Some(mut behavior) = settings.nested("end_behavior")? {
            let missing = behavior.choice(
                "missing_payment_method",
                &["cancel", "create_invoice", "pause"],
            )?;
            behavior.finish()?;
            if let Some(missing) = missing {
                subscription["trial_settings"]["end_behavior"]["missing_payment_method"] =
                    missing.into();
            }
        }
        settings.finish()?;
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(subscription, metadata);
    }
    params.choice("collection_method", &["charge_automatically"])?;
    params.flag("off_session")?;
    Ok(())
}

/// Ends it with the period that is paid for, or not after all.
pub fn cancel_at_period_end(account: &Account, subscription: &mut Value, wanted: bool) {
    subscription["cancel_at_period_end"] = wanted.into();
    let (_, end) = items::period(subscription);
    let (at, since, reason) = match wanted {
        true => (
            json!(end),
            json!(account.now()),
            json!("cancellation_requested"),
        ),
        false => (Value::Null, Value::Null, Value::Null),
    };
    subscription["cancel_at"] = at;
    subscription["canceled_at"] = since;
    subscription["cancellation_details"]["reason"] = reason;
}

pub fn cancellation_details(subscription: &mut Value, params: &mut Params) -> Result<()> {
    const FEEDBACK: &[&str] = &[
        "customer_service",
        "low_quality",
        "missing_features",
        "other",
        "switched_service",
        "too_complex",
        "too_expensive",
        "unused",
    ];
    let Some(mut details) = params.nested("cancellation_details")? else {
        return Ok(());
    };
    if let Some(comment) = details.change("comment")? {
        subscription["cancellation_details"]["comment"] = comment.into();
    }
    if let Some(feedback) = details.choice("feedback", FEEDBACK)? {
        subscription["cancellation_details"]["feedback"] = feedback.into();
    }
    details.finish()
}

fn payment_settings(subscription: &mut Value, mut settings: Params) -> Result<()> {
    let shown = &mut subscription["payment_settings"];
    let save = settings.choice("save_default_payment_method", &["off", "on_subscription"])?;
    if let Some(save) = save {
        shown["save_default_payment_method"] = save.into();
    }
    if let Some(types) = settings.list("payment_method_types")? {
        shown["payment_method_types"] = types.into();
    }
    if let Some(options) = settings.any("payment_method_options") {
        shown["payment_method_options"] = options;
    }
    settings.finish()
}

fn must_be_theirs(account: &Account, method: &str, subscription: &Value) -> Result<()> {
    let theirs = account
        .store
        .get(payment_methods::KIND, method)
        .is_some_and(|method| method["customer"] == subscription["customer"]);
    if theirs {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "The customer does not have a payment method with the ID {method}. The payment method must \
         be attached to the customer."
    ))
    .code("resource_missing")
    .param("default_payment_method"))
}
