//! What one row of a file says.

use csv::ByteRecord;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::layout::{Author, Field, Layout, Unit};
use crate::{
    clock::Time,
    dispute,
    money::{Currency, Money},
    reconcile::{Line, Said},
    refund,
};

/// What a row says; nothing, when it is about something that we do not compare.
///
/// # Errors
/// In words, when it cannot be understood.
pub fn line(record: &ByteRecord, layout: &Layout) -> Result<Option<Line>, String> {
    // PostgreSQL keeps it in no text.
    if record.as_slice().contains(&0) {
        return Err("it holds a character that is no text".to_owned());
    }
    let value = |field| layout.value(record, field);
    let needed = |field: Field| value(field).ok_or_else(|| format!("{field} is empty"));
    let Some(said) = said(layout, value(Field::Type), value(Field::Status))? else {
        return Ok(None);
    };
    let currency = |field| {
        let text = needed(field)?;
        text.parse::<Currency>().map_err(|error| error.to_string())
    };
    let amount = money(layout, needed(Field::Amount)?, currency(Field::Currency)?)?;
    let fee_currency = match value(Field::FeeCurrency) {
        Some(_) => currency(Field::FeeCurrency)?,
        None => amount.currency,
    };
    let taken = |field| money(layout, value(field).unwrap_or("0"), fee_currency);
    let (fee, tax) = (taken(Field::Fee)?, taken(Field::Tax)?);
    let own = needed(Field::Reference)?;
    let payment = value(Field::Payment);
    let reference = match said {
        // A payment is known by what was asked for, and not by each attempt to pay it.
        Said::Paid | Said::NotPaid => payment.unwrap_or(own),
        Said::Refund(_) | Said::Dispute(_) => own,
    };
    let payment = match said {
        Said::Paid | Said::NotPaid => Some(reference),
        Said::Refund(_) | Said::Dispute(_) => payment,
    };
    Ok(Some(Line {
        said,
        id: Some(value(Field::Id).unwrap_or(own).to_owned()),
        reference: reference.to_owned(),
        payment: payment.map(str::to_owned),
        invoice: value(Field::Invoice).map(str::to_owned),
        transaction: value(Field::Transaction).and_then(|id| id.parse().ok()),
        // What went out has a minus in some books.
        amount: Money {
            value: amount.value.saturating_abs(),
            ..amount
        },
        fee: Money {
            value: fee.value.saturating_add(tax.value),
            ..fee
        },
        payout: value(Field::Payout).map(str::to_owned),
        went_back: false,
        at: time(layout, needed(Field::Created)?)?,
    }))
}

fn said(layout: &Layout, kind: Option<&str>, status: Option<&str>) -> Result<Option<Said>, String> {
    let kind = kind.unwrap_or("payment").to_lowercase();
    let refunded = |state| Ok(Some(Said::Refund(state)));
    let disputed = |state| Ok(Some(Said::Dispute(state)));
    match (layout.author, kind.as_str()) {
        (Author::Anybody, kind) => of_anybody(kind, status),
        (_, "charge" | "payment") => Ok(Some(Said::Paid)),
        (Author::Stripe, "charge_failure") => Ok(Some(Said::NotPaid)),
        (_, "refund") => refunded(refund::State::Succeeded),
        (_, "refund_failure") => refunded(refund::State::Failed),
        (_, "dispute") => disputed(None),
        (_, "dispute_reversal") => disputed(Some(dispute::State::Won)),
        // Fees, payouts, transfers and whatever else moves a balance.
        _ => Ok(None),
    }
}

/// Without a status it has succeeded: books tell what moved.
fn of_anybody(kind: &str, status: Option<&str>) -> Result<Option<Said>, String> {
    let status = status.unwrap_or("succeeded").to_lowercase();
    let unknown = || format!("the status '{status}' of a {kind} is not known");
    let said = match (kind, status.as_str()) {
        ("payment" | "charge", "succeeded" | "paid" | "captured") => Said::Paid,
        ("payment" | "charge", "failed" | "canceled") => Said::NotPaid,
        ("payment" | "charge", "pending" | "processing" | "created") => return Ok(None),
        ("payment" | "charge", _) => return Err(unknown()),
        ("refund", "processed") => Said::Refund(refund::State::Succeeded),
        ("refund", word) => Said::Refund(word.parse().map_err(|_| unknown())?),
        ("dispute", "succeeded") => Said::Dispute(None),
        ("dispute", word) => Said::Dispute(Some(word.parse().map_err(|_| unknown())?)),
        ("payout" | "fee" | "adjustment" | "transfer", _) => return Ok(None),
        _ => return Err(format!("the type '{kind}' is not known")),
    };
    Ok(Some(said))
}

fn money(layout: &Layout, text: &str, currency: Currency) -> Result<Money, String> {
    match layout.unit {
        Unit::Major => Money::from_decimal(text, currency).map_err(|error| error.to_string()),
        Unit::Minor => {
            let value = text
                .parse()
                .map_err(|_| format!("'{text}' is not a whole number"))?;
            Ok(Money { value, currency })
        }
    }
}

/// RFC 3339, seconds since 1970, or a date with or without a time in the zone of the file.
fn time(layout: &Layout, text: &str) -> Result<Time, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(Time::from_unix(seconds));
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.into());
    }
    let read = text.parse();
    let read = read.or_else(|_| DateTime::strptime("%d/%m/%Y %H:%M:%S", text));
    let zoned = read.and_then(|local: DateTime| local.to_zoned(TimeZone::UTC));
    let zoned = zoned.map_err(|_| format!("'{text}' is not a time"))?;
    Ok(Time::from(zoned.timestamp()).minus(layout.ahead))
}
