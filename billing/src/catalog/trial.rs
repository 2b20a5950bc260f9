//! The trial, as the catalogue file writes it.

use serde::Deserialize;

use super::CatalogError;
use crate::{
    money::{Credits, Currency, Money},
    validation::Trial,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialEntry {
    #[serde(default = "yes")]
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
    pub fn checked(self, currency: Currency) -> Result<Option<Trial>, CatalogError> {
        let wrong = |field, problem| Err(CatalogError::Trial { field, problem });
        if self.name.trim().is_empty() {
            return wrong("name", "is empty");
        }
        if self.credits <= Credits(0) {
            return wrong("credits", "must be more than zero");
        }
        // Gateways set no amount aside below about half a dollar.
        if self.validation_amount < 50 {
            return wrong("validation_amount", "must be at least 50");
        }
        if self
            .expire_after_days
            .is_some_and(|days| !(1..=3650).contains(&days))
        {
            return wrong("expire_after_days", "must be from 1 to 3650");
        }
        let trial = Trial {
            name: self.name,
            credits: self.credits,
            expire_after_days: self.expire_after_days,
            validation_amount: Money {
                value: self.validation_amount,
                currency,
            },
        };
        Ok(self.enabled.then_some(trial))
    }
}
