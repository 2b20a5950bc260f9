//! `[[reconciliation]]` in the catalogue file.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Problem, offer_entry::unless, problem};
use crate::reconcile::{Class, Rule};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A rule as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReconciliationEntry {
    pub class: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    offers: Vec<String>,
    #[serde(default)]
    older_than_days: u32,
    action: String,
}

impl ReconciliationEntry {
    pub fn checked(self, is_sold: impl Fn(&str) -> bool) -> Result<Rule, Vec<Problem>> {
        let class: Class = self.class.parse().map_err(|_| {
            let text = "is none of the classes in docs/RECONCILIATION.md";
            vec![problem("class", text)]
        })?;
        let action = self.action.parse();
        let action = action.ok().filter(|it| class.actions().contains(it));
        let action =
            action.ok_or_else(|| vec![problem("action", "is none that this class can have")])?;
        let unsold = (!self.offers.iter().all(|key| is_sold(key)))
            .then(|| problem("offers", "names something that is not sold here"));
        let rule = Rule {
            class,
            offers: self.offers,
            older_than: DAY * self.older_than_days,
            action,
        };
        unless(unsold, rule)
    }

    pub fn of(rule: &Rule) -> Self {
        let days = rule.older_than.as_secs() / DAY.as_secs();
        Self {
            class: rule.class.to_string(),
            offers: rule.offers.clone(),
            older_than_days: days.try_into().unwrap_or(u32::MAX),
            action: rule.action.to_string(),
        }
    }
}
