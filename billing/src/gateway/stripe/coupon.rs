//! A redemption, as Stripe takes it off an invoice. Source: <https://docs.stripe.com/api/coupons>.

use super::{Stripe, invoice::Named};
use crate::{coupon::Redemption, gateway::GatewayError};

/// A longer name is refused there.
const LONGEST_NAME: usize = 40;

impl Stripe {
    /// Makes the discount of a redemption, for one invoice: the amount that we worked out, so that
    /// nobody rounds it otherwise. It is made once, under our own id.
    pub async fn discount(&self, redemption: &Redemption) -> Result<String, GatewayError> {
        let id = redemption.id.to_string();
        let name = redemption.coupon.name.chars().take(LONGEST_NAME).collect();
        let form = [
            ("id", id.clone()),
            ("name", name),
            ("amount_off", redemption.discount.value.to_string()),
            ("currency", redemption.discount.currency.as_str().to_owned()),
            ("duration", "once".to_owned()),
            ("metadata[code]", redemption.coupon.code.clone()),
        ];
        match self.make::<Named>("/v1/coupons", &id, &form).await {
            Err(GatewayError::Refused { code, .. }) if code == "resource_already_exists" => Ok(id),
            made => Ok(made?.id),
        }
    }
}
