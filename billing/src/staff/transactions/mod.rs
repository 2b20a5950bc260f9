//! Transactions as staff see them: all of them, each with everything that happened to it, and what can
//! be done about one.

mod back;
mod story;

pub use back::{Back, BackError, Preview};
pub use story::{Changed, ClaimChanged, Moment, Moved, PageOpened, Story, What};

use super::{
    Cursor, Part, Rows,
    audit_log::{self, Action, Actor, Deed, SubjectKind},
};
use crate::{
    Billing, Result,
    clock::Time,
    id::{CustomerId, TransactionId},
    money::Currency,
    store::{customers, offers, transaction_list, transactions},
    transaction::{Kind, State, Transaction},
};

/// Which transactions are wanted; all of what is said must be true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub state: Option<State>,
    pub kind: Option<Kind>,
    pub customer: Option<Whose>,
    /// In the smallest unit of its currency.
    pub amount: Option<i64>,
    pub currency: Option<Currency>,
    /// The gateway's id of what pays it.
    pub reference: Option<String>,
    pub from: Option<Time>,
    pub to: Option<Time>,
}

/// Whose transactions, by what is known of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    Id(CustomerId),
    /// Their whole address.
    Address(String),
    /// What a product calls them.
    External(String),
}

impl From<&str> for Whose {
    fn from(text: &str) -> Self {
        match text.parse() {
            Ok(id) => Self::Id(id),
            Err(_) if text.contains('@') => Self::Address(text.to_lowercase()),
            Err(_) => Self::External(text.trim_start_matches("external:").to_owned()),
        }
    }
}

/// A transaction in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub transaction: Transaction,
    /// Where its customer reads mail.
    pub email: Option<String>,
}

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Time,
    /// In the smallest unit, whatever the currency.
    Amount,
}

/// What came of asking the gateway about a transaction at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// It answered, and its answer is settled.
    Settled,
    /// It has never heard of it: there is nothing to ask about.
    NothingThere,
    Unknown,
}

impl Billing {
    /// Transactions of everybody.
    pub async fn find_transactions(
        &self,
        filter: &Filter,
        sort: Sort,
        part: Part,
    ) -> Result<Rows<Listed>> {
        let mut conn = self.store.read().await?;
        // Nothing is in a currency in which nothing was ever offered, and nobody goes through all to see.
        if let Some(currency) = filter.currency
            && currency != self.catalog().currency
            && !offers::was_sold_in(&mut conn, currency).await?
        {
            return Ok(Rows {
                rows: Vec::new(),
                next: None,
            });
        }
        let found = transaction_list::part(&mut conn, filter, sort, part).await?;
        let Rows { rows, next } = part.rows(found, |transaction| Cursor {
            key: match sort {
                Sort::Time => transaction.created_at.0,
                Sort::Amount => transaction.amount.value,
            },
            id: transaction.id.0,
        });
        let owners: Vec<_> = rows
            .iter()
            .map(|transaction| transaction.customer)
            .collect();
        let emails = customers::addresses(&mut conn, &owners).await?;
        let listed = rows.into_iter().map(|transaction| Listed {
            email: emails.get(&transaction.customer).cloned(),
            transaction,
        });
        Ok(Rows {
            rows: listed.collect(),
            next,
        })
    }

    /// Asks the gateway about a transaction now, and settles what it answers.
    ///
    /// # Errors
    /// When the gateway does not answer; that it was asked is in the log all the same.
    pub async fn fetch_now(&self, id: TransactionId, by: &Actor) -> Result<Fetched> {
        let found = transactions::find(&mut self.store.read().await?, id).await?;
        let Some(transaction) = found else {
            return Ok(Fetched::Unknown);
        };
        if transaction.reference.is_none() {
            return Ok(Fetched::NothingThere);
        }
        let deed = Deed::new(Action::FetchTransaction, SubjectKind::Transaction, id)
            .of(transaction.customer);
        self.write_down(by, deed).await?;
        self.ask_gateway(&transaction).await?;
        Ok(Fetched::Settled)
    }

    /// Writes a line of the log by itself, before the gateway is asked to do what it says.
    pub(super) async fn write_down(&self, by: &Actor, deed: Deed) -> Result<()> {
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| Box::pin(async move { audit_log::record(tx, &by, &deed, now).await }))
            .await
    }
}
