//! Choosing a plan: rows first, then the gateway.

use super::{Status, Subscription};
use crate::{
    Billing, Error, Result,
    catalog::{Offer, OfferKind},
    coupon::{CouponError, Redemption, take},
    gateway::{Payment, Standing, Witness, stripe},
    id::{CustomerId, OfferId, SubscriptionId},
    order::{CheckoutError, Order},
    store::{orders, prices, redemptions, subscriptions, transactions},
    transaction::{Kind, Settled},
};

/// What came of choosing a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Subscribed {
    /// It is ordered and can be paid.
    Ordered(Order),
    /// The customer has a plan. Another one is a change of it.
    HasPlan(Subscription),
    /// Another version is sold by now, or none.
    NotOnSale,
}

impl Billing {
    /// Writes down that a customer wants a plan. A plan that was chosen before and not paid is given
    /// up for another; the same one is found again.
    pub async fn subscribe(
        &self,
        customer: CustomerId,
        plan: &Offer,
        return_to: Option<String>,
    ) -> Result<Subscribed> {
        let had = self.subscription(customer).await?;
        if let Some(had) = &had
            && had.status != Status::Starting
        {
            return Ok(Subscribed::HasPlan(had.clone()));
        }
        let is_sold = self.sells(plan.id).await?;
        // There may still be an order of a plan that has ended, of whose bill we have not heard yet; or
        // another tab has chosen the same since we looked.
        let chosen = had.map(|had| had.offer.id);
        let other = Some(plan.id).filter(|wanted| chosen != Some(*wanted));
        for offer in chosen.into_iter().chain(other) {
            let Some((order, is_starting)) = self.open_order_of_plan(customer, offer).await? else {
                continue;
            };
            if offer == plan.id && is_starting && order.expires_at > self.clock.now() {
                return Ok(Subscribed::Ordered(order));
            }
            if is_sold {
                self.give_up(&order).await?;
            }
        }
        if !is_sold {
            return Ok(Subscribed::NotOnSale);
        }
        match self.place_plan(customer, plan, return_to, None).await {
            Ok(subscribed) => Ok(subscribed),
            Err(CouponError::Other(error)) => Err(error),
            Err(_) => Err(Error::Broken(
                "an order without a coupon was refused for its coupon",
            )),
        }
    }

    /// An order of this plan that can still be paid, and whether its plan waits for that.
    async fn open_order_of_plan(
        &self,
        customer: CustomerId,
        offer: OfferId,
    ) -> Result<Option<(Order, bool)>> {
        let mut conn = self.store.read().await?;
        let Some(order) = orders::open(&mut conn, customer, offer).await? else {
            return Ok(None);
        };
        let plan = match order.transaction.subscription {
            Some(plan) => subscriptions::find(&mut conn, plan).await?,
            None => None,
        };
        let is_starting = plan.is_some_and(|plan| plan.status == Status::Starting);
        Ok(Some((order, is_starting)))
    }

    /// Writes a plan down with its order, and takes the use of a coupon that lowers its first
    /// payment.
    pub(crate) async fn place_plan(
        &self,
        customer: CustomerId,
        plan: &Offer,
        return_to: Option<String>,
        lowered: Option<Redemption>,
    ) -> Result<Subscribed, CouponError> {
        let now = self.clock.now();
        let new = Subscription {
            id: SubscriptionId::new(),
            customer,
            offer: plan.clone(),
            next_offer: None,
            status: Status::Starting,
            reference: None,
            period: None,
            paid_until: None,
            cancel_at_end: false,
            past_due_since: None,
            version: 1,
            created_at: now,
            updated_at: now,
            ended_at: None,
        };
        let mut order = Order::new(customer, plan, Kind::Subscription, return_to, now);
        order.transaction.subscription = Some(new.id);
        if let Some(lowered) = lowered {
            order.transaction.amount.value -= lowered.discount.value;
            order.redemption = Some(Box::new(lowered));
        }
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if !subscriptions::insert(tx, &new, stripe::NAME).await? {
                        // Another tab was faster, or what was chosen before has been paid.
                        let live = subscriptions::live(tx, customer).await?;
                        let live = live.ok_or(Error::Busy)?;
                        let open = orders::open(tx, customer, order.offer.id).await?;
                        return Ok(match open {
                            Some(open) if live.status == Status::Starting => {
                                Subscribed::Ordered(open)
                            }
                            _ => Subscribed::HasPlan(live),
                        });
                    }
                    if !orders::insert(tx, &order).await? {
                        return Err(Error::Busy.into());
                    }
                    transactions::insert(tx, &order.transaction, stripe::NAME).await?;
                    transactions::insert_change(tx, &order.transaction, "order", None).await?;
                    if let Some(lowered) = &order.redemption {
                        take(tx, &lowered.coupon, customer).await?;
                        let id = order.transaction.id;
                        redemptions::insert(tx, lowered, customer, id, None).await?;
                    }
                    Ok(Subscribed::Ordered(order))
                })
            })
            .await
    }

    /// Begins an ordered plan at the gateway, and notes under which id.
    pub(crate) async fn begin_plan(&self, order: &Order) -> Result<Payment, CheckoutError> {
        use CheckoutError::Gateway;
        let customer = self.gateway_customer(order.customer).await?;
        let price = self.price(&order.offer).await?;
        let discount = match &order.redemption {
            Some(lowered) => Some(self.stripe.discount(lowered).await.map_err(Gateway)?),
            None => None,
        };
        let begun = self
            .stripe
            .begin_plan(order, &customer, &price, discount.as_deref())
            .await;
        let (standing, payment) = begun.map_err(Gateway)?;
        self.settle_standing(standing).await?;
        Ok(payment)
    }

    /// What the gateway calls the price of a plan. It is made there once for each version.
    pub(super) async fn price(&self, offer: &Offer) -> Result<String> {
        let OfferKind::Plan(every) = offer.kind else {
            return Err(Error::Broken("a pack is no plan"));
        };
        let known = {
            let mut conn = self.store.read().await?;
            prices::reference(&mut conn, offer.id, stripe::NAME).await?
        };
        if let Some(reference) = known {
            return Ok(reference);
        }
        let reference = self.stripe.price(offer, every).await?;
        let (id, now) = (offer.id, self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    prices::insert(tx, id, stripe::NAME, &reference, now).await?;
                    let noted = prices::reference(tx, id, stripe::NAME).await?;
                    noted.ok_or(Error::Broken("a price that was just noted is not there"))
                })
            })
            .await
    }

    /// Settles what the gateway answered about a plan to our own question.
    pub(super) async fn settle_standing(&self, standing: Standing) -> Result<Settled> {
        let now = self.clock.now();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    super::stand(tx, stripe::NAME, &standing, Witness::Fetch, None, now).await
                })
            })
            .await
    }
}
