//! Disputes: a customer's bank takes the money back, and the merchant may object.
//!
//! An inquiry (`warning_…`) asks before it takes anything.

use serde_json::{Map, Value, json};

use super::balance_transactions::{self, Line};
use super::{charges, fraud_warnings};
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "dispute";
/// What a chargeback costs, won or lost, in the currency's smallest unit.
const FEE: i64 = 1_500;
const ANSWER_WITHIN_S: i64 = 7 * 24 * 60 * 60;
pub const REASONS: &[&str] = &[
    "fraudulent",
    "product_not_received",
    "product_unacceptable",
    "duplicate",
    "subscription_canceled",
    "credit_not_processed",
    "unrecognized",
    "general",
];
/// Everything that can be said in one's own defence.
const EVIDENCE: &[&str] = &[
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

/// How a dispute begins.
#[derive(Debug)]
pub struct Opening<'a> {
    /// None disputes all that was not refunded.
    pub amount: Option<i64>,
    pub reason: &'a str,
    pub inquiry: bool,
}

/// A dispute of a charge that was captured and is not disputed yet.
pub fn open(account: &mut Account, charge: &str, opening: Opening<'_>) -> Result<Value> {
    let mut charge = account.store.find(charges::KIND, charge)?;
    let number = |name: &str| charge[name].as_i64().unwrap_or(0);
    let left = number("amount") - number("amount_refunded");
    let amount = opening.amount.unwrap_or(left);
    if charge["captured"] != true || charge["disputed"] == true || !(1..=left).contains(&amount) {
        return Err(ApiError::state(
            "charge_not_disputable",
            "Only money that was captured, not refunded and not disputed can be disputed.",
        ));
    }
    let mut dispute = shape(&charge, amount, &opening, account.now());
    charge["disputed"] = true.into();
    fraud_warnings::dealt_with(account, text(&charge, "id"));
    account.store.put(charge);
    if !opening.inquiry {
        let line = Line {
            kind: "adjustment",
            category: "dispute",
            amount: -amount,
            fee: FEE,
            source: &dispute,
            description: Some("Chargeback withdrawal"),
        };
        let withdrawal = balance_transactions::record(account, line);
        dispute["balance_transactions"] = json!([withdrawal]);
    }
    account.store.put(dispute.clone());
    account.emit("charge.dispute.created", &dispute, None);
    if !opening.inquiry {
        account.emit("charge.dispute.funds_withdrawn", &dispute, None);
    }
    Ok(dispute)
}

/// Whether a bank has taken the money of a charge, so that it cannot be refunded.
pub fn withholds(account: &Account, charge: &str) -> bool {
    let mut disputes = account.store.newest(KIND);
    disputes.any(|dispute| {
        dispute["charge"] == *charge
            && dispute["is_charge_refundable"] == false
            && dispute["status"] != "won"
    })
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let charge = params.text("charge")?;
    let intent = params.text("payment_intent")?;
    params.finish()?;
    let disputes = account.store.newest(KIND).filter(|dispute| {
        charge.as_ref().is_none_or(|id| dispute["charge"] == **id)
            && intent
                .as_ref()
                .is_none_or(|id| dispute["payment_intent"] == **id)
    });
    page.cut("/v1/disputes", disputes)
}

/// Takes evidence, and sends it to the bank unless told not to. As at the gateway, a test decides
/// with the texts `winning_evidence` and `losing_evidence`.
pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut dispute = account.store.find(KIND, id)?;
    let mut said = Map::new();
    if let Some(mut evidence) = params.nested("evidence")? {
        for name in EVIDENCE {
            if let Some(text) = evidence.change(name)? {
                said.insert((*name).to_owned(), text.into());
            }
        }
        evidence.finish()?;
    }
    let submit = params.flag("submit")?.unwrap_or(!said.is_empty());
    let metadata = params.metadata()?;
    params.finish()?;
    if !said.is_empty() || submit {
        must_be_open(&dispute)?;
    }
    if let Some(metadata) = metadata {
        merge_metadata(&mut dispute, metadata);
    }
    for (name, text) in said {
        dispute["evidence"][name] = text;
        dispute["evidence_details"]["has_evidence"] = true.into();
    }
    if submit {
        let count = &mut dispute["evidence_details"]["submission_count"];
        *count = (count.as_i64().unwrap_or(0) + 1).into();
        let warning = text(&dispute, "status").starts_with("warning_");
        dispute["status"] = if warning {
            "warning_under_review"
        } else {
            "under_review"
        }
        .into();
    }
    account.store.put(dispute.clone());
    account.emit("charge.dispute.updated", &dispute, None);
    match text(&dispute["evidence"], "uncategorized_text") {
        "winning_evidence" if submit => close_as(account, id, "won"),
        "losing_evidence" if submit => close_as(account, id, "lost"),
        _ => Ok(dispute),
    }
}

/// The merchant gives in.
pub fn close(account: &mut Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    close_as(account, id, "lost")
}

/// The bank has decided: `won`, `lost` or `warning_closed`.
pub fn close_as(account: &mut Account, id: &str, outcome: &str) -> Result<Value> {
    let mut dispute = account.store.find(KIND, id)?;
    must_be_open(&dispute)?;
    let inquiry = text(&dispute, "status").starts_with("warning_");
    if inquiry != (outcome == "warning_closed") {
        return Err(ApiError::state(
            "dispute_wrong_outcome",
            "An inquiry ends as warning_closed, a chargeback as won or lost.",
        ));
    }
    dispute["status"] = outcome.into();
    dispute["is_charge_refundable"] = (outcome == "warning_closed").into();
    if outcome == "won" {
        let line = Line {
            kind: "adjustment",
            category: "dispute_reversal",
            amount: dispute["amount"].as_i64().unwrap_or(0),
            fee: 0,
            source: &dispute,
            description: Some("Chargeback reversal"),
        };
        let reversal = balance_transactions::record(account, line);
        if let Some(lines) = dispute["balance_transactions"].as_array_mut() {
            lines.push(reversal);
        }
    }
    account.store.put(dispute.clone());
    if outcome == "won" {
        account.emit("charge.dispute.funds_reinstated", &dispute, None);
    }
    account.emit("charge.dispute.closed", &dispute, None);
    Ok(dispute)
}

fn must_be_open(dispute: &Value) -> Result<()> {
    match text(dispute, "status") {
        "won" | "lost" | "warning_closed" => Err(ApiError::state(
            "dispute_closed",
            "This dispute is already closed.",
        )),
        _ => Ok(()),
    }
}

fn shape(charge: &Value, amount: i64, opening: &Opening<'_>, now: i64) -> Value {
    let card = &charge["payment_method_details"]["card"];
    let nothing: Map<String, Value> = EVIDENCE
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect();
    let mut evidence = Value::Object(nothing);
    evidence["enhanced_evidence"] = json!({});
    json!({
        "id": ids::fresh("dp"),
        "object": KIND,
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": evidence,
        "evidence_details": {
            "due_by": now + ANSWER_WITHIN_S,
            "enhanced_eligibility": {},
            "has_evidence": false,
            "past_due": false,
            "submission_count": 0,
        },
        "is_charge_refundable": opening.inquiry,
        "livemode": false,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": card["brand"],
                "case_type": if opening.inquiry { "inquiry" } else { "chargeback" },
                "network": card["brand"],
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": opening.reason,
        "status": match opening.inquiry {
            true => "warning_needs_response",
            false => "needs_response",
        },
    })
}
