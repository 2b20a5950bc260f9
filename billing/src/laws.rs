//! The money laws, checked over the whole database.

use crate::{Billing, Result, store};

/// A law that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// `L2`, …
    pub law: &'static str,
    /// The rule in words.
    pub rule: &'static str,
    /// How many rows break it.
    pub rows: i64,
}

impl Billing {
    /// Checks what must always be true of the books. Nothing is found in a healthy database.
    pub async fn verify(&self) -> Result<Vec<Violation>> {
        store::laws::verify(&mut self.store.read().await?).await
    }
}
