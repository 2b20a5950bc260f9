//! Credits go: from `available` to `consumed`, out of the lots that are to be spent first.

mod batch;
mod lane;

pub(crate) use lane::Lane;

use super::{
    AccountKind, Entry, Reason,
    dates::catch_up,
    lots::burn,
    low,
    transfer::{Movement, transfer},
};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::{CustomerId, TransferId},
    metrics::METRICS,
    money::Credits,
    store::{self, Tx, customers, entries, ledger},
};

/// A wish to spend.
#[derive(Clone, Debug)]
pub struct Spend {
    /// Who is named: whom they were joined into spends for them.
    pub customer: CustomerId,
    /// More than zero.
    pub amount: Credits,
    pub note: String,
    /// Made by the caller before the first try. The same key spends once.
    pub key: String,
}

/// What came of a wish to take credits.
#[derive(Clone, Debug, PartialEq)]
pub enum Spent<T = Entry> {
    Done(T),
    Insufficient {
        available: Credits,
        required: Credits,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum SpendError {
    #[error("the amount must be more than zero")]
    Amount,
    #[error("this key was used for something else")]
    KeyReused,
    #[error(transparent)]
    Other(#[from] Error),
}

const SOURCE: &str = "spend";
const EFFECT: &str = "spend";

impl Billing {
    /// Spends, or says how much is missing. Repeating it with the same key spends once and gives
    /// the same answer.
    pub async fn spend(&self, spend: Spend) -> Result<Spent, SpendError> {
        let spent = self.spend_once(spend).await;
        let result = match &spent {
            Ok(Spent::Done(_)) => "done",
            Ok(Spent::Insufficient { .. }) => "insufficient",
            Err(SpendError::Amount | SpendError::KeyReused) => "refused",
            Err(SpendError::Other(_)) => "failed",
        };
        METRICS.spends.get_or_create(&[("result", result)]).inc();
        spent
    }

    async fn spend_once(&self, spend: Spend) -> Result<Spent, SpendError> {
        if spend.amount <= Credits(0) {
            return Err(SpendError::Amount);
        }
        if let Some(answer) = self.spends.take(spend.clone()).await? {
            return answer;
        }
        match self.try_spend(spend.clone()).await {
            // Another server spent under the same key at this moment: now its row is there.
            Err(SpendError::Other(Error::Store(error))) if store::is_unique_violation(&error) => {
                self.try_spend(spend).await
            }
            spent => spent,
        }
    }

    async fn try_spend(&self, spend: Spend) -> Result<Spent, SpendError> {
        let (low, now) = (self.credits_low, self.clock.now());
        self.store
            .write(move |tx| Box::pin(async move { take(tx, &spend, low, now).await }))
            .await
    }
}

async fn take(tx: &mut Tx, spend: &Spend, low: Credits, now: Time) -> Result<Spent, SpendError> {
    let (amount, source_id) = (spend.amount, source_id(spend));
    ledger::lock(tx, spend.customer).await?;
    if let Some(before) = entries::of_source(tx, SOURCE, &source_id, EFFECT).await? {
        return spend.again(before);
    }
    let customer = customers::owner(tx, spend.customer).await?;
    ledger::lock(tx, customer).await?;
    catch_up(tx, customer, now).await?;
    let available = ledger::account(tx, customer, AccountKind::Available).await?;
    if available.balance < amount {
        return Ok(Spent::Insufficient {
            available: available.balance,
            required: amount,
        });
    }
    let movement = Movement {
        customer,
        from: AccountKind::Available,
        to: AccountKind::Consumed,
        amount,
        reason: Reason::Spend,
        note: &spend.note,
        transaction: None,
        claim: None,
        hold: None,
        reverses: None,
        source_kind: SOURCE,
        source_id: &source_id,
        effect: EFFECT,
    };
    let entry = transfer(tx, &movement, now).await?.entry;
    burn(tx, customer, entry.id, amount).await?;
    let went = low::Taken {
        customer,
        transfer: entry.id,
        amount,
        left: entry.balance,
    };
    low::tell(tx, &went, low, now);
    Ok(Spent::Done(entry))
}

/// What makes a spend unique for ever.
fn source_id(spend: &Spend) -> String {
    format!("{}:{}", spend.customer, spend.key)
}

impl Spend {
    /// The answer when it was made before under the same key.
    fn again(&self, before: Entry) -> Result<Spent, SpendError> {
        let same = before.amount == Credits(-self.amount.0) && before.note == self.note;
        match same {
            true => Ok(Spent::Done(before)),
            false => Err(SpendError::KeyReused),
        }
    }

    fn entry(&self, id: TransferId, balance: Credits, at: Time) -> Entry {
        Entry {
            id,
            reason: Reason::Spend,
            note: self.note.clone(),
            reverses: None,
            amount: Credits(-self.amount.0),
            balance,
            at,
        }
    }
}
