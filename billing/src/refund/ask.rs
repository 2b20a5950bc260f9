//! Asking for a refund: the row first, with the credits that it takes, then the gateway. An answer
//! that is lost is asked for again under the same key, by the sweeper if nobody else does.

use std::time::Duration;

use serde_json::json;

use super::{Reason, Refund, State, settle};
use crate::{
    Billing, Error, Result,
    claim::{self, Claim, Held, News, claims_of},
    clock::Time,
    gateway::{ChargeNotice, GatewayError, RefundNotice, Witness, stripe},
    id::{RefundId, TransactionId},
    money::Money,
    order::FIRST_CHECK,
    staff::{
        audit_log::{self, Action, Actor, Deed, SubjectKind},
        proposals::{Amount, Leave},
    },
    store::{Tx, refunds, transactions},
    transaction::{Settled, State as Paid, Transaction},
};

/// A gateway forgets a key after 24 hours; asking again after that could pay twice.
const KEY_LIVES: Duration = Duration::from_secs(23 * 3600);

/// A wish that money goes back.
#[derive(Clone, Debug)]
pub struct Wish {
    pub transaction: TransactionId,
    pub amount: Money,
    pub reason: Reason,
    /// Made by the caller before the first try. The same key refunds once.
    pub key: String,
}

/// Who of the staff wishes it, why, and on whose word.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub by: Actor,
    pub reason: String,
    pub leave: Leave,
}

#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    #[error("nothing was paid that could be refunded")]
    NotPaid,
    #[error("the amount must be more than zero, in the currency of the payment")]
    Amount,
    #[error("only {0} is left to be refunded")]
    TooMuch(Money),
    #[error("this key was used for another refund")]
    KeyReused,
    /// Of staff: it is more than one may give back alone.
    #[error("this needs a second person")]
    NeedsSecond,
    #[error(transparent)]
    Other(#[from] Error),
}

impl Billing {
    /// Gives money of a payment back. Repeating it with the same key refunds once and answers what
    /// became of it: pending while the gateway has not answered, failed when it refused.
    pub async fn refund(&self, wish: Wish) -> Result<Refund, RefundError> {
        self.refund_as(wish, None).await
    }

    /// As [`Billing::refund`]. What staff said stands in the log in the commit that takes the credits.
    pub(crate) async fn refund_as(
        &self,
        wish: Wish,
        said: Option<Said>,
    ) -> Result<Refund, RefundError> {
        let (now, spent) = (self.clock.now(), self.spent);
        let refund = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let news = News {
                        gateway: stripe::NAME,
                        witness: Witness::Ourselves,
                        detail: None,
                        spent,
                        now,
                    };
                    write_down(tx, &wish, said.as_ref(), &news).await
                })
            })
            .await?;
        Ok(self.begin_at_gateway(refund).await?)
    }

    /// Has the gateway make a refund that is written down. One that it did not hear of waits for the
    /// sweeper. Answers what became of it.
    pub(crate) async fn begin_at_gateway(&self, refund: Refund) -> Result<Refund> {
        if refund.state == State::Pending
            && refund.reference.is_none()
            && let Err(error) = self.send(&refund, false).await
        {
            tracing::warn!(refund = %refund.id, %error, "a refund waits for the gateway");
        }
        let now_it_is = refunds::find(&mut self.store.read().await?, refund.id).await?;
        Ok(now_it_is.unwrap_or(refund))
    }

    /// The refunds of a payment, oldest first.
    pub async fn refunds(&self, transaction: TransactionId) -> Result<Vec<Refund>> {
        refunds::of_transaction(&mut self.store.read().await?, transaction).await
    }

    /// Finds out what became of a refund, or sends it again.
    pub(crate) async fn follow_up_refund(&self, refund: &Refund) -> Result<()> {
        if let Some(reference) = &refund.reference {
            let notice = self.stripe.refund(reference).await?;
            return self.settle_refunds(notice.into()).await.map(drop);
        }
        let all = self
            .stripe
            .refunds_of(&self.payment_of(refund).await?)
            .await?;
        let arrived = all
            .refunds
            .iter()
            .any(|notice| notice.refund == Some(refund.id));
        if arrived {
            self.settle_refunds(all).await.map(drop)
        } else if self.clock.now().since(refund.created_at) < KEY_LIVES {
            self.send(refund, true).await
        } else {
            let why = "it never reached the payment provider";
            self.fail(refund.id, why.to_owned()).await
        }
    }

    /// Makes the refund at the gateway. A refusal ends it, and gives the credits back.
    async fn send(&self, refund: &Refund, looked_up: bool) -> Result<()> {
        let payment = self.payment_of(refund).await?;
        match self.stripe.create_refund(refund, &payment, looked_up).await {
            Ok(notice) => self.settle_refunds(notice.into()).await.map(drop),
            Err(GatewayError::Refused { message, .. }) => self.fail(refund.id, message).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn payment_of(&self, refund: &Refund) -> Result<String> {
        let paid = transactions::find(&mut self.store.read().await?, refund.transaction).await?;
        let transaction = paid.ok_or(sqlx::Error::RowNotFound)?;
        self.money_of(&transaction).await
    }

    /// Settles what the gateway answered to our own question.
    pub(crate) async fn settle_refunds(&self, says: ChargeNotice) -> Result<Settled> {
        let (now, spent) = (self.clock.now(), self.spent);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let news = News {
                        gateway: stripe::NAME,
                        witness: Witness::Fetch,
                        detail: None,
                        spent,
                        now,
                    };
                    settle::settle_all(tx, &says, &news).await
                })
            })
            .await
    }

    async fn fail(&self, id: RefundId, why: String) -> Result<()> {
        let (now, spent) = (self.clock.now(), self.spent);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let news = News {
                        gateway: stripe::NAME,
                        witness: Witness::Fetch,
                        detail: Some(&why),
                        spent,
                        now,
                    };
                    let Some(refund) = refunds::find(tx, id).await? else {
                        return Ok(());
                    };
                    let paid = transactions::find(tx, refund.transaction).await?;
                    let transaction = paid.ok_or(sqlx::Error::RowNotFound)?;
                    let known = claims_of(tx, &transaction).await?;
                    // An event may have been faster: what has a reference did reach the gateway.
                    let unsent = known.iter().find_map(|claim| match claim {
                        Claim::Refund(refund) if refund.id == id && refund.reference.is_none() => {
                            Some(refund.clone())
                        }
                        _ => None,
                    });
                    let Some(unsent) = unsent else { return Ok(()) };
                    let failed = Claim::Refund(Refund {
                        state: State::Failed,
                        failure: Some(why.clone()),
                        next_check_at: None,
                        ..unsent
                    });
                    claim::write(tx, &transaction, &known, failed, &news).await
                })
            })
            .await
    }
}

/// Writes the refund and takes its credits, unless there is one under this key.
pub(crate) async fn write_down(
    tx: &mut Tx,
    wish: &Wish,
    said: Option<&Said>,
    news: &News<'_>,
) -> Result<Refund, RefundError> {
    let found = transactions::find(tx, wish.transaction).await?;
    let transaction = paid(found)?;
    let known = claims_of(tx, &transaction).await?;
    let refunds = known.iter().filter_map(|claim| match claim {
        Claim::Refund(refund) => Some(refund),
        Claim::Dispute(_) => None,
    });
    let mut same_key = refunds
        .clone()
        .filter(|it| it.key.as_ref() == Some(&wish.key));
    if let Some(refund) = same_key.next() {
        return match refund.amount == wish.amount {
            true => Ok(refund.clone()),
            false => Err(RefundError::KeyReused),
        };
    }
    within(&transaction, refunds, wish.amount)?;
    if let Some(Said { by, leave, .. }) = said {
        let (amount, customer) = (Amount::Refunded(wish.amount), transaction.customer);
        if !leave.covers(tx, amount, customer, by, news.now).await? {
            return Err(RefundError::NeedsSecond);
        }
    }
    let refund = Refund {
        key: Some(wish.key.clone()),
        reason: Some(wish.reason.as_str().to_owned()),
        ..asked(&transaction, wish.amount, news.now)
    };
    if let Some(said) = said {
        let deed = Deed::new(Action::Refund, SubjectKind::Transaction, transaction.id)
            .of(transaction.customer)
            .because(&said.reason)
            .after(
                said.leave
                    .noted(json!({ "refund": refund.id, "amount": refund.amount })),
            );
        audit_log::record(tx, &said.by, &deed, news.now).await?;
    }
    let claim = Claim::Refund(refund.clone());
    claim::write(tx, &transaction, &known, claim, news).await?;
    Ok(refund)
}

/// A transaction whose money came, and can go back.
pub(crate) fn paid(found: Option<Transaction>) -> Result<Transaction, RefundError> {
    let paid = found.filter(|found| found.state == Paid::Succeeded && found.reference.is_some());
    paid.ok_or(RefundError::NotPaid)
}

/// Whether so much is left beside what goes back already.
pub(crate) fn within<'a>(
    transaction: &Transaction,
    refunds: impl IntoIterator<Item = &'a Refund>,
    amount: Money,
) -> Result<(), RefundError> {
    if amount.value <= 0 || amount.currency != transaction.amount.currency {
        return Err(RefundError::Amount);
    }
    let mut left = transaction.amount;
    for refund in refunds {
        if matches!(refund.state, State::Pending | State::Succeeded) {
            left.value -= refund.amount.value;
        }
    }
    match amount.value <= left.value {
        true => Ok(()),
        false => Err(RefundError::TooMuch(left)),
    }
}

/// A refund that we ask for, before anybody knows of it.
pub(crate) fn asked(transaction: &Transaction, amount: Money, now: Time) -> Refund {
    Refund {
        id: RefundId::new(),
        transaction: transaction.id,
        reference: None,
        key: None,
        amount,
        state: State::Pending,
        reason: None,
        failure: None,
        held: Held::default(),
        version: 0,
        happened_at: now,
        next_check_at: Some(now.plus(FIRST_CHECK)),
        created_at: now,
        updated_at: now,
    }
}

impl From<RefundNotice> for ChargeNotice {
    fn from(refund: RefundNotice) -> Self {
        Self {
            payment: refund.payment.clone(),
            refunded: 0,
            refunds: vec![refund],
        }
    }
}
