//! One query for each money law, counting the rows that break it. That every transfer takes as
//! much as it gives (L1) is its shape: one row, one amount, two accounts. Each goes once through what it
//! looks at, and finds the rest by an index: there may be ten million rows.

use super::Conn;
use crate::{Result, laws::Violation};

/// Counts the rows of refunds or disputes that hold something else than their transfers moved: out of
/// the lots of their payment, into what is taken back, into what is frozen.
macro_rules! holds_what_it_says {
    ($table:literal, $column:literal, $from_lots:literal, $frozen:literal) => {
        concat!(
            "select count(*) from ",
            $table,
            " c where ",
            $from_lots,
            " <> (select cast(coalesce(sum(u.amount), 0) as bigint) from lot_uses u
                  join transfers t on t.id = u.transfer_id join lots l on l.id = u.lot_id
                  join transfers g on g.id = l.transfer_id
                  where t.",
            $column,
            " = c.id and g.transaction_id = c.transaction_id and t.reason <> 'debt_returned')
             or c.taken + c.owed <> (select cast(coalesce(sum(case a.id
                  when t.credit_account_id then t.amount else -t.amount end), 0) as bigint)
                  from transfers t
                  join accounts a on a.id in (t.credit_account_id, t.debit_account_id)
                  where a.kind = 'clawed_back' and t.",
            $column,
            " = c.id)
             or ",
            $frozen,
            " <> (select cast(coalesce(sum(case a.id
                  when t.credit_account_id then t.amount else -t.amount end), 0) as bigint)
                  from transfers t
                  join accounts a on a.id in (t.credit_account_id, t.debit_account_id)
                  where a.kind = 'frozen' and t.",
            $column,
            " = c.id)"
        )
    };
}

/// Law, rule, query.
const LAWS: &[(&str, &str, &str)] = &[
    (
        "L2",
        "an account's balance equals the sum of its entries",
        "select count(*) from
           (select id from
              (select id, balance from accounts union all
               select credit_account_id, -amount from transfers union all
               select debit_account_id, amount from transfers) entries
            group by id having sum(balance) <> 0) broken",
    ),
    (
        "L4",
        "available, upcoming, held and frozen credits are never below zero, and what is owed is never above",
        "select count(*) from accounts
         where (kind in ('available', 'upcoming', 'held', 'frozen') and balance < 0)
            or (kind = 'debt' and balance > 0)",
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
            where l.customer_id = a.customer_id and l.remaining > 0)",
    ),
    (
        "L7",
        "grants less spends, expiries and clawbacks are what is available, upcoming, held, frozen and owed",
        "select count(*) from
           (select customer_id from accounts group by customer_id having sum(balance) <> 0) broken",
    ),
    (
        "L7",
        "what left a customer who was joined into another arrived there",
        "select count(*) from
           (select coalesce(sum(balance), 0) as balance from accounts where kind = 'joined') broken
         where balance <> 0",
    ),
    (
        "L7",
        "who was joined into another has nothing, and leads to somebody who was not joined",
        "select count(*) from customers c where c.joined_into is not null
           and (exists (select 1 from customers o where o.id = c.joined_into
                        and o.joined_into is not null)
             or exists (select 1 from accounts a where a.customer_id = c.id
                        and a.kind in ('available', 'upcoming', 'debt') and a.balance <> 0))",
    ),
    (
        "L7",
        "a spend or capture that was reversed came back whole, and no gift more than it was",
        "select count(*) from transfers r join transfers t on t.id = r.reverses
         where r.reason <> 'reversal' or r.customer_id <> t.customer_id
            or t.reason not in ('spend', 'capture', 'gift') or r.amount > t.amount
            or (t.reason in ('spend', 'capture') and (r.amount <> t.amount
                or r.debit_account_id <> t.credit_account_id))",
    ),
    (
        "L7",
        "what a spend that was reversed took of each lot came back to it",
        "select count(*) from transfers r join transfers t on t.id = r.reverses and t.reason = 'spend'
              join lot_uses u on u.transfer_id = t.id
              left join lot_uses b on b.transfer_id = r.id and b.lot_id = u.lot_id
         where b.amount is null or b.amount <> -u.amount",
    ),
    (
        "L7",
        "frozen credits are those that disputes hold",
        "select count(*) from accounts a where a.kind = 'frozen' and a.balance <>
           (select cast(coalesce(sum(d.frozen), 0) as bigint) from disputes d
            join transactions x on x.id = d.transaction_id where x.customer_id = a.customer_id)",
    ),
    (
        "L7",
        "upcoming credits are those of lots that have not started",
        "select count(*) from accounts a where a.kind = 'upcoming' and a.balance <>
           (select cast(coalesce(sum(l.granted), 0) as bigint) from lots l
            where l.customer_id = a.customer_id and l.upcoming)",
    ),
    (
        "L7",
        "held credits are those of open holds",
        "select count(*) from accounts a where a.kind = 'held' and a.balance <>
           (select cast(coalesce(sum(h.amount), 0) as bigint) from holds h
            where h.customer_id = a.customer_id and h.status = 'open')",
    ),
    (
        "L7",
        "a hold used as much as its row says, and gave back the rest",
        "select count(*) from holds h where h.status <> 'open' and
           (h.captured <> (select cast(coalesce(sum(u.amount), 0) as bigint) from lot_uses u
              join transfers t on t.id = u.transfer_id
              where t.hold_id = h.id and t.reason in ('hold', 'release'))
         or h.captured <> (select cast(coalesce(sum(t.amount), 0) as bigint) from transfers t
              where t.hold_id = h.id and t.reason = 'capture'))",
    ),
    (
        "L7",
        "a statement has one line for each change of what is available",
        "select count(*) from accounts a left join transfers t
           on t.id = a.head and t.customer_id = a.customer_id
         where a.kind = 'available' and a.version <> coalesce(t.seq, 0)",
    ),
    (
        "L7",
        "what is left in a lot is what was granted less what was used",
        "select count(*) from lots l left join
           (select lot_id, sum(amount) as used from lot_uses group by lot_id) u on u.lot_id = l.id
         where l.remaining <> l.granted - coalesce(u.used, 0)",
    ),
    (
        "L9",
        "the uses of a code are its redemptions that were not given back",
        "select count(*) from
           (select code from
              (select c.code, 1 as used from redemptions r join coupons c on c.id = r.coupon_id
               where r.given_back_at is null union all
               select code, -used from coupon_uses) uses
            group by code having sum(used) <> 0) broken",
    ),
    (
        "L9",
        "the uses of a code by a customer are their redemptions that were not given back",
        "select count(*) from
           (select code, customer_id from
              (select c.code, r.customer_id, 1 as used from redemptions r
               join coupons c on c.id = r.coupon_id where r.given_back_at is null union all
               select code, customer_id, -used from coupon_customer_uses) uses
            group by code, customer_id having sum(used) <> 0) broken",
    ),
    (
        "L9",
        "what is due is the list price less the discount",
        "select count(*) from redemptions r join transactions x on x.id = r.transaction_id
         where r.given_back_at is null and x.amount <> r.list_price - r.discount",
    ),
    (
        "L10",
        "a refund took exactly the credits that its row says",
        holds_what_it_says!("refunds", "refund_id", "c.taken", "cast(0 as bigint)"),
    ),
    (
        "L10",
        "a dispute froze and took exactly the credits that its row says",
        holds_what_it_says!("disputes", "dispute_id", "c.taken + c.frozen", "c.frozen"),
    ),
    (
        "L10",
        "no more credits are taken back than the payment granted",
        "select count(*) from
           (select c.transaction_id, sum(c.credits) as credits from claims c
            group by c.transaction_id) held
         where held.credits >
           (select coalesce(sum(l.granted), 0) from lots l join transfers t on t.id = l.transfer_id
            where t.transaction_id = held.transaction_id)",
    ),
    (
        "L10",
        "no more money is refunded than was paid",
        "select count(*) from transactions x where x.review is null and x.amount <
           (select coalesce(sum(r.amount), 0) from refunds r
            where r.transaction_id = x.id and r.state = 'succeeded')",
    ),
    (
        "L10",
        "the history of a refund or dispute ends with what it is",
        "select (select count(*) from refunds r where not exists
           (select 1 from refund_changes c where c.refund_id = r.id and c.version = r.version
              and c.state = r.state and c.taken = r.taken and c.owed = r.owed
              and c.written_off = r.written_off))
         + (select count(*) from disputes d where not exists
           (select 1 from dispute_changes c where c.dispute_id = d.id and c.version = d.version
              and c.state = d.state and c.frozen = d.frozen and c.taken = d.taken
              and c.owed = d.owed and c.written_off = d.written_off))",
    ),
    (
        "L11",
        "the receipts of a year are numbered without a gap",
        "select count(*) from document_years y where y.last <>
           (select count(*) from documents d where d.year = y.year and d.number <= y.last)",
    ),
    (
        "L13",
        "the books of the house add up to what is in the accounts",
        "select count(*) from
           (select kind, sum(credits) as credits from
              (select credit_kind as kind, credits from ledger_days
               union all select debit_kind, -credits from ledger_days
               union all select c.kind, t.amount from transfers t
                    join accounts c on c.id = t.credit_account_id
                    where (t.id > (select upto from checkpoints order by number desc limit 1))
                        is not false
               union all select d.kind, -t.amount from transfers t
                    join accounts d on d.id = t.debit_account_id
                    where (t.id > (select upto from checkpoints order by number desc limit 1))
                        is not false
               union all select kind, -balance from accounts) moved
            group by kind) sums
         where credits <> 0",
    ),
    (
        "L11",
        "every settled sale has a receipt",
        "select count(*) from transactions x where x.state = 'succeeded'
           and x.kind in ('purchase', 'subscription', 'renewal', 'plan_change') and not exists
           (select 1 from documents d where d.transaction_id = x.id and d.kind = 'receipt')",
    ),
];

/// Which laws are broken. Tells how many were looked at, of how many.
pub async fn verify(
    conn: &mut Conn,
    mut progress: impl FnMut(usize, usize),
) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for (done, (law, rule, sql)) in LAWS.iter().copied().enumerate() {
        progress(done, LAWS.len());
        let (rows,) = fetch_one!((i64,), conn, sql)?;
        if rows > 0 {
            violations.push(Violation { law, rule, rows });
        }
    }
    Ok(violations)
}
