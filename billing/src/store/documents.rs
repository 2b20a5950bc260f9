//! Rows of `documents`, and of `document_years`, which counts them.

use jiff::{Timestamp, tz::TimeZone};
use uuid::Uuid;

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    document::{Card, Document, Payment},
    id::{CustomerId, TransactionId, TransferId},
    money::Money,
};

#[derive(sqlx::FromRow)]
struct Row {
    year: i64,
    number: i64,
    card_brand: Option<String>,
    card_last4: Option<String>,
    issued_at: Time,
}

/// The receipt of a transaction, which it has once it is settled.
pub async fn receipt(conn: &mut Conn, transaction: TransactionId) -> Result<Option<Document>> {
    let row = fetch_optional!(
        Row,
        conn,
        "select year, number, card_brand, card_last4, issued_at from documents
         where transaction_id = $1 and kind = 'receipt'",
        transaction,
    )?;
    Ok(row.map(|row| Document {
        year: row.year,
        number: row.number,
        card: row
            .card_brand
            .zip(row.card_last4)
            .map(|(brand, last4)| Card { brand, last4 }),
        issued_at: row.issued_at,
    }))
}

#[derive(sqlx::FromRow)]
struct PaymentRow {
    transfer_id: TransferId,
    transaction_id: TransactionId,
    amount: i64,
    currency: String,
    year: Option<i64>,
    number: Option<i64>,
}

/// The payments behind a customer's transfers from `newest` to `oldest`, and their receipts.
pub async fn of_transfers(
    conn: &mut Conn,
    customer: CustomerId,
    newest: TransferId,
    oldest: TransferId,
) -> Result<Vec<(TransferId, Payment)>> {
    let rows = fetch_all!(
        PaymentRow,
        conn,
        "with recursive line (id, follows, transaction_id) as (
           select id, follows, transaction_id from transfers where id = $2 and customer_id = $1
           union all
           select t.id, t.follows, t.transaction_id
           from line join transfers t on t.id = line.follows where line.id <> $3)
         select t.id as transfer_id, x.id as transaction_id, x.amount, x.currency, d.year, d.number
         from line t
              join transactions x on x.id = t.transaction_id
              left join documents d on d.transaction_id = x.id and d.kind = 'receipt'",
        customer,
        newest,
        oldest,
    )?;
    let payment = |row: PaymentRow| {
        let currency = super::currency(&row.currency)?;
        let number = row.year.zip(row.number);
        Ok((
            row.transfer_id,
            Payment {
                transaction: row.transaction_id,
                paid: Money {
                    value: row.amount,
                    currency,
                },
                receipt: number.map(|(year, number)| Document::written(year, number)),
            },
        ))
    };
    rows.into_iter().map(payment).collect()
}

/// Notes with which card it was paid, once that is known.
pub async fn set_card(tx: &mut Tx, transaction: TransactionId, card: &Card) -> Result<()> {
    execute!(
        tx,
        "update documents set card_brand = $2, card_last4 = $3 where transaction_id = $1",
        transaction,
        &card.brand,
        &card.last4,
    )?;
    Ok(())
}

/// Takes the cards off a customer's receipts.
pub async fn forget_cards(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    execute!(
        tx,
        "update documents set card_brand = null, card_last4 = null
         where transaction_id in (select id from transactions where customer_id = $1)",
        customer,
    )?;
    Ok(())
}

/// Numbers the receipts that the jobs of a commit owe, in their order. It is the last that a commit
/// does: all servers count in one row, which is held only until the commit is on disk, by one who
/// waits for nobody.
pub(super) async fn issue(tx: &mut Tx) -> Result<(), sqlx::Error> {
    let mut receipts = std::mem::take(&mut tx.receipts);
    let year = |at: Time| i64::from(Timestamp::from(at).to_zoned(TimeZone::UTC).year());
    receipts.sort_by_key(|(_, at)| year(*at));
    for of_a_year in receipts.chunk_by(|(_, one), (_, next)| year(*one) == year(*next)) {
        let year = year(of_a_year[0].1);
        let (last,) = fetch_one!(
            (i64,),
            tx,
            "insert into document_years (year, last) values ($1, $2)
             on conflict (year) do update set last = document_years.last + excluded.last
             returning last",
            year,
            i64::try_from(of_a_year.len()).unwrap_or(i64::MAX),
        )?;
        let numbers = (1..=last).rev().zip(of_a_year.iter().rev());
        let rows: Vec<_> = numbers.collect();
        execute_rows!(
            tx,
            "insert into documents (id, year, number, kind, transaction_id, issued_at) ",
            &rows,
            |(number, (transaction, at))| [
                Uuid::now_v7(),
                year,
                *number,
                "receipt",
                *transaction,
                *at,
            ],
            "",
        );
    }
    Ok(())
}
