//! Customers as staff see them, and what staff do for them.

mod credits;
mod notes;
mod plan;
mod sessions;
mod views;

pub use credits::{Giving, MoveError, Taking};
pub(super) use credits::{give, take};
pub use notes::{Note, NoteError};
pub use plan::{Steer, SteerError};
pub use views::{Looking, View, ViewError};

use super::{
    Cursor, Part, Rows,
    audit_log::{self, Line},
};
use crate::{
    Billing, Result,
    clock::Time,
    gateway::stripe,
    id::{CustomerId, PersonId},
    mail::Mail,
    money::Credits,
    people::Session,
    store::{customer_list, customers, gateway_customers, notes as note_rows, outbox},
};

/// Which customers are wanted; all of what is said must be true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// How their address begins.
    pub email: Option<String>,
    pub id: Option<CustomerId>,
    pub external_id: Option<String>,
    pub from: Option<Time>,
    pub to: Option<Time>,
}

/// A customer in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: CustomerId,
    /// Who signs in as this customer.
    pub person: Option<PersonId>,
    /// Where they read mail: nowhere that is known, or nowhere any more.
    pub email: Option<String>,
    /// When that was proven.
    pub verified_at: Option<Time>,
    pub closed_at: Option<Time>,
    /// What a product calls them.
    pub external_id: Option<String>,
    /// What they can spend. What ran out in the last seconds may still count.
    pub available: Credits,
    pub created_at: Time,
}

/// A customer with what only staff look at. What customers see themselves has verbs of its own.
#[derive(Clone, Debug)]
pub struct Profile {
    pub customer: Listed,
    /// Who they are at the gateway.
    pub reference: Option<String>,
    /// Others who turned out to be the same.
    pub joined: Vec<CustomerId>,
    /// Where they are signed in, the one used last first.
    pub sessions: Vec<Session>,
    /// The newest first, as all that follows.
    pub mails: Vec<Mail>,
    pub notes: Vec<Note>,
    /// What staff did for them.
    pub lines: Vec<Line>,
}

/// More is not shown at once.
const SHOWN: i64 = 20;

impl Billing {
    /// Customers by the time they came.
    pub async fn find_customers(&self, filter: &Filter, part: Part) -> Result<Rows<Listed>> {
        let found = customer_list::part(&mut self.store.read().await?, filter, part).await?;
        Ok(part.rows(found, |customer| Cursor {
            key: customer.created_at.0,
            id: customer.id.0,
        }))
    }

    /// A customer, or the one into whom they were joined.
    pub async fn profile(&self, id: CustomerId) -> Result<Option<Profile>> {
        let filter = Filter {
            id: Some(id),
            ..Filter::default()
        };
        let Some(customer) = self
            .find_customers(&filter, Part::first(1))
            .await?
            .rows
            .pop()
        else {
            return Ok(None);
        };
        let sessions = match customer.person {
            Some(person) => self.sessions(person).await?,
            None => Vec::new(),
        };
        let mut conn = self.store.read().await?;
        let id = customer.id;
        let filter = audit_log::Filter {
            customer: Some(id),
            ..audit_log::Filter::default()
        };
        Ok(Some(Profile {
            reference: gateway_customers::reference(&mut conn, stripe::NAME, id).await?,
            joined: customers::joined_into(&mut conn, id).await?,
            sessions,
            mails: match customer.person {
                Some(person) => outbox::newest_of(&mut conn, person, SHOWN).await?,
                None => Vec::new(),
            },
            notes: note_rows::of_customer(&mut conn, id, SHOWN).await?,
            lines: crate::store::audit_log::part(&mut conn, &filter, Part::first(SHOWN)).await?,
            customer,
        }))
    }
}
