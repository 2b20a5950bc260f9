//! Codes that bring credits or lower a price.

mod gifts;
mod prices;
mod settling;
mod uses;

use billing::{
    Billing, catalog::CatalogFile, coupon::CouponError, id::CustomerId, order::Order,
    transaction::Transaction,
};
use uuid::Uuid;

use crate::books::Books;

/// A shop with these coupons.
fn selling(coupons: &str) -> CatalogFile {
    let pack = |key: &str, price: i64| {
        format!("[[pack]]\nkey='{key}'\nname='{key}'\nprice={price}\ncredits=50\n")
    };
    let packs = pack("starter", 500) + &pack("studio", 6000);
    CatalogFile::parse(&format!("currency='usd'\n{packs}{coupons}")).unwrap()
}

fn off(code: &str, lines: &str) -> String {
    format!("[[coupon]]\ncode='{code}'\nname='{code}'\n{lines}\n")
}

async fn redeem(
    billing: &Billing,
    customer: CustomerId,
    code: &str,
) -> Result<Transaction, CouponError> {
    billing.redeem(customer, code, Uuid::new_v4()).await
}

async fn again(books: &Books, order: &Order) -> Order {
    let found = books.billing.order(order.customer, order.id).await;
    found.unwrap().unwrap()
}

async fn apply(books: &Books, order: &Order, code: &str) -> Order {
    books.billing.apply_coupon(order, code).await.unwrap();
    again(books, order).await
}

#[track_caller]
fn says<T: std::fmt::Debug>(outcome: Result<T, CouponError>, words: &str) {
    let refused = outcome.unwrap_err().to_string();
    assert!(refused.contains(words), "{refused}");
}
