//! What customers do: order, come back, give up, want their money back.

use std::ops::Range;

use billing::{
    Billing,
    coupon::CouponError,
    id::CustomerId,
    order::{CheckoutError, Order, OrderError},
    refund::{Reason, RefundError, Wish},
};
use rand::Rng;
use uuid::Uuid;

use super::{Done, NOBODY, PACKS, Schedule, expected, only};

/// It takes the whole price off the smallest pack.
pub const FREE_PACK: &str = "FRIEND";

impl Schedule<'_> {
    pub(super) async fn order(&mut self) -> Range<usize> {
        let who = self.somebody();
        let pack = PACKS[self.chance.random_range(0..PACKS.len())];
        let code = self.some_code();
        // In another tab there may be a payment at the price of before.
        let pays = code.is_none() || self.chance.random();
        self.say(format!("{who} orders {pack}, code {code:?}, to pay {pays}"));
        self.customers[who].may_have_a_gift |= code == Some(FREE_PACK);
        let server = self.some_server();
        let billing = self.world.server(server);
        let ordered = order(billing, self.customers[who].id, pack, code, pays);
        self.world.begins(server, ordered).await;
        only(who)
    }

    fn some_code(&mut self) -> Option<&'static str> {
        let codes = [FREE_PACK, "SPRING20", "STUDIO10"];
        let at = self.chance.random_range(0..codes.len() * 3);
        codes.get(at).copied()
    }

    /// A code that brings credits: once, however often it is typed.
    pub(super) async fn redeem(&mut self) -> Range<usize> {
        let who = self.somebody();
        let key = Uuid::from_u128(self.chance.random_range(0..3));
        let billing = self.some_billing();
        let redeemed = billing.redeem(self.customers[who].id, "WELCOME", key).await;
        self.say(format!("{who} redeems a code: {}", redeemed.is_ok()));
        match redeemed {
            Ok(transaction) => self.customers[who].welcome = transaction.credits.0,
            Err(CouponError::UsedByYou) => {}
            Err(error) => panic!("{error}"),
        }
        only(who)
    }

    fn some_order(&mut self) -> Option<(usize, Order)> {
        let who = self.somebody();
        let at = self.one_of(self.customers[who].orders.len())?;
        Some((who, self.customers[who].orders[at].clone()))
    }

    /// A customer would rather pay on the gateway's page.
    pub(super) async fn open_page(&mut self) -> Range<usize> {
        let Some((who, order)) = self.some_order() else {
            return NOBODY;
        };
        self.say("an order is to be paid on the gateway's page");
        let server = self.some_server();
        let billing = self.world.server(server);
        let led = async move {
            match billing.open_page(&order).await {
                Ok(url) => {
                    let (_, page) = url.rsplit_once('/').unwrap();
                    let page = page.to_owned();
                    Done::Opened(Some(Box::new(order)), page)
                }
                refused => not_open(refused),
            }
        };
        self.world.begins(server, led).await;
        only(who)
    }

    pub(super) async fn leave_page(&mut self) -> Range<usize> {
        let Some((who, order)) = self.some_order() else {
            return NOBODY;
        };
        self.say("the gateway's page is left");
        let server = self.some_server();
        let billing = self.world.server(server);
        let left = async move {
            expected(billing.leave_page(&order).await);
            Done::Nothing
        };
        self.world.begins(server, left).await;
        only(who)
    }

    pub(super) async fn come_back(&mut self) -> Range<usize> {
        let Some((who, order)) = self.some_order() else {
            return NOBODY;
        };
        self.say("a customer comes back from the gateway");
        let server = self.some_server();
        let billing = self.world.server(server);
        let asked = async move {
            expected(billing.returned(order.transaction.id).await);
            Done::Nothing
        };
        self.world.begins(server, asked).await;
        only(who)
    }

    pub(super) async fn give_up(&mut self) -> Range<usize> {
        let Some((who, order)) = self.some_order() else {
            return NOBODY;
        };
        self.say("an order is given up");
        let server = self.some_server();
        let billing = self.world.server(server);
        let given_up = async move {
            let order = billing.order(order.customer, order.id).await;
            let order = order.unwrap().expect("what was ordered stays");
            expected(billing.give_up(&order).await);
            Done::Nothing
        };
        self.world.begins(server, given_up).await;
        only(who)
    }

    pub(super) async fn ask_for_refund(&mut self) -> Range<usize> {
        let Some((who, order)) = self.some_order() else {
            return NOBODY;
        };
        let mut amount = order.transaction.amount;
        amount.value = self.chance.random_range(1..=amount.value);
        let key = self.chance.random_range(0..3).to_string();
        self.say(format!("a refund of {amount}, key {key}"));
        let wish = Wish {
            transaction: order.transaction.id,
            amount,
            reason: Reason::RequestedByCustomer,
            key,
        };
        let server = self.some_server();
        let billing = self.world.server(server);
        let refunded = async move {
            if let Err(RefundError::Other(error)) = billing.refund(wish).await {
                expected::<()>(Err(error));
            }
            Done::Nothing
        };
        self.world.begins(server, refunded).await;
        only(who)
    }
}

async fn order(
    billing: Billing,
    customer: CustomerId,
    pack: &'static str,
    code: Option<&'static str>,
    pays: bool,
) -> Done {
    let pack = billing.catalog().pack(pack).unwrap().clone();
    let order = match billing.place_order(customer, &pack, None).await {
        Ok(order) => order,
        Err(OrderError::Other(error)) => {
            expected::<()>(Err(error));
            return Done::Nothing;
        }
        Err(error @ OrderError::NotOnSale) => panic!("nobody changes what is sold: {error}"),
    };
    let order = match code {
        Some(code) => lowered(&billing, order, code).await,
        None => order,
    };
    match pays {
        true => opened(&billing, order).await,
        false => Done::Nothing,
    }
}

/// The order with which one goes on after typing a code, whether or not it was taken.
pub(super) async fn lowered(billing: &Billing, order: Order, code: &str) -> Order {
    let id = match billing.apply_coupon(&order, code).await {
        Ok(id) => id,
        Err(CouponError::Other(error)) => {
            expected::<()>(Err(error));
            order.id
        }
        Err(_) => order.id,
    };
    let found = billing.order(order.customer, id).await.unwrap();
    found.expect("what was ordered stays")
}

/// Opens the payment of an order for its customer.
pub(super) async fn opened(billing: &Billing, order: Order) -> Done {
    match billing.begin_payment(&order).await {
        Ok(checkout) => {
            let (payment, _) = checkout.client_secret.split_once("_secret").unwrap();
            Done::Opened(Some(Box::new(order)), payment.to_owned())
        }
        refused => not_open(refused),
    }
}

/// An order may be closed, and the gateway refuse or be silent.
#[track_caller]
pub(super) fn not_open<T>(refused: Result<T, CheckoutError>) -> Done {
    if let Err(CheckoutError::Other(error)) = refused {
        expected::<()>(Err(error));
    }
    Done::Nothing
}
