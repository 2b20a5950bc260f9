//! The desk's list of `transactions`. The index that gives the order is the one that is read, unless a
//! condition leaves few rows: then those are sorted.

use super::{
    Conn,
    transactions::{Row, select},
};
use crate::{
    Result,
    gateway::stripe,
    staff::{
        Part,
        transactions::{Filter, Sort, Whose},
    },
    transaction::{State, Transaction},
};

/// Transactions, one more than the part's limit.
pub async fn part(
    conn: &mut Conn,
    filter: &Filter,
    sort: Sort,
    part: Part,
) -> Result<Vec<Transaction>> {
    let rows = fetch_built!(Row, conn, select!("where true"), |sql| {
        if let Some(state) = filter.state {
            // Most rows are in one of these: looking them up by it would sort nearly all.
            let is_common = matches!(state, State::Succeeded | State::Canceled | State::Failed);
            sql.push(match sort {
                Sort::Amount if is_common => " and coalesce(state, '') = ",
                _ => " and state = ",
            });
            sql.push_bind(state);
        }
        if let Some(kind) = filter.kind {
            sql.push(match sort {
                Sort::Amount => " and coalesce(kind, '') = ",
                Sort::Time => " and kind = ",
            });
            sql.push_bind(kind);
        }
        match &filter.customer {
            None => {}
            Some(Whose::Id(id)) => {
                sql.push(" and customer_id = ").push_bind(*id);
            }
            Some(Whose::Address(address)) => {
                sql.push(
                    " and customer_id in (select c.id from people p
                    join customers c on c.person_id = p.id where p.email = ",
                );
                sql.push_bind(address);
                sql.push(" union all select id from customers where address = ");
                sql.push_bind(address).push(")");
            }
            Some(Whose::External(name)) => {
                sql.push(
                    " and customer_id in (select coalesce(joined_into, id) from customers
                    where external_id = ",
                );
                sql.push_bind(name).push(")");
            }
        }
        if let Some(amount) = filter.amount {
            sql.push(" and amount = ").push_bind(amount);
        }
        if let Some(currency) = filter.currency {
            sql.push(" and currency = ")
                .push_bind(currency.as_str().to_owned());
        }
        if let Some(reference) = &filter.reference {
            sql.push(" and id in (select id from transactions where gateway = ");
            sql.push_bind(stripe::NAME)
                .push(" and reference = ")
                .push_bind(reference);
            sql.push(" union all select transaction_id from payments where gateway = ");
            sql.push_bind(stripe::NAME)
                .push(" and reference = ")
                .push_bind(reference);
            sql.push(")");
        }
        if let Some(from) = filter.from {
            sql.push(" and created_at >= ").push_bind(from);
        }
        if let Some(to) = filter.to {
            sql.push(" and created_at < ").push_bind(to);
        }
        match sort {
            Sort::Time => push_part!(sql, part, "created_at", "id"),
            Sort::Amount => push_part!(sql, part, "amount", "id"),
        }
    })?;
    rows.into_iter().map(Transaction::try_from).collect()
}
