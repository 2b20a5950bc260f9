//! What customers do with plans: begin one, choose another, let it end, and keep it after all.

use std::ops::Range;

use billing::{
    Billing,
    id::CustomerId,
    plan::{ChangeError, Quote, Subscribed, Subscription},
};
use rand::Rng;

use super::{
    super::gateway::plans::PLANS,
    Done, Schedule,
    customers::{lowered, opened},
    expected, only,
};

impl Schedule<'_> {
    fn some_plan(&mut self) -> &'static str {
        PLANS[self.chance.random_range(0..PLANS.len())].0
    }

    pub(super) async fn subscribe(&mut self) -> Range<usize> {
        let (who, plan) = (self.somebody(), self.some_plan());
        let code = self.chance.random_bool(0.3).then_some("FIRSTMONTH");
        self.say(format!("{who} wants the plan {plan}, code {code:?}"));
        let server = self.some_server();
        let wanted = subscribe(
            self.world.server(server),
            self.customers[who].id,
            plan,
            code,
        );
        self.world.begins(server, wanted).await;
        only(who)
    }

    pub(super) async fn change_plan(&mut self) -> Range<usize> {
        let (who, to) = (self.somebody(), self.some_plan());
        self.say(format!("{who} changes to the plan {to}"));
        let server = self.some_server();
        let changed = change(self.world.server(server), self.customers[who].id, to);
        self.world.begins(server, changed).await;
        only(who)
    }

    pub(super) async fn end_plan(&mut self) -> Range<usize> {
        let (who, ends) = (self.somebody(), self.chance.random_bool(0.6));
        self.say(format!("{who} wants their plan to end: {ends}"));
        let server = self.some_server();
        let (billing, customer) = (self.world.server(server), self.customers[who].id);
        let told = async move {
            if let Some(plan) = had(&billing, customer).await {
                refusable(match ends {
                    true => billing.cancel_plan(&plan).await,
                    false => billing.keep_plan(&plan).await,
                });
            }
            Done::Nothing
        };
        self.world.begins(server, told).await;
        only(who)
    }
}

async fn had(billing: &Billing, customer: CustomerId) -> Option<Subscription> {
    billing.subscription(customer).await.unwrap()
}

async fn subscribe(
    billing: Billing,
    customer: CustomerId,
    plan: &'static str,
    code: Option<&'static str>,
) -> Done {
    let plan = billing.catalog().plan(plan).unwrap().clone();
    let order = match billing.subscribe(customer, &plan, None).await {
        Ok(Subscribed::Ordered(order)) => order,
        Ok(Subscribed::HasPlan(_)) => return Done::Nothing,
        Ok(Subscribed::NotOnSale) => panic!("nobody changes what is sold"),
        Err(error) => {
            expected::<()>(Err(error));
            return Done::Nothing;
        }
    };
    let order = match code {
        Some(code) => lowered(&billing, order, code).await,
        None => order,
    };
    opened(&billing, order).await
}

/// To a bigger plan at the price that was shown, or to a smaller one with the next period.
async fn change(billing: Billing, customer: CustomerId, to: &'static str) -> Done {
    let Some(plan) = had(&billing, customer).await else {
        return Done::Nothing;
    };
    let to = billing.catalog().plan(to).unwrap().clone();
    let quote = billing.quote(&plan, &to, billing.clock().now()).await;
    let ordered = match quote {
        Ok(Quote::Raise { due, at, .. }) => billing.order_raise(&plan, &to, due, at).await,
        Ok(Quote::Lower { .. }) => {
            refusable(billing.lower(&plan, &to).await);
            return Done::Nothing;
        }
        Err(error) => Err(error),
    };
    match ordered {
        Ok(order) => opened(&billing, order).await,
        refused => {
            refusable(refused);
            Done::Nothing
        }
    }
}

/// Much can be in the way of a change. What nobody foresaw cannot.
#[track_caller]
fn refusable<T>(answer: Result<T, ChangeError>) {
    if let Err(ChangeError::Other(error)) = answer {
        expected::<()>(Err(error));
    }
}
