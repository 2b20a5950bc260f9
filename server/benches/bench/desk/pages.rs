//! The pages of the desk, each as it is opened and as it is asked of.

use super::Sample;

/// Every page of the desk's bar and what it leads to, by what it is called here: the addresses to ask for
/// in turn.
pub fn pages(customers: &Sample<'_>, transactions: &Sample<'_>) -> Vec<(String, Vec<String>)> {
    let one = |path: &str| (path.to_owned(), vec![path.to_owned()]);
    let each = |what: &str, path: &str, cells: &[&str]| {
        let paths = cells.iter().map(|cell| path.replace("{}", cell));
        (what.to_owned(), paths.collect::<Vec<_>>())
    };
    let ids = transactions.column("id");
    let owners = customers.column("id");
    let emails = customers.column("email");
    let days: Vec<&str> = transactions
        .column("created_at")
        .into_iter()
        .filter_map(|time| time.get(..10))
        .collect();
    let middle = days.get(days.len() / 2).copied().unwrap_or_default();
    let ends: Vec<String> = (0..50).map(|n| format!("{:04}", n * 199)).collect();
    let ends: Vec<&str> = ends.iter().map(String::as_str).collect();
    let deep = deep(transactions);
    let mut all: Vec<_> = [
        "/admin",
        "/admin?days=90",
        "/admin?days=365",
        "/admin/attention",
        "/admin/customers",
        "/admin/transactions",
        "/admin/inbox",
        "/admin/mails",
        "/admin/deliveries",
        "/admin/reconciliation",
        "/admin/catalogue",
        "/admin/staff",
        "/admin/keys",
        "/admin/endpoints",
        "/admin/audit",
        "/admin/settings",
        "/metrics",
    ]
    .map(one)
    .into();
    all.extend([
        each("a customer", "/admin/customers/{}", &owners),
        each("a transaction", "/admin/transactions/{}", &ids),
        each("search: an address", "/admin/search?q={}", &emails),
        each(
            "search: how addresses begin",
            "/admin/search?q={}",
            &["ann", "lou.1", "x"],
        ),
        each(
            "search: an order",
            "/admin/search?q={}",
            &transactions.column("order"),
        ),
        each(
            "search: a payment",
            "/admin/search?q={}",
            &transactions.column("reference"),
        ),
        each(
            "search: a name by a product",
            "/admin/search?q={}",
            &customers.column("external_id"),
        ),
        each("search: the end of a card", "/admin/search?q={}", &ends),
        each("search: a card of a day", "/admin/search?q=4242+{}", &days),
    ]);
    for path in [
        "/admin/customers?sort=at",
        "/admin/customers?email=a",
        "/admin/customers?email=hana",
        "/admin/customers?email=x",
        "/admin/transactions?sort=at",
        "/admin/transactions?sort=amount",
        "/admin/transactions?sort=-amount",
        "/admin/inbox?sort=at",
        "/admin/audit?sort=at",
        "/admin/audit?who=command+line",
        "/admin/audit?who=nobody",
        "/admin/audit?action=customer.give",
    ] {
        all.push(one(path));
    }
    let words = [
        (
            "state",
            vec!["succeeded", "failed", "canceled", "created", "processing"],
        ),
        ("kind", vec!["purchase", "coupon", "renewal"]),
        ("amount", vec!["5.00", "20.00", "7.77"]),
        ("currency", vec!["usd", "eur"]),
    ];
    for (filter, words) in words {
        for word in words {
            for sort in ["-at", "amount"] {
                all.push(one(&format!(
                    "/admin/transactions?{filter}={word}&sort={sort}"
                )));
            }
        }
    }
    for (what, path) in [
        ("deep in the customers", "/admin/customers?after={}"),
        ("deep in the transactions", "/admin/transactions?after={}"),
        (
            "deep in those that succeeded",
            "/admin/transactions?state=succeeded&after={}",
        ),
        ("deep in the inbox", "/admin/inbox?after={}"),
    ] {
        all.push(each(what, path, &[&deep]));
    }
    let cheap = format!("2000_{}", uuid::Uuid::nil().simple());
    all.push(each(
        "deep in the transactions by amount",
        "/admin/transactions?sort=amount&after={}",
        &[&cheap],
    ));
    for (what, path) in [
        ("customers of a day", "/admin/customers?from={}&to={}"),
        ("transactions of a day", "/admin/transactions?from={}&to={}"),
        (
            "those of a day by amount",
            "/admin/transactions?from={}&to={}&sort=amount",
        ),
        ("the audit log of a day", "/admin/audit?from={}&to={}"),
        ("the inbox of a day", "/admin/inbox?from={}&to={}"),
        ("events that failed", "/admin/inbox?state=failed"),
        ("events that were processed", "/admin/inbox?state=processed"),
        ("events of a type", "/admin/inbox?type=refund.created"),
    ] {
        all.push(each(what, path, &[middle]));
    }
    all.push(each(
        "transactions of a customer",
        "/admin/transactions?customer={}",
        &emails,
    ));
    all
}

/// A cursor half way through what happened.
fn deep(transactions: &Sample<'_>) -> String {
    let times = transactions.column("created_at");
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    let middle: jiff::Timestamp = middle.parse().unwrap_or_default();
    format!("{}_{}", middle.as_microsecond(), uuid::Uuid::nil().simple())
}
