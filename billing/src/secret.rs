//! Secrets that we make: they open a session, prove an address, let a program in. Whoever holds one
//! brings it back; what is stored is its hash.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// 256 random bits in hex, perhaps after a word that says what for. Never printed by accident.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub(crate) fn random() -> Self {
        Self::random_after("")
    }

    pub(crate) fn random_after(prefix: &str) -> Self {
        Self(format!(
            "{prefix}{}",
            hex::encode(rand::random::<[u8; 32]>())
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether somebody brought it. How long that takes tells nothing about it.
    pub fn is(&self, given: &str) -> bool {
        Self::from(given).hash() == self.hash()
    }

    /// What is stored of it. It is random, so one fast hash is enough.
    pub(crate) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}
