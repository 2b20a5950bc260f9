//! What islands ask of the server. Each answers the signed-in customer about their own things, and
//! reads who that is before it waits for anything: a request may be cancelled at every await.

use leptos::prelude::*;
use server_fn::codec::Json;

use crate::{Trouble, codec::Lean, wire};

/// Opens the payment of an order at the gateway, or finds the one that is open.
#[server(prefix = "/api", endpoint = "begin_payment", input = Json, output = Lean)]
pub async fn begin_payment(order: String) -> Result<wire::Payment, Trouble> {
    let caller = asking::Caller::from_context()?;
    caller.answer(asking::payment(&caller, &order)).await
}

/// Opens a payment that nobody ordered, such as a renewal that failed.
#[server(prefix = "/api", endpoint = "resume_payment", input = Json, output = Lean)]
pub async fn resume_payment(transaction: String) -> Result<wire::Payment, Trouble> {
    let caller = asking::Caller::from_context()?;
    caller
        .answer(asking::owed_payment(&caller, &transaction))
        .await
}

/// Begins to keep a card, or finds what was begun.
#[server(prefix = "/api", endpoint = "begin_card", input = Json, output = Lean)]
pub async fn begin_card() -> Result<wire::Payment, Trouble> {
    let caller = asking::Caller::from_context()?;
    caller.answer(asking::card(&caller)).await
}

/// Begins a trial, or finds the one that was begun.
#[server(prefix = "/api", endpoint = "begin_trial", input = Json, output = Lean)]
pub async fn begin_trial() -> Result<wire::Payment, Trouble> {
    let caller = asking::Caller::from_context()?;
    caller.answer(asking::trial(&caller)).await
}

/// The transaction as soon as it is newer than `version`, or as it is when a long poll must end.
#[server(prefix = "/api", endpoint = "await_transaction", input = Json, output = Lean)]
pub async fn await_transaction(id: String, version: i64) -> Result<wire::Transaction, Trouble> {
    let caller = asking::Caller::from_context()?;
    caller
        .answer(asking::transaction(&caller, &id, version))
        .await
}

/// The balance as soon as it is newer than `version`, or as it is when a long poll must end.
#[server(prefix = "/api", endpoint = "await_balance", input = Json, output = Lean)]
pub async fn await_balance(version: i64) -> Result<wire::Balance, Trouble> {
    let caller = asking::Caller::from_context()?;
    caller.answer(asking::balance(&caller, version)).await
}

#[cfg(feature = "ssr")]
pub(crate) mod asking {
    //! The server's side: who asks, one verb of billing, and its answer as a wire type.

    use std::time::Duration;

    use billing::{
        Billing,
        id::{CustomerId, OrderId, TransactionId},
        ledger::Balance,
        order::Checkout,
        transaction::{State, Transaction, Until},
    };
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;

    use crate::{Trouble, context, wire};

    /// How long a question may wait for news. Proxies commonly cut a silent request at 30 seconds.
    const LONG_POLL: Duration = Duration::from_secs(25);

    pub(super) struct Caller {
        billing: Billing,
        customer: CustomerId,
        response: Option<ResponseOptions>,
    }

    impl Caller {
        pub(super) fn from_context() -> Result<Self, Trouble> {
            let response = use_context::<ResponseOptions>();
            let caller = use_context::<Billing>()
                .ok_or(Trouble::Unavailable)
                .and_then(|billing| {
                    let customer = context::viewer().customer().ok_or(Trouble::SignedOut)?;
                    Ok(Self {
                        billing,
                        customer,
                        response: response.clone(),
                    })
                });
            caller.inspect_err(|trouble| set_status(response.as_ref(), *trouble))
        }

        /// The answer, with a status that says what it is: errors alone would all be a 500.
        pub(super) async fn answer<T>(
            &self,
            work: impl Future<Output = Result<T, Trouble>>,
        ) -> Result<T, Trouble> {
            work.await
                .inspect_err(|trouble| set_status(self.response.as_ref(), *trouble))
        }
    }

    fn set_status(response: Option<&ResponseOptions>, trouble: Trouble) {
        if let Some(response) = response {
            response.set_status(trouble.status());
        }
    }

    pub(super) async fn payment(caller: &Caller, order: &str) -> Result<wire::Payment, Trouble> {
        let id: OrderId = order.parse().map_err(|_| Trouble::NotFound)?;
        let order = caller
            .billing
            .order(caller.customer, id)
            .await?
            .ok_or(Trouble::NotFound)?;
        let checkout = caller.billing.begin_payment(&order).await?;
        Ok(payment_as_seen(checkout))
    }

    pub(super) async fn owed_payment(
        caller: &Caller,
        transaction: &str,
    ) -> Result<wire::Payment, Trouble> {
        let id: TransactionId = transaction.parse().map_err(|_| Trouble::NotFound)?;
        let transaction = caller
            .billing
            .transaction(caller.customer, id)
            .await?
            .ok_or(Trouble::NotFound)?;
        let checkout = caller.billing.resume_payment(&transaction).await?;
        Ok(payment_as_seen(checkout))
    }

    pub(super) async fn card(caller: &Caller) -> Result<wire::Payment, Trouble> {
        let checkout = caller.billing.begin_card(caller.customer, None).await?;
        Ok(payment_as_seen(checkout))
    }

    pub(super) async fn trial(caller: &Caller) -> Result<wire::Payment, Trouble> {
        let checkout = caller.billing.begin_trial(caller.customer).await?;
        Ok(payment_as_seen(checkout))
    }

    fn payment_as_seen(checkout: Checkout) -> wire::Payment {
        let transaction = checkout.transaction;
        wire::Payment {
            transaction: transaction.id.to_string(),
            client_secret: checkout.client_secret,
            status: status_of(transaction.state),
            failure: transaction.failure.map(|failure| failure.message),
            keeps_card: checkout.keeps_card,
        }
    }

    pub(super) async fn transaction(
        caller: &Caller,
        id: &str,
        version: i64,
    ) -> Result<wire::Transaction, Trouble> {
        let id: TransactionId = id.parse().map_err(|_| Trouble::NotFound)?;
        let until = Until::NewerThan(version);
        let awaited = caller
            .billing
            .await_transaction(caller.customer, id, until, LONG_POLL)
            .await?
            .ok_or(Trouble::NotFound)?;
        transaction_as_seen(&caller.billing, awaited.transaction).await
    }

    pub(super) async fn balance(caller: &Caller, version: i64) -> Result<wire::Balance, Trouble> {
        let balance = caller
            .billing
            .await_balance(caller.customer, version, LONG_POLL)
            .await?;
        Ok(balance_as_seen(&balance))
    }

    /// The balance is read only once there is something new in it, so that waiting costs no query.
    pub(crate) async fn transaction_as_seen(
        billing: &Billing,
        transaction: Transaction,
    ) -> Result<wire::Transaction, Trouble> {
        let settled = transaction.settled_at.is_some();
        let balance = match settled {
            true => Some(billing.available(transaction.customer).await?.to_string()),
            false => None,
        };
        Ok(wire::Transaction {
            version: transaction.version,
            status: status_of(transaction.state),
            settled,
            in_review: transaction.is_held_back(),
            failure: transaction.failure.map(|failure| failure.message),
            balance,
        })
    }

    pub(crate) fn balance_as_seen(balance: &Balance) -> wire::Balance {
        wire::Balance {
            version: balance.version,
            available: balance.available.to_string(),
        }
    }

    fn status_of(state: State) -> wire::Status {
        match state {
            State::Created => wire::Status::Created,
            State::RequiresAction => wire::Status::RequiresAction,
            State::Processing => wire::Status::Processing,
            State::Failed => wire::Status::Failed,
            State::Succeeded => wire::Status::Succeeded,
            State::Canceled => wire::Status::Canceled,
        }
    }
}
