//! What is too much for one member of staff: it waits, a second one decides, and it is done once.

use std::time::Duration;

use billing::people::Role;
use futures::future::join;
use rstest::rstest;
use serde_json::json;

use crate::harness::{Browser, Database, Page, Shop, eventually};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The customer's own id.
async fn id_of(customer: &Browser) -> String {
    let (_, transaction) = customer.order("standard").await;
    let transaction = customer.transaction(&transaction, "").await;
    transaction["customer"].as_str().unwrap().to_owned()
}

async fn moves(staff: &Browser, path: &str, amount: &str, key: &str, confirmed: &str) -> Page {
    let typed = [
        ("amount", amount),
        ("word", "requested_by_customer"),
        ("note", "For your patience"),
        ("reason", "a long outage"),
        ("key", key),
        ("confirmed", confirmed),
    ];
    staff.post(path, &typed).await
}

/// The page of what waits from now on.
fn page_of(asked: &Page) -> String {
    let location = asked.location();
    let page = location.strip_suffix("?done=asked");
    let page = page.unwrap_or_else(|| panic!("it does not wait: {asked:?}"));
    assert!(page.starts_with("/admin/proposals/"), "{asked:?}");
    page.to_owned()
}

async fn decides(staff: &Browser, page: &str, what: &str, reason: &str) -> Page {
    staff.post(page, &[("do", what), ("reason", reason)]).await
}

#[rstest]
#[tokio::test]
async fn a_large_gift_waits_for_somebody_else(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open_with(database, &[("TENDER_LARGE_GRANT", "20")]).await;
    let ann = shop.customer("ann@shop.example").await;
    let customer = format!("/admin/customers/{}", id_of(&ann).await);
    let give = format!("{customer}/give");
    let admin = shop.staff(Role::Admin).await;
    let told = moves(&admin, &give, "30", "1", "").await.is(200).text;
    for said in [
        "Above 20 credits a second person is needed",
        "You are the only one",
        "Have an owner add another admin or owner",
        "Ask a second person",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    let owner = shop.staff(Role::Owner).await;
    let support = shop.staff(Role::Support).await;
    let told = moves(&admin, &give, "30", "1", "").await.is(200).text;
    assert!(told.contains("gets a mail"), "{told}");
    let page = page_of(&moves(&admin, &give, "30", "1", "yes").await.is(303));
    let again = moves(&admin, &give, "30", "1", "yes").await;
    assert_eq!(page_of(&again), page);
    let other = moves(&admin, &give, "31", "1", "yes").await.is(422).text;
    assert!(other.contains("Begin again"), "{other}");
    assert_eq!(ann.credits().await, 0);
    assert_eq!(shop.database.count("proposals").await, 1);
    let mails = "outbox where letter = 'proposal_made'";
    assert_eq!(shop.database.count(mails).await, 1);
    let to_owner = format!("{mails} and email = 'owner@shop.example'");
    assert_eq!(shop.database.count(&to_owner).await, 1);

    // Seen wherever it is looked for, and decided by nobody who may not.
    for place in ["/admin/attention", customer.as_str()] {
        let seen = support.get(place).await.is(200).text;
        assert!(seen.contains(&format!("{page}\"")), "{place}: {seen}");
    }
    let overview = support.get("/admin").await.is(200).text;
    assert!(overview.contains("Waits for a second person"), "{overview}");
    let seen = support.get(&page).await.is(200).text;
    assert!(
        seen.contains("30, less what is owed") && !seen.contains("value=\"approve\""),
        "{seen}"
    );
    decides(&support, &page, "approve", "fine").await.is(403);
    let own = admin.get(&page).await.is(200).text;
    assert!(own.contains("value=\"withdraw\"") && !own.contains("value=\"approve\""));
    for what in ["approve", "refuse"] {
        let own = decides(&admin, &page, what, "fine").await.is(409).text;
        assert!(own.contains("Somebody else must decide"), "{own}");
    }
    let theirs = decides(&owner, &page, "withdraw", "no").await.is(409).text;
    assert!(theirs.contains("Only who asked"), "{theirs}");
    let silent = decides(&owner, &page, "approve", " ").await.is(422).text;
    assert!(silent.contains("id=\"reason-error\""), "{silent}");
    assert_eq!(ann.credits().await, 0);

    let done = format!("{page}?done=approved");
    for _ in 0..2 {
        let approved = decides(&owner, &page, "approve", "she waited").await;
        approved.leads_to(&done);
    }
    assert_eq!(ann.credits().await, 30);
    let late = decides(&owner, &page, "refuse", "after all").await.is(409);
    assert!(late.text.contains("decided already"), "{}", late.text);
    for (action, name, reason) in [
        ("proposal.make", "admin@", "a long outage"),
        ("proposal.approve", "owner@", "she waited"),
        ("customer.give", "owner@", "a long outage"),
    ] {
        let line = format!(
            "audit_log where action = '{action}' and name = '{name}shop.example'
               and reason = '{reason}'"
        );
        assert_eq!(shop.database.count(&line).await, 1, "{action}");
    }
    let told = "outbox where letter = 'proposal_decided' and email = 'admin@shop.example'";
    assert_eq!(shop.database.count(told).await, 1);
    let ended = owner.get(&done).await.is(200).text;
    for said in [
        "It is approved, and done.",
        "owner@shop.example",
        "she waited",
    ] {
        assert!(ended.contains(said), "{said}: {ended}");
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn two_halves_are_as_much_as_the_whole(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open_with(database, &[("TENDER_LARGE_GRANT", "20")]).await;
    let ann = shop.customer("ann@shop.example").await;
    let customer = format!("/admin/customers/{}", id_of(&ann).await);
    let (give, take) = (format!("{customer}/give"), format!("{customer}/take"));
    let (admin, owner) = (shop.staff(Role::Admin).await, shop.staff(Role::Owner).await);
    // At the same moment, too.
    let (one, other) = join(
        moves(&admin, &give, "12", "1", "yes"),
        moves(&admin, &give, "12", "2", "yes"),
    )
    .await;
    let waits = [&one, &other]
        .iter()
        .filter(|page| page.location().starts_with("/admin/proposals/"))
        .count();
    assert_eq!(waits, 1, "{one:?} {other:?}");
    assert_eq!(ann.credits().await, 12);
    let told = moves(&admin, &give, "9", "3", "").await.is(200).text;
    assert!(
        told.contains("You moved 12 credits for this customer in the last 24 hours"),
        "{told}"
    );
    // A click once more is the same as before, what another does counts for them, taking for itself.
    let key = if one.location().starts_with("/admin/customers/") {
        "1"
    } else {
        "2"
    };
    let given = format!("{customer}?done=given");
    moves(&admin, &give, "12", key, "yes")
        .await
        .leads_to(&given);
    moves(&owner, &give, "20", "4", "yes")
        .await
        .leads_to(&given);
    let taken = format!("{customer}?done=taken");
    moves(&admin, &take, "20", "5", "yes")
        .await
        .leads_to(&taken);
    moves(&admin, &take, "20", "5", "yes")
        .await
        .leads_to(&taken);
    page_of(&moves(&admin, &take, "1", "6", "yes").await);
    assert_eq!(ann.credits().await, 12);

    // What a second person agreed to counts for neither.
    let page = page_of(if one.location().contains("proposals") {
        &one
    } else {
        &other
    });
    decides(&owner, &page, "approve", "fine").await.is(303);
    let told = moves(&admin, &give, "8", "7", "").await.is(200).text;
    assert!(told.contains("Give 8 credits"), "{told}");
    shop.server.billing().clock().advance(DAY);
    moves(&admin, &give, "20", "8", "yes")
        .await
        .leads_to(&given);
    assert_eq!(ann.credits().await, 44);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_large_refund_is_begun_once_when_it_is_approved(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open_with(database, &[("TENDER_LARGE_REFUND", "150")]).await;
    let ann = shop.customer("ann@shop.example").await;
    let paid = ann.checkout("starter").await;
    shop.gateway.confirm(&paid, "pm_card_visa").await.is(200);
    ann.until(&paid.transaction, "succeeded").await;
    let (admin, owner) = (shop.staff(Role::Admin).await, shop.staff(Role::Owner).await);
    let transaction = format!("/admin/transactions/{}", paid.transaction);
    let refund = format!("{transaction}/refund");
    let told = moves(&admin, &refund, "5.00", "1", "").await.is(200).text;
    assert!(
        told.contains("Above $1.50 a second person is needed"),
        "{told}"
    );
    let whole = page_of(&moves(&admin, &refund, "5.00", "1", "yes").await);
    moves(&admin, &refund, "1.00", "2", "yes")
        .await
        .leads_to(&format!("{transaction}?done=refunded"));
    let more = page_of(&moves(&admin, &refund, "1.00", "3", "yes").await);
    assert_eq!(shop.gateway.list("refunds").await.len(), 1);

    // The whole is not there any more: that is said, and it stays open until it is refused.
    let seen = owner.get(&whole).await.is(200).text;
    assert!(seen.contains("Only $4.00 is left to be refunded"), "{seen}");
    let refused = decides(&owner, &whole, "approve", "fine")
        .await
        .is(409)
        .text;
    assert!(
        refused.contains("cannot be done any more") && refused.contains("$4.00"),
        "{refused}"
    );
    let open = "proposals where state = 'open'";
    assert_eq!(shop.database.count(open).await, 2);
    let done = format!("{whole}?done=refused");
    let no = decides(&owner, &whole, "refuse", "a part went back").await;
    no.leads_to(&done);

    let seen = owner.get(&more).await.is(200).text;
    assert!(seen.contains("10 credits are taken back"), "{seen}");
    let (one, other) = join(
        decides(&owner, &more, "approve", "fine"),
        decides(&owner, &more, "approve", "fine"),
    )
    .await;
    let approved = format!("{more}?done=approved");
    one.leads_to(&approved);
    other.leads_to(&approved);
    assert_eq!(shop.gateway.list("refunds").await.len(), 2);
    assert_eq!(ann.credits().await, 30);
    let story = owner.get(&transaction).await.is(200).text;
    for said in ["Staff: proposal refuse", "Staff: proposal approve", "$3.00"] {
        assert!(story.contains(said), "{said}: {story}");
    }
    assert!(!story.contains("Waits for a second person"), "{story}");

    // A gateway that does not answer is asked again by itself.
    let last = page_of(&moves(&admin, &refund, "1.00", "4", "yes").await);
    let fail = json!({ "fault": "fail", "status": 503, "stored": false });
    shop.gateway.spoil_calls("POST", "/v1/refunds", fail).await;
    let agreed = decides(&owner, &last, "approve", "fine").await;
    agreed.leads_to(&format!("{last}?done=approved"));
    assert_eq!(ann.credits().await, 20);
    assert_eq!(shop.gateway.list("refunds").await.len(), 2);
    shop.gateway.behave().await;
    let billing = shop.server.billing();
    billing.clock().advance(Duration::from_secs(120));
    eventually("the refund is made", || async {
        billing.sweep().await.unwrap();
        shop.gateway.list("refunds").await.len() == 3
    })
    .await;
    shop.quiet().await;
    assert_eq!(ann.credits().await, 20);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_nobody_decides_is_over_after_a_week(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open_with(database, &[("TENDER_LARGE_GRANT", "0")]).await;
    let ann = shop.customer("ann@shop.example").await;
    let customer = format!("/admin/customers/{}", id_of(&ann).await);
    let give = format!("{customer}/give");
    let (admin, owner) = (shop.staff(Role::Admin).await, shop.staff(Role::Owner).await);
    let back = page_of(&moves(&admin, &give, "1", "1", "yes").await);
    let late = page_of(&moves(&admin, &give, "1", "2", "yes").await);
    let done = format!("{back}?done=withdrawn");
    let mine = decides(&admin, &back, "withdraw", "she is fine").await;
    mine.leads_to(&done);
    decides(&owner, &back, "approve", "why not").await.is(409);
    // The database keeps it, too, whoever asks.
    let own = format!(
        "update proposals set state = 'approved', decided_by = asked_by, decided_at = 1
         where id = {}",
        shop.database
            .id(late.strip_prefix("/admin/proposals/").unwrap())
    );
    let refusal = shop.database.refusal(&own).await.to_lowercase();
    assert!(refusal.contains("check constraint"), "{refusal}");

    let billing = shop.server.billing();
    billing.clock().advance(7 * DAY);
    decides(&owner, &late, "approve", "sorry").await.is(409);
    billing.sweep().await.unwrap();
    let over = admin.get(&late).await.is(200).text;
    assert!(over.contains("Over: nobody decided"), "{over}");
    assert_eq!(ann.credits().await, 0);
    let told = "outbox where letter = 'proposal_decided'";
    assert_eq!(shop.database.count(told).await, 1);
    let line = "audit_log where action = 'proposal.expire' and name = 'by itself'";
    assert_eq!(shop.database.count(line).await, 1);
    shop.close().await;
}
