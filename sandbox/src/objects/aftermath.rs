//! What some test cards bring about once they have been charged.

use serde_json::Value;

use super::disputes::{self, Opening};
use super::{fraud_warnings, payment_methods};
use crate::account::{Account, text};
use crate::cards::Aftermath;

/// The money of this charge is here.
pub fn of_charge(account: &mut Account, charge: &Value) {
    let card = payment_methods::card_behind(account, text(charge, "payment_method"));
    let (reason, inquiry) = match card.map_or(Aftermath::Nothing, |card| card.aftermath) {
        Aftermath::Dispute(reason) => (reason, false),
        Aftermath::Inquiry => ("fraudulent", true),
        Aftermath::FraudWarning => {
            fraud_warnings::warn(account, charge, "unauthorized_use_of_card");
            return;
        }
        Aftermath::Nothing | Aftermath::RefundFails | Aftermath::RefundPends => return,
    };
    let opening = Opening {
        amount: None,
        reason,
        inquiry,
    };
    if let Err(error) = disputes::open(account, text(charge, "id"), opening) {
        tracing::warn!(error = %error.body(), "a charge could not be disputed");
    }
}
