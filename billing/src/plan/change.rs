//! Another plan, or none. A bigger plan begins at once, when what it costs more for the rest of the
//! period is paid; a smaller one begins with the next period, for which nothing is given back.

use std::time::Duration;

use super::{Period, Status, Subscription, invoice::difference, letters, locked, save, tell};
use crate::{
    Billing, Error, Result,
    catalog::{Offer, OfferKind},
    clock::Time,
    gateway::{GatewayError, Payment, Standing, stripe},
    money::{Credits, Money},
    order::{CheckoutError, FIRST_CHECK, Order},
    store::{is_unique_violation, orders, subscriptions, transactions},
    transaction::{Kind, Transaction},
};

/// A price that was shown holds for so long.
pub const QUOTE_HOLDS: Duration = Duration::from_secs(15 * 60);

/// What a change of a plan costs and brings, before it is made.
#[derive(Clone, Debug, PartialEq)]
pub enum Quote {
    /// It begins now.
    Raise {
        /// For the rest of the period, less what is left of what was paid.
        due: Money,
        credits: Credits,
        /// The moment for which this was worked out. It holds for a while.
        at: Time,
    },
    /// It begins with the next period, and costs nothing before.
    Lower { at: Time },
}

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no plan to change")]
    NoPlan,
    #[error("this is the plan already")]
    Same,
    /// Pay or keep it first.
    #[error("the last renewal is not paid yet")]
    PastDue,
    #[error("the plan is about to end")]
    Ending,
    /// The gateway would begin a new period at once, and charge or give back what nobody asked for.
    #[error("a plan by the month and one by the year cannot be exchanged")]
    OtherInterval,
    #[error(transparent)]
    Gateway(GatewayError),
    #[error(transparent)]
    Other(Error),
}

impl From<Error> for ChangeError {
    fn from(error: Error) -> Self {
        match error {
            Error::Gateway(error) => Self::Gateway(error),
            error => Self::Other(error),
        }
    }
}

impl From<GatewayError> for ChangeError {
    fn from(error: GatewayError) -> Self {
        Self::Gateway(error)
    }
}

impl Billing {
    /// What a change to another plan would cost from `at` on, as the gateway works it out.
    pub async fn quote(
        &self,
        plan: &Subscription,
        to: &Offer,
        at: Time,
    ) -> Result<Quote, ChangeError> {
        if let Some(lower) = lowers(plan, to)? {
            return Ok(lower);
        }
        let (plan, standing) = self.up_to_date(plan, reference(plan)?).await?;
        if let Some(lower) = lowers(&plan, to)? {
            return Ok(lower);
        }
        let Some(period) = plan.period else {
            return Err(ChangeError::NoPlan);
        };
        // To the second, as the gateway counts.
        let at = Time::from_unix(at.max(period.start).unix());
        let price = self.price(to).await?;
        let due = self.stripe.preview_raise(&standing, &price, at).await?;
        let credits = difference(&plan.offer, to);
        Ok(Quote::Raise { due, credits, at })
    }

    /// A plan and how it stands at the gateway, with all that was paid for it there: which plan it is follows
    /// from what was paid last.
    async fn up_to_date(
        &self,
        plan: &Subscription,
        reference: &str,
    ) -> Result<(Subscription, Standing)> {
        let standing = self.stripe.plan(reference).await?;
        if !self.has_heard_of_all(&standing).await? {
            self.check_plan(plan).await?;
        }
        let plan = subscriptions::find(&mut self.store.read().await?, plan.id).await?;
        Ok((plan.ok_or(sqlx::Error::RowNotFound)?, standing))
    }

    /// Whether we know what became of a plan's newest invoice.
    async fn has_heard_of_all(&self, standing: &Standing) -> Result<bool> {
        let Some(invoice) = &standing.latest_invoice else {
            return Ok(true);
        };
        let mut conn = self.store.read().await?;
        let known = transactions::by_reference(&mut conn, stripe::NAME, invoice).await?;
        Ok(known.is_some_and(|known| known.settled_at.is_some()))
    }

    /// Writes down a change to a bigger plan as it was quoted. It is paid like any other order. One
    /// that is under way is found again; one to another plan is given up.
    pub async fn order_raise(
        &self,
        plan: &Subscription,
        to: &Offer,
        due: Money,
        at: Time,
    ) -> Result<Order, ChangeError> {
        match self.try_order_raise(plan, to, due, at).await {
            // Another change was ordered at this very moment: now it is there to be given up.
            Err(ChangeError::Other(Error::Store(error))) if is_unique_violation(&error) => {
                self.try_order_raise(plan, to, due, at).await
            }
            ordered => ordered,
        }
    }

    async fn try_order_raise(
        &self,
        plan: &Subscription,
        to: &Offer,
        due: Money,
        at: Time,
    ) -> Result<Order, ChangeError> {
        let (plan, under_way) = {
            let mut conn = self.store.read().await?;
            let plan = subscriptions::find(&mut conn, plan.id).await?;
            let plan = plan.ok_or(ChangeError::NoPlan)?;
            may_change(&plan, to)?;
            let under_way = match transactions::open_change(&mut conn, plan.id).await? {
                Some(change) => match change.order {
                    Some(order) => orders::find(&mut conn, order).await?,
                    None => None,
                },
                None => None,
            };
            (plan, under_way)
        };
        if let Some(order) = under_way {
            if order.offer.id == to.id && order.expires_at > self.clock.now() {
                return Ok(order);
            }
            self.give_up(&order).await?;
        }
        let back = Some("/account/plan".to_owned());
        // What the gateway charges is counted from the moment for which it was quoted.
        let mut order = Order::new(plan.customer, to, Kind::PlanChange, back, at);
        order.transaction.subscription = Some(plan.id);
        order.transaction.amount = due;
        order.transaction.credits = difference(&plan.offer, to);
        order.transaction.title = format!("Change to the {} plan", to.name);
        let placed = self.store.write(move |tx| {
            Box::pin(async move {
                if orders::insert(tx, &order).await? {
                    transactions::insert(tx, &order.transaction, stripe::NAME).await?;
                    transactions::insert_change(tx, &order.transaction, "order", None).await?;
                    let look = order.created_at.plus(FIRST_CHECK);
                    transactions::set_next_check(tx, order.transaction.id, look).await?;
                    return Ok(order);
                }
                // Another tab was faster.
                let open = orders::open(tx, order.customer, order.offer.id).await?;
                open.ok_or(Error::Busy)
            })
        });
        Ok(placed.await?)
    }

    /// Raises an ordered plan at the gateway, which charges the card that renewals are charged to.
    pub(crate) async fn begin_raise(&self, order: &Order) -> Result<Payment, CheckoutError> {
        use CheckoutError::Gateway;
        let transaction = &order.transaction;
        let Some(id) = transaction.subscription else {
            return Err(Error::Broken("a change of no plan").into());
        };
        let found = subscriptions::find(&mut self.store.read().await?, id).await?;
        let Some(plan) = found.filter(|plan| plan.status != Status::Ended) else {
            return Err(CheckoutError::Closed);
        };
        let Some(reference) = &plan.reference else {
            return Err(CheckoutError::Closed);
        };
        let price = self.price(&order.offer).await?;
        let (plan, mut standing) = self.up_to_date(&plan, reference).await?;
        if !is_as_agreed(&plan, order) {
            return self.came_late(order).await;
        }
        if plan.next_offer.is_some() {
            // What was to become smaller is worth what was paid for it.
            standing = self.set_next(&plan, &standing, &plan.offer, None).await?;
        }
        let at = transaction.created_at;
        // Another change may have been made there meanwhile: what was agreed to is charged, or nothing.
        let due = self.stripe.preview_raise(&standing, &price, at).await;
        if due.map_err(Gateway)? != transaction.amount {
            return self.came_late(order).await;
        }
        let raised = self.stripe.raise_plan(transaction, &standing, &price, at);
        let payment = raised.await.map_err(Gateway)?;
        if !self.is_free(&payment, transaction).await? {
            return self.came_late(order).await;
        }
        // How the bank took it stands on the invoice, not in the answer.
        self.stripe
            .payment(&payment.reference)
            .await
            .map_err(Gateway)
    }

    /// Another change was made before this one, which is given up: its customer is shown what it costs now.
    async fn came_late(&self, order: &Order) -> Result<Payment, CheckoutError> {
        self.give_up(order).await?;
        Err(CheckoutError::Closed)
    }

    /// Whether no other transaction is paid with this. Where nothing is left to change, the newest invoice is
    /// that of the change before.
    async fn is_free(&self, payment: &Payment, transaction: &Transaction) -> Result<bool> {
        let mut conn = self.store.read().await?;
        let known = transactions::by_reference(&mut conn, stripe::NAME, &payment.reference).await?;
        Ok(known.is_none_or(|known| known.id == transaction.id))
    }

    /// A change of which nobody knows whether the gateway has heard, because we were interrupted: it
    /// is made now as it was confirmed, under the same key, or given up when that is too long ago.
    pub(crate) async fn finish_raise(&self, transaction: &Transaction) -> Result<()> {
        let (Kind::PlanChange, None, Some(id)) =
            (transaction.kind, &transaction.reference, transaction.order)
        else {
            return Ok(());
        };
        let order = orders::find(&mut self.store.read().await?, id).await?;
        let Some(order) = order.filter(|order| order.transaction.settled_at.is_none()) else {
            return Ok(());
        };
        if self.clock.now().since(transaction.created_at) > QUOTE_HOLDS {
            return self.give_up(&order).await;
        }
        match self.begin_payment(&order).await {
            Ok(_) | Err(CheckoutError::Closed) => Ok(()),
            Err(CheckoutError::Gateway(error)) => Err(error.into()),
            Err(CheckoutError::Other(error)) => Err(error),
        }
    }

    /// Looks whether the gateway made a change of which no answer came, and settles it.
    pub(crate) async fn look_for_raise(&self, transaction: &Transaction) -> Result<()> {
        let Some(id) = transaction.subscription else {
            return Ok(());
        };
        match subscriptions::find(&mut self.store.read().await?, id).await? {
            Some(plan) => self.check_plan(&plan).await,
            None => Ok(()),
        }
    }

    /// Has the next period be of a smaller plan.
    pub async fn lower(&self, plan: &Subscription, to: &Offer) -> Result<(), ChangeError> {
        may_change(plan, to)?;
        if to.price.value > plan.offer.price.value {
            return Err(ChangeError::Same);
        }
        let standing = self.stripe.plan(reference(plan)?).await?;
        self.set_next(plan, &standing, to, Some(to.clone())).await?;
        Ok(())
    }

    /// Ends a plan with its period. Nothing is charged any more.
    pub async fn cancel_plan(&self, plan: &Subscription) -> Result<(), ChangeError> {
        let standing = self.stripe.cancel_plan_at_end(reference(plan)?, true);
        let standing = standing.await?;
        self.settle_standing(standing).await?;
        Ok(())
    }

    /// Lets a plan go on as it is: it neither ends nor becomes smaller.
    pub async fn keep_plan(&self, plan: &Subscription) -> Result<(), ChangeError> {
        if plan.next_offer.is_some() {
            let standing = self.stripe.plan(reference(plan)?).await?;
            self.set_next(plan, &standing, &plan.offer, None).await?;
        }
        if plan.cancel_at_end {
            let standing = self.stripe.cancel_plan_at_end(reference(plan)?, false);
            let standing = standing.await?;
            self.settle_standing(standing).await?;
        }
        Ok(())
    }

    /// Has the next period charged for this offer, and notes whether it is another.
    async fn set_next(
        &self,
        plan: &Subscription,
        standing: &Standing,
        offer: &Offer,
        next: Option<Offer>,
    ) -> Result<Standing> {
        let price = self.price(offer).await?;
        let standing = self.stripe.set_next_price(standing, &price).await?;
        let (id, now) = (plan.id, self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let plan = locked(tx, id).await?;
                    if let (Some(next), Some(period)) = (&next, plan.period) {
                        letters::changed(tx, &plan, next, period.end, now).await?;
                    }
                    let new = Subscription {
                        next_offer: next,
                        ..plan.clone()
                    };
                    tell::changed(tx, &plan, &new, now);
                    save(tx, new, "customer", None, now).await
                })
            })
            .await?;
        Ok(standing)
    }
}

/// A change to a plan that costs no more, which is none before the period ends.
fn lowers(plan: &Subscription, to: &Offer) -> Result<Option<Quote>, ChangeError> {
    may_change(plan, to)?;
    let at = plan.period.ok_or(ChangeError::NoPlan)?.end;
    let is_lower = to.price.value <= plan.offer.price.value;
    Ok(is_lower.then_some(Quote::Lower { at }))
}

/// Whether a plan is the one for which a change was worked out.
fn is_as_agreed(plan: &Subscription, change: &Order) -> bool {
    let transaction = &change.transaction;
    let in_this_period = |period: Period| period.start <= transaction.created_at;
    plan.status != Status::Ended
        && plan.period.is_some_and(in_this_period)
        && difference(&plan.offer, &change.offer) == transaction.credits
}

fn may_change(plan: &Subscription, to: &Offer) -> Result<(), ChangeError> {
    let (OfferKind::Plan(from), OfferKind::Plan(into)) = (plan.offer.kind, to.kind) else {
        return Err(ChangeError::NoPlan);
    };
    match plan.status {
        Status::Starting | Status::Ended => return Err(ChangeError::NoPlan),
        Status::PastDue => return Err(ChangeError::PastDue),
        Status::Active => {}
    }
    if plan.cancel_at_end {
        return Err(ChangeError::Ending);
    }
    if plan.offer.id == to.id {
        return Err(ChangeError::Same);
    }
    if from != into {
        return Err(ChangeError::OtherInterval);
    }
    Ok(())
}

fn reference(plan: &Subscription) -> Result<&str, ChangeError> {
    plan.reference.as_deref().ok_or(ChangeError::NoPlan)
}
