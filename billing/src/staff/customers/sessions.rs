//! Signing a customer out.

use super::super::audit_log::{self, Action, Actor, Deed, SubjectKind};
use crate::{Billing, Result, id::CustomerId, store::people};

impl Billing {
    /// Signs a customer out everywhere.
    pub async fn end_sessions_of(&self, customer: CustomerId, by: &Actor) -> Result<()> {
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let Some(person) = people::of_customer(tx, customer).await? else {
                        return Ok(());
                    };
                    people::delete_sessions(tx, person).await?;
                    let deed = Deed::new(Action::EndSessions, SubjectKind::Customer, customer);
                    audit_log::record(tx, &by, &deed.of(customer), now).await
                })
            })
            .await
    }
}
