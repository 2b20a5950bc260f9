//! What must hold of plans.

use billing::{
    ledger::{Entry, Reason},
    plan::Status,
    transaction::{State, Transaction},
};
use serde_json::Value;

use super::{
    super::{
        gateway::{plans::is_live, text},
        schedule::{Person, Schedule},
    },
    summed,
};

impl Schedule<'_> {
    fn paid_bills(&self, person: &Person) -> impl Iterator<Item = &Value> {
        let customer = person.id.to_string();
        let bills = self.world.gateway.all("invoice");
        bills.filter(move |bill| {
            let details = &bill["parent"]["subscription_details"];
            bill["status"] == "paid" && details["metadata"]["customer"] == *customer
        })
    }

    /// The credits of every bill that is paid at the gateway.
    pub(super) fn paid_for_plans(&self, person: &Person) -> i64 {
        self.paid_bills(person).map(|bill| self.brings(bill)).sum()
    }

    /// The credits of a period, or what a change to a bigger plan brings beside those of the old one.
    fn brings(&self, bill: &Value) -> i64 {
        let billing = self.world.server(0);
        let credits = |price: &str| {
            let key = price.strip_prefix("price_").expect("a price of ours");
            billing.catalog().plan(key).unwrap().credits.0
        };
        let of_period = credits(text(bill, "price"));
        match text(bill, "billing_reason") {
            "subscription_update" => of_period - credits(text(bill, "from")),
            _ => of_period,
        }
    }

    /// Every bill that is paid there brought its credits, once, and nothing else did; and each plan
    /// stands as it does there.
    pub(super) async fn plans_agree(
        &self,
        person: &Person,
        transactions: &[Transaction],
        lines: &[Entry],
    ) -> Result<(), String> {
        let (mut brought, mut paid) = (0, 0);
        for transaction in transactions.iter().filter(|it| it.subscription.is_some()) {
            law!(
                transaction.review.is_none(),
                "somebody must look at it: {transaction:?}"
            );
            let reference = transaction.reference.as_deref();
            let bill = reference.and_then(|id| self.world.gateway.object(id));
            let Some(bill) = bill.filter(|bill| bill["status"] == "paid") else {
                law!(
                    transaction.state == State::Canceled,
                    "{bill:?} is the bill of {transaction:?}"
                );
                continue;
            };
            law!(
                transaction.state == State::Succeeded && transaction.credits.0 == self.brings(bill),
                "{bill} is paid: {transaction:?}"
            );
            paid += 1;
            brought += self.brings(bill);
            let payment = self.world.gateway.object(text(bill, "intent"));
            self.money_back_agrees(transaction, payment.unwrap())
                .await?;
        }
        let bills = self.paid_bills(person).count();
        law!(bills == paid, "of {bills} paid bills we know {paid}");
        let granted = summed(lines, Reason::Plan);
        law!(
            granted == (paid, brought),
            "{granted:?} were granted, for {paid} bills of {brought}"
        );
        self.plan_stands(person).await
    }

    async fn plan_stands(&self, person: &Person) -> Result<(), String> {
        let billing = self.world.server(0);
        let ours = billing.subscription(person.id).await.unwrap();
        let customer = person.id.to_string();
        let mut theirs = self.world.gateway.all("subscription");
        let theirs = theirs.find(|it| is_live(it) && it["metadata"]["customer"] == *customer);
        let (ours, theirs) = match (ours, theirs) {
            (None, None) => return Ok(()),
            (Some(ours), Some(theirs)) => (ours, theirs),
            (ours, theirs) => return Err(format!("ours is {ours:?}, theirs {theirs:?}")),
        };
        let status = match text(theirs, "status") {
            "active" => Status::Active,
            _ => Status::PastDue,
        };
        let item = &theirs["items"]["data"][0];
        let end = ours.period.map(|period| period.end.unix());
        law!(
            ours.status == status
                && ours.reference.as_deref() == theirs["id"].as_str()
                && end == item["current_period_end"].as_i64()
                && item["price"]["id"] == format!("price_{}", ours.offer.key)
                && theirs["cancel_at_period_end"] == ours.cancel_at_end,
            "ours is {ours:?}, theirs {theirs}"
        );
        Ok(())
    }
}
