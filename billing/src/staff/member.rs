//! The people who work at the desk: who they are, and what becomes of them. There is always an owner.

use serde_json::json;

use super::{
    audit_log::{self, Action, Actor, Deed, SubjectKind},
    second_factor,
};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::{PersonId, SessionId},
    mail::{self, Letter},
    people::{Person, Role, issue_invitation, normalized, session},
    store::{Tx, outbox, people, proofs, staff},
};

/// A member of staff.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub id: PersonId,
    pub email: String,
    pub role: Role,
    /// Whether an app shows their codes.
    pub has_app: bool,
    pub passkeys: i64,
    pub sessions: i64,
    /// In any of those sessions.
    pub last_seen_at: Option<Time>,
    pub added_at: Time,
}

/// Why nothing was done about a member of staff.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    #[error("That does not look like an email address.")]
    Email,
    #[error("There is an account with that address already.")]
    Taken,
    #[error("Say why: it is kept in the audit log.")]
    Reason,
    #[error("There must always be an owner: make somebody else one first.")]
    LastOwner,
    #[error("There is no such member of staff.")]
    Unknown,
    #[error(transparent)]
    Other(#[from] Error),
}

impl Billing {
    /// All who have not left, by their address.
    pub async fn staff(&self) -> Result<Vec<Member>> {
        let now = self.clock.now();
        let mut conn = self.store.read().await?;
        staff::all(&mut conn, now, now.minus(session::IDLE)).await
    }

    /// Somebody who has not left.
    pub async fn member(&self, id: PersonId) -> Result<Option<Member>> {
        let now = self.clock.now();
        let mut conn = self.store.read().await?;
        staff::find(&mut conn, id, now, now.minus(session::IDLE)).await
    }

    /// Adds a member of staff, who gets a link by mail with which to set a password.
    pub async fn invite_staff(
        &self,
        email: &str,
        role: Role,
        by: &Actor,
    ) -> Result<Person, StaffError> {
        let person = Person {
            id: PersonId::new(),
            email: normalized(email).ok_or(StaffError::Email)?,
            role: Some(role),
            customer: None,
            verified_at: None,
        };
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    // No password has this hash.
                    if !people::insert(tx, &person, "", now).await? {
                        return Err(StaffError::Taken);
                    }
                    let (id, email) = (person.id, &person.email);
                    let (proof, token) = issue_invitation(tx, id, email, now).await?;
                    let letter = Letter::StaffInvited { proof, token };
                    mail::owe(tx, id, letter, now).await?;
                    let deed = Deed::new(Action::AddStaff, SubjectKind::Staff, id)
                        .after(json!({ "email": email, "role": role.as_str() }));
                    audit_log::record(tx, &by, &deed, now).await?;
                    Ok(person)
                })
            })
            .await
    }

    /// Gives somebody another role, which counts from their next request on.
    pub async fn change_role(
        &self,
        id: PersonId,
        role: Role,
        reason: &str,
        by: &Actor,
    ) -> Result<(), StaffError> {
        let deed = deed(Action::ChangeRole, id, reason)?;
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let before = role_of(tx, id).await?;
                    if role != Role::Owner {
                        another_owner(tx, id).await?;
                    }
                    staff::set_role(tx, id, role).await?;
                    let deed = deed
                        .before(json!({ "role": before.as_str() }))
                        .after(json!({ "role": role.as_str() }));
                    Ok(audit_log::record(tx, &by, &deed, now).await?)
                })
            })
            .await
    }

    /// Lets somebody in no more. What they did stays in the audit log; their address is free again.
    pub async fn close_staff(
        &self,
        id: PersonId,
        reason: &str,
        by: &Actor,
    ) -> Result<(), StaffError> {
        let deed = deed(Action::CloseStaff, id, reason)?;
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let role = role_of(tx, id).await?;
                    another_owner(tx, id).await?;
                    let email = people::address(tx, id).await?;
                    second_factor::reset(tx, id).await?;
                    proofs::delete_all(tx, id).await?;
                    outbox::forget(tx, id).await?;
                    people::forget(tx, id, now).await?;
                    let deed = deed.before(json!({ "email": email, "role": role.as_str() }));
                    Ok(audit_log::record(tx, &by, &deed, now).await?)
                })
            })
            .await
    }

    /// Signs somebody out everywhere.
    pub async fn sign_out_staff(
        &self,
        id: PersonId,
        reason: &str,
        by: &Actor,
    ) -> Result<(), StaffError> {
        let deed = deed(Action::SignOutStaff, id, reason)?;
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    role_of(tx, id).await?;
                    people::delete_sessions(tx, id).await?;
                    Ok(audit_log::record(tx, &by, &deed, now).await?)
                })
            })
            .await
    }

    /// Forgets somebody's second factor, because they have lost it. They are signed out, and set up
    /// another after their next password.
    pub async fn reset_second_factor(
        &self,
        id: PersonId,
        reason: &str,
        by: &Actor,
    ) -> Result<(), StaffError> {
        let deed = deed(Action::ResetSecondFactor, id, reason)?;
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    role_of(tx, id).await?;
                    second_factor::reset(tx, id).await?;
                    mail::owe(tx, id, Letter::SecondFactorChanged { at: now }, now).await?;
                    Ok(audit_log::record(tx, &by, &deed, now).await?)
                })
            })
            .await
    }

    /// Ends a session of one's own, or all others when none is named.
    pub async fn end_own_sessions(
        &self,
        here: SessionId,
        which: Option<SessionId>,
        by: &Actor,
    ) -> Result<(), StaffError> {
        let person = by.person.ok_or(StaffError::Unknown)?;
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    match which {
                        Some(id) => people::delete_session(tx, person, id).await?,
                        None => people::delete_other_sessions(tx, person, here).await?,
                    }
                    let (kind, subject) = match which {
                        Some(id) => (SubjectKind::Session, id.to_string()),
                        None => (SubjectKind::Staff, person.to_string()),
                    };
                    let deed = Deed::new(Action::SignOutStaff, kind, subject);
                    Ok(audit_log::record(tx, &by, &deed, now).await?)
                })
            })
            .await
    }
}

fn deed(action: Action, member: PersonId, reason: &str) -> Result<Deed, StaffError> {
    match reason.trim() {
        "" => Err(StaffError::Reason),
        reason => Ok(Deed::new(action, SubjectKind::Staff, member).because(reason)),
    }
}

async fn role_of(tx: &mut Tx, id: PersonId) -> Result<Role, StaffError> {
    staff::role(tx, id).await?.ok_or(StaffError::Unknown)
}

/// Somebody else is an owner, and stays one until this commit.
async fn another_owner(tx: &mut Tx, id: PersonId) -> Result<(), StaffError> {
    let owners = staff::owners(tx).await?;
    match owners.iter().any(|owner| *owner != id) {
        true => Ok(()),
        false => Err(StaffError::LastOwner),
    }
}
