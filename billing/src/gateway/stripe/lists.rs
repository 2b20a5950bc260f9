//! What Stripe lists of a period: charges, refunds, disputes and payouts with all that they contain. Of
//! each it says by which line it stands in Stripe's own books, and what was taken for it.
//! Source: <https://docs.stripe.com/api/balance_transactions/object>.

use std::collections::HashMap;

use reqwest::Method;
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    Stripe,
    dispute::Dispute,
    invoice::{Expandable, Named},
    payment_intent::TRANSACTION,
    refund::Refund,
};
use crate::{
    clock::Time,
    gateway::GatewayError,
    money::{Currency, Money},
    reconcile::{Line, Payout, Period, Said},
};

/// How many are asked for at once: as many as Stripe gives.
const PAGE: usize = 100;

/// A part of a list, and after which id the next part begins.
pub struct Page<T> {
    pub data: Vec<T>,
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
    #[serde(default)]
    has_more: bool,
}

/// A line of Stripe's books.
#[derive(Clone, Deserialize)]
struct BalanceTransaction {
    id: String,
    fee: i64,
    currency: Currency,
}

#[derive(Deserialize)]
struct Charge {
    id: String,
    amount_captured: i64,
    currency: Currency,
    captured: bool,
    status: String,
    #[serde(default)]
    refunded: bool,
    created: i64,
    payment_intent: Option<Expandable<Named>>,
    /// Before basil.
    invoice: Option<Expandable<Named>>,
    balance_transaction: Option<Expandable<BalanceTransaction>>,
    metadata: Option<HashMap<String, String>>,
}

#[derive(Deserialize)]
struct ListedRefund {
    #[serde(flatten)]
    refund: Refund,
    balance_transaction: Option<Expandable<BalanceTransaction>>,
}

#[derive(Deserialize)]
struct ListedDispute {
    #[serde(flatten)]
    dispute: Dispute,
    #[serde(default)]
    balance_transactions: Vec<BalanceTransaction>,
}

#[derive(Deserialize)]
struct ListedPayout {
    id: String,
    amount: i64,
    currency: Currency,
    status: String,
    arrival_date: i64,
    /// Stripe tells only of its own payouts what they contain.
    #[serde(default)]
    automatic: bool,
}

/// A line of a payout, with what caused it.
#[derive(Deserialize)]
struct Content {
    id: String,
    net: i64,
    fee: i64,
    currency: Currency,
    #[serde(rename = "type")]
    kind: String,
    source: Option<Expandable<Cause>>,
}

#[derive(Deserialize)]
#[serde(tag = "object", rename_all = "snake_case")]
enum Cause {
    Charge(Charge),
    Refund(ListedRefund),
    Dispute(ListedDispute),
    #[serde(other)]
    Other,
}

/// What has an id after which a list goes on.
trait Listed {
    fn id(&self) -> String;
}

macro_rules! listed {
    ($($name:ident . $($id:ident).+),*) => {$(
        impl Listed for $name {
            fn id(&self) -> String {
                self.$($id).+.clone()
            }
        }
    )*};
}
listed!(
    Charge.id,
    ListedPayout.id,
    Content.id,
    ListedRefund.refund.id,
    ListedDispute.dispute.id
);

impl Stripe {
    /// What was paid in a period, newest first.
    pub async fn charges_in(
        &self,
        period: Period,
        after: &str,
    ) -> Result<Page<Line>, GatewayError> {
        let query = format!(
            "charges?{}&expand[]=data.balance_transaction",
            created(period)
        );
        let page: Page<Charge> = self.page_of(&query, after).await?;
        Ok(page.filter_map(|charge| charge.line(None)))
    }

    /// What was refunded in a period, newest first.
    pub async fn refunds_in(
        &self,
        period: Period,
        after: &str,
    ) -> Result<Page<Line>, GatewayError> {
        let query = format!(
            "refunds?{}&expand[]=data.balance_transaction",
            created(period)
        );
        let page: Page<ListedRefund> = self.page_of(&query, after).await?;
        Ok(page.filter_map(|refund| refund.line(None)))
    }

    /// What was disputed in a period, newest first.
    pub async fn disputes_in(
        &self,
        period: Period,
        after: &str,
    ) -> Result<Page<Line>, GatewayError> {
        let query = format!("disputes?{}", created(period));
        let page: Page<ListedDispute> = self.page_of(&query, after).await?;
        Ok(page.filter_map(|dispute| dispute.line(None)))
    }

    /// What was paid out in a period, newest first, with what each contains.
    pub async fn payouts_in(
        &self,
        period: Period,
        after: &str,
    ) -> Result<Page<(Payout, Vec<Line>)>, GatewayError> {
        let query = format!("payouts?{}", created(period));
        let page: Page<ListedPayout> = self.page_of(&query, after).await?;
        let mut data = Vec::with_capacity(page.data.len());
        for payout in page.data {
            if payout.automatic {
                data.push(self.with_contents(payout).await?);
            }
        }
        Ok(Page {
            data,
            next: page.next,
        })
    }

    async fn with_contents(
        &self,
        payout: ListedPayout,
    ) -> Result<(Payout, Vec<Line>), GatewayError> {
        let query = format!(
            "balance_transactions?payout={}&expand[]=data.source",
            payout.id
        );
        let (mut after, mut contains, mut count, mut lines) = (String::new(), 0, 0, Vec::new());
        loop {
            let page: Page<Content> = self.page_of(&query, &after).await?;
            for content in page.data {
                // The payout itself is the last of its lines.
                if content.kind != "payout" {
                    (contains, count) = (contains + content.net, count + 1);
                    lines.extend(content.line(&payout.id));
                }
            }
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        let payout = Payout {
            reference: payout.id,
            amount: Money {
                value: payout.amount,
                currency: payout.currency,
            },
            contains,
            lines: count,
            status: payout.status,
            arrives_at: Time::from_unix(payout.arrival_date),
        };
        Ok((payout, lines))
    }

    async fn page_of<T: DeserializeOwned + Listed>(
        &self,
        query: &str,
        after: &str,
    ) -> Result<Page<T>, GatewayError> {
        let mut path = format!("/v1/{query}&limit={PAGE}");
        if !after.is_empty() {
            path += &format!("&starting_after={after}");
        }
        let list: List<T> = self.send(self.request(Method::GET, &path)).await?;
        let last = list.data.last().filter(|_| list.has_more);
        Ok(Page {
            next: last.map(Listed::id),
            data: list.data,
        })
    }
}

impl<T> Page<T> {
    fn filter_map<U>(self, each: impl FnMut(T) -> Option<U>) -> Page<U> {
        Page {
            data: self.data.into_iter().filter_map(each).collect(),
            next: self.next,
        }
    }
}

fn created(period: Period) -> String {
    let (from, to) = (period.from.unix(), period.to.unix());
    format!("created[gte]={from}&created[lt]={to}")
}

impl Charge {
    /// What it says, once its money was taken.
    fn line(self, books: Option<BalanceTransaction>) -> Option<Line> {
        let is_paid = self.captured && self.status == "succeeded";
        let books = books.or(in_full(self.balance_transaction));
        let payment = self.payment_intent.map_or(self.id, Expandable::into_id);
        let ours = self.metadata.as_ref();
        let amount = Money {
            value: self.amount_captured,
            currency: self.currency,
        };
        is_paid.then(|| Line {
            said: Said::Paid,
            fee: fee(books.as_ref(), amount),
            id: books.map(|books| books.id),
            reference: payment.clone(),
            payment: Some(payment),
            invoice: self.invoice.map(Expandable::into_id),
            transaction: ours.and_then(|ours| ours.get(TRANSACTION)?.parse().ok()),
            amount,
            payout: None,
            went_back: self.refunded,
            at: Time::from_unix(self.created),
        })
    }
}

impl ListedRefund {
    fn line(self, books: Option<BalanceTransaction>) -> Option<Line> {
        let notice = self.refund.notice()?;
        let books = books.or(in_full(self.balance_transaction));
        let line = after_payment(
            Said::Refund(notice.state),
            (notice.reference, notice.payment, notice.amount),
            notice.happened_at,
            books,
        );
        Some(line)
    }
}

impl ListedDispute {
    fn line(self, books: Option<BalanceTransaction>) -> Option<Line> {
        let notice = self.dispute.notice()?;
        let books = books.or(self.balance_transactions.into_iter().next());
        let line = after_payment(
            Said::Dispute(Some(notice.state)),
            (notice.reference, notice.payment, notice.amount),
            notice.happened_at,
            books,
        );
        Some(line)
    }
}

/// What a refund or dispute says: its id, its payment, its amount.
fn after_payment(
    said: Said,
    (reference, payment, amount): (String, String, Money),
    at: Time,
    books: Option<BalanceTransaction>,
) -> Line {
    Line {
        said,
        fee: fee(books.as_ref(), amount),
        id: books.map(|books| books.id),
        reference,
        payment: Some(payment),
        invoice: None,
        transaction: None,
        amount,
        payout: None,
        went_back: false,
        at,
    }
}

impl Content {
    /// What it says of a payment, refund or dispute.
    fn line(self, payout: &str) -> Option<Line> {
        let books = Some(BalanceTransaction {
            id: self.id,
            fee: self.fee,
            currency: self.currency,
        });
        let line = match in_full(self.source)? {
            Cause::Charge(charge) => charge.line(books),
            Cause::Refund(refund) => refund.line(books),
            Cause::Dispute(dispute) => dispute.line(books),
            Cause::Other => None,
        };
        line.map(|line| Line {
            payout: Some(payout.to_owned()),
            ..line
        })
    }
}

fn fee(books: Option<&BalanceTransaction>, paid: Money) -> Money {
    let none = Money { value: 0, ..paid };
    books.map_or(none, |books| Money {
        value: books.fee,
        currency: books.currency,
    })
}

/// What stands there in full, and not only by its id.
fn in_full<T>(expandable: Option<Expandable<T>>) -> Option<T> {
    expandable.and_then(Expandable::into_object)
}
