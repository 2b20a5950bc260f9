//! What one catalogue sells otherwise than another.

use serde_json::{Map, Value, json};

use super::{
    Catalog, Entry, Item, Name, reconciliation_entry::ReconciliationEntry, trial::TrialEntry,
};

/// Something that is new, changed, or not sold any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub before: Option<Item>,
    pub after: Option<Item>,
}

/// All that differs between two catalogues.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    pub items: Vec<Change>,
    /// Whether what is in both stands in another order.
    pub is_reordered: bool,
    pub has_other_trial: bool,
    pub has_other_rules: bool,
    pub has_other_currency: bool,
}

impl Catalog {
    /// What `after` sells otherwise; nothing when it is the same.
    pub fn differs_from(&self, after: &Self) -> Option<Differences> {
        let changed = after.items().filter_map(|item| {
            let before = self.item(&item.name());
            let is_same = before.as_ref().is_some_and(|before| before.is_like(&item));
            (!is_same).then_some(Change {
                before,
                after: Some(item),
            })
        });
        let gone = self
            .items()
            .filter(|item| after.item(&item.name()).is_none());
        let gone = gone.map(|item| Change {
            before: Some(item),
            after: None,
        });
        let differences = Differences {
            items: changed.chain(gone).collect(),
            is_reordered: self.order_of_what_is_in(after) != after.order_of_what_is_in(self),
            has_other_trial: self.trial != after.trial,
            has_other_rules: self.policy != after.policy,
            has_other_currency: self.currency != after.currency,
        };
        (differences != Differences::default()).then_some(differences)
    }

    fn order_of_what_is_in(&self, other: &Self) -> Vec<Name> {
        let names = self.items().map(|item| item.name());
        names.filter(|name| other.item(name).is_some()).collect()
    }

    /// What it says of all that differs, for the log.
    pub(crate) fn told(
        &self,
        differences: &Differences,
        side: fn(&Change) -> &Option<Item>,
    ) -> Value {
        let mut told = Map::new();
        for item in differences
            .items
            .iter()
            .filter_map(|change| side(change).as_ref())
        {
            let entry = match item.entry() {
                Entry::Plan(plan) => json!(plan),
                Entry::Pack(pack) => json!(pack),
                Entry::Coupon(coupon) => json!(coupon),
            };
            told.insert(format!("{} {}", item.kind(), item.name().as_str()), entry);
        }
        if differences.is_reordered {
            let names = self.items().map(|item| item.name().as_str().to_owned());
            told.insert("order".to_owned(), names.collect());
        }
        if differences.has_other_trial {
            let trial = self.trial.as_ref().map(TrialEntry::of);
            told.insert("trial".to_owned(), json!(trial));
        }
        if differences.has_other_rules {
            let rules = self.policy.0.iter().map(ReconciliationEntry::of);
            told.insert(
                "reconciliation".to_owned(),
                json!(rules.collect::<Vec<_>>()),
            );
        }
        if differences.has_other_currency {
            told.insert("currency".to_owned(), json!(self.currency));
        }
        Value::Object(told)
    }
}
