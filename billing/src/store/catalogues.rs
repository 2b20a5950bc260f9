//! Rows of `catalogues`, `catalogue_offers` and `catalogue_coupons`: what is and was on sale.

use super::{Conn, Tx};
use crate::{
    Result,
    catalog::Published,
    clock::Time,
    id::{CouponId, OfferId},
};

#[derive(sqlx::FromRow)]
pub struct Row {
    pub number: i64,
    pub currency: String,
    pub trial: Option<String>,
    pub rules: String,
    pub published_by: String,
    pub published_at: Time,
}

/// The number of the catalogue that is on sale.
pub async fn number(conn: &mut Conn) -> Result<Option<i64>> {
    let sql = "select number from catalogues order by number desc limit 1";
    let row = fetch_optional!((i64,), conn, sql)?;
    Ok(row.map(|(number,)| number))
}

/// The catalogue that is on sale.
pub async fn newest(conn: &mut Conn) -> Result<Option<Row>> {
    Ok(fetch_optional!(
        Row,
        conn,
        "select number, currency, trial, rules, published_by, published_at
         from catalogues order by number desc limit 1",
    )?)
}

/// The file that was published last.
pub async fn last_file(conn: &mut Conn) -> Result<Option<String>> {
    let row = fetch_optional!(
        (String,),
        conn,
        "select file from catalogues where file is not null order by number desc limit 1",
    )?;
    Ok(row.map(|(file,)| file))
}

/// Whether this version of an offer is on sale.
pub async fn sells(conn: &mut Conn, offer: OfferId) -> Result<bool> {
    let row = fetch_optional!(
        (i64,),
        conn,
        "select catalogue from catalogue_offers
         where catalogue = (select max(number) from catalogues) and offer_id = $1",
        offer,
    )?;
    Ok(row.is_some())
}

/// Puts a catalogue on sale, with nothing in it yet. Answers whether this call did: somebody else may
/// have been first with this number. Another server that tries the same waits until this one is done.
pub async fn insert(
    tx: &mut Tx,
    published: &Published,
    trial: Option<&str>,
    rules: &str,
    file: Option<&str>,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into catalogues (number, currency, trial, rules, file, published_by, published_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (number) do nothing",
        published.number,
        published.currency.as_str(),
        trial,
        rules,
        file,
        &published.by,
        published.at,
    )?;
    Ok(rows == 1)
}

/// Writes down what a catalogue sells, in its order.
pub async fn insert_items(tx: &mut Tx, published: &Published) -> Result<()> {
    let number = published.number;
    let offers: Vec<(i64, OfferId)> = (0..).zip(published.offers().map(|it| it.id)).collect();
    execute_rows!(
        tx,
        "insert into catalogue_offers (catalogue, position, offer_id) ",
        &offers,
        |(position, offer)| [number, *position, *offer],
        "",
    );
    let coupons = published.coupons.iter().map(|it| it.id);
    let coupons: Vec<(i64, CouponId)> = (0..).zip(coupons).collect();
    execute_rows!(
        tx,
        "insert into catalogue_coupons (catalogue, position, coupon_id) ",
        &coupons,
        |(position, coupon)| [number, *position, *coupon],
        "",
    );
    Ok(())
}
