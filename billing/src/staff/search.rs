//! One field for everything that staff are told by customers, banks and gateways: it finds by what it
//! looks like, and only in indexes.

use std::collections::HashSet;

use uuid::Uuid;

use super::{Part, customers};
use crate::{
    Billing, Result,
    clock::{Day, Time},
    gateway::stripe,
    id::{CustomerId, FindingId, InboxId, MailId, TransactionId},
    store::{Conn, customers as owners, search, transactions},
};

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub place: Place,
    /// What it is: `Refund`, `Receipt 2026-000042`.
    pub what: String,
    /// What its page is about, for people.
    pub about: String,
}

/// The page that shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Customer(CustomerId),
    Transaction(TransactionId),
    Event(InboxId),
    Mail(MailId),
    Finding(FindingId),
}

/// More is not listed of one kind.
const LIMIT: i64 = 20;

impl Billing {
    /// Whatever has this id, number or address, or an address that begins so.
    pub async fn search(&self, text: &str) -> Result<Vec<Hit>> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Findings::default();
        let mut conn = self.store.read().await?;
        if let Ok(id) = text.parse::<Uuid>() {
            found.rows(search::by_id(&mut conn, id).await?);
        } else {
            found.rows(search::by_reference(&mut conn, stripe::NAME, text).await?);
            if found.all.is_empty() && is_charge(text) {
                drop(conn);
                let payment = self.charged(text).await.unwrap_or_default();
                conn = self.store.read().await?;
                found.rows(search::by_reference(&mut conn, stripe::NAME, &payment).await?);
            }
            found.receipt(&mut conn, text).await?;
            found.cards(&mut conn, text).await?;
            drop(conn);
            found.customers(self, text).await?;
            conn = self.store.read().await?;
        }
        found.named(&mut conn).await
    }

    /// The payment of a charge: that stands in our books only once they were reconciled, so the gateway
    /// is asked. When it does not answer, nothing is found.
    async fn charged(&self, charge: &str) -> Option<String> {
        match self.stripe.payment_charged(charge).await {
            Ok(payment) => payment,
            Err(error) => {
                tracing::warn!(%error, "cannot look for a charge");
                None
            }
        }
    }
}

fn is_charge(text: &str) -> bool {
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_plain && (text.starts_with("ch_") || text.starts_with("py_"))
}

/// What was found so far, each place once.
#[derive(Default)]
struct Findings {
    met: HashSet<Place>,
    all: Vec<Hit>,
}

impl Findings {
    fn add(&mut self, place: Place, what: impl Into<String>) {
        if self.met.insert(place) {
            self.all.push(Hit {
                place,
                what: what.into(),
                about: String::new(),
            });
        }
    }

    fn rows(&mut self, rows: Vec<search::Found>) {
        for (what, page, id) in rows {
            let place = match page.as_str() {
                "customer" => Place::Customer(CustomerId(id)),
                "event" => Place::Event(InboxId(id)),
                "mail" => Place::Mail(MailId(id)),
                "finding" => Place::Finding(FindingId(id)),
                _ => Place::Transaction(TransactionId(id)),
            };
            self.add(place, what);
        }
    }

    async fn receipt(&mut self, conn: &mut Conn, text: &str) -> Result<()> {
        let parts = text.split_once('-');
        let parts =
            parts.and_then(|(year, number)| Some((year.parse().ok()?, number.parse().ok()?)));
        let Some((year, number)) = parts else {
            return Ok(());
        };
        if let Some((id,)) = search::by_receipt(conn, year, number).await? {
            self.add(Place::Transaction(id), format!("Receipt {text}"));
        }
        Ok(())
    }

    /// `4242`, or `4242 2026-11-20`.
    async fn cards(&mut self, conn: &mut Conn, text: &str) -> Result<()> {
        let (last4, day) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let day: Option<Day> = day.trim().parse().ok();
        let is_card = last4.len() == 4 && last4.bytes().all(|byte| byte.is_ascii_digit());
        if !is_card || (day.is_none() && last4 != text) {
            return Ok(());
        }
        let (from, to) = match day {
            Some(day) => (day.begin(), day.end()),
            None => (Time(0), Time(i64::MAX)),
        };
        for (id,) in search::by_card(conn, last4, from, to, LIMIT).await? {
            self.add(
                Place::Transaction(id),
                format!("Paid with a card ending in {last4}"),
            );
        }
        if day.is_none() {
            for (id,) in search::keepers(conn, last4, LIMIT).await? {
                let owner = owners::owner(conn, id).await?;
                self.add(
                    Place::Customer(owner),
                    format!("Keeps a card ending in {last4}"),
                );
            }
        }
        Ok(())
    }

    async fn customers(&mut self, billing: &Billing, text: &str) -> Result<()> {
        let external = text.strip_prefix("external:").unwrap_or(text).to_owned();
        let filters = [
            (
                "Named so by a product",
                customers::Filter {
                    external_id: Some(external),
                    ..customers::Filter::default()
                },
            ),
            (
                "Customer",
                customers::Filter {
                    email: Some(text.to_lowercase()),
                    ..customers::Filter::default()
                },
            ),
        ];
        for (what, filter) in filters {
            let rows = billing
                .find_customers(&filter, Part::first(LIMIT))
                .await?
                .rows;
            // The whole address is certain, whoever else's begins so.
            let whole = rows
                .iter()
                .find(|it| it.email == filter.email && filter.email.is_some());
            if let Some(customer) = whole {
                self.add(Place::Customer(customer.id), what);
                continue;
            }
            for customer in rows {
                self.add(Place::Customer(customer.id), what);
            }
        }
        Ok(())
    }

    /// Says of each what it is about.
    async fn named(self, conn: &mut Conn) -> Result<Vec<Hit>> {
        let mut hits = self.all;
        for hit in &mut hits {
            hit.about = match hit.place {
                Place::Customer(id) => {
                    let address = owners::addresses(conn, &[id]).await?.remove(&id);
                    address.unwrap_or_else(|| id.to_string())
                }
                Place::Transaction(id) => {
                    let found = transactions::find(conn, id).await?;
                    let found =
                        found.map(|it| format!("{}, {}, {}", it.title, it.amount, it.state));
                    found.unwrap_or_default()
                }
                Place::Event(InboxId(id)) => id.to_string(),
                Place::Mail(MailId(id)) => id.to_string(),
                Place::Finding(FindingId(id)) => id.to_string(),
            };
        }
        Ok(hits)
    }
}
