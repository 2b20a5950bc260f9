//! Sessions: a random token in a cookie, its hash in a row. They can be listed and ended one by
//! one, which is why they are rows of their own.

use std::time::Duration;

use super::{Person, Session};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::{PersonId, SessionId},
    secret::Secret,
    store::people,
};

/// A session nobody used for so long has ended.
pub const IDLE: Duration = Duration::from_secs(14 * 24 * 3600);
/// A session ends after this, used or not.
pub const ABSOLUTE: Duration = Duration::from_secs(90 * 24 * 3600);
/// How exactly the last use is written down.
const TOUCH_EVERY: Duration = Duration::from_secs(300);
/// More is not kept of what a browser calls itself.
const USER_AGENT_CHARS: usize = 200;

impl Billing {
    /// Signs in whoever knows the password of this hash, with a new session. Nothing, when it was
    /// changed or the account closed since it was read.
    pub(super) async fn begin_session(
        &self,
        person: Person,
        password_hash: String,
        user_agent: &str,
    ) -> Result<Option<Secret>> {
        let token = Secret::random();
        let token_hash = token.hash();
        let now = self.clock.now();
        let session = Session {
            id: SessionId::new(),
            person,
            user_agent: user_agent.chars().take(USER_AGENT_CHARS).collect(),
            created_at: now,
            last_seen_at: now,
            second_factor_at: None,
        };
        let begun = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let person = session.person.id;
                    people::lock(tx, person).await?;
                    let is_same = people::password_hash(tx, person).await? == Some(password_hash);
                    if is_same {
                        let ends_at = now.plus(ABSOLUTE);
                        people::insert_session(tx, &session, token_hash, ends_at).await?;
                    }
                    Ok::<_, Error>(is_same)
                })
            })
            .await?;
        Ok(begun.then_some(token))
    }

    /// The live session of a token.
    pub async fn session(&self, token: &Secret) -> Result<Option<Session>> {
        let now = self.clock.now();
        let mut conn = self.store.read().await?;
        let session = people::session(&mut conn, token.hash(), now, now.minus(IDLE)).await?;
        if let Some(session) = &session
            && now.since(session.last_seen_at) > TOUCH_EVERY
        {
            self.touch(session.id, now);
        }
        Ok(session)
    }

    /// Writes down the use of a session without making the request wait for it.
    fn touch(&self, id: SessionId, now: Time) {
        let store = self.store.clone();
        self.tasks.spawn(async move {
            let touched = store
                .write(move |tx| Box::pin(people::touch_session(tx, id, now)))
                .await;
            if let Err(error) = touched {
                tracing::warn!(%error, "cannot write down the use of a session");
            }
        });
    }

    /// A person's live sessions, the one used last first.
    pub async fn sessions(&self, person: PersonId) -> Result<Vec<Session>> {
        let now = self.clock.now();
        let mut conn = self.store.read().await?;
        people::sessions(&mut conn, person, now, now.minus(IDLE)).await
    }

    /// Signs out of one browser.
    pub async fn end_session(&self, person: PersonId, id: SessionId) -> Result<()> {
        self.store
            .write(move |tx| Box::pin(people::delete_session(tx, person, id)))
            .await
    }

    /// Signs out everywhere but here.
    pub async fn end_other_sessions(&self, person: PersonId, here: SessionId) -> Result<()> {
        self.store
            .write(move |tx| Box::pin(people::delete_other_sessions(tx, person, here)))
            .await
    }

    /// Forgets sessions that have expired.
    pub(crate) async fn forget_expired_sessions(&self) -> Result<()> {
        let now = self.clock.now();
        self.store
            .write(move |tx| Box::pin(people::delete_expired_sessions(tx, now)))
            .await
    }
}
