//! Proofs: a secret sent to an address, its hash in a row. Who brings the secret back reads the
//! mail of that address, and may do what the proof is for, once.

use std::time::Duration;

use crate::{
    Billing, Result,
    clock::Time,
    id::{PersonId, ProofId},
    secret::Secret,
    store::{Tx, proofs},
    words::words,
};

/// An address can be proven for so long after it was asked for.
const ADDRESS_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// A password can be reset for so long.
const PASSWORD_LIFETIME: Duration = Duration::from_secs(3600);
/// New staff can set their first password for so long.
const INVITATION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// What a proof is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The address is the person's from then on.
    Address,
    /// A new password is set.
    Password,
}

words!(Purpose { Address = "address", Password = "password" });

/// A secret that was sent out and can still come back.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    pub id: ProofId,
    pub person: PersonId,
    pub purpose: Purpose,
    /// The address to which it was sent.
    pub email: String,
    pub expires_at: Time,
}

impl Purpose {
    fn lifetime(self) -> Duration {
        match self {
            Self::Address => ADDRESS_LIFETIME,
            Self::Password => PASSWORD_LIFETIME,
        }
    }
}

/// Makes a proof as part of `tx`; its secret goes into a letter.
pub(crate) async fn issue(
    tx: &mut Tx,
    person: PersonId,
    purpose: Purpose,
    email: &str,
    now: Time,
) -> Result<(ProofId, Secret)> {
    issue_for(tx, person, purpose, email, purpose.lifetime(), now).await
}

/// Makes a proof as part of `tx` with which somebody new sets their first password.
pub(crate) async fn issue_invitation(
    tx: &mut Tx,
    person: PersonId,
    email: &str,
    now: Time,
) -> Result<(ProofId, Secret)> {
    issue_for(
        tx,
        person,
        Purpose::Password,
        email,
        INVITATION_LIFETIME,
        now,
    )
    .await
}

async fn issue_for(
    tx: &mut Tx,
    person: PersonId,
    purpose: Purpose,
    email: &str,
    lifetime: Duration,
    now: Time,
) -> Result<(ProofId, Secret)> {
    let secret = Secret::random();
    let proof = Proof {
        id: ProofId::new(),
        person,
        purpose,
        email: email.to_owned(),
        expires_at: now.plus(lifetime),
    };
    proofs::insert(tx, &proof, secret.hash(), now).await?;
    Ok((proof.id, secret))
}

impl Billing {
    /// What a secret proves; nothing when it has expired, was used, or never was one.
    pub async fn proof(&self, secret: &str, purpose: Purpose) -> Result<Option<Proof>> {
        let now = self.clock.now();
        let mut conn = self.store.read().await?;
        proofs::live(&mut conn, Secret::from(secret).hash(), purpose, now).await
    }

    /// Forgets proofs that have expired.
    pub(crate) async fn forget_expired_proofs(&self) -> Result<()> {
        let now = self.clock.now();
        self.store
            .write(move |tx| Box::pin(proofs::delete_expired(tx, now)))
            .await
    }
}
