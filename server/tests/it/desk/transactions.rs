//! Transactions: the list, the whole story of one, and what is done about it.

use std::time::Duration;

use billing::people::Role;
use rstest::rstest;

use crate::harness::{Browser, Database, Purchase, Shop, eventually};

const KEY: &str = "7e0f8a52-7e3a-4a47-9d1e-0f0c3e5f9a10";

async fn bought(shop: &Shop, customer: &Browser) -> Purchase {
    let purchase = customer.checkout("starter").await;
    shop.gateway
        .confirm(&purchase, "pm_card_visa")
        .await
        .is(200);
    customer.until(&purchase.transaction, "succeeded").await;
    purchase
}

fn form<'a>(amount: &'a str, reason: &'a str, confirmed: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("amount", amount),
        ("word", "requested_by_customer"),
        ("reason", reason),
        ("key", KEY),
        ("confirmed", confirmed),
    ]
}

#[rstest]
#[tokio::test]
async fn transactions_are_found_by_all_that_is_known_of_them(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let viewer = shop.staff(Role::Viewer).await;
    let empty = viewer.get("/admin/transactions").await.is(200).text;
    assert!(
        empty.contains("Nobody has ordered anything yet."),
        "{empty}"
    );

    let ann = shop.customer("ann@shop.example").await;
    let bob = shop.customer("bob@shop.example").await;
    let paid = bought(&shop, &ann).await;
    let open = bob.checkout("starter").await;
    let customer = ann.transaction(&paid.transaction, "").await["customer"].clone();
    let customer = customer.as_str().unwrap();
    for (query, found) in [
        (String::new(), vec![&paid, &open]),
        ("state=succeeded".to_owned(), vec![&paid]),
        (
            "state=succeeded&sort=-amount&kind=purchase".to_owned(),
            vec![&paid],
        ),
        ("kind=renewal".to_owned(), vec![]),
        ("amount=5.00".to_owned(), vec![&paid, &open]),
        ("amount=5.00&currency=eur".to_owned(), vec![]),
        ("amount=five".to_owned(), vec![&paid, &open]),
        ("customer=ANN@shop.example".to_owned(), vec![&paid]),
        (format!("customer={customer}"), vec![&paid]),
        ("customer=nobody".to_owned(), vec![]),
        (format!("reference={}", open.intent), vec![&open]),
        ("from=2020-01-01&to=2020-12-31".to_owned(), vec![]),
    ] {
        let page = viewer.get(&format!("/admin/transactions?{query}")).await;
        let page = page.is(200).text;
        for purchase in [&paid, &open] {
            let link = format!("/admin/transactions/{}\"", purchase.transaction);
            let wanted = found
                .iter()
                .any(|it| it.transaction == purchase.transaction);
            assert_eq!(page.contains(&link), wanted, "{query}: {page}");
        }
    }
    let file = viewer
        .get("/admin/transactions.csv?state=succeeded")
        .await
        .is(200);
    let lines: Vec<_> = file.text.lines().collect();
    assert_eq!(lines.len(), 2, "{}", file.text);
    assert!(lines[1].contains("ann@shop.example"), "{}", file.text);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_transaction_tells_all_that_happened_to_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let paid = bought(&shop, &ann).await;
    shop.mail.mails_to("ann@shop.example", 2).await;
    shop.quiet().await;
    let viewer = shop.staff(Role::Viewer).await;
    let path = format!("/admin/transactions/{}", paid.transaction);
    let page = viewer.get(&path).await.is(200).text;
    let mut rest = page.as_str();
    for said in [
        "Starter pack",
        "ann@shop.example",
        paid.intent.as_str(),
        "Visa 4242",
        "What happened",
        "Ordered",
        "Event payment_intent.succeeded: processed",
        "Succeeded",
        "Purchase: 50 credits",
        "Receipt ",
        "Mail: order confirmed",
    ] {
        let at = rest.find(said);
        let at = at.unwrap_or_else(|| panic!("'{said}' is missing, or too early: {page}"));
        rest = &rest[at..];
    }
    // A viewer is offered nothing, and may do nothing.
    assert!(
        !page.contains("Ask the gateway now") && !page.contains("/refund\""),
        "{page}"
    );
    viewer.post(&format!("{path}/fetch"), &[]).await.is(403);
    viewer.get(&format!("{path}/refund")).await.is(403);
    let support = shop.staff(Role::Support).await;
    let refused = form("5.00", "because", "yes");
    support
        .post(&format!("{path}/refund"), &refused)
        .await
        .is(403);
    assert_eq!(shop.database.count("refunds").await, 0);
    assert_eq!(
        shop.database
            .count("audit_log where action like 'transaction.%'")
            .await,
        0
    );

    let unknown = "/admin/transactions/019ab000-0000-7000-8000-000000000000";
    viewer.get(unknown).await.is(404);
    support.post(&format!("{unknown}/fetch"), &[]).await.is(404);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn the_gateway_is_asked_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let support = shop.staff(Role::Support).await;
    let ann = shop.customer("ann@shop.example").await;
    let (_, ordered) = ann.order("standard").await;
    let path = format!("/admin/transactions/{ordered}");
    support
        .post(&format!("{path}/fetch"), &[])
        .await
        .leads_to(&format!("{path}?done=nothing-there"));

    shop.gateway.lose_webhooks().await;
    let purchase = ann.checkout("starter").await;
    shop.gateway
        .confirm(&purchase, "pm_card_visa")
        .await
        .is(200);
    let path = format!("/admin/transactions/{}", purchase.transaction);
    let answer = support.post(&format!("{path}/fetch"), &[]).await;
    answer.leads_to(&format!("{path}?done=fetched"));
    let page = support
        .get(&format!("{path}?done=fetched"))
        .await
        .is(200)
        .text;
    for said in [
        "what it answered is settled",
        "Staff: transaction fetch",
        "The gateway, when we asked",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert_eq!(ann.credits().await, 50);
    let lines = "audit_log where action = 'transaction.fetch' and name = 'support@shop.example'";
    assert_eq!(shop.database.count(lines).await, 1);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_refund_is_told_first_and_made_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let admin = shop.staff(Role::Admin).await;
    let ann = shop.customer("ann@shop.example").await;
    let paid = bought(&shop, &ann).await;
    let page = format!("/admin/transactions/{}", paid.transaction);
    let path = format!("{page}/refund");
    let first = admin.get(&path).await.is(200).text;
    assert!(
        first.contains("value=\"5.00\"") && first.contains("name=\"key\""),
        "{first}"
    );

    for (amount, reason, field) in [
        ("five", "because", "amount"),
        ("0", "because", "amount"),
        ("5.01", "because", "amount"),
        ("1.20", "  ", "reason"),
    ] {
        let wrong = admin
            .post(&path, &form(amount, reason, ""))
            .await
            .is(422)
            .text;
        let marked = format!("aria-describedby=\"{field}-error");
        assert!(wrong.contains(&marked), "{amount} {reason}: {wrong}");
        assert!(wrong.contains(&format!("value=\"{amount}\"")), "{wrong}");
    }
    let told = admin
        .post(&path, &form("1.20", "broken", ""))
        .await
        .is(200)
        .text;
    for said in [
        "$1.20",
        "12 credits are taken back",
        "Visa 4242",
        "broken",
        "Refund $1.20",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    let again = admin
        .post(&path, &form("1.20", "broken", "no"))
        .await
        .is(200)
        .text;
    assert!(
        again.contains("value=\"1.20\"") && again.contains("See what it does"),
        "{again}"
    );
    assert_eq!(shop.database.count("refunds").await, 0);

    for _ in 0..2 {
        let done = admin.post(&path, &form("1.20", "broken", "yes")).await;
        done.leads_to(&format!("{page}?done=refunded"));
    }
    assert_eq!(ann.credits().await, 38);
    let lines = "audit_log where action = 'transaction.refund' and reason = 'broken'";
    assert_eq!(shop.database.count(lines).await, 1);
    assert_eq!(shop.database.count("refunds").await, 1);
    let reused = admin
        .post(&path, &form("1.30", "broken", "yes"))
        .await
        .is(422);
    assert!(reused.text.contains("Begin again"), "{}", reused.text);
    let story = admin.get(&page).await.is(200).text;
    for said in [
        "Refund of $1.20: succeeded",
        "12 taken",
        "Staff: transaction refund",
        "$3.80",
    ] {
        assert!(story.contains(said), "{said}: {story}");
    }
    // What was spent is told as owed.
    shop.advance(Duration::from_secs(1)).await;
    eventually("the letter is there", || async {
        shop.database
            .count("outbox where letter = 'refunded' and status = 'sent'")
            .await
            == 1
    })
    .await;
    shop.close().await;
}
