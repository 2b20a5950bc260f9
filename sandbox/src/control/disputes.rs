//! Disputes and fraud warnings that no test card brings about, over HTTP.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::Value;

use super::{Refused, Reply, decode, perform};
use crate::account::{Account, text};
use crate::errors::Result;
use crate::gateway::Gateway;
use crate::objects::disputes::Opening;
use crate::objects::{charges, disputes, fraud_warnings, payment_intents};

/// A charge, itself or by its intent.
#[derive(Debug, Default, Deserialize)]
struct About {
    charge: Option<String>,
    payment_intent: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Open {
    #[serde(flatten)]
    about: About,
    amount: Option<i64>,
    reason: Option<String>,
    /// True for an inquiry, which takes no money.
    #[serde(default)]
    inquiry: bool,
}

/// Opens a dispute of any charge.
pub async fn open(State(gateway): State<Arc<Gateway>>, body: String) -> Reply {
    let open: Open = decode(
        &body,
        &["charge", "payment_intent", "amount", "reason", "inquiry"],
    )?;
    let reason = open.reason.as_deref().unwrap_or("fraudulent");
    Refused::unless_one_of("reason", reason, disputes::REASONS)?;
    perform(&gateway, |account| {
        let charge = open.about.charge(account)?;
        let opening = Opening {
            amount: open.amount,
            reason,
            inquiry: open.inquiry,
        };
        disputes::open(account, text(&charge, "id"), opening)
    })
}

#[derive(Debug, Deserialize)]
struct Close {
    status: String,
}

/// Decides a dispute: `won`, `lost` or `warning_closed`.
pub async fn close(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    body: String,
) -> Reply {
    let close: Close = decode(&body, &["status"])?;
    Refused::unless_one_of("status", &close.status, &["won", "lost", "warning_closed"])?;
    perform(&gateway, |account| {
        disputes::close_as(account, &id, &close.status)
    })
}

#[derive(Debug, Deserialize)]
struct Warn {
    #[serde(flatten)]
    about: About,
    fraud_type: Option<String>,
}

/// Has a bank warn that a charge was fraud.
pub async fn warn(State(gateway): State<Arc<Gateway>>, body: String) -> Reply {
    let warn: Warn = decode(&body, &["charge", "payment_intent", "fraud_type"])?;
    let fraud_type = warn
        .fraud_type
        .as_deref()
        .unwrap_or("unauthorized_use_of_card");
    Refused::unless_one_of("fraud_type", fraud_type, fraud_warnings::TYPES)?;
    perform(&gateway, |account| {
        let charge = warn.about.charge(account)?;
        Ok(fraud_warnings::warn(account, &charge, fraud_type))
    })
}

impl About {
    fn charge(&self, account: &Account) -> Result<Value> {
        let intent = self.payment_intent.as_deref().map(|id| {
            let intent = account.store.find(payment_intents::KIND, id)?;
            Ok(text(&intent, "latest_charge").to_owned())
        });
        let charge = match intent {
            Some(charge) => charge?,
            None => self.charge.clone().unwrap_or_default(),
        };
        account.store.find(charges::KIND, &charge)
    }
}
