//! The desk's list of `customers`. Who was joined into another is found as that one.

use super::Conn;
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, PersonId},
    money::Credits,
    staff::{
        Part,
        customers::{Filter, Listed},
    },
};

#[derive(sqlx::FromRow)]
struct Row {
    id: CustomerId,
    person_id: Option<PersonId>,
    email: Option<String>,
    verified_at: Option<Time>,
    closed_at: Option<Time>,
    external_id: Option<String>,
    available: Credits,
    created_at: Time,
}

impl From<Row> for Listed {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            person: row.person_id,
            email: row.email.filter(|_| row.closed_at.is_none()),
            verified_at: row.verified_at,
            closed_at: row.closed_at,
            external_id: row.external_id,
            available: row.available,
            created_at: row.created_at,
        }
    }
}

/// So many addresses that begin alike are looked up one by one and sorted. More are met soon enough by whoever
/// goes through all customers in their order.
const FEW: i64 = 1_500;

/// Customers by the time they came, one more than the part's limit. Which those are is found out first: what is
/// shown of them stands elsewhere, and is looked up for them alone.
pub async fn part(conn: &mut Conn, filter: &Filter, part: Part) -> Result<Vec<Listed>> {
    let is_common = match &filter.email {
        Some(beginning) => begin_so(conn, beginning).await? > FEW,
        None => false,
    };
    let head = "select c.id, c.person_id, coalesce(p.email, c.address) as email, p.verified_at,
                       p.closed_at, coalesce(a.balance, 0) as available, c.created_at,
                       coalesce(c.external_id,
                           (select j.external_id from customers j
                            where j.joined_into = c.id and j.external_id is not null
                            order by j.id limit 1)) as external_id
                from (select c.id from customers c";
    let rows = fetch_built!(Row, conn, head, |sql| {
        if is_common {
            sql.push(" left join people p on p.id = c.person_id");
        }
        sql.push(" where c.joined_into is null");
        if let Some(id) = filter.id {
            sql.push(" and c.id = (select coalesce(joined_into, id) from customers where id = ");
            sql.push_bind(id).push(")");
        }
        if let Some(name) = &filter.external_id {
            sql.push(
                " and c.id in (select coalesce(joined_into, id) from customers
                  where external_id = ",
            );
            sql.push_bind(name).push(")");
        }
        match &filter.email {
            None => {}
            Some(beginning) if is_common => {
                sql.push(" and coalesce(p.email, c.address) >= ")
                    .push_bind(beginning)
                    .push(" and coalesce(p.email, c.address) < ")
                    .push_bind(end(beginning));
            }
            Some(beginning) => {
                sql.push(
                    " and c.id in (select o.id from people q join customers o on o.person_id = q.id
                      where q.email >= ",
                );
                sql.push_bind(beginning)
                    .push(" and q.email < ")
                    .push_bind(end(beginning));
                sql.push(" union all select id from customers where address >= ");
                sql.push_bind(beginning)
                    .push(" and address < ")
                    .push_bind(end(beginning))
                    .push(")");
            }
        }
        if let Some(from) = filter.from {
            sql.push(" and c.created_at >= ").push_bind(from);
        }
        if let Some(to) = filter.to {
            sql.push(" and c.created_at < ").push_bind(to);
        }
        let descending = part.descending;
        push_part!(sql, part, "c.created_at", "c.id");
        sql.push(
            ") shown join customers c on c.id = shown.id
                left join people p on p.id = c.person_id
                left join accounts a on a.customer_id = c.id and a.kind = 'available'",
        );
        sql.push(match descending {
            true => " order by c.created_at desc, c.id desc",
            false => " order by c.created_at, c.id",
        });
    })?;
    Ok(rows.into_iter().map(Listed::from).collect())
}

/// Addresses stand in the order of their bytes: nothing that begins so comes after this.
fn end(beginning: &str) -> String {
    format!("{beginning}\u{10ffff}")
}

/// How many addresses begin so; after many it stops to count.
async fn begin_so(conn: &mut Conn, beginning: &str) -> Result<i64> {
    let (count,) = fetch_one!(
        (i64,),
        conn,
        "select count(*) from (
             select 1 as one from (select 1 as one from people where email >= $1 and email < $2 limit $3) p
             union all
             select 1 from (select 1 as one from customers where address >= $1 and address < $2 limit $3) a
         ) b",
        beginning,
        end(beginning),
        FEW + 1,
    )?;
    Ok(count)
}
