//! Credits that staff give and take. The line of the log is written in the commit that moves them.

use serde_json::json;

use super::super::{
    Permission,
    audit_log::{self, Action, Actor, Deed, SubjectKind},
    proposals::{Amount, Leave, Outcome, Proposal, What, propose},
};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::CustomerId,
    ledger::{self, Gift, GiftError, Given, TakeError, Taken},
    money::Credits,
    store::{Tx, ledger as accounts},
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
    /// Nothing was done: it is more than one may move alone.
    #[error("this needs a second person")]
    NeedsSecond,
    #[error("this form has asked for something else already")]
    KeyReused,
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
    /// Gives credits for nothing. What is too much for one waits for a second person.
    ///
    /// # Errors
    /// [`MoveError::Give`] when they could never be spent, or the key gave something else.
    pub async fn give_credits(
        &self,
        giving: Giving,
        by: &Actor,
    ) -> Result<Outcome<Given>, MoveError> {
        may_move(by, &giving.reason, &giving.note)?;
        let (leave, now) = (Leave::Alone(self.large), self.clock.now());
        let (wanted, actor) = (giving.clone(), by.clone());
        let given = self
            .store
            .write(move |tx| Box::pin(async move { give(tx, &wanted, leave, &actor, now).await }));
        match given.await {
            Err(MoveError::NeedsSecond) => {
                let what = What::Give {
                    amount: giving.amount,
                    note: giving.note.trim().to_owned(),
                    until: giving.expires_at,
                };
                let waits = self.ask_second(giving.customer, what, giving.reason, giving.key, by);
                waits
                    .await
                    .map(|proposal| Outcome::Waits(Box::new(proposal)))
            }
            given => given.map(Outcome::Done),
        }
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

    /// Takes credits: those that would be spent next. What is not there is owed where debts are allowed,
    /// and what is too much for one waits for a second person.
    ///
    /// # Errors
    /// [`MoveError::Take`] when there are fewer and none are ever owed, or the key took something else.
    pub async fn take_credits(
        &self,
        taking: Taking,
        by: &Actor,
    ) -> Result<Outcome<Taken>, MoveError> {
        may_move(by, &taking.reason, &taking.note)?;
        let rules = ledger::Rules {
            spent: self.spent,
            low: self.credits_low,
        };
        let (leave, now) = (Leave::Alone(self.large), self.clock.now());
        let (wanted, actor) = (taking.clone(), by.clone());
        let taken = self.store.write(move |tx| {
            Box::pin(async move { take(tx, &wanted, rules, leave, &actor, now).await })
        });
        match taken.await {
            Err(MoveError::NeedsSecond) => {
                let what = What::Take {
                    amount: taking.amount,
                    note: taking.note.trim().to_owned(),
                };
                let waits = self.ask_second(taking.customer, what, taking.reason, taking.key, by);
                waits
                    .await
                    .map(|proposal| Outcome::Waits(Box::new(proposal)))
            }
            taken => taken.map(Outcome::Done),
        }
    }

    async fn ask_second(
        &self,
        customer: CustomerId,
        what: What,
        reason: String,
        key: String,
        by: &Actor,
    ) -> Result<Proposal, MoveError> {
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let asked = propose(tx, customer, what, &reason, &key, &by, now).await?;
                    asked.ok_or(MoveError::KeyReused)
                })
            })
            .await
    }
}

/// Gives credits, if whoever gives them has leave to.
pub(in crate::staff) async fn give(
    tx: &mut Tx,
    giving: &Giving,
    leave: Leave,
    by: &Actor,
    now: Time,
) -> Result<Given, MoveError> {
    let gift = Gift {
        customer: giving.customer,
        amount: giving.amount,
        note: giving.note.trim().to_owned(),
        starts_at: None,
        expires_at: giving.expires_at,
        priority: 0,
        key: format!("staff:{}", giving.key),
    };
    accounts::lock(tx, giving.customer).await?;
    let amount = Amount::Given(giving.amount);
    if !ledger::was_given(tx, &gift).await?
        && !leave.covers(tx, amount, giving.customer, by, now).await?
    {
        return Err(MoveError::NeedsSecond);
    }
    let (given, is_new) = ledger::give(tx, &gift, now).await?;
    if is_new {
        let after = json!({ "credits": giving.amount, "expires_at": giving.expires_at });
        let deed = Deed::new(Action::GiveCredits, SubjectKind::Customer, giving.customer)
            .of(giving.customer)
            .because(&giving.reason)
            .after(leave.noted(after));
        audit_log::record(tx, by, &deed, now).await?;
    }
    Ok(given)
}

/// Takes credits, if whoever takes them has leave to.
pub(in crate::staff) async fn take(
    tx: &mut Tx,
    taking: &Taking,
    rules: ledger::Rules,
    leave: Leave,
    by: &Actor,
    now: Time,
) -> Result<Taken, MoveError> {
    let wish = ledger::Taking {
        customer: taking.customer,
        amount: taking.amount,
        note: taking.note.trim().to_owned(),
        key: taking.key.clone(),
    };
    accounts::lock(tx, taking.customer).await?;
    let amount = Amount::Taken(taking.amount);
    if !ledger::was_taken(tx, &wish).await?
        && !leave.covers(tx, amount, taking.customer, by, now).await?
    {
        return Err(MoveError::NeedsSecond);
    }
    let (taken, is_new) = ledger::take(tx, &wish, rules, now).await?;
    if is_new {
        let after = json!({ "taken": taken.taken, "owed": taken.owed });
        let deed = Deed::new(Action::TakeCredits, SubjectKind::Customer, taking.customer)
            .of(taking.customer)
            .because(&taking.reason)
            .after(leave.noted(after));
        audit_log::record(tx, by, &deed, now).await?;
    }
    Ok(taken)
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
