//! Passwords. Argon2id with the parameters that OWASP names first (19 MiB, two passes, one lane);
//! a few at a time, because each takes that much memory.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

use crate::{Error, Result};

/// Shorter ones are refused. There are no rules about which characters.
pub const MIN_CHARS: usize = 8;
/// Longer ones are refused, so that nobody makes us hash a book.
pub const MAX_CHARS: usize = 256;
/// How many are hashed at once.
const AT_ONCE: usize = 2;

/// Compared when there is no such person, so that the answer takes as long. No password is known that
/// has this hash, and none would be let in by it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA\
                      $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("Use at least {MIN_CHARS} characters.")]
    TooShort,
    #[error("Use at most {MAX_CHARS} characters.")]
    TooLong,
    #[error("That password is easy to guess. A few unrelated words make a good one.")]
    TooCommon,
}

/// Refuses what is too short, or among the first that anybody would guess.
pub fn check(password: &str, email: &str) -> Result<(), Refused> {
    match password.chars().count() {
        0..MIN_CHARS => Err(Refused::TooShort),
        MIN_CHARS..=MAX_CHARS if zxcvbn(password, &[email]).score() < Score::Two => {
            Err(Refused::TooCommon)
        }
        MIN_CHARS..=MAX_CHARS => Ok(()),
        _ => Err(Refused::TooLong),
    }
}

/// Hashes and compares, off the threads that answer requests.
#[derive(Clone)]
pub struct Hasher {
    places: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Hasher {
    pub async fn hash(&self, password: String) -> Result<String> {
        self.with_a_place(move || hash(&password)).await?
    }

    /// Whether the password is the one of this hash; without a hash it never is.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let same = self.with_a_place(move || {
            PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            })
        });
        Ok(same.await? && known)
    }

    async fn with_a_place<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _place = self
            .places
            .acquire()
            .await
            .map_err(|_| Error::Unavailable)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Error::Unavailable)
    }
}

fn hash(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|_| Error::Unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_passwords_are_refused() {
        for password in [
            "password",
            "12345678",
            "qwertyuiop",
            "iloveyou",
            "ann@shop.example",
        ] {
            assert_eq!(
                check(password, "ann@shop.example"),
                Err(Refused::TooCommon),
                "{password}"
            );
        }
        assert_eq!(check("seven77", ""), Err(Refused::TooShort));
        assert_eq!(check(&"long".repeat(65), ""), Err(Refused::TooLong));
        assert_eq!(check("correct horse battery", ""), Ok(()));
        assert_eq!(check("übergrößenträger", ""), Ok(()));
    }

    #[tokio::test]
    async fn a_password_is_found_again_and_another_is_not() {
        let hasher = Hasher::default();
        let hash = hasher.hash("correct horse".into()).await.unwrap();
        for hash in [hash.as_str(), NOBODY] {
            assert!(
                hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
                "{hash}"
            );
            assert!(PasswordHash::new(hash).is_ok(), "{hash}");
        }
        assert!(
            hasher
                .verify("correct horse".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("wrong horse".into(), Some(hash))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("nobody has this password".into(), None)
                .await
                .unwrap()
        );
    }
}
