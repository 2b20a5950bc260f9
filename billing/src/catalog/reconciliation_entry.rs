//! `[[reconciliation]]` in the catalogue file.

use std::time::Duration;

use serde::Deserialize;

use super::{CatalogError, Offer};
use crate::reconcile::{Class, Rule};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReconciliationEntry {
    class: String,
    #[serde(default)]
    offers: Vec<String>,
    #[serde(default)]
    older_than_days: u32,
    action: String,
}

impl ReconciliationEntry {
    pub(super) fn checked(self, offers: &[Offer]) -> Result<Rule, CatalogError> {
        let wrong = |field, problem| CatalogError::Field {
            kind: "reconciliation",
            key: self.class.clone(),
            field,
            problem,
        };
        let class: Class = self
            .class
            .parse()
            .map_err(|_| wrong("class", "is none of the classes in docs/RECONCILIATION.md"))?;
        let action = self.action.parse();
        let action = action.ok().filter(|it| class.actions().contains(it));
        let action = action.ok_or_else(|| wrong("action", "is none that this class can have"))?;
        let is_sold = |key: &String| offers.iter().any(|offer| offer.key == *key);
        if !self.offers.iter().all(is_sold) {
            return Err(wrong("offers", "names something that is not sold here"));
        }
        Ok(Rule {
            class,
            offers: self.offers,
            older_than: DAY * self.older_than_days,
            action,
        })
    }
}
