//! Staff who look at the site as one customer sees it. Nothing can be changed meanwhile; it is over with
//! the session, after half an hour, or when they say so. The customer is told by mail in the commit that
//! begins it.

use std::time::Duration;

use serde_json::json;

use super::super::{
    Permission,
    audit_log::{self, Action, Actor, Deed, SubjectKind},
};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::{CustomerId, PersonId, SessionId, ViewId},
    mail::{self, Letter},
    people::{Person, Session},
    store::{Tx, people, views},
};

/// No view lasts longer.
pub const LONGEST: Duration = Duration::from_secs(30 * 60);

/// A member of staff who looks, or looked, at what a customer sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub id: ViewId,
    /// In which they look.
    pub session: SessionId,
    /// Who looks.
    pub person: PersonId,
    pub customer: CustomerId,
    /// Why, as the customer reads it.
    pub reason: String,
    pub begun_at: Time,
    /// At the latest.
    pub ends_at: Time,
    pub ended_at: Option<Time>,
    /// How many pages were looked at.
    pub pages: i64,
}

impl View {
    /// When it ended, if it has.
    pub fn over_at(&self, now: Time) -> Option<Time> {
        self.ended_at
            .or((self.ends_at <= now).then_some(self.ends_at))
    }
}

/// At whom somebody wants to look.
#[derive(Clone, Debug)]
pub struct Looking {
    pub customer: CustomerId,
    pub reason: String,
    /// Made when the form was shown: a second click begins nothing.
    pub key: ViewId,
}

#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    #[error("your role does not allow this")]
    Forbidden,
    #[error("Say why: the customer reads it.")]
    Reason,
    #[error("Nobody signs in as this customer, so there is nothing to see.")]
    Nobody,
    #[error("You have looked because of this form already. Begin again.")]
    Over,
    #[error(transparent)]
    Other(#[from] Error),
}

impl Billing {
    /// Begins to look at what a customer sees. Whoever looks at somebody else's in the same session
    /// looks at theirs from now on.
    pub async fn begin_view(
        &self,
        looking: Looking,
        session: &Session,
        by: &Actor,
    ) -> Result<View, ViewError> {
        let person = by.person.filter(|_| by.may(Permission::Help));
        let person = person.ok_or(ViewError::Forbidden)?;
        let reason = looking.reason.trim();
        if reason.is_empty() {
            return Err(ViewError::Reason);
        }
        let now = self.clock.now();
        let view = View {
            id: looking.key,
            session: session.id,
            person,
            customer: looking.customer,
            reason: reason.to_owned(),
            begun_at: now,
            ends_at: now.plus(LONGEST),
            ended_at: None,
            pages: 0,
        };
        let by = by.clone();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let customer = view.customer;
                    if people::viewed(tx, customer).await?.is_none() {
                        return Err(ViewError::Nobody);
                    }
                    match views::lock(tx, view.session).await? {
                        Some(before) if before.id == view.id => return Ok(before),
                        Some(before) => end(tx, &before, &by, now).await?,
                        None => {}
                    }
                    if !views::insert(tx, &view).await? {
                        return Err(ViewError::Over);
                    }
                    let letter = Letter::AccountViewed {
                        view: view.id,
                        reason: view.reason.clone(),
                        at: now,
                        page: "/account#views".to_owned(),
                    };
                    mail::owe(tx, customer, letter, now).await?;
                    let deed = Deed::new(Action::BeginView, SubjectKind::Customer, customer)
                        .of(customer)
                        .because(&view.reason)
                        .after(json!({ "view": view.id, "ends_at": view.ends_at }));
                    audit_log::record(tx, &by, &deed, now).await?;
                    Ok(view)
                })
            })
            .await
    }

    /// What is looked at in a session now, and who that customer is. Nothing for those whose role does
    /// not allow it any more, and once the customer's account is closed.
    pub async fn view_in(&self, session: &Session) -> Result<Option<(View, Person)>> {
        if !session
            .person
            .role
            .is_some_and(|role| role.may(Permission::Help))
        {
            return Ok(None);
        }
        let now = self.clock.now();
        let mut conn = self.store.read().await?;
        let Some(view) = views::current(&mut conn, session.id, now).await? else {
            return Ok(None);
        };
        let person = people::viewed(&mut conn, view.customer).await?;
        Ok(person.map(|person| (view, person)))
    }

    /// Counts a page that is about to be shown. Answers whether the view goes on.
    pub async fn note_page_viewed(&self, id: ViewId) -> Result<bool> {
        let now = self.clock.now();
        self.store
            .write(move |tx| Box::pin(async move { views::count_page(tx, id, now).await }))
            .await
    }

    /// Looks no longer. Answers at whom it was looked in this session.
    pub async fn end_view(&self, session: &Session, by: &Actor) -> Result<Option<CustomerId>> {
        let (id, by, now) = (session.id, by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let Some(view) = views::lock(tx, id).await? else {
                        return Ok(None);
                    };
                    end(tx, &view, &by, now).await?;
                    Ok(Some(view.customer))
                })
            })
            .await
    }

    /// Who looked at what a customer sees, the latest first.
    pub async fn views_of(&self, customer: CustomerId) -> Result<Vec<View>> {
        views::of_customer(&mut self.store.read().await?, customer, super::SHOWN).await
    }

    /// Writes down the end of those that ended by themselves: their time was over, or their session.
    pub(crate) async fn end_views(&self) -> Result<()> {
        let now = self.clock.now();
        let over = views::over(&mut self.store.read().await?, now).await?;
        for session in over {
            self.store
                .write(move |tx| {
                    Box::pin(async move {
                        match views::lock(tx, session).await? {
                            Some(view) => end(tx, &view, &Actor::by_itself(), now).await,
                            None => Ok(()),
                        }
                    })
                })
                .await?;
        }
        Ok(())
    }
}

/// A view ends when its time is over, whenever that is written down.
async fn end(tx: &mut Tx, view: &View, by: &Actor, now: Time) -> Result<()> {
    let at = now.min(view.ends_at);
    views::end(tx, view.id, at).await?;
    let deed = Deed::new(Action::EndView, SubjectKind::Customer, view.customer)
        .of(view.customer)
        .because(&view.reason)
        .after(json!({ "view": view.id, "pages": view.pages, "ended_at": at }));
    audit_log::record(tx, by, &deed, now).await
}
