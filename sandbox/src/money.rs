//! Amounts as people read them, for messages and the challenge page.

/// Currencies whose smallest unit is the unit itself.
const WITHOUT_CENTS: &[&str] = &[
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv",
    "xaf", "xof", "xpf",
];

/// `$19.00`, `€5.00`, `12.00 CHF`, `¥500`.
pub fn shown(amount: i64, currency: &str) -> String {
    let number = if WITHOUT_CENTS.contains(&currency) {
        amount.to_string()
    } else {
        format!("{}.{:02}", amount / 100, (amount % 100).abs())
    };
    match currency {
        "usd" => format!("${number}"),
        "eur" => format!("€{number}"),
        "gbp" => format!("£{number}"),
        "jpy" => format!("¥{number}"),
        "inr" => format!("₹{number}"),
        other => format!("{number} {}", other.to_uppercase()),
    }
}

/// Three letters; which ones exist is not this gateway's business.
pub fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}
