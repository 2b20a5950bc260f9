//! Redeeming coupons. A code that brings credits makes a transaction of its own, with nothing due;
//! one that lowers a price changes what is due of an order, or orders a plan anew. Either way the use
//! is counted in the same commit, and the database decides who gets the last one.

mod discount;
mod gift;
mod plan;

pub(crate) use discount::came_too_late;

use crate::{
    Error, Result,
    catalog::{Benefit, Catalog, Coupon},
    clock::Time,
    gateway::GatewayError,
    id::{CustomerId, RedemptionId},
    money::Money,
    store::{Conn, Tx, coupons, redemptions},
    transaction::Transaction,
};

/// One use of a coupon, on one transaction. What is due of it is the list price less the discount.
#[derive(Clone, Debug, PartialEq)]
pub struct Redemption {
    pub id: RedemptionId,
    /// In the version that was redeemed.
    pub coupon: Coupon,
    /// Nothing for a code that brings credits.
    pub list_price: Money,
    pub discount: Money,
    pub at: Time,
}

/// Why a code was not redeemed, in the customer's words.
#[derive(Debug, thiserror::Error)]
pub enum CouponError {
    #[error("There is no such code. Look for a typing mistake.")]
    Unknown,
    #[error("This code is no longer valid.")]
    Expired,
    #[error("This code has been used as often as it could be.")]
    UsedUp,
    #[error(
        "You have used this code already. An order that is not paid gives it back when it is canceled."
    )]
    UsedByYou,
    #[error("This code is not for the {0}.")]
    NotForThis(String),
    #[error("This code brings credits. Redeem it on your account page.")]
    BringsCredits,
    #[error("This code lowers a price. Enter it when you pay.")]
    LowersPrice,
    #[error("Your bank was asked about this price. Cancel the order to start again with a code.")]
    AtTheBank,
    /// Paid, canceled or expired: its transaction says which.
    #[error("This order can no longer be changed.")]
    Closed,
    #[error(transparent)]
    Gateway(GatewayError),
    #[error(transparent)]
    Other(Error),
}

impl From<Error> for CouponError {
    fn from(error: Error) -> Self {
        match error {
            Error::Gateway(error) => Self::Gateway(error),
            error => Self::Other(error),
        }
    }
}

impl From<sqlx::Error> for CouponError {
    fn from(error: sqlx::Error) -> Self {
        Error::from(error).into()
    }
}

/// The coupon of a code that is valid now.
fn valid<'c>(catalog: &'c Catalog, typed: &str, now: Time) -> Result<&'c Coupon, CouponError> {
    let coupon = catalog.coupon(typed).ok_or(CouponError::Unknown)?;
    match coupon.until {
        Some(until) if until <= now => Err(CouponError::Expired),
        _ => Ok(coupon),
    }
}

/// Takes one use of a coupon for a customer.
pub(crate) async fn take(
    tx: &mut Tx,
    coupon: &Coupon,
    customer: CustomerId,
) -> Result<(), CouponError> {
    if !coupons::count_for_customer(tx, coupon, customer).await? {
        return Err(CouponError::UsedByYou);
    }
    match coupons::count(tx, coupon).await? {
        true => Ok(()),
        false => Err(CouponError::UsedUp),
    }
}

/// Whether a use is left for a customer now. Only [`take`] makes sure of it.
async fn has_use_left(
    conn: &mut Conn,
    coupon: &Coupon,
    customer: CustomerId,
) -> Result<(), CouponError> {
    let (theirs, all) = coupons::uses(conn, &coupon.code, customer).await?;
    let is_reached = |most: Option<i64>, used| most.is_some_and(|most| used >= most);
    if is_reached(coupon.per_customer, theirs) {
        return Err(CouponError::UsedByYou);
    }
    match is_reached(coupon.total, all) {
        true => Err(CouponError::UsedUp),
        false => Ok(()),
    }
}

/// Gives back the use that a transaction took, if it took one: nobody will pay it.
pub(crate) async fn give_back(tx: &mut Tx, transaction: &Transaction, now: Time) -> Result<()> {
    if let Some(redemption) = redemptions::of_transaction(tx, transaction.id).await?
        && redemptions::give_back(tx, redemption.id, now).await?
    {
        coupons::uncount(tx, &redemption.coupon, transaction.customer).await?;
    }
    Ok(())
}

/// When the credits of a redeemed code expire.
pub(crate) fn expiry(redemption: &Redemption, now: Time) -> Option<Time> {
    match redemption.coupon.benefit {
        Benefit::Credits {
            expire_after_days: Some(days),
            ..
        } => {
            let seconds = u64::try_from(days).ok()?.saturating_mul(24 * 3600);
            Some(now.plus(std::time::Duration::from_secs(seconds)))
        }
        _ => None,
    }
}
