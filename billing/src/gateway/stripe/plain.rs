//! What an event says of a person is taken out of it. Everything that money is settled by stays.

use serde_json::Value;

/// The fields under which objects tell of people and of what they pay with, wherever they stand.
const PERSONAL: &[&str] = &[
    "address",
    "billing_details",
    "card",
    "customer_address",
    "customer_details",
    "customer_email",
    "customer_name",
    "customer_phone",
    "customer_purchase_ip",
    "customer_shipping",
    "customer_tax_ids",
    "email",
    "evidence",
    "hosted_invoice_url",
    "invoice_pdf",
    "link",
    "name",
    "owner",
    "payment_method_details",
    "phone",
    "receipt_email",
    "receipt_url",
    "sepa_debit",
    "shipping",
    "us_bank_account",
];

/// The body of an event without anything personal. One that is no JSON is emptied.
pub fn plain(body: &str) -> String {
    let mut event = serde_json::from_str(body).unwrap_or_default();
    take_out(&mut event);
    event.to_string()
}

fn take_out(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(take_out),
        Value::Object(fields) => {
            for (name, value) in fields {
                match PERSONAL.contains(&name.as_str()) {
                    true => *value = Value::Null,
                    false => take_out(value),
                }
            }
        }
        _ => {}
    }
}
