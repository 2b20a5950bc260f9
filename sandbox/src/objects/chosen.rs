//! The payment method that a request names for an intent: by id, or by its data.

use serde_json::Value;

use super::intents::noun;
use super::payment_methods;
use crate::account::Account;
use crate::errors::{ApiError, Result};
use crate::form::Params;

pub enum Chosen {
    Existing(Value),
    Inline(Params),
}

impl Chosen {
    /// None when the request names none.
    pub fn from(
        account: &mut Account,
        intent: &Value,
        params: &mut Params,
    ) -> Result<Option<Self>> {
        if let Some(data) = params.nested("payment_method_data")? {
            return Ok(Some(Self::Inline(data)));
        }
        let Some(id) = params.text("payment_method")? else {
            return Ok(None);
        };
        let method = payment_methods::usable(account, &id, "payment_method")?;
        let owner = &method["customer"];
        if !owner.is_null() && *owner != intent["customer"] {
            return Err(ApiError::invalid(format!(
                "The PaymentMethod {id} belongs to a Customer. You must specify that Customer \
                 when using this PaymentMethod for a {}.",
                noun(intent)
            ))
            .param("payment_method"));
        }
        Ok(Some(Self::Existing(method)))
    }
}

pub fn choose(account: &mut Account, intent: &mut Value, chosen: Option<Chosen>) -> Result<()> {
    let method = match chosen {
        None => return Ok(()),
        Some(Chosen::Existing(method)) => method,
        Some(Chosen::Inline(data)) => payment_methods::create_inline(account, data)?,
    };
    intent["payment_method"] = method["id"].clone();
    intent["status"] = "requires_confirmation".into();
    intent["next_action"] = Value::Null;
    Ok(())
}
