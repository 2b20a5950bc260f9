//! What Stripe lists of a period: charges, refunds, disputes, and payouts with all that they contain.
//! Source: <https://docs.stripe.com/api/pagination>.

use reqwest::Method;
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    Stripe,
    books::{Charge, Content, ListedDispute, ListedPayout, ListedRefund},
};
use crate::{
    clock::Time,
    gateway::GatewayError,
    money::Money,
    reconcile::{Line, Payout, Period},
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
