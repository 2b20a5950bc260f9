//! Everything that we hold about a person, for them to keep.

use serde_json::Value;

use super::Person;
use crate::{Billing, Result, store::export};

impl Billing {
    /// What every table says of a person, oldest first, without what is secret: hashes and tokens.
    pub async fn export(&self, person: &Person) -> Result<Value> {
        let mut conn = self.store.read().await?;
        export::of_person(&mut conn, person.id, person.customer).await
    }
}
