//! A code that brings credits.

use uuid::Uuid;

use super::{CouponError, Redemption, take, valid};
use crate::{
    Billing, Error,
    catalog::{Benefit, Coupon},
    clock::Time,
    gateway,
    id::{CustomerId, RedemptionId, TransactionId},
    money::{Currency, Money},
    store::{self, Tx, redemptions, transactions},
    transaction::{Kind, State, Transaction, Way, settle_nothing_due},
};

impl Billing {
    /// Redeems a code for its credits: they are there when this answers. The same `key` again
    /// redeems once and answers the same transaction.
    pub async fn redeem(
        &self,
        customer: CustomerId,
        code: &str,
        key: Uuid,
    ) -> Result<Transaction, CouponError> {
        match self.try_redeem(customer, code, key).await {
            Err(error) if may_be_ours(&error) => self.try_redeem(customer, code, key).await,
            redeemed => redeemed,
        }
    }

    async fn try_redeem(
        &self,
        customer: CustomerId,
        code: &str,
        key: Uuid,
    ) -> Result<Transaction, CouponError> {
        let now = self.clock.now();
        let on_sale = self.on_sale().await?;
        // The same form with another code in it is another wish.
        let key = format!("{key}:{}", Coupon::normalized(code));
        let code = code.to_owned();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(before) = redemptions::by_key(tx, customer, &key).await? {
                        let before = transactions::find(tx, before).await?;
                        return before.ok_or(sqlx::Error::RowNotFound.into());
                    }
                    let coupon = valid(&on_sale, &code, now)?.clone();
                    give(tx, customer, coupon, on_sale.currency, &key, now).await
                })
            })
            .await
    }
}

/// Another server may have redeemed under the same key at this moment, and taken the use that we
/// wanted: now its row is there.
fn may_be_ours(error: &CouponError) -> bool {
    match error {
        CouponError::UsedUp | CouponError::UsedByYou => true,
        CouponError::Other(Error::Store(error)) => store::is_unique_violation(error),
        _ => false,
    }
}

async fn give(
    tx: &mut Tx,
    customer: CustomerId,
    coupon: Coupon,
    currency: Currency,
    key: &str,
    now: Time,
) -> Result<Transaction, CouponError> {
    let Benefit::Credits { amount, .. } = coupon.benefit else {
        return Err(CouponError::LowersPrice);
    };
    take(tx, &coupon, customer).await?;
    let nothing = Money { value: 0, currency };
    let transaction = Transaction {
        id: TransactionId::new(),
        kind: Kind::Coupon,
        state: State::Created,
        settled_at: None,
        version: 1,
        amount: nothing,
        credits: amount,
        customer,
        title: coupon.name.clone(),
        order: None,
        subscription: None,
        way: Way::default(),
        reference: None,
        failure: None,
        review: None,
        created_at: now,
        updated_at: now,
    };
    let redemption = Redemption {
        id: RedemptionId::new(),
        coupon,
        list_price: nothing,
        discount: nothing,
        at: now,
    };
    transactions::insert(tx, &transaction, gateway::NONE).await?;
    transactions::insert_change(tx, &transaction, "coupon", None).await?;
    redemptions::insert(tx, &redemption, customer, transaction.id, Some(key)).await?;
    let settled = settle_nothing_due(tx, &transaction, now).await?;
    settled.ok_or(CouponError::Other(Error::Busy))
}
