//! What is done about each class of differences: by the rules of the catalogue's file, or else as it is
//! usual.

use std::time::Duration;

use super::{Action, Class};

/// `[[reconciliation]]` in the catalogue's file: what is done about a class, for some offers or all of
/// them, from an age on.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub class: Class,
    /// Keys of offers; none means all, and what was sold under no offer.
    pub offers: Vec<String>,
    pub older_than: Duration,
    pub action: Action,
}

/// All rules, in their order: the first that fits counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy(pub Vec<Rule>);

impl Policy {
    /// What is done about a difference of this class and age, in what was sold under this offer.
    pub fn action(&self, class: Class, offer: Option<&str>, age: Duration) -> Action {
        let fits = |rule: &&Rule| {
            let names = offer.is_some_and(|offer| rule.offers.iter().any(|key| key == offer));
            rule.class == class && age >= rule.older_than && (rule.offers.is_empty() || names)
        };
        let rule = self.0.iter().find(fits);
        rule.map_or(class.usual_action(), |rule| rule.action)
    }
}

impl Class {
    /// What is done where no rule says another thing: what the gateway knows better is settled, money
    /// that came twice goes back, and all else is a person's to decide.
    pub fn usual_action(self) -> Action {
        match self {
            Self::PaidNotSettled | Self::RefundNotKnown | Self::DisputeNotKnown => Action::Settle,
            Self::DuplicatePayment => Action::Refund,
            Self::SettledNotPaid
            | Self::PaymentWithoutOrder
            | Self::OrderWithoutPayment
            | Self::AmountDiffers
            | Self::CreditsDiffer
            | Self::FeeDiffers
            | Self::RefundNotThere
            | Self::DisputeNotThere
            | Self::PayoutDiffers => Action::Review,
        }
    }

    /// What can be done about it at all.
    pub fn actions(self) -> &'static [Action] {
        use Action::{Hold, Leave, Refund, Reverse, Review, Settle};
        match self {
            Self::PaidNotSettled => &[Settle, Refund, Review, Leave],
            Self::SettledNotPaid | Self::OrderWithoutPayment => {
                &[Settle, Hold, Reverse, Review, Leave]
            }
            Self::PaymentWithoutOrder | Self::DuplicatePayment => &[Refund, Review, Leave],
            Self::AmountDiffers => &[Settle, Review, Leave],
            Self::RefundNotKnown
            | Self::RefundNotThere
            | Self::DisputeNotKnown
            | Self::DisputeNotThere => &[Settle, Review, Leave],
            Self::CreditsDiffer | Self::FeeDiffers | Self::PayoutDiffers => &[Review, Leave],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn essential_offers_are_settled_and_the_rest_goes_back() {
        let rule = |offers: &[&str], older_than, action| Rule {
            class: Class::PaidNotSettled,
            offers: offers.iter().map(|key| (*key).to_owned()).collect(),
            older_than,
            action,
        };
        let policy = Policy(vec![
            rule(&["basic"], Duration::ZERO, Action::Settle),
            rule(&[], 2 * DAY, Action::Refund),
            rule(&[], Duration::ZERO, Action::Review),
        ]);
        let action = |offer, age| policy.action(Class::PaidNotSettled, offer, age);
        assert_eq!(action(Some("basic"), 9 * DAY), Action::Settle);
        assert_eq!(action(Some("starter"), 2 * DAY), Action::Refund);
        assert_eq!(action(Some("starter"), DAY), Action::Review);
        assert_eq!(action(None, 3 * DAY), Action::Refund);
        let other = policy.action(Class::DuplicatePayment, None, DAY);
        assert_eq!(other, Action::Refund);
    }
}
