//! How amounts, times and states are said on the pages.

use billing::{
    card::Card,
    catalog::{Interval, Offer, OfferKind, Rollover},
    clock::Time,
    ledger::Reason,
    money::{Credits, Money},
    order::{Order, OrderStatus},
    plan::{Status, Subscription},
    transaction::{Kind, State},
};
use jiff::{Timestamp, tz::TimeZone};
use leptos::prelude::*;

use crate::wire::SavedCard;

/// `1 credit`, `1,050 credits`.
pub(crate) fn credits(amount: Credits) -> String {
    match amount.0 {
        1 => "1 credit".to_owned(),
        _ => format!("{amount} credits"),
    }
}

/// How often an order is paid: `Once`, `Each month`.
pub(crate) fn how_often(order: &Order) -> &'static str {
    match (order.transaction.kind, order.offer.kind) {
        (Kind::PlanChange, _) => "Once, for the rest of the period",
        (_, OfferKind::Pack) => "Once",
        (_, OfferKind::Plan(Interval::Month)) => "Each month",
        (_, OfferKind::Plan(Interval::Year)) => "Each year",
    }
}

/// What becomes of a plan's credits that are left when its period ends.
pub(crate) fn left_over(offer: &Offer) -> String {
    match offer.rollover {
        Rollover::None => "Run out".to_owned(),
        Rollover::Capped(cap) => format!("Up to {cap} stay"),
        Rollover::All => "Stay".to_owned(),
    }
}

/// A customer's plan in a few lines: what it brings, what it costs, how it goes on.
#[component]
pub(crate) fn PlanInShort(plan: Subscription) -> impl IntoView {
    let Subscription { offer, period, .. } = &plan;
    let unit = self::period(offer);
    let goes_on = match (plan.status, plan.cancel_at_end, &plan.next_offer) {
        (Status::PastDue, ..) => "Unpaid since".to_owned(),
        (_, true, _) => "Ends on".to_owned(),
        (_, false, Some(next)) => format!("Becomes {} on", next.name),
        (_, false, None) => "Renews on".to_owned(),
    };
    let on = match plan.status {
        Status::PastDue => plan.past_due_since,
        _ => period.map(|period| period.end),
    };
    view! {
        <dl class="bill">
            <div>
                <dt>"Plan"</dt>
                <dd>{offer.name.clone()}</dd>
            </div>
            <div>
                <dt>{format!("Credits each {unit}")}</dt>
                <dd>{offer.credits.to_string()}</dd>
            </div>
            <div>
                <dt>{format!("Price a {unit}")}</dt>
                <dd>{offer.price.to_string()}</dd>
            </div>
            <div>
                <dt>{format!("Left at the end of a {unit}")}</dt>
                <dd>{left_over(offer)}</dd>
            </div>
            <div>
                <dt>{goes_on}</dt>
                <dd>{on.map(|time| view! { <Day time/> })}</dd>
            </div>
        </dl>
    }
}

/// The unit in which an offer's price and credits count: `$9.00 a month`.
pub(crate) fn period(offer: &Offer) -> &'static str {
    match offer.kind {
        OfferKind::Plan(Interval::Year) => "year",
        _ => "month",
    }
}

/// `1 day`, `30 days`.
pub(crate) fn days(number: i64) -> String {
    match number {
        1 => "1 day".to_owned(),
        _ => format!("{number} days"),
    }
}

/// `+50` or `−5`, with a true minus sign, so that columns line up.
pub(crate) fn change(amount: Credits) -> String {
    match amount.0 {
        0 => "0".to_owned(),
        1.. => format!("+{amount}"),
        _ => format!("\u{2212}{}", Credits(amount.0.saturating_abs())),
    }
}

/// What a coupon takes off a price: `−$1.00`.
pub(crate) fn taken_off(discount: Money) -> String {
    format!("\u{2212}{discount}")
}

/// Why credits moved.
pub(crate) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Purchase => "Purchase",
        Reason::Plan => "Plan",
        Reason::Coupon => "Coupon",
        Reason::Trial => "Trial",
        Reason::Gift => "Gift",
        Reason::Start => "Can be spent now",
        Reason::Spend => "Spent",
        Reason::Hold => "Set aside",
        Reason::Capture => "Used",
        Reason::Release => "Not needed",
        Reason::Expiry => "Run out",
        Reason::Refund => "Refund",
        Reason::Chargeback => "Chargeback",
        Reason::Freeze => "Frozen",
        Reason::Thaw => "No longer frozen",
        Reason::GiveBack => "Given back",
        Reason::Debt => "Owed",
        Reason::DebtCanceled => "Owed no more",
        Reason::DebtPaid => "Debt paid",
        Reason::DebtReturned => "Debt payment returned",
        Reason::Taken => "Taken back",
        Reason::Reversal => "Correction",
        Reason::Joined => "Brought along",
    }
}

/// A gateway's word as text: `product_not_received` as `product not received`.
pub(crate) fn code(code: &str) -> String {
    code.replace('_', " ")
}

/// What one credit of an offer costs: `$0.10`, or `about $0.07` when it is no whole cent.
pub(crate) fn price_per_credit(offer: &Offer) -> String {
    let credits = offer.credits.0.max(1);
    let Money { value, currency } = offer.price;
    let nearest = Money {
        value: (value + credits / 2) / credits,
        currency,
    };
    match value % credits {
        0 => nearest.to_string(),
        _ => format!("about {nearest}"),
    }
}

/// A day and a minute, in UTC: the server does not know where its reader is.
#[component]
pub(crate) fn When(time: Time) -> impl IntoView {
    let zoned = Timestamp::from(time).to_zoned(TimeZone::UTC);
    let day_and_minute = zoned.strftime("%-d %b %Y, %H:%M").to_string();
    view! {
        <time datetime=time.to_string() title="UTC" data-moment>
            {day_and_minute}
        </time>
    }
}

/// A day, in UTC.
#[component]
pub(crate) fn Day(time: Time) -> impl IntoView {
    let zoned = Timestamp::from(time).to_zoned(TimeZone::UTC);
    let day = zoned.strftime("%-d %b %Y").to_string();
    view! {
        <time datetime=time.to_string() title="UTC">
            {day}
        </time>
    }
}

/// Where an order stands, for the customer.
pub(crate) fn order_state(order: &Order) -> &'static str {
    let transaction = &order.transaction;
    if transaction.is_held_back() {
        return "Being checked";
    }
    match (order.status, transaction.state) {
        (OrderStatus::Paid, _) => "Paid",
        (OrderStatus::Canceled, _) => "Canceled",
        (OrderStatus::Expired, _) => "Expired",
        (OrderStatus::Open, State::Failed) => "Card declined",
        (OrderStatus::Open, State::Processing | State::Succeeded) => "On its way",
        (OrderStatus::Open, _) => "Not paid yet",
    }
}

/// `Expires 12/34`
pub(crate) fn card_expiry(card: &Card) -> String {
    let (month, year) = (card.face.exp_month, card.face.exp_year);
    format!("Expires {month:02}/{:02}", year.rem_euclid(100))
}

/// A card as the island offers it.
pub(crate) fn saved_card(card: &Card) -> SavedCard {
    SavedCard {
        reference: card.reference.clone(),
        name: card.face.to_string(),
        expiry: card_expiry(card),
    }
}

/// A text as part of an address.
pub(crate) fn escaped(text: &str) -> String {
    leptos_router::location::Url::escape(text)
}

#[cfg(test)]
mod tests {
    use billing::{id::OfferId, money::Currency};

    use super::*;

    fn pack(price: i64, credits: i64) -> Offer {
        Offer {
            id: OfferId::new(),
            key: "pack".to_owned(),
            version: 1,
            kind: OfferKind::Pack,
            name: "Pack".to_owned(),
            description: String::new(),
            price: Money {
                value: price,
                currency: Currency::USD,
            },
            credits: Credits(credits),
            rollover: Rollover::All,
        }
    }

    #[test]
    fn a_price_per_credit_says_when_it_is_rounded() {
        assert_eq!(price_per_credit(&pack(500, 50)), "$0.10");
        assert_eq!(price_per_credit(&pack(1000, 150)), "about $0.07");
        assert_eq!(price_per_credit(&pack(500, 0)), "$5.00");
    }

    #[test]
    fn changes_carry_their_sign() {
        assert_eq!(change(Credits(1050)), "+1,050");
        assert_eq!(change(Credits(-5)), "\u{2212}5");
        assert_eq!(change(Credits(0)), "0");
        assert_eq!(credits(Credits(1)), "1 credit");
    }
}
