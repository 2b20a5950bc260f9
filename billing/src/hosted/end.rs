//! Nobody can pay any more, on a page or with card fields. Each answers whether that is certain; if
//! somebody has paid meanwhile, it is settled instead.

use crate::{
    Billing, Result,
    gateway::{GatewayError, PageStatus, PaymentStatus},
};

impl Billing {
    /// Ends a page.
    pub(super) async fn end_page(&self, reference: &str) -> Result<bool> {
        let page = match self.stripe.expire_page(reference).await {
            Err(error) if error.is_missing() => return Ok(true),
            Err(GatewayError::Refused { .. }) => self.stripe.page(reference).await?,
            ended => ended?,
        };
        let payment = page.payment.clone();
        self.settle_answer(page.payment).await?;
        match (page.status, payment.status) {
            (PageStatus::Expired, _) => Ok(true),
            // Somebody has paid there, and their money did not come, or waits for their bank.
            (PageStatus::Complete, PaymentStatus::Failed(_) | PaymentStatus::RequiresAction) => {
                self.end_payment(Some(&payment.reference)).await
            }
            (PageStatus::Complete | PageStatus::Open, _) => Ok(false),
        }
    }

    /// Ends the payment of card fields, if there was one.
    pub(super) async fn end_payment(&self, reference: Option<&str>) -> Result<bool> {
        let Some(reference) = reference else {
            return Ok(true);
        };
        let status = self.cancel_or_settle(reference).await?;
        Ok(status.is_none_or(|status| status == PaymentStatus::Canceled))
    }
}
