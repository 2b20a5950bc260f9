//! Asking a bank about a card: to keep it for later, or to open a trial with it. Each is a
//! transaction that a client awaits like any other; no money stays with us.

use std::time::Duration;

use crate::{
    Billing, Error, Result,
    clock::Time,
    duty::{self, DutyKind},
    gateway::{Payment, PaymentStatus, stripe},
    id::{CustomerId, TransactionId},
    ledger::{self, Grant, Reason},
    mail::{self, Letter},
    money::{Credits, Money},
    order::{Checkout, CheckoutError, LIFETIME},
    store::{Tx, is_unique_violation, transactions, validations},
    transaction::{Failure, Kind, State, Transaction, Way},
    words::words,
};

/// A validation with the transaction that is waited for.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    pub transaction: Transaction,
    pub purpose: Purpose,
    /// How long the credits of a trial last; for ever when it says nothing.
    pub expire_after_days: Option<i64>,
    /// The path on this site to which the customer goes back afterwards.
    pub return_to: Option<String>,
    /// When it is given up if nobody has finished it.
    pub expires_at: Time,
}

/// Why a card is validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is kept for later payments.
    Card,
    /// It opens a trial.
    Trial,
}

words!(Purpose { Card = "card", Trial = "trial" });

/// Credits for nothing, once for each customer and card.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    pub name: String,
    pub credits: Credits,
    /// For ever when it says nothing.
    pub expire_after_days: Option<i64>,
    /// Set aside on the card for a moment, and given back.
    pub validation_amount: Money,
}

const DAY: Duration = Duration::from_secs(24 * 3600);

impl Billing {
    /// The trial that a customer can still have.
    pub async fn trial_for(&self, customer: CustomerId) -> Result<Option<Trial>> {
        let Some(trial) = self.on_sale().await?.trial().cloned() else {
            return Ok(None);
        };
        let had = validations::had_trial(&mut self.store.read().await?, customer).await?;
        Ok((!had).then_some(trial))
    }

    /// Begins to keep a card, or finds what the customer has begun.
    pub async fn begin_card(
        &self,
        customer: CustomerId,
        return_to: Option<String>,
    ) -> Result<Checkout, CheckoutError> {
        let transaction = self.new_validation(
            customer,
            "Saving a card".to_owned(),
            Money {
                value: 0,
                currency: self.catalog().currency,
            },
            Credits(0),
        );
        let validation = Validation {
            expires_at: transaction.created_at.plus(LIFETIME),
            transaction,
            purpose: Purpose::Card,
            expire_after_days: None,
            return_to,
        };
        let validation = self.begin_validation(validation).await?;
        let transaction = &validation.transaction;
        let payment = match &transaction.reference {
            Some(reference) => self.stripe.payment(reference).await,
            None => {
                let owner = self.gateway_customer(customer).await?;
                self.stripe.create_setup(transaction, &owner).await
            }
        };
        self.note_and_open(transaction.id, payment.map_err(CheckoutError::Gateway)?)
            .await
    }

    /// Begins a trial, or finds the one that the customer has begun.
    ///
    /// # Errors
    /// [`CheckoutError::Closed`] when there is none for this customer.
    pub async fn begin_trial(&self, customer: CustomerId) -> Result<Checkout, CheckoutError> {
        let Some(trial) = self.trial_for(customer).await? else {
            return Err(CheckoutError::Closed);
        };
        let transaction = self.new_validation(
            customer,
            trial.name.clone(),
            trial.validation_amount,
            trial.credits,
        );
        let validation = Validation {
            expires_at: transaction.created_at.plus(LIFETIME),
            transaction,
            purpose: Purpose::Trial,
            expire_after_days: trial.expire_after_days,
            return_to: Some("/studio".to_owned()),
        };
        let validation = self.begin_validation(validation).await?;
        let transaction = &validation.transaction;
        let payment = match &transaction.reference {
            Some(reference) => self.stripe.payment(reference).await,
            None => {
                let owner = self.gateway_customer(customer).await?;
                self.stripe.create_authorization(transaction, &owner).await
            }
        };
        self.note_and_open(transaction.id, payment.map_err(CheckoutError::Gateway)?)
            .await
    }

    /// What a transaction validates, if it does.
    pub async fn validation(
        &self,
        customer: CustomerId,
        id: TransactionId,
    ) -> Result<Option<Validation>> {
        let found = validations::find(&mut self.store.read().await?, id).await?;
        Ok(found.filter(|validation| validation.transaction.customer == customer))
    }

    fn new_validation(
        &self,
        customer: CustomerId,
        title: String,
        amount: Money,
        credits: Credits,
    ) -> Transaction {
        let now = self.clock.now();
        Transaction {
            id: TransactionId::new(),
            kind: Kind::CardValidation,
            state: State::Created,
            settled_at: None,
            version: 1,
            amount,
            credits,
            customer,
            order: None,
            subscription: None,
            title,
            way: Way::default(),
            reference: None,
            failure: None,
            review: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// The open validation of this purpose: `wanted`, or the one that is open already.
    async fn begin_validation(&self, wanted: Validation) -> Result<Validation> {
        let (customer, purpose) = (wanted.transaction.customer, wanted.purpose);
        let open = validations::open(&mut self.store.read().await?, customer, purpose).await?;
        match open {
            Some(open) if open.expires_at > self.clock.now() => return Ok(open),
            Some(overdue) => self.give_up_payment(&overdue.transaction).await?,
            None => {}
        }
        let begun = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(open) = validations::open(tx, customer, purpose).await? {
                        return Ok(open);
                    }
                    transactions::insert(tx, &wanted.transaction, stripe::NAME).await?;
                    transactions::insert_change(tx, &wanted.transaction, "customer", None).await?;
                    validations::insert(tx, &wanted).await?;
                    Ok(wanted)
                })
            })
            .await;
        match begun {
            // Another server began one at this moment.
            Err(Error::Store(error)) if is_unique_violation(&error) => {
                let mut conn = self.store.read().await?;
                let open = validations::open(&mut conn, customer, purpose).await?;
                open.ok_or(Error::Busy)
            }
            begun => begun,
        }
    }
}

/// A trial that is about to succeed takes what there is once: the customer's trial and the card's.
/// Who comes too late gets nothing, and hears why. No answer when the transaction has changed
/// meanwhile.
pub(crate) async fn admit(
    tx: &mut Tx,
    new: Transaction,
    payment: &Payment,
    now: Time,
) -> Result<Option<Transaction>> {
    let is_trial = new.kind == Kind::CardValidation && new.credits > Credits(0);
    if !is_trial || new.state != State::Succeeded || new.review.is_some() {
        return Ok(Some(new));
    }
    if !transactions::hold(tx, new.id, new.version - 1).await? {
        return Ok(None);
    }
    let card = payment.method.as_ref().map(|method| {
        let print = method
            .face
            .as_ref()
            .and_then(|face| face.fingerprint.clone());
        print.unwrap_or_else(|| method.reference.clone())
    });
    let card = card.unwrap_or_else(|| payment.reference.clone());
    if validations::claim_trial(tx, &new, stripe::NAME, &card, now).await? {
        return Ok(Some(new));
    }
    let (code, message) = match validations::had_trial(tx, new.customer).await? {
        true => (
            "trial_had",
            "You have had the trial already. Nothing was charged.",
        ),
        false => (
            "trial_card_used",
            "This card has been used for a trial before. Nothing was charged; you can try another \
             card.",
        ),
    };
    Ok(Some(Transaction {
        state: State::Canceled,
        failure: Some(Failure {
            code: code.to_owned(),
            message: message.to_owned(),
        }),
        ..new
    }))
}

/// What a card was validated for is given.
pub(crate) async fn deliver(tx: &mut Tx, transaction: &Transaction, now: Time) -> Result<()> {
    let validation = validations::find(tx, transaction.id).await?;
    validations::close(tx, transaction.id, now).await?;
    if transaction.credits <= Credits(0) {
        return Ok(());
    }
    let days = validation.and_then(|validation| validation.expire_after_days);
    let days = days.and_then(|days| u32::try_from(days).ok());
    let grant = Grant {
        customer: transaction.customer,
        amount: transaction.credits,
        reason: Reason::Trial,
        note: transaction.title.clone(),
        transaction: Some(transaction.id),
        source_kind: "transaction",
        source_id: transaction.id.to_string(),
        expires_at: days.map(|days| now.plus(DAY * days)),
    };
    ledger::grant(tx, &grant, now).await?;
    let letter = Letter::TrialStarted {
        transaction: transaction.id,
        credits: transaction.credits,
        held: transaction.amount,
        until: grant.expires_at,
        page: "/studio".to_owned(),
    };
    mail::owe(tx, transaction.customer, letter, now).await
}

/// An amount that was set aside for a validation that is over must be given back.
pub(crate) async fn release(
    tx: &mut Tx,
    transaction: &Transaction,
    payment: &Payment,
    now: Time,
) -> Result<()> {
    let is_over = transaction.kind == Kind::CardValidation && transaction.settled_at.is_some();
    if !is_over || payment.status != PaymentStatus::Authorized {
        return Ok(());
    }
    duty::owe(
        tx,
        DutyKind::Release,
        &payment.reference,
        transaction.customer,
        now,
    )
    .await
}
