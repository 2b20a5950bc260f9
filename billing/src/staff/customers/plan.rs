//! What staff do about a customer's plan: what the customer could do, in their place.

use serde_json::json;

use super::super::{
    Permission,
    audit_log::{Action, Actor, Deed, SubjectKind},
};
use crate::{
    Billing, Error,
    catalog::Offer,
    clock::Time,
    id::CustomerId,
    money::Money,
    order::CheckoutError,
    plan::{ChangeError, Status},
    transaction::Transaction,
};

/// What is done about a plan.
#[derive(Clone, Debug)]
pub enum Steer {
    /// A bigger one now, at the price that was quoted for that moment.
    Raise {
        to: Offer,
        due: Money,
        at: Time,
    },
    /// A smaller one from the next period on.
    Lower {
        to: Offer,
    },
    /// It ends with its period.
    EndWithPeriod,
    EndNow,
    /// It goes on as it is, after all.
    Keep,
}

impl Steer {
    /// As the log tells it.
    fn word(&self) -> &'static str {
        match self {
            Self::Raise { .. } => "raise",
            Self::Lower { .. } => "lower",
            Self::EndWithPeriod => "end_with_period",
            Self::EndNow => "end_now",
            Self::Keep => "keep",
        }
    }

    fn offer(&self) -> Option<&Offer> {
        match self {
            Self::Raise { to, .. } | Self::Lower { to } => Some(to),
            _ => None,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SteerError {
    #[error("your role does not allow this")]
    Forbidden,
    #[error("Say why: it stands in the log.")]
    Reason,
    #[error(transparent)]
    Plan(#[from] ChangeError),
}

impl From<Error> for SteerError {
    fn from(error: Error) -> Self {
        Self::Plan(error.into())
    }
}

impl Billing {
    /// Changes or ends a customer's plan. A bigger plan is charged to the card that pays the plan, and
    /// answers the transaction that does.
    ///
    /// # Errors
    /// As the customer would be told. What was tried stands in the log all the same: it begins at the
    /// gateway.
    pub async fn steer_plan(
        &self,
        customer: CustomerId,
        steer: Steer,
        reason: &str,
        by: &Actor,
    ) -> Result<Option<Transaction>, SteerError> {
        if !by.may(Permission::Money) {
            return Err(SteerError::Forbidden);
        }
        if reason.trim().is_empty() {
            return Err(SteerError::Reason);
        }
        let plan = self.subscription(customer).await?;
        let plan = plan.filter(|plan| plan.status != Status::Starting);
        let plan = plan.ok_or(ChangeError::NoPlan)?;
        let deed = Deed::new(Action::SteerPlan, SubjectKind::Subscription, plan.id)
            .of(customer)
            .because(reason)
            .before(json!({ "plan": plan.offer.key, "status": plan.status.as_str() }))
            .after(json!({
                "do": steer.word(),
                "plan": steer.offer().map(|offer| offer.key.as_str()),
            }));
        self.write_down(by, deed).await?;
        match steer {
            Steer::Raise { to, due, at } => {
                let order = self.order_raise(&plan, &to, due, at).await?;
                let transaction = match self.begin_payment(&order).await {
                    Ok(checkout) => checkout.transaction,
                    // It is on its way, or was given up: its page says which.
                    Err(CheckoutError::Closed) => order.transaction,
                    Err(CheckoutError::Gateway(error)) => {
                        return Err(ChangeError::from(error).into());
                    }
                    Err(CheckoutError::Other(error)) => return Err(error.into()),
                };
                return Ok(Some(transaction));
            }
            Steer::Lower { to } => self.lower(&plan, &to).await?,
            Steer::EndWithPeriod => self.cancel_plan(&plan).await?,
            Steer::EndNow => self.end_plan(&plan).await?,
            Steer::Keep => self.keep_plan(&plan).await?,
        }
        Ok(None)
    }
}
