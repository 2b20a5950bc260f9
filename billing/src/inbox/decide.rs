//! What staff decide about an event: that it is acted on once more, or that nothing comes of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Event, EventStatus};
use crate::{
    Billing, Error, Result,
    id::InboxId,
    staff::audit_log::{self, Action, Actor, Deed, SubjectKind},
    store::{Tx, inbox},
};

/// The worker leaves an event alone for so long that somebody wants to be handled at once.
const AT_ONCE: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    #[error("there is no such event")]
    Missing,
    /// It is in this state.
    #[error("the event is {} by now", .0.as_str().replace('_', " "))]
    NotPossible(EventStatus),
    #[error("please say why")]
    Reason,
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<sqlx::Error> for DecideError {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}

impl Billing {
    /// Acts on an event once more, whatever came of it before, and answers what it is then. What is in
    /// the books already stays as it is: every event may come again.
    pub async fn handle_again(&self, id: InboxId, by: &Actor) -> Result<Event, DecideError> {
        let (by, now) = (by.clone(), self.clock.now());
        let event = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let event = look(tx, id).await?;
                    inbox::again(tx, id, now.plus(AT_ONCE)).await?;
                    let deed = deed(Action::HandleEvent, &event);
                    audit_log::record(tx, &by, &deed, now).await?;
                    Ok::<_, DecideError>(event)
                })
            })
            .await?;
        self.process(event).await;
        let found = inbox::find(&mut self.store.read().await?, id).await?;
        found.ok_or(DecideError::Missing)
    }

    /// Leaves an event that is not done as it is, for this reason, until it is taken back.
    pub async fn set_event_aside(
        &self,
        id: InboxId,
        reason: &str,
        by: &Actor,
    ) -> Result<(), DecideError> {
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            return Err(DecideError::Reason);
        }
        let (by, now) = (by.clone(), self.clock.now());
        let set_aside = self.store.write(move |tx| {
            Box::pin(async move {
                let event = look(tx, id).await?;
                if !inbox::set_aside(tx, id, &reason).await? {
                    return Err(DecideError::NotPossible(event.status));
                }
                let deed = deed(Action::SetEventAside, &event)
                    .because(&reason)
                    .after(state(EventStatus::SetAside, None));
                Ok(audit_log::record(tx, &by, &deed, now).await?)
            })
        });
        set_aside.await
    }

    /// Leaves an event to the worker again that was set aside.
    pub async fn take_event_back(&self, id: InboxId, by: &Actor) -> Result<(), DecideError> {
        let (by, now) = (by.clone(), self.clock.now());
        let taken_back = self.store.write(move |tx| {
            Box::pin(async move {
                let event = look(tx, id).await?;
                if !inbox::take_back(tx, id, now).await? {
                    return Err(DecideError::NotPossible(event.status));
                }
                let deed =
                    deed(Action::TakeEventBack, &event).after(state(EventStatus::Received, None));
                Ok(audit_log::record(tx, &by, &deed, now).await?)
            })
        });
        taken_back.await
    }
}

async fn look(tx: &mut Tx, id: InboxId) -> Result<Event, DecideError> {
    let found = inbox::find(tx, id).await?;
    found.ok_or(DecideError::Missing)
}

/// Something that is done to an event as it is.
fn deed(action: Action, event: &Event) -> Deed {
    let before = state(event.status, event.reason.as_deref());
    Deed::new(action, SubjectKind::Event, event.id).before(before)
}

fn state(status: EventStatus, reason: Option<&str>) -> Value {
    match reason {
        Some(reason) => json!({ "status": status.as_str(), "reason": reason }),
        None => json!({ "status": status.as_str() }),
    }
}
