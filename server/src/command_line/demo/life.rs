//! The life of one customer, visit by visit: they come, buy or do not, spend, and come back.

use std::time::Duration;

use anyhow::Context;
use billing::{
    Billing,
    catalog::Benefit,
    coupon::CouponError,
    customer::Naming,
    id::{CustomerId, OrderId, TransactionId},
    ledger::{Gift, Spend},
    money::Credits,
    order::Order,
    staff::{audit_log::Actor, customers::Giving},
};
use uuid::Uuid;

use super::{
    chance::Chance,
    gateway::{Gateway, Paid},
};

/// An order that nobody pays is looked at when its time is over.
const OVER: Duration = Duration::from_secs(24 * 3600);
/// What is given for nothing can be spent until after the end of the history.
const GIFT_LASTS: Duration = Duration::from_secs(100 * 24 * 3600);

/// Where they come to.
pub struct Shop<'b> {
    pub billing: &'b Billing,
    pub gateway: Gateway,
    /// What the names of this run have in common.
    pub run: String,
    /// An hour, where the history is as long as it should be; less where it must be shorter.
    pub hour: Duration,
}

/// A customer between two visits.
pub struct Life {
    number: u32,
    visits: u32,
    customer: Option<CustomerId>,
    /// What they still want to spend credits on, if they have any.
    wishes: u32,
    begun: Begun,
}

/// What is to be gone on with at the next visit.
enum Begun {
    Nothing,
    /// Nobody will pay it.
    Forgotten(OrderId),
    /// The bank said no; another card pays it.
    Declined(OrderId),
    /// It was paid, and its money is wanted back.
    Regretted(TransactionId),
}

impl Life {
    pub fn new(number: u32) -> Self {
        Self {
            number,
            visits: 0,
            customer: None,
            wishes: Chance::of(number, 0).between(4, 12),
            begun: Begun::Nothing,
        }
    }

    /// Visits the shop. Answers after how long the next visit is, if there is one.
    pub async fn visit(mut self, shop: &Shop<'_>) -> anyhow::Result<Option<(Duration, Self)>> {
        self.visits += 1;
        let mut chance = Chance::of(self.number, self.visits);
        let customer = match self.customer {
            Some(customer) => customer,
            None => self.arrive(shop, &mut chance).await?,
        };
        self.customer = Some(customer);
        let begun = std::mem::replace(&mut self.begun, Begun::Nothing);
        let buys = match begun {
            Begun::Nothing => chance.in_thousand(if self.visits == 1 { 780 } else { 90 }),
            begun => {
                go_on(shop, customer, begun, &mut chance).await?;
                false
            }
        };
        if buys {
            self.begun = buy(shop, customer, &mut chance).await?;
        }
        self.spend(shop, customer, &mut chance).await?;
        let pause = match self.begun {
            Begun::Forgotten(_) => OVER,
            Begun::Declined(_) => shop.hour,
            _ if self.wishes == 0 => return Ok(None),
            Begun::Nothing | Begun::Regretted(_) => shop.hour * chance.between(2, 200),
        };
        Ok(Some((pause, self)))
    }

    /// Becomes a customer, and is perhaps given something.
    async fn arrive(&self, shop: &Shop<'_>, chance: &mut Chance) -> anyhow::Result<CustomerId> {
        let (billing, run, number) = (shop.billing, &shop.run, self.number);
        let external_id = format!("demo-{run}-{number}");
        let naming = Naming {
            email: Some(format!("{}.{number}@{run}.example", chance.name())),
            key: external_id.clone(),
            external_id,
        };
        let customer = billing.name_customer(naming).await?.id;
        let expires_at = billing.clock().now().plus(GIFT_LASTS);
        if chance.in_thousand(700) {
            let gift = Gift {
                customer,
                amount: Credits(10),
                note: "Welcome".to_owned(),
                starts_at: None,
                expires_at: Some(expires_at),
                priority: 0,
                key: "welcome".to_owned(),
            };
            billing.give(gift).await?;
        } else if let Some(code) = code(billing, |benefit| {
            matches!(benefit, Benefit::Credits { .. })
        }) {
            let redeemed = billing.redeem(customer, &code, Uuid::new_v4()).await;
            unless_refused(redeemed)?;
        }
        if chance.in_thousand(20) {
            let giving = Giving {
                customer,
                amount: Credits(25),
                note: "With our apologies".to_owned(),
                expires_at: Some(expires_at),
                reason: "A picture came out blank".to_owned(),
                key: "apology".to_owned(),
            };
            billing.give_credits(giving, &Actor::command_line()).await?;
        }
        Ok(customer)
    }

    /// Spends on some of what they want. Who has too few credits goes without.
    async fn spend(
        &mut self,
        shop: &Shop<'_>,
        customer: CustomerId,
        chance: &mut Chance,
    ) -> anyhow::Result<()> {
        let now = chance.between(1, 4).min(self.wishes);
        for number in 0..now {
            let spend = Spend {
                customer,
                amount: Credits(chance.between(1, 3).into()),
                note: chance.picture().to_owned(),
                key: format!("{}-{number}", self.visits),
            };
            shop.billing.spend(spend).await?;
        }
        self.wishes -= now;
        Ok(())
    }
}

/// Orders a pack, and pays it or does not.
async fn buy(shop: &Shop<'_>, customer: CustomerId, chance: &mut Chance) -> anyhow::Result<Begun> {
    let billing = shop.billing;
    let catalog = billing.catalog();
    let pack = chance.early(&catalog.packs).context("no pack")?;
    let mut order = billing.place_order(customer, pack, None).await?;
    // It is before a person since it was ordered last.
    if order.transaction.review.is_some() {
        return Ok(Begun::Nothing);
    }
    if chance.in_thousand(120)
        && let Some(code) = code(billing, |benefit| {
            !matches!(benefit, Benefit::Credits { .. })
        })
    {
        unless_refused(billing.apply_coupon(&order, &code).await)?;
        order = found(billing, customer, order.id).await?;
        // The code may have left nothing to pay.
        if order.transaction.settled_at.is_some() {
            return Ok(Begun::Nothing);
        }
    }
    let due = order.transaction.amount.value;
    match chance.between(1, 1000) {
        1..=50 => Ok(Begun::Forgotten(order.id)),
        51..=110 => {
            let (code, message) = chance.decline();
            let declined = Paid::Declined(code, message);
            shop.gateway
                .pay(billing, &order.transaction, declined, 1)
                .await?;
            Ok(Begun::Declined(order.id))
        }
        // What differs goes to a person.
        111 => {
            let differs = Paid::Came(due - due / 10 - 1);
            shop.gateway
                .pay(billing, &order.transaction, differs, 1)
                .await?;
            Ok(Begun::Nothing)
        }
        _ => {
            pay(shop, &order, chance).await?;
            Ok(match chance.in_thousand(15) {
                true => Begun::Regretted(order.transaction.id),
                false => Begun::Nothing,
            })
        }
    }
}

/// Pays an order, and perhaps looks at the receipt, which asks for the card.
async fn pay(shop: &Shop<'_>, order: &Order, chance: &mut Chance) -> anyhow::Result<()> {
    let transaction = &order.transaction;
    // Nothing may be due any more.
    if transaction.settled_at.is_some() {
        return Ok(());
    }
    let due = Paid::Came(transaction.amount.value);
    // Most events are here within a second or two.
    let ago_s = match chance.in_thousand(15) {
        true => chance.between(3, 60),
        false => chance.between(0, 2),
    };
    shop.gateway
        .pay(shop.billing, transaction, due, ago_s)
        .await?;
    if chance.in_thousand(400) {
        shop.billing.receipt(order.customer, transaction.id).await?;
    }
    Ok(())
}

async fn go_on(
    shop: &Shop<'_>,
    customer: CustomerId,
    begun: Begun,
    chance: &mut Chance,
) -> anyhow::Result<()> {
    let billing = shop.billing;
    match begun {
        Begun::Nothing => Ok(()),
        Begun::Forgotten(order) => {
            let order = found(billing, customer, order).await?;
            Ok(billing.give_up(&order).await?)
        }
        Begun::Declined(order) => pay(shop, &found(billing, customer, order).await?, chance).await,
        Begun::Regretted(transaction) => {
            let transaction = billing.transaction(customer, transaction).await?;
            let transaction = transaction.context("a transaction is not there")?;
            match transaction.amount.value {
                0 => Ok(()),
                _ => shop.gateway.refund(billing, &transaction).await,
            }
        }
    }
}

async fn found(billing: &Billing, customer: CustomerId, id: OrderId) -> anyhow::Result<Order> {
    billing
        .order(customer, id)
        .await?
        .context("an order is not there")
}

/// A code of the catalogue that does such a thing.
fn code(billing: &Billing, does: impl Fn(&Benefit) -> bool) -> Option<String> {
    let catalog = billing.catalog();
    let mut coupons = catalog.coupons.iter();
    let coupon = coupons.find(|coupon| does(&coupon.benefit));
    coupon.map(|coupon| coupon.code.clone())
}

/// A code that is not for this, or not any more, is none.
fn unless_refused<T>(redeemed: Result<T, CouponError>) -> Result<(), CouponError> {
    match redeemed {
        Err(error @ (CouponError::Other(_) | CouponError::Gateway(_))) => Err(error),
        _ => Ok(()),
    }
}
