//! The desk's list of `transactions`. One condition leads to the rows, by its index, and the others look at
//! what it finds; or the index that gives the order leads. SQLite does not know how many rows a word or a
//! span of time leaves, so that is looked up first, as far as it matters.

use super::{
    Conn,
    transactions::{Row, select},
};
use crate::{
    Result,
    clock::Time,
    gateway::stripe,
    staff::{
        Part,
        transactions::{Filter, Sort, Whose},
    },
    transaction::Transaction,
};

/// So few rows are looked up one by one and sorted; more are met soon enough in their order.
const FEW: i64 = 5_000;
/// Those of a span of time stand side by side: even so many are sorted sooner.
const FEW_OF_A_SPAN: i64 = 50_000;

/// What leads to the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lead {
    /// Whose they are, or what pays them: few in any case.
    Named,
    State,
    Kind,
    Amount,
    Time,
    /// Nothing leaves few.
    Order,
}

/// Pushes a condition. One that does not lead is written so that no index answers it.
macro_rules! push_condition {
    ($sql:ident, $leads:expr, $condition:literal, $value:expr) => {
        $sql.push(concat!(" and (", $condition));
        $sql.push_bind($value).push(match $leads {
            true => ")",
            false => ") is true",
        });
    };
}

/// Transactions, one more than the part's limit.
pub async fn part(
    conn: &mut Conn,
    filter: &Filter,
    sort: Sort,
    part: Part,
) -> Result<Vec<Transaction>> {
    let lead = lead(conn, filter, sort).await?;
    let rows = fetch_built!(Row, conn, select!("where true"), |sql| {
        if let Some(state) = filter.state {
            push_condition!(sql, lead == Lead::State, "state = ", state);
        }
        if let Some(kind) = filter.kind {
            push_condition!(sql, lead == Lead::Kind, "kind = ", kind);
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
            push_condition!(sql, lead == Lead::Amount, "amount = ", amount);
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
        if let Some((from, to)) = span(filter) {
            // It stands beside the others in their indexes, where it gives the order.
            let gives_order = sort == Sort::Time && lead != Lead::Named;
            let leads = gives_order || lead == Lead::Time;
            push_condition!(sql, leads, "created_at >= ", from);
            push_condition!(sql, leads, "created_at < ", to);
        }
        match sort {
            Sort::Time => push_part!(sql, part, "created_at", "id"),
            Sort::Amount => push_part!(sql, part, "amount", "id"),
        }
    })?;
    rows.into_iter().map(Transaction::try_from).collect()
}

/// From when on, and before when, if either is asked for. Both ends are told to SQLite, which takes a span
/// with one of them for most of the table.
fn span(filter: &Filter) -> Option<(Time, Time)> {
    let asked = filter.from.is_some() || filter.to.is_some();
    let from = filter.from.unwrap_or(Time(i64::MIN));
    asked.then_some((from, filter.to.unwrap_or(Time(i64::MAX))))
}

async fn lead(conn: &mut Conn, filter: &Filter, sort: Sort) -> Result<Lead> {
    if filter.customer.is_some() || filter.reference.is_some() {
        return Ok(Lead::Named);
    }
    let mut counts = Vec::new();
    macro_rules! count {
        ($lead:expr, $few:expr, $condition:literal, $($value:expr),+) => {
            let sql = concat!(
                "select count(*) from (select 1 as one from transactions where ",
                $condition,
                " limit $1) r"
            );
            let (count,) = fetch_one!((i64,), conn, sql, $few + 1, $($value),+)?;
            if count <= $few {
                counts.push((count, $lead));
            }
        };
    }
    if let Some(state) = filter.state {
        count!(Lead::State, FEW, "state = $2", state);
    }
    if let Some(kind) = filter.kind {
        count!(Lead::Kind, FEW, "kind = $2", kind);
    }
    if let Some(amount) = filter.amount {
        count!(Lead::Amount, FEW, "amount = $2", amount);
    }
    if let Some((from, to)) = span(filter) {
        let few = FEW_OF_A_SPAN;
        count!(
            Lead::Time,
            few,
            "created_at >= $2 and created_at < $3",
            from,
            to
        );
    }
    let rarest = counts.into_iter().min_by_key(|(count, _)| *count);
    Ok(match (rarest, sort) {
        (Some((_, lead)), _) => lead,
        // Each has an index in which its rows stand by their time, and one by their amount.
        _ if filter.amount.is_some() => Lead::Amount,
        _ if filter.state.is_some() => Lead::State,
        _ if filter.kind.is_some() => Lead::Kind,
        _ => Lead::Order,
    })
}
