//! Rows of `customers`.

use std::collections::HashMap;

use super::{Conn, Tx};
use crate::{
    Error, Result,
    clock::Time,
    customer::Customer,
    id::{CustomerId, PersonId},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: CustomerId,
    named: CustomerId,
    person_id: Option<PersonId>,
    external_id: Option<String>,
    naming_key: Option<String>,
    address: Option<String>,
    created_at: Time,
}

impl From<Row> for Customer {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            named: row.named,
            person: row.person_id,
            external_id: row.external_id,
            naming_key: row.naming_key,
            address: row.address,
            created_at: row.created_at,
        }
    }
}

/// The columns of a [`Row`]: of the customer to whom `n`, who is looked for, leads.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select c.id, n.id as named, c.person_id, n.naming_key, c.address, c.created_at,
                    coalesce(n.external_id, c.external_id,
                        (select j.external_id from customers j
                         where j.joined_into = c.id and j.external_id is not null
                         order by j.id limit 1)) as external_id
             from customers n join customers c on c.id = coalesce(n.joined_into, n.id) ",
            $rest
        )
    };
}

pub async fn find(conn: &mut Conn, id: CustomerId) -> Result<Option<Customer>> {
    let sql = select!("where n.id = $1");
    Ok(fetch_optional!(Row, conn, sql, id)?.map(Customer::from))
}

pub async fn by_external_id(conn: &mut Conn, external_id: &str) -> Result<Option<Customer>> {
    let sql = select!("where n.external_id = $1");
    Ok(fetch_optional!(Row, conn, sql, external_id)?.map(Customer::from))
}

pub async fn by_naming_key(conn: &mut Conn, key: &str) -> Result<Option<Customer>> {
    let sql = select!("where n.naming_key = $1");
    Ok(fetch_optional!(Row, conn, sql, key)?.map(Customer::from))
}

/// The customer of who proved to read the mail of this address.
pub async fn by_verified_address(conn: &mut Conn, email: &str) -> Result<Option<Customer>> {
    let sql = select!(
        "join people p on p.id = n.person_id
         where p.email = $1 and p.verified_at is not null and p.closed_at is null"
    );
    Ok(fetch_optional!(Row, conn, sql, email)?.map(Customer::from))
}

/// Who was named with this address, and has no account yet.
pub async fn by_address(conn: &mut Conn, email: &str) -> Result<Option<Customer>> {
    let sql = select!("where n.address = $1");
    Ok(fetch_optional!(Row, conn, sql, email)?.map(Customer::from))
}

/// Where these customers read mail, as far as that is known.
pub async fn addresses(conn: &mut Conn, ids: &[CustomerId]) -> Result<HashMap<CustomerId, String>> {
    let rows = fetch_in!(
        (CustomerId, String),
        conn,
        "select c.id, coalesce(p.email, c.address)
         from customers c left join people p on p.id = c.person_id and p.closed_at is null
         where coalesce(p.email, c.address) is not null and c.id in (",
        ids,
        ")",
    );
    Ok(rows.into_iter().collect())
}

/// Whose credits are meant when this customer is named.
pub async fn owner(conn: &mut Conn, id: CustomerId) -> Result<CustomerId> {
    let sql = "select coalesce(joined_into, id) from customers where id = $1";
    let (owner,) = fetch_one!((CustomerId,), conn, sql, id)?;
    Ok(owner)
}

/// Those of these customers that were joined into another.
pub async fn joined(conn: &mut Conn, ids: &[CustomerId]) -> Result<Vec<CustomerId>> {
    let rows = fetch_in!(
        (CustomerId,),
        conn,
        "select id from customers where joined_into is not null and id in (",
        ids,
        ")",
    );
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The customers that were joined into this one.
pub async fn joined_into(conn: &mut Conn, id: CustomerId) -> Result<Vec<CustomerId>> {
    let sql = "select id from customers where joined_into = $1 order by id";
    let rows = fetch_all!((CustomerId,), conn, sql, id)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Nobody changes the row of a customer, or begins a transaction of theirs, until this one ends.
pub async fn lock(tx: &mut Tx, id: CustomerId) -> Result<()> {
    execute!(
        tx,
        "update customers set created_at = created_at where id = $1",
        id
    )?;
    Ok(())
}

/// Whether a customer has nothing but an account: no name, no transaction, and no credits ever.
/// Asked under the locks.
pub async fn is_fresh(tx: &mut Tx, id: CustomerId) -> Result<bool> {
    let (traces,) = fetch_one!(
        (i64,),
        tx,
        "select (select count(*) from customers where id = $1 and external_id is not null)
              + (select count(*) from customers where joined_into = $1)
              + (select count(*) from transactions where customer_id = $1)
              + (select count(*) from accounts where customer_id = $1 and version > 0)",
        id,
    )?;
    Ok(traces == 0)
}

pub async fn set_address(tx: &mut Tx, id: CustomerId, address: Option<&str>) -> Result<()> {
    let sql = "update customers set address = $2 where id = $1";
    execute!(tx, sql, id, address)?;
    Ok(())
}

pub async fn set_person(tx: &mut Tx, id: CustomerId, person: Option<PersonId>) -> Result<()> {
    let sql = "update customers set person_id = $2 where id = $1";
    execute!(tx, sql, id, person)?;
    Ok(())
}

/// Whoever names the one, or somebody who was joined into it, means the other from now on.
pub async fn lead(tx: &mut Tx, from: CustomerId, to: CustomerId) -> Result<()> {
    let sql = "update customers set joined_into = $2 where id = $1 or joined_into = $1";
    execute!(tx, sql, from, to)?;
    Ok(())
}

pub async fn insert(tx: &mut Tx, customer: &Customer) -> Result<()> {
    execute!(
        tx,
        "insert into customers (id, person_id, external_id, naming_key, address, created_at)
         values ($1, $2, $3, $4, $5, $6)",
        customer.id,
        customer.person,
        customer.external_id.as_deref(),
        customer.naming_key.as_deref(),
        customer.address.as_deref(),
        customer.created_at,
    )?;
    Ok(())
}

/// Writes down how a product calls a customer that has no such name yet.
pub async fn set_name(tx: &mut Tx, customer: &Customer) -> Result<()> {
    let rows = execute!(
        tx,
        "update customers set external_id = $2, naming_key = $3
         where id = $1 and external_id is null",
        customer.id,
        customer.external_id.as_deref(),
        customer.naming_key.as_deref(),
    )?;
    match rows {
        1 => Ok(()),
        // Another server named them at this moment.
        _ => Err(Error::Busy),
    }
}
