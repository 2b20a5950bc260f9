//! One query for each money law, counting the rows that break it. That every transfer takes as
//! much as it gives (L1) is its shape: one row, one amount, two accounts.

use super::Conn;
use crate::{Result, laws::Violation};

/// Law, rule, query.
const LAWS: &[(&str, &str, &str)] = &[
    (
        "L2",
        "an account's balance equals the sum of its entries",
        "select count(*) from accounts a where a.balance <>
           (select cast(coalesce(sum(t.amount), 0) as bigint) from transfers t
            where t.credit_account_id = a.id)
         - (select cast(coalesce(sum(t.amount), 0) as bigint) from transfers t
            where t.debit_account_id = a.id)",
    ),
    (
        "L4",
        "spendable credits are never below zero",
        "select count(*) from accounts where kind = 'available' and balance < 0",
    ),
    (
        "L5",
        "a settled transaction granted once, and exactly its credits",
        "select count(*) from transactions x where x.state = 'succeeded' and x.credits > 0 and 1 <>
           (select count(*) from transfers t where t.transaction_id = x.id and t.effect = 'grant' and t.amount = x.credits
              and t.customer_id = x.customer_id)",
    ),
    (
        "L6",
        "nothing was granted for a transaction that is not settled",
        "select count(*) from transfers t where t.transaction_id is not null and not exists
           (select 1 from transactions x where x.id = t.transaction_id
              and x.state = 'succeeded' and x.settled_at is not null)",
    ),
    (
        "L7",
        "what is left in the lots equals the balance",
        "select count(*) from accounts a where a.kind = 'available' and a.balance <>
           (select cast(coalesce(sum(l.remaining), 0) as bigint) from lots l
            where l.customer_id = a.customer_id)",
    ),
    (
        "L7",
        "what is left in a lot is what was granted less what was used",
        "select count(*) from lots l where l.remaining <> l.granted -
           (select cast(coalesce(sum(u.amount), 0) as bigint) from lot_uses u
            where u.lot_id = l.id)",
    ),
    (
        "L9",
        "the uses of a code are its redemptions that were not given back",
        "select count(*) from
           (select c.code, count(*) as redeemed from redemptions r
            join coupons c on c.id = r.coupon_id where r.given_back_at is null group by c.code) r
         full join (select code, used from coupon_uses where used > 0) u on u.code = r.code
         where r.redeemed is null or u.used is null or r.redeemed <> u.used",
    ),
    (
        "L9",
        "the uses of a code by a customer are their redemptions that were not given back",
        "select count(*) from
           (select c.code, r.customer_id, count(*) as redeemed from redemptions r
            join coupons c on c.id = r.coupon_id where r.given_back_at is null
            group by c.code, r.customer_id) r
         full join (select code, customer_id, used from coupon_customer_uses where used > 0) u
           on u.code = r.code and u.customer_id = r.customer_id
         where r.redeemed is null or u.used is null or r.redeemed <> u.used",
    ),
    (
        "L9",
        "what is due is the list price less the discount",
        "select count(*) from redemptions r join transactions x on x.id = r.transaction_id
         where r.given_back_at is null and x.amount <> r.list_price - r.discount",
    ),
];

pub async fn verify(conn: &mut Conn) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for (law, rule, sql) in LAWS.iter().copied() {
        let (rows,) = fetch_one!((i64,), conn, sql)?;
        if rows > 0 {
            violations.push(Violation { law, rule, rows });
        }
    }
    Ok(violations)
}
