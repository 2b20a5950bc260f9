//! The second factor of staff: the code of an app, a passkey, or a recovery code, after the password. It
//! counts for the session in which it is given. Whoever has none yet is led to set one up.

use std::time::Duration;

use serde_json::json;

use super::{
    Offer, RecoveryCode,
    audit_log::{self, Action, Actor, Deed, SubjectKind},
    authenticator, recovery,
};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::PersonId,
    mail::{self, Letter},
    people::Session,
    store::{Tx, authenticators, passkeys, people},
};

/// So long after the second factor was given it may be changed; later it is asked for again.
pub const FRESH: Duration = Duration::from_secs(600);

/// What somebody has set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Since when an app shows their codes.
    pub set_up_at: Option<Time>,
    pub passkeys: i64,
    /// How many recovery codes were not used yet.
    pub recovery_codes: i64,
}

impl Standing {
    /// How many things let them in. Recovery codes only stand in for one.
    pub fn factors(self) -> i64 {
        i64::from(self.set_up_at.is_some()) + self.passkeys
    }
}

/// Why a second factor is not taken, or not changed.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    #[error(
        "That code is not right, or was used already. The app shows another one every 30 seconds."
    )]
    Wrong,
    /// Nothing is being set up in this session.
    #[error("Begin again: nothing is being set up here.")]
    NotOffered,
    /// It was given too long ago for what is wanted.
    #[error("Give your second factor once more first.")]
    Stale,
    /// The site has no name, or others could listen.
    #[error("Passkeys cannot be used at the address of this site.")]
    Nowhere,
    #[error("Name it, in up to 60 characters.")]
    Name,
    #[error("That was answered before, or too late. Try once more.")]
    NotAsked,
    #[error("That answer does not fit what this page asked. Try once more, or another way.")]
    Refused,
    #[error(
        "That passkey did not see a finger, a face or a PIN. Set one of them up on the device first."
    )]
    NotVerified,
    #[error(
        "That passkey counts how often it is used, and the count went back: there may be a copy of it. It is not taken. Come in another way, remove it, and tell an owner of the site."
    )]
    Copied,
    #[error("That passkey was added before.")]
    Known,
    #[error("This is your only second factor. Add another one first.")]
    Last,
    #[error("There is no such passkey.")]
    Unknown,
    #[error(transparent)]
    Other(#[from] Error),
}

impl Billing {
    /// What somebody has set up.
    pub async fn second_factor(&self, person: PersonId) -> Result<Standing> {
        authenticators::standing(&mut self.store.read().await?, person).await
    }

    /// Whether the second factor was given in this session a moment ago.
    pub fn is_fresh(&self, session: &Session) -> bool {
        is_fresh(session, self.clock.now())
    }

    /// Makes a secret for an app. It counts from the first code on that comes back in this session;
    /// until then what was set up before stays.
    pub async fn offer_authenticator(&self, session: &Session) -> Result<(), FactorError> {
        let (session, now) = (session.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    may_change(tx, &session, now).await?;
                    let secret = authenticator::new_secret();
                    Ok(authenticators::offer(tx, session.id, &secret).await?)
                })
            })
            .await
    }

    /// What the app is to be given that is being set up in this session.
    pub async fn offered_authenticator(&self, session: &Session) -> Result<Option<Offer>> {
        let mut conn = self.store.read().await?;
        let standing = authenticators::standing(&mut conn, session.person.id).await?;
        if standing.factors() > 0 && !self.is_fresh(session) {
            return Ok(None);
        }
        let secret = authenticators::offered(&mut conn, session.id).await?;
        let email = &session.person.email;
        secret.map(|secret| Offer::new(&secret, email)).transpose()
    }

    /// The app shows its first code: from now on it is the one that counts. Gives new recovery codes, and
    /// the ones before are void; but those that came with a passkey stay, when this is the first app.
    pub async fn set_up_authenticator(
        &self,
        session: &Session,
        code: &str,
        by: &Actor,
    ) -> Result<Vec<RecoveryCode>, FactorError> {
        let (session, code, by) = (session.clone(), digits(code), by.clone());
        let (now, of_device) = (self.clock.now(), self.clock.of_devices());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let before = may_change(tx, &session, now).await?;
                    let secret = authenticators::offered(tx, session.id).await?;
                    let secret = secret.ok_or(FactorError::NotOffered)?;
                    let step = authenticator::step_of(&secret, &code, of_device)?;
                    let step = step.ok_or(FactorError::Wrong)?;
                    let person = session.person.id;
                    authenticators::set_up(tx, person, &secret, step, now).await?;
                    people::second_factor_given(tx, session.id, now).await?;
                    let deed = Deed::new(Action::SetUpAuthenticator, SubjectKind::Staff, person)
                        .before(json!({ "set_up_at": before.set_up_at }))
                        .after(json!({ "set_up_at": now }));
                    audit_log::record(tx, &by, &deed, now).await?;
                    mail::owe(tx, person, Letter::SecondFactorChanged { at: now }, now).await?;
                    match before.set_up_at.is_none() && before.passkeys > 0 {
                        true => Ok(Vec::new()),
                        false => Ok(new_recovery_codes(tx, person).await?),
                    }
                })
            })
            .await
    }

    /// Its codes count no more. The last factor stays.
    pub async fn remove_authenticator(
        &self,
        session: &Session,
        by: &Actor,
    ) -> Result<(), FactorError> {
        let (session, by, now) = (session.clone(), by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let person = session.person.id;
                    let before = may_change(tx, &session, now).await?;
                    if before.set_up_at.is_none() {
                        return Err(FactorError::NotOffered);
                    }
                    if before.factors() == 1 {
                        return Err(FactorError::Last);
                    }
                    authenticators::remove(tx, person).await?;
                    let deed = Deed::new(Action::RemoveAuthenticator, SubjectKind::Staff, person)
                        .before(json!({ "set_up_at": before.set_up_at }));
                    audit_log::record(tx, &by, &deed, now).await?;
                    let letter = Letter::SecondFactorChanged { at: now };
                    Ok(mail::owe(tx, person, letter, now).await?)
                })
            })
            .await
    }

    /// Takes the code of the app, or a recovery code, for this session.
    pub async fn give_second_factor(
        &self,
        session: &Session,
        code: &str,
        by: &Actor,
    ) -> Result<(), FactorError> {
        let (session, code, by) = (session.clone(), code.to_owned(), by.clone());
        let (now, of_device) = (self.clock.now(), self.clock.of_devices());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let person = session.person.id;
                    let is_app = code.chars().all(|c| !c.is_ascii_alphabetic());
                    match is_app {
                        true => use_app(tx, person, &digits(&code), of_device).await?,
                        false => use_recovery_code(tx, person, &code, &by, now).await?,
                    }
                    Ok(people::second_factor_given(tx, session.id, now).await?)
                })
            })
            .await
    }

    /// Gives new recovery codes; the ones before are void.
    pub async fn renew_recovery_codes(
        &self,
        session: &Session,
        by: &Actor,
    ) -> Result<Vec<RecoveryCode>, FactorError> {
        let (session, by, now) = (session.clone(), by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let before = may_change(tx, &session, now).await?;
                    if before.factors() == 0 {
                        return Err(FactorError::NotOffered);
                    }
                    let person = session.person.id;
                    let deed = Deed::new(Action::RenewRecoveryCodes, SubjectKind::Staff, person)
                        .before(json!({ "left": before.recovery_codes }))
                        .after(json!({ "left": recovery::CODES }));
                    audit_log::record(tx, &by, &deed, now).await?;
                    Ok(new_recovery_codes(tx, person).await?)
                })
            })
            .await
    }

    /// Lets somebody go on who has set up nothing. Only where no money moves: it is for the caller to
    /// know that the sandbox stands in for the gateway.
    ///
    /// # Errors
    /// [`FactorError::Stale`] when they have set something up: then it is asked for.
    pub async fn skip_second_factor(
        &self,
        session: &Session,
        by: &Actor,
    ) -> Result<(), FactorError> {
        let (session, by, now) = (session.clone(), by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let person = session.person.id;
                    let standing = authenticators::standing(tx, person).await?;
                    if standing.factors() > 0 {
                        return Err(FactorError::Stale);
                    }
                    let deed = Deed::new(Action::SkipSecondFactor, SubjectKind::Staff, person);
                    audit_log::record(tx, &by, &deed, now).await?;
                    Ok(people::second_factor_given(tx, session.id, now).await?)
                })
            })
            .await
    }
}

/// Forgets what somebody has set up and signs them out everywhere, as part of `tx`: after their next
/// password they set up another.
pub(super) async fn reset(tx: &mut Tx, person: PersonId) -> Result<()> {
    people::lock(tx, person).await?;
    authenticators::forget(tx, person).await?;
    passkeys::forget(tx, person).await?;
    people::delete_sessions(tx, person).await
}

fn is_fresh(session: &Session, now: Time) -> bool {
    session
        .second_factor_at
        .is_some_and(|at| now.since(at) <= FRESH)
}

/// Whoever has a second factor changes it only a moment after they gave it. Answers what they have, and
/// keep until this commit.
pub(super) async fn may_change(
    tx: &mut Tx,
    session: &Session,
    now: Time,
) -> Result<Standing, FactorError> {
    let person = session.person.id;
    people::lock(tx, person).await?;
    let standing = authenticators::standing(tx, person).await?;
    let is_known = standing.factors() == 0 || is_fresh(session, now);
    // A reset signs out everywhere.
    match is_known && people::has_session(tx, session.id).await? {
        true => Ok(standing),
        false => Err(FactorError::Stale),
    }
}

async fn use_app(
    tx: &mut Tx,
    person: PersonId,
    code: &str,
    of_device: Time,
) -> Result<(), FactorError> {
    let secret = authenticators::secret(tx, person).await?;
    let secret = secret.ok_or(FactorError::Wrong)?;
    let step = authenticator::step_of(&secret, code, of_device)?;
    let step = step.ok_or(FactorError::Wrong)?;
    match authenticators::use_step(tx, person, step).await? {
        true => Ok(()),
        false => Err(FactorError::Wrong),
    }
}

async fn use_recovery_code(
    tx: &mut Tx,
    person: PersonId,
    code: &str,
    by: &Actor,
    now: Time,
) -> Result<(), FactorError> {
    let hash = RecoveryCode::typed(code).hash();
    if !authenticators::use_recovery_code(tx, person, hash, now).await? {
        return Err(FactorError::Wrong);
    }
    let left = authenticators::standing(tx, person).await?.recovery_codes;
    let deed = Deed::new(Action::UseRecoveryCode, SubjectKind::Staff, person)
        .before(json!({ "left": left + 1 }))
        .after(json!({ "left": left }));
    Ok(audit_log::record(tx, by, &deed, now).await?)
}

pub(super) async fn new_recovery_codes(tx: &mut Tx, person: PersonId) -> Result<Vec<RecoveryCode>> {
    let codes: Vec<_> = std::iter::repeat_with(RecoveryCode::random)
        .take(recovery::CODES)
        .collect();
    authenticators::forget_recovery_codes(tx, person).await?;
    for code in &codes {
        authenticators::insert_recovery_code(tx, person, code.hash()).await?;
    }
    Ok(codes)
}

/// The digits of a code, however they were grouped.
fn digits(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).collect()
}
