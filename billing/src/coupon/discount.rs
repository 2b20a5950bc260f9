//! A code that lowers the price of an order. Our rows change first, and then the payment at the
//! gateway, if there is one; nobody is given the means to pay before the two agree. Whatever slips
//! in between is caught when it settles: a price paid in full takes the coupon off again, and money
//! that differs otherwise goes to a person.

use super::{CouponError, Redemption, take, valid};
use crate::{
    Billing, Error, Result,
    catalog::{Benefit, Coupon},
    clock::Time,
    gateway::{GatewayError, Payment, PaymentStatus},
    id::{OrderId, RedemptionId, TransactionId},
    money::Money,
    order::Order,
    store::{Conn, Tx, coupons, redemptions, transactions},
    transaction::{Kind, State, Transaction, reprice, settle_nothing_due},
};

impl Billing {
    /// Lowers what is due of an order, in place of a coupon that it may have had. When nothing is
    /// due any more, its credits are there when this answers. The same code again changes nothing.
    /// Answers with which order one goes on: that of a plan is replaced.
    pub async fn apply_coupon(&self, order: &Order, code: &str) -> Result<OrderId, CouponError> {
        let now = self.clock.now();
        let coupon = valid(&*self.on_sale().await?, code, now)?.clone();
        if matches!(coupon.benefit, Benefit::Credits { .. }) {
            return Err(CouponError::BringsCredits);
        }
        let discount = coupon
            .discount_on(&order.offer)
            .ok_or_else(|| CouponError::NotForThis(order.transaction.title.clone()))?;
        self.hear_of_payment(order).await?;
        let (id, list_price) = (order.transaction.id, order.offer.price);
        let wanted = Redemption {
            id: RedemptionId::new(),
            coupon,
            list_price,
            discount,
            at: now,
        };
        match order.transaction.kind {
            Kind::Purchase => {}
            Kind::Subscription => return self.order_plan_anew(order, Some(wanted)).await,
            _ => return Err(CouponError::Closed),
        }
        let transaction = self
            .store
            .write(move |tx| Box::pin(async move { lower(tx, id, wanted, now).await }))
            .await?;
        self.tell_gateway(transaction).await?;
        Ok(order.id)
    }

    /// Takes the coupon off an order again: its list price is due, and the use is given back. Answers
    /// with which order one goes on.
    pub async fn remove_coupon(&self, order: &Order) -> Result<OrderId, CouponError> {
        self.hear_of_payment(order).await?;
        if order.transaction.kind == Kind::Subscription {
            return self.order_plan_anew(order, None).await;
        }
        let transaction = self.restore_price(order.transaction.id).await?;
        self.tell_gateway(transaction).await?;
        Ok(order.id)
    }

    /// Makes an open payment at the gateway ask for what is due, if it asks for something else.
    pub(crate) async fn agree_on_price(
        &self,
        transaction: &Transaction,
        payment: &Payment,
    ) -> Result<(), GatewayError> {
        let is_pack = transaction.kind == Kind::Purchase;
        let is_open = matches!(
            payment.status,
            PaymentStatus::Waiting | PaymentStatus::Failed(_)
        );
        if is_pack && is_open && payment.amount != transaction.amount {
            let reference = &payment.reference;
            self.stripe
                .set_amount(reference, transaction.amount)
                .await?;
        }
        Ok(())
    }

    /// A price is not changed under a payment that is on its way: what the gateway knows of it is
    /// settled before.
    async fn hear_of_payment(&self, order: &Order) -> Result<(), CouponError> {
        let transaction = self.present(order.transaction.id).await?;
        // A person decides what becomes of it.
        if transaction.review.is_some() {
            return Err(CouponError::Closed);
        }
        if let Some(reference) = &transaction.reference {
            let payment = self.stripe.payment(reference).await;
            let payment = payment.map_err(CouponError::Gateway)?;
            self.settle_answer(payment).await?;
        }
        let transaction = self.present(order.transaction.id).await?;
        if transaction.way.is_page() && transaction.state != State::RequiresAction {
            // The price of a page never changes; the next one asks for the new price.
            self.left_page(transaction.id).await?;
        }
        Ok(())
    }

    async fn restore_price(&self, id: TransactionId) -> Result<Transaction, CouponError> {
        let now = self.clock.now();
        self.store
            .write(move |tx| Box::pin(async move { restore(tx, id, now).await }))
            .await
    }

    /// Changes the payment at the gateway, if there is one by now, to what the transaction says.
    async fn tell_gateway(&self, transaction: Transaction) -> Result<(), CouponError> {
        let Some(reference) = &transaction.reference else {
            return Ok(());
        };
        let told = match transaction.settled_at {
            Some(_) => self.stripe.cancel_payment(reference).await,
            None => self.stripe.set_amount(reference, transaction.amount).await,
        };
        match told {
            Ok(_) => Ok(()),
            // It was paid at this very moment.
            Err(GatewayError::Refused { .. }) => {
                if transaction.settled_at.is_none() {
                    self.restore_price(transaction.id).await?;
                }
                let payment = self.stripe.payment(reference).await;
                let payment = payment.map_err(CouponError::Gateway)?;
                self.settle_answer(payment).await?;
                Err(CouponError::Closed)
            }
            // Nobody is given the means to pay before it has heard of it.
            Err(error) => {
                tracing::warn!(transaction = %transaction.id, %error, "the gateway does not know a new price yet");
                Ok(())
            }
        }
    }
}

/// Puts a coupon on a transaction, and settles it when nothing is due any more.
async fn lower(
    tx: &mut Tx,
    id: TransactionId,
    wanted: Redemption,
    now: Time,
) -> Result<Transaction, CouponError> {
    let transaction = payable(tx, id).await?;
    let before = redemptions::of_transaction(tx, id).await?;
    if let Some(before) = &before
        && before.coupon.id == wanted.coupon.id
    {
        return Ok(transaction);
    }
    let due = Money {
        value: wanted.list_price.value - wanted.discount.value,
        ..wanted.list_price
    };
    let transaction = reprice(tx, &transaction, due, &told(&wanted.coupon), now).await?;
    // Whoever changes from one to the other at this moment takes hold of both in the same order.
    match before {
        Some(before) if before.coupon.code > wanted.coupon.code => {
            take(tx, &wanted.coupon, transaction.customer).await?;
            end(tx, &before, &transaction, now).await?;
        }
        before => {
            if let Some(before) = before {
                end(tx, &before, &transaction, now).await?;
            }
            take(tx, &wanted.coupon, transaction.customer).await?;
        }
    }
    redemptions::insert(tx, &wanted, transaction.customer, id, None).await?;
    if due.value > 0 {
        return Ok(transaction);
    }
    let settled = settle_nothing_due(tx, &transaction, now).await?;
    Ok(settled.ok_or(Error::Busy)?)
}

/// Takes the coupon off a transaction, if it has one.
async fn restore(tx: &mut Tx, id: TransactionId, now: Time) -> Result<Transaction, CouponError> {
    let transaction = payable(tx, id).await?;
    let Some(before) = redemptions::of_transaction(tx, id).await? else {
        return Ok(transaction);
    };
    Ok(take_off(tx, &transaction, &before, now).await?)
}

/// Whether the list price was paid while a coupon was put on. It is taken off again then, and its use
/// given back: what was paid is what is due.
pub(crate) async fn came_too_late(
    tx: &mut Tx,
    transaction: &Transaction,
    payment: &Payment,
    now: Time,
) -> Result<bool> {
    let before = redemptions::of_transaction(tx, transaction.id).await?;
    let Some(before) = before
        .filter(|before| transaction.kind == Kind::Purchase && before.list_price == payment.amount)
    else {
        return Ok(false);
    };
    // Whoever changed it since it was read is seen by the next look.
    if transactions::hold(tx, transaction.id, transaction.version).await? {
        take_off(tx, transaction, &before, now).await?;
    }
    Ok(true)
}

async fn take_off(
    tx: &mut Tx,
    transaction: &Transaction,
    redemption: &Redemption,
    now: Time,
) -> Result<Transaction> {
    let detail = format!("{}, taken off", told(&redemption.coupon));
    let transaction = reprice(tx, transaction, redemption.list_price, &detail, now).await?;
    end(tx, redemption, &transaction, now).await?;
    Ok(transaction)
}

async fn end(
    tx: &mut Tx,
    redemption: &Redemption,
    transaction: &Transaction,
    now: Time,
) -> Result<()> {
    redemptions::give_back(tx, redemption.id, now).await?;
    coupons::uncount(tx, &redemption.coupon, transaction.customer).await
}

/// The transaction, if its price can still change.
pub(super) async fn payable(
    conn: &mut Conn,
    id: TransactionId,
) -> Result<Transaction, CouponError> {
    let transaction = transactions::find(conn, id).await?;
    let transaction = transaction.ok_or(CouponError::Closed)?;
    match transaction.state {
        _ if transaction.review.is_some() => Err(CouponError::Closed),
        State::RequiresAction => Err(CouponError::AtTheBank),
        State::Processing | State::Succeeded | State::Canceled => Err(CouponError::Closed),
        // It turned to a page at this very moment.
        State::Created | State::Failed if transaction.way.is_page() => Err(Error::Busy.into()),
        State::Created | State::Failed => Ok(transaction),
    }
}

/// A coupon in the history of a transaction: `SPRING20, version 1`.
fn told(coupon: &Coupon) -> String {
    format!("{}, version {}", coupon.code, coupon.version)
}
