//! A Checkout Session: Stripe's own page, on which a payment is made.
//! Source: <https://docs.stripe.com/api/checkout/sessions/object>.

use std::collections::HashMap;

use serde::Deserialize;

use super::{
    Stripe,
    payment_intent::{self, PaymentIntent, TRANSACTION, WAY},
    payment_method::Expandable,
};
use crate::{
    clock::Time,
    gateway::{GatewayError, HostedPage, Meaning, PageStatus, Payment, PaymentStatus},
    id::{CustomerId, OrderId, TransactionId},
    money::{Currency, Money},
    transaction::Way,
};

/// How the ids of sessions begin.
pub const PREFIX: &str = "cs_";

/// The oldest ones say neither how they stand nor what they ask for: then the gateway must be asked.
#[derive(Deserialize)]
pub struct CheckoutSession {
    id: String,
    mode: Option<String>,
    status: Option<Status>,
    payment_status: Option<String>,
    amount_total: Option<i64>,
    currency: Option<Currency>,
    payment_intent: Option<Expandable<Box<PaymentIntent>>>,
    client_reference_id: Option<String>,
    url: Option<String>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Status {
    Open,
    Complete,
    Expired,
}

/// What an event tells of a session beside the session itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Somebody has paid. The money is there, or on its way.
    Completed,
    /// What was on its way came, or did not.
    Arrived,
    Expired,
}

impl CheckoutSession {
    /// What an event about it means: the payment on it has moved.
    pub fn meaning(self, news: News) -> Meaning {
        if self.mode.as_deref().is_some_and(|mode| mode != "payment") {
            return Meaning::Ignored("a page that takes no payment of ours");
        }
        let pays = self.payment_intent.is_some() && self.status.is_some();
        let status = match (news, self.payment_status.as_deref()) {
            (News::Expired, _) => PaymentStatus::Canceled,
            (_, Some("paid")) if pays => PaymentStatus::Succeeded,
            (News::Completed, Some("unpaid")) if pays => PaymentStatus::Processing,
            _ => PaymentStatus::Unclear,
        };
        Meaning::Payment(Box::new(self.payment(status)))
    }

    /// The payment on it, as far as the session alone knows it. Until somebody pays it has no id of
    /// its own; and an old session does not say its way, so it is known by the session there, too.
    fn payment(&self, status: PaymentStatus) -> Payment {
        let named = self.metadata.get(TRANSACTION);
        let named = named.or(self.client_reference_id.as_ref());
        Payment {
            status,
            amount: Money {
                value: self.amount_total.unwrap_or_default(),
                currency: self.currency.unwrap_or(Currency::USD),
            },
            transaction: named.and_then(|id| id.parse().ok()),
            way: payment_intent::way(&self.metadata),
            client_secret: None,
            invoice: None,
            method: None,
            keeps_method: false,
            since: None,
            reference: match (&self.payment_intent, self.status) {
                (Some(Expandable::Id(id)), Some(_)) => id.clone(),
                (Some(Expandable::Object(intent)), Some(_)) => intent.id.clone(),
                (None, _) | (_, None) => self.id.clone(),
            },
        }
    }

    /// The page, as an answer to our own question shows it: with its payment.
    fn page(self) -> HostedPage {
        let status = match self.status {
            Some(Status::Complete) => PageStatus::Complete,
            Some(Status::Expired) => PageStatus::Expired,
            Some(Status::Open) | None => PageStatus::Open,
        };
        let alone = self.payment(match status {
            PageStatus::Expired => PaymentStatus::Canceled,
            PageStatus::Open | PageStatus::Complete => PaymentStatus::Waiting,
        });
        let payment = match (status, self.payment_intent) {
            (PageStatus::Open | PageStatus::Complete, Some(Expandable::Object(intent))) => {
                Payment::from(*intent)
            }
            _ => alone,
        };
        HostedPage {
            reference: self.id,
            status,
            url: self.url,
            payment,
        }
    }
}

/// What a page is to be.
pub struct PageWish {
    pub transaction: TransactionId,
    pub way: Way,
    pub order: OrderId,
    pub customer: CustomerId,
    /// The gateway's customer.
    pub owner: String,
    pub amount: Money,
    /// What the customer reads beside the amount.
    pub description: String,
    pub expires_at: Time,
    /// Where the customer goes who has paid, and who has not.
    pub success_url: String,
    pub cancel_url: String,
}

impl Stripe {
    /// Makes the page for one way of a transaction, or finds the one that was made for it.
    pub async fn create_page(&self, wish: &PageWish) -> Result<HostedPage, GatewayError> {
        let transaction = wish.transaction.to_string();
        let ours = [
            (TRANSACTION, transaction.clone()),
            (WAY, wish.way.0.to_string()),
            ("order", wish.order.to_string()),
            ("customer", wish.customer.to_string()),
        ];
        // On the session for its own events, on the payment for those of the payment.
        let names = ours.iter().flat_map(|(name, id)| {
            ["metadata", "payment_intent_data[metadata]"]
                .map(|place| (format!("{place}[{name}]"), id.clone()))
        });
        let names: Vec<(String, String)> = names.collect();
        let mut form = vec![
            ("mode", "payment".to_owned()),
            ("customer", wish.owner.clone()),
            ("client_reference_id", transaction),
            ("line_items[0][quantity]", "1".to_owned()),
            (
                "line_items[0][price_data][currency]",
                wish.amount.currency.as_str().to_owned(),
            ),
            (
                "line_items[0][price_data][unit_amount]",
                wish.amount.value.to_string(),
            ),
            (
                "line_items[0][price_data][product_data][name]",
                wish.description.clone(),
            ),
            ("payment_intent_data[description]", wish.description.clone()),
            ("success_url", wish.success_url.clone()),
            ("cancel_url", wish.cancel_url.clone()),
            ("expires_at", wish.expires_at.unix().to_string()),
        ];
        form.extend(names.iter().map(|(name, id)| (name.as_str(), id.clone())));
        let key = payment_intent::key(wish.transaction, wish.way);
        let made: CheckoutSession = self.make("/v1/checkout/sessions", &key, &form).await?;
        Ok(made.page())
    }

    /// The page as it is now.
    pub async fn page(&self, reference: &str) -> Result<HostedPage, GatewayError> {
        let path =
            format!("/v1/checkout/sessions/{reference}?expand[]=payment_intent.payment_method");
        let request = self.request(reqwest::Method::GET, &path);
        self.send::<CheckoutSession>(request)
            .await
            .map(CheckoutSession::page)
    }

    /// Ends a page on which nobody has paid, so that nobody can. Refused when somebody has, or when
    /// it has ended; so it needs no key, under which a failure would be remembered.
    pub async fn expire_page(&self, reference: &str) -> Result<HostedPage, GatewayError> {
        let path = format!("/v1/checkout/sessions/{reference}/expire");
        let request = self.request(reqwest::Method::POST, &path);
        self.send::<CheckoutSession>(request)
            .await
            .map(CheckoutSession::page)
    }
}
