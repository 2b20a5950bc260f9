//! A subscription, as Stripe writes it, and what it says in our words. Since `2025-03-31.basil` the
//! period stands on its items; before, on itself.
//! Source: <https://docs.stripe.com/api/subscriptions/object>.

use serde::Deserialize;

use super::invoice::{Expandable, List, Metadata, Named, SUBSCRIPTION};
use crate::{clock::Time, gateway::Standing, plan};

#[derive(Deserialize)]
pub struct Subscription {
    id: String,
    status: Status,
    metadata: Option<Metadata>,
    #[serde(default)]
    cancel_at_period_end: bool,
    cancel_at: Option<i64>,
    items: List<Item>,
    latest_invoice: Option<Expandable<Named>>,
    // Before basil.
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Incomplete,
    IncompleteExpired,
    Trialing,
    Active,
    PastDue,
    Unpaid,
    Paused,
    Canceled,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
}

impl TryFrom<Subscription> for Standing {
    type Error = serde_json::Error;

    fn try_from(subscription: Subscription) -> serde_json::Result<Self> {
        use serde::de::Error;
        let item = subscription.items.data.into_iter().next();
        let item = item.ok_or_else(|| Error::custom("a subscription without an item"))?;
        let start = item
            .current_period_start
            .or(subscription.current_period_start);
        let end = item.current_period_end.or(subscription.current_period_end);
        let (Some(start), Some(end)) = (start, end) else {
            return Err(Error::custom("a subscription without a period"));
        };
        let metadata = subscription.metadata.unwrap_or_default();
        Ok(Self {
            reference: subscription.id,
            ours: metadata.get(SUBSCRIPTION).and_then(|id| id.parse().ok()),
            status: match subscription.status {
                Status::Incomplete => plan::Status::Starting,
                Status::Trialing | Status::Active => plan::Status::Active,
                Status::PastDue | Status::Unpaid | Status::Paused => plan::Status::PastDue,
                Status::IncompleteExpired | Status::Canceled => plan::Status::Ended,
            },
            start: Time::from_unix(start),
            end: Time::from_unix(end),
            cancel_at_end: subscription.cancel_at_period_end || subscription.cancel_at.is_some(),
            item: item.id,
            latest_invoice: subscription.latest_invoice.map(Expandable::into_id),
        })
    }
}
