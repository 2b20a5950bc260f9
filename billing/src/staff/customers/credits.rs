//! Credits that staff give and take. The line of the log is written in the commit that moves them.

use serde_json::json;

use super::super::{
    Permission,
    audit_log::{self, Action, Actor, Deed, SubjectKind},
};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::CustomerId,
    ledger::{self, Gift, GiftError, Given, TakeError, Taken},
    money::Credits,
};

/// Credits that a member of staff gives.
#[derive(Clone, Debug)]
pub struct Giving {
    pub customer: CustomerId,
    pub amount: Credits,
    /// What the customer reads on their statement.
    pub note: String,
    /// For ever, when it does not say.
    pub expires_at: Option<Time>,
    /// For the log.
    pub reason: String,
    /// Made when the form was shown. The same key gives once.
    pub key: String,
}

/// Credits that a member of staff takes.
#[derive(Clone, Debug)]
pub struct Taking {
    pub customer: CustomerId,
    pub amount: Credits,
    /// What the customer reads on their statement.
    pub note: String,
    /// For the log.
    pub reason: String,
    /// Made when the form was shown. The same key takes once.
    pub key: String,
}

#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    #[error("your role does not allow this")]
    Forbidden,
    #[error("Say why: it stands in the log.")]
    Reason,
    #[error("Say what the customer reads on their statement.")]
    Note,
    #[error("{0}")]
    Give(GiftError),
    #[error("{0}")]
    Take(TakeError),
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<GiftError> for MoveError {
    fn from(error: GiftError) -> Self {
        match error {
            GiftError::Other(error) => Self::Other(error),
            error => Self::Give(error),
        }
    }
}

impl From<TakeError> for MoveError {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::Other(error) => Self::Other(error),
            error => Self::Take(error),
        }
    }
}

impl Billing {
    /// Gives credits for nothing.
    ///
    /// # Errors
    /// [`MoveError::Give`] when they could never be spent, or the key gave something else.
    pub async fn give_credits(&self, giving: Giving, by: &Actor) -> Result<Given, MoveError> {
        may_move(by, &giving.reason, &giving.note)?;
        let gift = Gift {
            customer: giving.customer,
            amount: giving.amount,
            note: giving.note.trim().to_owned(),
            starts_at: None,
            expires_at: giving.expires_at,
            priority: 0,
            key: format!("staff:{}", giving.key),
        };
        let deed = Deed::new(Action::GiveCredits, SubjectKind::Customer, giving.customer)
            .of(giving.customer)
            .because(&giving.reason)
            .after(json!({ "credits": giving.amount, "expires_at": giving.expires_at }));
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let (given, is_new) = ledger::give(tx, &gift, now).await?;
                    if is_new {
                        audit_log::record(tx, &by, &deed, now).await?;
                    }
                    Ok(given)
                })
            })
            .await
    }

    /// What taking so many would do now.
    ///
    /// # Errors
    /// As taking them would.
    pub async fn preview_taking(
        &self,
        customer: CustomerId,
        amount: Credits,
    ) -> Result<Taken, MoveError> {
        let available = self.available(customer).await?;
        Ok(ledger::divide(available, amount, self.spent)?)
    }

    /// Takes credits: those that would be spent next. What is not there is owed where debts are allowed.
    ///
    /// # Errors
    /// [`MoveError::Take`] when there are fewer and none are ever owed, or the key took something else.
    pub async fn take_credits(&self, taking: Taking, by: &Actor) -> Result<Taken, MoveError> {
        may_move(by, &taking.reason, &taking.note)?;
        let deed = Deed::new(Action::TakeCredits, SubjectKind::Customer, taking.customer)
            .of(taking.customer)
            .because(&taking.reason);
        let taking = ledger::Taking {
            customer: taking.customer,
            amount: taking.amount,
            note: taking.note.trim().to_owned(),
            key: taking.key,
        };
        let rules = ledger::Rules {
            spent: self.spent,
            low: self.credits_low,
        };
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let (taken, is_new) = ledger::take(tx, &taking, rules, now).await?;
                    if is_new {
                        let deed = deed.after(json!({ "taken": taken.taken, "owed": taken.owed }));
                        audit_log::record(tx, &by, &deed, now).await?;
                    }
                    Ok(taken)
                })
            })
            .await
    }
}

fn may_move(by: &Actor, reason: &str, note: &str) -> Result<(), MoveError> {
    if !by.may(Permission::Money) {
        return Err(MoveError::Forbidden);
    }
    if note.trim().is_empty() {
        return Err(MoveError::Note);
    }
    match reason.trim().is_empty() {
        true => Err(MoveError::Reason),
        false => Ok(()),
    }
}
