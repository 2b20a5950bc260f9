//! Which column of a file says what.

use std::{path::Path, str::FromStr, time::Duration};

use csv::ByteRecord;

use super::FileError;
use crate::{gateway::stripe, words::words};

/// What a column may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The id of the line.
    Id,
    Type,
    /// The id of what it is about: a payment, a refund, a dispute.
    Reference,
    Payment,
    Invoice,
    /// Our id, which travelled with the payment.
    Transaction,
    Status,
    Amount,
    Currency,
    Fee,
    FeeCurrency,
    /// A tax on the fee that is not in it.
    Tax,
    Payout,
    Created,
}

words!(Field {
    Id = "id",
    Type = "type",
    Reference = "reference",
    Payment = "payment",
    Invoice = "invoice",
    Transaction = "transaction",
    Status = "status",
    Amount = "amount",
    Currency = "currency",
    Fee = "fee",
    FeeCurrency = "fee_currency",
    Tax = "tax",
    Payout = "payout",
    Created = "created",
});

const FIELDS: [Field; 14] = [
    Field::Id,
    Field::Type,
    Field::Reference,
    Field::Payment,
    Field::Invoice,
    Field::Transaction,
    Field::Status,
    Field::Amount,
    Field::Currency,
    Field::Fee,
    Field::FeeCurrency,
    Field::Tax,
    Field::Payout,
    Field::Created,
];

/// How far India is ahead of UTC.
const INDIA: Duration = Duration::from_secs(19_800);

/// Without these nothing can be said of a line.
const NEEDED: [Field; 4] = [
    Field::Reference,
    Field::Amount,
    Field::Currency,
    Field::Created,
];

/// How amounts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `19.00`
    Major,
    /// `1900`
    Minor,
}

words!(Unit { Major = "major", Minor = "minor" });

/// `amount=Gross,created=Booked on`: which column says what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns(Vec<(Field, String)>);

#[derive(Debug, thiserror::Error)]
#[error("expected FIELD=COLUMN,…, with fields of {}", FIELDS.map(Field::as_str).join(", "))]
pub struct NotColumns;

impl FromStr for Columns {
    type Err = NotColumns;
    fn from_str(text: &str) -> Result<Self, NotColumns> {
        let pairs = text.split(',').map(|pair| {
            let (field, column) = pair.split_once('=').ok_or(NotColumns)?;
            let field = field.trim().parse().map_err(|_| NotColumns)?;
            Ok((field, column.trim().to_owned()))
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }
}

/// Who writes such files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    Stripe,
    Razorpay,
    Anybody,
}

/// How to read a file.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub author: Author,
    pub gateway: &'static str,
    pub unit: Unit,
    /// How far times are ahead of UTC that name no zone.
    pub ahead: Duration,
    /// For each field its columns: the first that is not empty counts.
    columns: Vec<Vec<usize>>,
}

impl Layout {
    pub fn of(
        path: &Path,
        header: &ByteRecord,
        named: &Columns,
        unit: Option<Unit>,
    ) -> Result<Self, FileError> {
        let header: Vec<String> = header.iter().map(plain).collect();
        let place = |name: &str| {
            header
                .iter()
                .position(|column| *column == plain(name.as_bytes()))
        };
        let author = match (place("balance_transaction_id"), place("settlement_id")) {
            (Some(_), _) => Author::Stripe,
            (None, Some(_)) if place("entity_id").is_some() => Author::Razorpay,
            _ => Author::Anybody,
        };
        // In the files of its dashboard the fee is without tax, and amounts are in rupees.
        let is_dashboard = place("fee (exclusive tax)").is_some();
        let mut columns = Vec::with_capacity(FIELDS.len());
        for field in FIELDS {
            let name = named.0.iter().find(|(named, _)| *named == field);
            columns.push(match name {
                Some((_, name)) => {
                    let missing = || FileError::NoSuchColumn(path.to_owned(), name.clone());
                    vec![place(name).ok_or_else(missing)?]
                }
                None if field == Field::Tax && !is_dashboard => Vec::new(),
                None => author
                    .columns(field)
                    .iter()
                    .filter_map(|name| place(name))
                    .collect(),
            });
        }
        let layout = Self {
            author,
            gateway: match author {
                Author::Razorpay => "razorpay",
                Author::Stripe | Author::Anybody => stripe::NAME,
            },
            unit: unit.unwrap_or(match author {
                Author::Razorpay if !is_dashboard => Unit::Minor,
                _ => Unit::Major,
            }),
            ahead: match author {
                Author::Razorpay => INDIA,
                Author::Stripe | Author::Anybody => Duration::ZERO,
            },
            columns,
        };
        match NEEDED
            .into_iter()
            .find(|field| layout.columns[*field as usize].is_empty())
        {
            Some(missing) => Err(FileError::NoColumn(path.to_owned(), missing.as_str())),
            None => Ok(layout),
        }
    }

    /// What a line says of a field; nothing, when it says nothing.
    pub fn value<'r>(&self, record: &'r ByteRecord, field: Field) -> Option<&'r str> {
        let columns = self.columns[field as usize].iter();
        columns
            .filter_map(|column| std::str::from_utf8(record.get(*column)?).ok())
            .map(str::trim)
            .find(|value| !value.is_empty())
    }
}

impl Author {
    /// The names of the columns that say it, the best first.
    /// Sources: <https://docs.stripe.com/reports/report-types/payout-reconciliation>,
    /// <https://razorpay.com/docs/api/settlements/fetch-recon>.
    fn columns(self, field: Field) -> &'static [&'static str] {
        match self {
            Self::Stripe => match field {
                Field::Id => &["balance_transaction_id"],
                Field::Type => &["reporting_category"],
                Field::Reference => &["source_id"],
                Field::Payment => &["payment_intent_id", "charge_id"],
                Field::Invoice => &["invoice_id"],
                Field::Transaction => &["payment_metadata[transaction]"],
                Field::Status | Field::Tax => &[],
                // What the customer paid; gross is in the currency of the account.
                Field::Amount => &["customer_facing_amount", "gross"],
                Field::Currency => &["customer_facing_currency", "currency"],
                Field::Fee => &["fee"],
                Field::FeeCurrency => &["currency"],
                Field::Payout => &["automatic_payout_id"],
                Field::Created => &["created_utc", "created"],
            },
            Self::Razorpay => match field {
                Field::Id | Field::Reference => &["entity_id"],
                Field::Type => &["type", "transaction_entity"],
                Field::Payment => &["payment_id"],
                Field::Invoice | Field::Status => &[],
                Field::Transaction => &["order_receipt"],
                Field::Amount => &["amount"],
                Field::Currency | Field::FeeCurrency => &["currency"],
                Field::Fee => &["fee", "fee (exclusive tax)"],
                Field::Tax => &["tax"],
                Field::Payout => &["settlement_id"],
                Field::Created => &["created_at", "entity_created_at"],
            },
            Self::Anybody => match field {
                Field::Id => &["id", "reference"],
                Field::Type => &["type"],
                Field::Reference => &["reference", "payment"],
                Field::Payment => &["payment"],
                Field::Invoice => &["invoice"],
                Field::Transaction => &["transaction"],
                Field::Status => &["status"],
                Field::Amount => &["amount"],
                Field::Currency => &["currency"],
                Field::Fee => &["fee"],
                Field::FeeCurrency => &["fee_currency", "currency"],
                Field::Tax => &[],
                Field::Payout => &["payout"],
                Field::Created => &["created"],
            },
        }
    }
}

/// A name as it is compared.
fn plain(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    name.trim_start_matches('\u{feff}').trim().to_lowercase()
}
