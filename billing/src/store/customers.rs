//! Rows of `customers`.

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
    person_id: Option<PersonId>,
    external_id: Option<String>,
    naming_key: Option<String>,
    created_at: Time,
}

impl From<Row> for Customer {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            person: row.person_id,
            external_id: row.external_id,
            naming_key: row.naming_key,
            created_at: row.created_at,
        }
    }
}

/// The columns of a [`Row`].
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select c.id, c.person_id, c.external_id, c.naming_key, c.created_at from customers c ",
            $rest
        )
    };
}

pub async fn find(conn: &mut Conn, id: CustomerId) -> Result<Option<Customer>> {
    let sql = select!("where c.id = $1");
    Ok(fetch_optional!(Row, conn, sql, id)?.map(Customer::from))
}

pub async fn by_external_id(conn: &mut Conn, external_id: &str) -> Result<Option<Customer>> {
    let sql = select!("where c.external_id = $1");
    Ok(fetch_optional!(Row, conn, sql, external_id)?.map(Customer::from))
}

pub async fn by_naming_key(conn: &mut Conn, key: &str) -> Result<Option<Customer>> {
    let sql = select!("where c.naming_key = $1");
    Ok(fetch_optional!(Row, conn, sql, key)?.map(Customer::from))
}

/// The customer of who proved to read the mail of this address.
pub async fn by_verified_address(conn: &mut Conn, email: &str) -> Result<Option<Customer>> {
    let sql = select!(
        "join people p on p.id = c.person_id
         where p.email = $1 and p.verified_at is not null and p.closed_at is null"
    );
    Ok(fetch_optional!(Row, conn, sql, email)?.map(Customer::from))
}

pub async fn insert(tx: &mut Tx, customer: &Customer) -> Result<()> {
    execute!(
        tx,
        "insert into customers (id, person_id, external_id, naming_key, created_at)
         values ($1, $2, $3, $4, $5)",
        customer.id,
        customer.person,
        customer.external_id.as_deref(),
        customer.naming_key.as_deref(),
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
