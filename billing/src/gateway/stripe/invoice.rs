//! An invoice, as Stripe writes it, and what it says in our words. Two shapes are read: since
//! `2025-03-31.basil` several payments may pay one invoice and its subscription stands under
//! `parent`; before, it named one payment intent and one subscription.
//! Source: <https://docs.stripe.com/api/invoices/object>.

use std::collections::HashMap;

use serde::Deserialize;

use super::payment_intent::{PaymentIntent, TRANSACTION};
use crate::{
    clock::Time,
    gateway::{Invoice as Bill, Occasion, Payment, PaymentStatus, Upcoming},
    money::{Currency, Money},
    transaction::{Failure, Way},
};

/// The key in the metadata under which our id of a plan travels.
pub const SUBSCRIPTION: &str = "subscription";

pub type Metadata = HashMap<String, String>;

#[derive(Deserialize)]
pub struct Invoice {
    /// One that is only to come has none.
    id: Option<String>,
    status: Option<Status>,
    billing_reason: Option<String>,
    total: i64,
    currency: Currency,
    #[serde(default)]
    attempted: bool,
    #[serde(default)]
    attempt_count: i64,
    lines: List<Line>,
    parent: Option<Parent>,
    confirmation_secret: Option<ConfirmationSecret>,
    payments: Option<List<InvoicePayment>>,
    // Before basil.
    subscription: Option<Expandable<Named>>,
    subscription_details: Option<Details>,
    payment_intent: Option<Expandable<PaymentIntent>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Draft,
    Open,
    Paid,
    Uncollectible,
    Void,
}

#[derive(Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
}

/// An object, or its id in the object's place.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Expandable<T> {
    Id(String),
    Object(Box<T>),
}

/// An object of which we need no more than its id.
#[derive(Deserialize)]
pub struct Named {
    pub id: String,
}

impl Expandable<Named> {
    pub fn into_id(self) -> String {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id,
        }
    }
}

impl<T> Expandable<T> {
    pub fn into_object(self) -> Option<T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(*object),
        }
    }
}

#[derive(Deserialize)]
struct Parent {
    subscription_details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    metadata: Option<Metadata>,
    subscription: Option<Expandable<Named>>,
}

#[derive(Deserialize)]
struct ConfirmationSecret {
    client_secret: String,
}

#[derive(Deserialize)]
struct InvoicePayment {
    #[serde(default)]
    is_default: bool,
    payment: PaidBy,
}

#[derive(Deserialize)]
struct PaidBy {
    payment_intent: Option<Expandable<PaymentIntent>>,
}

#[derive(Deserialize)]
struct Line {
    amount: i64,
    period: Period,
    metadata: Option<Metadata>,
    parent: Option<LineParent>,
    pricing: Option<Pricing>,
    // Before basil.
    #[serde(default)]
    proration: bool,
    price: Option<Named>,
    plan: Option<Named>,
}

#[derive(Clone, Copy, Deserialize)]
struct Period {
    start: i64,
    end: i64,
}

#[derive(Deserialize)]
struct LineParent {
    subscription_item_details: Option<ItemDetails>,
}

#[derive(Deserialize)]
struct ItemDetails {
    #[serde(default)]
    proration: bool,
}

#[derive(Deserialize)]
struct Pricing {
    price_details: Option<PriceDetails>,
}

#[derive(Deserialize)]
struct PriceDetails {
    price: Option<Expandable<Named>>,
}

impl Line {
    fn is_proration(&self) -> bool {
        let details = self.parent.as_ref();
        let details = details.and_then(|parent| parent.subscription_item_details.as_ref());
        self.proration || details.is_some_and(|details| details.proration)
    }

    /// The id of its price. Before there were prices, plans stood in their place.
    fn price(self) -> Option<String> {
        let details = self.pricing.and_then(|pricing| pricing.price_details);
        let price = details.and_then(|details| details.price);
        price
            .map(Expandable::into_id)
            .or(self.price.or(self.plan).map(|named| named.id))
    }
}

/// What is known beside the invoice itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum News {
    None,
    /// The event says that an attempt to pay has just failed, or needs the customer.
    Trouble,
}

impl Invoice {
    /// What it says, unless it is a draft, of which nothing is asked yet, or not for a plan.
    pub fn payment(mut self, news: News) -> Option<Payment> {
        let (reference, status) = (self.id.take()?, self.status?);
        let intent = self.take_intent().map(Payment::from);
        let secret = self.confirmation_secret.take();
        let status = match status {
            Status::Draft => return None,
            Status::Paid => PaymentStatus::Succeeded,
            Status::Void | Status::Uncollectible => PaymentStatus::Canceled,
            Status::Open => self.open_status(intent.as_ref(), news),
        };
        let client_secret = secret
            .map(|secret| secret.client_secret)
            .or_else(|| intent.and_then(|intent| intent.client_secret));
        let (amount, metadata) = (self.amount(), self.metadata());
        let invoice = self.bill(&metadata)?;
        // What began a plan is known by its transaction; that id stays with the plan for ever, and
        // says nothing about later invoices.
        let transaction = match invoice.occasion {
            Occasion::Start => metadata.get(TRANSACTION).and_then(|id| id.parse().ok()),
            Occasion::Renewal | Occasion::Change => None,
        };
        Some(Payment {
            method: None,
            keeps_method: false,
            since: None,
            reference,
            status,
            amount,
            transaction,
            way: Way::default(),
            client_secret,
            invoice: Some(invoice),
        })
    }

    /// What it announces, when it is still to come.
    pub fn upcoming(self) -> Option<Upcoming> {
        let (amount, metadata) = (self.amount(), self.metadata());
        // It says no more than that: the next one is a renewal.
        let renewal = Self {
            billing_reason: Some("subscription_cycle".to_owned()),
            ..self
        };
        let bill = renewal.bill(&metadata)?;
        Some(Upcoming {
            subscription: bill.subscription,
            ours: bill.ours,
            amount,
            start: bill.start,
        })
    }

    /// What it comes to, whether money pays it or what the customer has to their credit.
    pub fn amount(&self) -> Money {
        Money {
            value: self.total,
            currency: self.currency,
        }
    }

    fn open_status(&self, intent: Option<&Payment>, news: News) -> PaymentStatus {
        let was_tried = self.attempted && self.attempt_count > 0;
        match intent.map(|intent| &intent.status) {
            // The invoice follows its payment in a moment.
            Some(PaymentStatus::Succeeded) => PaymentStatus::Processing,
            Some(PaymentStatus::Waiting) if was_tried => PaymentStatus::Failed(Failure {
                code: "no_card".to_owned(),
                message: "There was no card to charge.".to_owned(),
            }),
            Some(PaymentStatus::Canceled) => PaymentStatus::Waiting,
            Some(status) => status.clone(),
            None if news == News::Trouble => PaymentStatus::Unclear,
            None => PaymentStatus::Waiting,
        }
    }

    /// The payment that pays it, if the answer holds it.
    fn take_intent(&mut self) -> Option<PaymentIntent> {
        let mut payments = self.payments.take().map_or(Vec::new(), |list| list.data);
        payments.sort_by_key(|payment| !payment.is_default);
        let first = payments.into_iter().next();
        first
            .and_then(|payment| payment.payment.payment_intent)
            .or_else(|| self.payment_intent.take())
            .and_then(Expandable::into_object)
    }

    /// What was said about the plan when the invoice was made.
    fn metadata(&self) -> Metadata {
        let parent = self.parent.as_ref();
        let details = parent
            .and_then(|parent| parent.subscription_details.as_ref())
            .or(self.subscription_details.as_ref());
        let of_lines = || {
            self.lines
                .data
                .iter()
                .find_map(|line| line.metadata.clone())
        };
        details
            .and_then(|details| details.metadata.clone())
            .or_else(of_lines)
            .unwrap_or_default()
    }

    fn bill(self, metadata: &Metadata) -> Option<Bill> {
        let occasion = match self.billing_reason.as_deref()? {
            "subscription_create" => Occasion::Start,
            "subscription_cycle" => Occasion::Renewal,
            "subscription_update" => Occasion::Change,
            _ => return None,
        };
        let subscription = self
            .parent
            .and_then(|parent| parent.subscription_details?.subscription)
            .or(self.subscription)?
            .into_id();
        // Beside the plan's own line there may be others that give back or settle a part of it.
        let line = self
            .lines
            .data
            .into_iter()
            .filter(|line| line.amount >= 0)
            .max_by_key(|line| (!line.is_proration(), line.period.end))?;
        Some(Bill {
            subscription,
            ours: metadata.get(SUBSCRIPTION).and_then(|id| id.parse().ok()),
            occasion,
            start: Time::from_unix(line.period.start),
            end: Time::from_unix(line.period.end),
            price: line.price(),
        })
    }
}
