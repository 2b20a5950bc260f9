//! The trial, as the catalogue file writes it.

use serde::{Deserialize, Serialize};

use super::{Problem, offer_entry::unless, problem};
use crate::{
    money::{Credits, Currency, Money},
    validation::Trial,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialEntry {
    #[serde(default = "yes", skip_serializing)]
    enabled: bool,
    name: String,
    credits: Credits,
    expire_after_days: Option<i64>,
    /// In the currency's smallest unit.
    validation_amount: i64,
}

fn yes() -> bool {
    true
}

impl TrialEntry {
    /// The trial, unless it is switched off.
    pub fn checked(self, currency: Currency) -> Result<Option<Trial>, Vec<Problem>> {
        let expiry = self.expire_after_days;
        let lasts = expiry.is_none_or(|days| (1..=3650).contains(&days));
        let broken = [
            (!self.name.trim().is_empty(), "name", "is empty"),
            (
                self.credits > Credits(0),
                "credits",
                "must be more than zero",
            ),
            // Gateways set no amount aside below about half a dollar.
            (
                self.validation_amount >= 50,
                "validation_amount",
                "must be at least 50",
            ),
            (lasts, "expire_after_days", "must be from 1 to 3650"),
        ]
        .into_iter()
        .filter(|(holds, ..)| !holds)
        .map(|(_, field, text)| problem(field, text));
        let trial = Trial {
            name: self.name,
            credits: self.credits,
            expire_after_days: self.expire_after_days,
            validation_amount: Money {
                value: self.validation_amount,
                currency,
            },
        };
        unless(broken, self.enabled.then_some(trial))
    }

    pub fn of(trial: &Trial) -> Self {
        Self {
            enabled: true,
            name: trial.name.clone(),
            credits: trial.credits,
            expire_after_days: trial.expire_after_days,
            validation_amount: trial.validation_amount.value,
        }
    }
}
