//! What a customer asked for, written down before any money moves, and how it is paid or given up.

use std::time::Duration;

use crate::{
    Billing, Error, Result,
    catalog::{Offer, OfferKind},
    clock::Time,
    coupon::Redemption,
    gateway::{GatewayError, Payment, stripe},
    id::{CustomerId, OrderId, TransactionId},
    store::{orders, transactions},
    transaction::{Kind, State, Transaction, Way},
    words::words,
};

/// An order nobody pays is given up after this. Shorter than the 24 hours for which a gateway
/// remembers an idempotency key, so one order never makes two payments.
pub const LIFETIME: Duration = Duration::from_secs(23 * 3600);
/// When the gateway is first asked about a payment that nobody waits for.
pub(crate) const FIRST_CHECK: Duration = Duration::from_secs(60);

/// An order with the offer it was sold under and the transaction that pays it.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub id: OrderId,
    pub customer: CustomerId,
    pub offer: Offer,
    pub status: OrderStatus,
    pub transaction: Transaction,
    /// The coupon that lowers its price.
    pub redemption: Option<Box<Redemption>>,
    /// The path on this site to which the customer goes back afterwards.
    pub return_to: Option<String>,
    pub created_at: Time,
    /// When it is given up if nobody has paid.
    pub expires_at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderStatus {
    /// Waiting for its payment. A customer has at most one open order of an offer.
    Open,
    Paid,
    Canceled,
    Expired,
}

words!(OrderStatus { Open = "open", Paid = "paid", Canceled = "canceled", Expired = "expired" });

/// What a browser needs to take a payment.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// Lets the browser confirm this one payment.
    pub client_secret: String,
    /// As the gateway sees it now.
    pub transaction: Transaction,
    /// The card that pays it stays with the customer: somebody has tried to pay so already.
    pub keeps_card: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// Paid, canceled or expired, or open in another way: its transaction says which.
    #[error("this order can no longer be paid")]
    Closed,
    #[error(transparent)]
    Gateway(GatewayError),
    #[error(transparent)]
    Other(Error),
}

/// Why an order was not placed.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// Another version is sold by now, or none.
    #[error("this is not what is sold any more")]
    NotOnSale,
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<Error> for CheckoutError {
    fn from(error: Error) -> Self {
        match error {
            Error::Gateway(error) => Self::Gateway(error),
            error => Self::Other(error),
        }
    }
}

impl Order {
    /// An order of an offer, with the transaction that pays its price and brings its credits.
    pub(crate) fn new(
        customer: CustomerId,
        offer: &Offer,
        kind: Kind,
        return_to: Option<String>,
        now: Time,
    ) -> Self {
        let id = OrderId::new();
        let noun = match offer.kind {
            OfferKind::Pack => "pack",
            OfferKind::Plan(_) => "plan",
        };
        Self {
            id,
            customer,
            offer: offer.clone(),
            status: OrderStatus::Open,
            transaction: Transaction {
                id: TransactionId::new(),
                kind,
                state: State::Created,
                settled_at: None,
                version: 1,
                amount: offer.price,
                credits: offer.credits,
                customer,
                order: Some(id),
                subscription: None,
                title: format!("{} {noun}", offer.name),
                way: Way::default(),
                reference: None,
                failure: None,
                review: None,
                created_at: now,
                updated_at: now,
            },
            redemption: None,
            return_to,
            created_at: now,
            expires_at: now.plus(LIFETIME),
        }
    }

    /// What the customer reads at the gateway: `Starter pack: 50 credits`.
    pub(crate) fn description(&self) -> String {
        format!(
            "{}: {}",
            self.transaction.title,
            self.offer.credits.counted()
        )
    }
}

impl Billing {
    /// Writes down that a customer wants an offer, in the version that they were shown. A double click,
    /// a second tab and the back button all get the order that is open already.
    ///
    /// # Errors
    /// [`OrderError::NotOnSale`] when this version is not sold any more, and no order of it is open.
    pub async fn place_order(
        &self,
        customer: CustomerId,
        offer: &Offer,
        return_to: Option<String>,
    ) -> Result<Order, OrderError> {
        let now = self.clock.now();
        let open = orders::open(&mut self.store.read().await?, customer, offer.id).await?;
        let is_open = (open.as_ref()).is_some_and(|order| order.expires_at > now);
        if !is_open && !self.sells(offer.id).await? {
            return Err(OrderError::NotOnSale);
        }
        if let Some(overdue) = open.filter(|_| !is_open) {
            self.give_up(&overdue).await?;
        }
        let order = Order::new(customer, offer, Kind::Purchase, return_to, now);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if orders::insert(tx, &order).await? {
                        transactions::insert(tx, &order.transaction, stripe::NAME).await?;
                        transactions::insert_change(tx, &order.transaction, "order", None).await?;
                        return Ok(order);
                    }
                    let open = orders::open(tx, order.customer, order.offer.id).await?;
                    let mut open = open.ok_or(Error::Busy)?;
                    if order.return_to.is_some() {
                        orders::set_return_to(tx, open.id, order.return_to.as_deref()).await?;
                        open.return_to = order.return_to;
                    }
                    Ok(open)
                })
            })
            .await
    }

    /// A customer's order.
    pub async fn order(&self, customer: CustomerId, id: OrderId) -> Result<Option<Order>> {
        let found = orders::find(&mut self.store.read().await?, id).await?;
        Ok(found.filter(|order| order.customer == customer))
    }

    /// A customer's orders, newest first.
    pub async fn orders(&self, customer: CustomerId, limit: i64) -> Result<Vec<Order>> {
        orders::of_customer(&mut self.store.read().await?, customer, limit).await
    }

    /// Orders of everybody, or of one customer, newest first; `before` continues after the last of
    /// the previous page.
    pub async fn list_orders(
        &self,
        customer: Option<CustomerId>,
        before: Option<OrderId>,
        limit: i64,
    ) -> Result<Vec<Order>> {
        orders::newest(&mut self.store.read().await?, customer, before, limit).await
    }

    /// Makes the payment of an order at the gateway, or finds the one that is there, and settles
    /// what the gateway says of it. A lost answer is asked for again under the same key.
    pub async fn begin_payment(&self, order: &Order) -> Result<Checkout, CheckoutError> {
        // While the gateway's page is open for it, that is given up first: by its customer.
        if order.transaction.settled_at.is_some() || order.transaction.way.is_page() {
            return Err(CheckoutError::Closed);
        }
        let payment = match &order.transaction.reference {
            Some(reference) => {
                let answer = self.stripe.payment(reference).await;
                answer.map_err(CheckoutError::Gateway)?
            }
            None => self.make_payment(order).await?,
        };
        self.note_and_open(order.transaction.id, payment).await
    }

    /// Opens a payment that nobody ordered, such as a renewal that failed, for its customer to make.
    pub async fn resume_payment(
        &self,
        transaction: &Transaction,
    ) -> Result<Checkout, CheckoutError> {
        let Some(reference) = &transaction.reference else {
            return Err(CheckoutError::Closed);
        };
        if transaction.settled_at.is_some() {
            return Err(CheckoutError::Closed);
        }
        let payment = self.stripe.payment(reference).await;
        let payment = payment.map_err(CheckoutError::Gateway)?;
        self.opened(transaction.id, payment).await
    }

    /// Makes the payment of an order at the gateway.
    async fn make_payment(&self, order: &Order) -> Result<Payment, CheckoutError> {
        match order.transaction.kind {
            Kind::Subscription => return self.begin_plan(order).await,
            Kind::PlanChange => return self.begin_raise(order).await,
            _ => {}
        }
        let customer = self.gateway_customer(order.customer).await?;
        let description = order.description();
        // Asked again under the same key, it must be the same: what a coupon takes off is taken off
        // afterwards.
        let at_list_price = Transaction {
            amount: order.offer.price,
            ..order.transaction.clone()
        };
        self.stripe
            .create_payment(&at_list_price, order.id, &customer, &description)
            .await
            .map_err(CheckoutError::Gateway)
    }

    /// Gives up an order: its payment is canceled first, so that nobody can make it afterwards. If
    /// it was made meanwhile, that is settled instead.
    pub async fn give_up(&self, order: &Order) -> Result<()> {
        self.give_up_payment(&order.transaction).await
    }
}
