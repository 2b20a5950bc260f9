//! What a form says about a payment method, and the method drawn up from it.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::payment_methods::KIND;
use crate::bank_accounts;
use crate::cards::{self, TestCard};
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::ids;

pub const BANK_ACCOUNT: &str = "us_bank_account";
pub const REDISPLAY: &[&str] = &["always", "limited", "unspecified"];
const ROUTING_NUMBER: &str = "110000000";

/// A method that is not kept yet, and the number that must not be shown.
pub struct Draft {
    pub method: Value,
    pub number: String,
    /// The name under which the number is hidden.
    pub secret: &'static str,
}

struct CardData {
    number: String,
    exp_month: i64,
    exp_year: i64,
}

impl Draft {
    pub fn from(params: &mut Params, now: i64) -> Result<Self> {
        let mut draft = match params.required("type")?.as_str() {
            "card" => Self::card(params, now)?,
            BANK_ACCOUNT => Self::bank_account(params, now)?,
            other => {
                let message = format!("Invalid type: {other} is not supported here");
                return Err(ApiError::invalid(message).param("type"));
            }
        };
        if let Some(redisplay) = params.choice("allow_redisplay", REDISPLAY)? {
            draft.method["allow_redisplay"] = redisplay.into();
        }
        if let Some(metadata) = params.metadata()? {
            merge_metadata(&mut draft.method, metadata);
        }
        Ok(draft)
    }

    /// `pm_card_visa`, `pm_usBankAccount_success` and the like.
    pub fn of_test_id(id: &str, now: i64) -> Option<Self> {
        let details = billing_details(None).ok()?;
        if let Some(card) = cards::by_id(id) {
            return Some(Self::of_card(CardData::of(card, now), details, now));
        }
        let bank_account = bank_accounts::by_id(id)?;
        let facts = bank_account_facts(
            bank_account.number,
            ROUTING_NUMBER,
            "individual",
            "checking",
        );
        Some(Self {
            method: shape(BANK_ACCOUNT, facts, details, now),
            number: bank_account.number.to_owned(),
            secret: "account_number",
        })
    }

    fn card(params: &mut Params, now: i64) -> Result<Self> {
        let mut card = params
            .nested("card")?
            .ok_or_else(|| ApiError::missing_param("card"))?;
        let data = card_data(&mut card, now)?;
        card.finish()?;
        let details = billing_details(params.nested("billing_details")?)?;
        Ok(Self::of_card(data, details, now))
    }

    fn of_card(data: CardData, details: Value, now: i64) -> Self {
        Self {
            method: shape("card", card_facts(&data), details, now),
            number: data.number,
            secret: "number",
        }
    }

    fn bank_account(params: &mut Params, now: i64) -> Result<Self> {
        let mut data = params
            .nested(BANK_ACCOUNT)?
            .ok_or_else(|| ApiError::missing_param(BANK_ACCOUNT))?;
        let number = data.required("account_number")?;
        let routing_number = data.required("routing_number")?;
        let holder = data.choice("account_holder_type", &["company", "individual"])?;
        let kind = data.choice("account_type", &["checking", "savings"])?;
        data.finish()?;
        let details = billing_details(params.nested("billing_details")?)?;
        if bank_accounts::by_number(&number).is_none() {
            return Err(
                ApiError::invalid("You must use a test bank account number in test mode.")
                    .code("account_number_invalid")
                    .param("us_bank_account[account_number]"),
            );
        }
        let facts = bank_account_facts(
            &number,
            &routing_number,
            holder.as_deref().unwrap_or("individual"),
            kind.as_deref().unwrap_or("checking"),
        );
        Ok(Self {
            method: shape(BANK_ACCOUNT, facts, details, now),
            number,
            secret: "account_number",
        })
    }
}

impl CardData {
    fn of(card: &TestCard, now: i64) -> Self {
        Self {
            number: card.number.to_owned(),
            exp_month: 12,
            exp_year: i64::from(month_of(now).0) + 3,
        }
    }
}

fn card_data(card: &mut Params, now: i64) -> Result<CardData> {
    let (this_year, this_month) = month_of(now);
    if let Some(token) = card.text("token")? {
        let known = cards::by_id(&token).ok_or_else(|| {
            ApiError::invalid(format!("No such token: '{token}'"))
                .code("resource_missing")
                .param("card[token]")
        })?;
        return Ok(CardData::of(known, now));
    }
    let number = card.required("number")?.replace([' ', '-'], "");
    let exp_month = card.integer("exp_month")?;
    let exp_year = card.integer("exp_year")?;
    card.text("cvc")?;
    card.nested("networks")?;
    let exp_month = exp_month.ok_or_else(|| ApiError::missing_param("card[exp_month]"))?;
    let exp_year = exp_year.ok_or_else(|| ApiError::missing_param("card[exp_year]"))?;
    let exp_year = if exp_year < 100 {
        exp_year + 2000
    } else {
        exp_year
    };
    if !cards::is_plausible(&number) {
        return Err(
            ApiError::card("incorrect_number", "Your card number is incorrect.").param("number"),
        );
    }
    if !(1..=12).contains(&exp_month) {
        return Err(ApiError::card(
            "invalid_expiry_month",
            "Your card's expiration month is invalid.",
        )
        .param("exp_month"));
    }
    let past = (exp_year, exp_month) < (i64::from(this_year), i64::from(this_month));
    if past || exp_year > i64::from(this_year) + 50 {
        return Err(ApiError::card(
            "invalid_expiry_year",
            "Your card's expiration year is invalid.",
        )
        .param("exp_year"));
    }
    Ok(CardData {
        number,
        exp_month,
        exp_year,
    })
}

/// Who pays, with nothing where nothing was given.
pub fn billing_details(details: Option<Params>) -> Result<Value> {
    let mut details = details.unwrap_or_default();
    let mut address = details.nested("address")?.unwrap_or_default();
    let mut shown = empty_address();
    for name in ["city", "country", "line1", "line2", "postal_code", "state"] {
        shown[name] = address.text(name)?.into();
    }
    address.finish()?;
    let value = json!({
        "address": shown,
        "email": details.text("email")?,
        "name": details.text("name")?,
        "phone": details.text("phone")?,
        "tax_id": details.text("tax_id")?,
    });
    details.finish()?;
    Ok(value)
}

fn empty_address() -> Value {
    json!({ "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null })
}

/// A method of any kind; its kind's own facts lie under the kind's name.
fn shape(kind: &str, facts: Value, billing_details: Value, now: i64) -> Value {
    json!({
        "id": ids::fresh("pm"),
        "object": KIND,
        "allow_redisplay": "unspecified",
        "billing_details": billing_details,
        kind: facts,
        "created": now,
        "customer": null,
        "customer_account": null,
        "livemode": false,
        "metadata": {},
        "type": kind,
    })
}

fn card_facts(data: &CardData) -> Value {
    let (brand, funding) = match cards::by_number(&data.number) {
        Some(card) => (card.brand, card.funding),
        None => (cards::brand_of(&data.number), "credit"),
    };
    json!({
        "brand": brand,
        "checks": {
            "address_line1_check": null,
            "address_postal_code_check": null,
            "cvc_check": "unchecked",
        },
        "country": "US",
        "display_brand": brand,
        "exp_month": data.exp_month,
        "exp_year": data.exp_year,
        "fingerprint": fingerprint(&data.number),
        "funding": funding,
        "generated_from": null,
        "last4": last4(&data.number),
        "networks": { "available": [brand], "preferred": null },
        "regulated_status": "unregulated",
        "three_d_secure_usage": { "supported": true },
        "wallet": null,
    })
}

fn bank_account_facts(number: &str, routing_number: &str, holder: &str, kind: &str) -> Value {
    json!({
        "account_holder_type": holder,
        "account_type": kind,
        "bank_name": "SANDBOX BANK",
        "financial_connections_account": null,
        "fingerprint": fingerprint(number),
        "last4": last4(number),
        "networks": { "preferred": "ach", "supported": ["ach"] },
        "routing_number": routing_number,
        "status_details": {},
    })
}

fn last4(number: &str) -> &str {
    &number[number.len().saturating_sub(4)..]
}

/// The same for the same number, and no way back to it.
fn fingerprint(number: &str) -> String {
    let mut digest = hex::encode(Sha256::digest(format!("sandbox:{number}")));
    digest.truncate(16);
    digest
}

fn month_of(now: i64) -> (i16, i8) {
    let today = jiff::Timestamp::from_second(now)
        .unwrap_or_default()
        .to_zoned(jiff::tz::TimeZone::UTC);
    (today.year(), today.month())
}
