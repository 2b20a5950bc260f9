//! A code that lowers the first payment of a plan. The gateway's invoice is final as soon as the plan
//! is begun there, so a plan at another price is another order: the one before is given up, at the
//! gateway first, and the new one takes its place.

use super::{CouponError, Redemption, discount::payable, has_use_left};
use crate::{
    Billing, Result,
    id::OrderId,
    order::{CheckoutError, Order, OrderStatus},
    plan::Subscribed,
    store::{orders, redemptions},
};

impl Billing {
    /// Orders a plan once more, with this coupon or with none, in place of an open order of it. When
    /// nothing is due the plan has begun when this answers. Answers with which order one goes on.
    pub(super) async fn order_plan_anew(
        &self,
        order: &Order,
        wanted: Option<Redemption>,
    ) -> Result<OrderId, CouponError> {
        if !self.may_differ(order, wanted.as_ref()).await? {
            return Ok(order.id);
        }
        self.give_up(order).await?;
        let given_up = orders::find(&mut self.store.read().await?, order.id).await?;
        if given_up.is_none_or(|order| order.status == OrderStatus::Paid) {
            return Err(CouponError::Closed);
        }
        let again = |wanted| {
            let return_to = order.return_to.clone();
            self.place_plan(order.customer, &order.offer, return_to, wanted)
        };
        let placed = match again(wanted).await {
            // Somebody took the last use at this moment: then it is the list price, and the code
            // says why when it is typed again.
            Err(CouponError::UsedUp | CouponError::UsedByYou) => again(None).await,
            placed => placed,
        };
        let Subscribed::Ordered(new) = placed? else {
            return Err(CouponError::Closed);
        };
        if new.transaction.amount.value == 0 {
            self.begin_for_nothing(&new).await?;
        }
        Ok(new.id)
    }

    /// Whether an order can still have another price, and this would be one. What is refused is
    /// refused here, while the order is as it was.
    async fn may_differ(
        &self,
        order: &Order,
        wanted: Option<&Redemption>,
    ) -> Result<bool, CouponError> {
        let mut conn = self.store.read().await?;
        payable(&mut conn, order.transaction.id).await?;
        let had = redemptions::of_transaction(&mut conn, order.transaction.id).await?;
        let Some(wanted) = wanted else {
            return Ok(had.is_some());
        };
        match had {
            Some(had) if had.coupon.id == wanted.coupon.id => Ok(false),
            // Its own use comes back before the new version takes one.
            Some(had) if had.coupon.code == wanted.coupon.code => Ok(true),
            _ => {
                has_use_left(&mut conn, &wanted.coupon, order.customer).await?;
                Ok(true)
            }
        }
    }

    /// Begins a plan whose first payment is nothing. If the gateway does not answer, the checkout
    /// asks it again.
    async fn begin_for_nothing(&self, order: &Order) -> Result<()> {
        match self.begin_payment(order).await {
            Ok(_) | Err(CheckoutError::Closed) => Ok(()),
            Err(CheckoutError::Gateway(error)) => {
                tracing::warn!(order = %order.id, %error, "cannot begin a plan yet");
                Ok(())
            }
            Err(CheckoutError::Other(error)) => Err(error),
        }
    }
}
