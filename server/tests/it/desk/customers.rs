//! Customers: the list, all that is known of one, and what is done for them.

use billing::people::Role;
use rstest::rstest;

use crate::harness::{Browser, Database, Shop, eventually};

const KEY: &str = "5d1f3c7e-2b0a-4b61-8a1c-7c2f7b1f6e01";

/// The customer's own id, as a viewer reads it; and that viewer.
async fn id_of(shop: &Shop, email: &str) -> (String, Browser) {
    let viewer = shop.staff(Role::Viewer).await;
    let path = format!("/admin/customers.csv?email={email}");
    let file = viewer.get(&path).await.is(200).text;
    let line = file.lines().nth(1).unwrap();
    (line.split(',').next().unwrap().to_owned(), viewer)
}

fn form<'a>(amount: &'a str, reason: &'a str, confirmed: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("amount", amount),
        ("note", "For your patience"),
        ("reason", reason),
        ("key", KEY),
        ("confirmed", confirmed),
    ]
}

async fn buys(shop: &Shop, customer: &Browser) {
    let purchase = customer.checkout("starter").await;
    shop.gateway
        .confirm(&purchase, "pm_card_visa")
        .await
        .is(200);
    customer.until(&purchase.transaction, "succeeded").await;
}

#[rstest]
#[tokio::test]
async fn customers_are_found_and_told_of(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    shop.customer("anna@shop.example").await;
    shop.customer("bob@shop.example").await;
    buys(&shop, &ann).await;
    let (id, _) = id_of(&shop, "ann@").await;
    let support = shop.staff(Role::Support).await;
    for (query, found) in [
        (String::new(), vec!["ann@", "anna@", "bob@"]),
        ("email=ANN".to_owned(), vec!["ann@", "anna@"]),
        ("email=ann@".to_owned(), vec!["ann@"]),
        ("email=_nn".to_owned(), vec![]),
        (format!("id={id}"), vec!["ann@"]),
        ("external=user-7".to_owned(), vec![]),
        ("to=2020-12-31".to_owned(), vec![]),
        ("sort=at".to_owned(), vec!["ann@", "anna@", "bob@"]),
    ] {
        let page = support.get(&format!("/admin/customers?{query}")).await;
        let page = page.is(200).text;
        for name in ["ann@", "anna@", "bob@"] {
            let named = page.contains(&format!(">{name}shop.example"));
            assert_eq!(named, found.contains(&name), "{query} {name}: {page}");
        }
    }
    let path = format!("/admin/customers/{id}");
    let page = support.get(&path).await.is(200).text;
    for said in [
        "ann@shop.example, not verified",
        "50 credits",
        "Why it is 50",
        "Starter pack",
        "+50",
        "Lots, in the order in which they are spent",
        "welcome",
        "Nobody has noted anything",
        "Sign them out everywhere",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("Give credits"), "{page}");
    let unknown = "/admin/customers/019ab000-0000-7000-8000-000000000000";
    support.get(unknown).await.is(404);
    support
        .post(&format!("{unknown}/sign-out"), &[])
        .await
        .is(404);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn support_notes_and_signs_out_and_moves_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (id, viewer) = id_of(&shop, "ann@").await;
    let path = format!("/admin/customers/{id}");
    let support = shop.staff(Role::Support).await;
    let notes = format!("{path}/notes");
    for _ in 0..2 {
        let note = [("text", "Called about <b>3-D Secure</b>"), ("key", KEY)];
        support
            .post(&notes, &note)
            .await
            .leads_to(&format!("{path}?done=noted"));
    }
    assert_eq!(shop.database.count("notes").await, 1);
    assert_eq!(
        shop.database
            .count("audit_log where action = 'customer.note'")
            .await,
        1
    );
    let page = support.get(&path).await.is(200).text;
    assert!(
        page.contains("Called about &lt;b&gt;3-D Secure&lt;/b&gt;"),
        "{page}"
    );
    let empty = support
        .post(&notes, &[("text", " "), ("key", "2")])
        .await
        .is(422);
    assert!(
        empty.text.contains("aria-describedby=\"text-error\""),
        "{}",
        empty.text
    );

    let out = format!("{path}/sign-out");
    support
        .post(&out, &[])
        .await
        .leads_to(&format!("{path}?done=signed-out"));
    ann.get("/account").await.leads_to("/sign-in?next=/account");
    assert_eq!(
        shop.database
            .count("audit_log where action = 'customer.sign_out'")
            .await,
        1
    );

    let lines = shop.database.count("audit_log").await;
    for verb in ["give", "take", "plan"] {
        let path = format!("{path}/{verb}");
        support.get(&path).await.is(403);
        support
            .post(&path, &form("5", "because", "yes"))
            .await
            .is(403);
    }
    let note = [("text", "mine"), ("key", "3")];
    viewer.post(&notes, &note).await.is(403);
    viewer.post(&out, &[]).await.is(403);
    ann.sign_in("ann@shop.example").await;
    ann.post(&format!("{path}/give"), &form("5", "me", "yes"))
        .await
        .leads_to("/account");
    assert_eq!(shop.database.count("audit_log").await, lines);
    assert_eq!(ann.credits().await, 0);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn credits_are_given_and_taken_once_each_after_they_were_told(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (id, _) = id_of(&shop, "ann@").await;
    let page = format!("/admin/customers/{id}");
    let admin = shop.staff(Role::Admin).await;
    let (give, take) = (format!("{page}/give"), format!("{page}/take"));
    admin.get(&give).await.is(200);
    for (amount, reason, field) in [
        ("-5", "sorry", "amount"),
        ("0.5", "sorry", "amount"),
        ("9", "", "reason"),
    ] {
        for path in [&give, &take] {
            let wrong = admin
                .post(path, &form(amount, reason, ""))
                .await
                .is(422)
                .text;
            let marked = format!("aria-describedby=\"{field}-error");
            assert!(wrong.contains(&marked), "{path} {amount}: {wrong}");
        }
    }
    let mut past = form("9", "sorry", "yes");
    past.push(("until", "2020-01-01"));
    let past = admin.post(&give, &past).await.is(422).text;
    assert!(past.contains("Choose a day that is not over."), "{past}");

    let told = admin
        .post(&give, &form("30", "sorry", ""))
        .await
        .is(200)
        .text;
    assert!(
        told.contains("Give 30 credits") && told.contains("For your patience"),
        "{told}"
    );
    assert_eq!(ann.credits().await, 0);
    for _ in 0..2 {
        let given = admin.post(&give, &form("30", "sorry", "yes")).await;
        given.leads_to(&format!("{page}?done=given"));
    }
    assert_eq!(ann.credits().await, 30);
    let again = admin.post(&give, &form("31", "sorry", "yes")).await.is(422);
    assert!(again.text.contains("Begin again"), "{}", again.text);

    let told = admin
        .post(&take, &form("40", "abuse", ""))
        .await
        .is(200)
        .text;
    for said in [
        "30 credits",
        "10, which the next credits pay first",
        "Take 40 credits",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    for _ in 0..2 {
        let taken = admin.post(&take, &form("40", "abuse", "yes")).await;
        taken.leads_to(&format!("{page}?done=taken"));
    }
    admin.post(&take, &form("41", "abuse", "yes")).await.is(422);
    assert_eq!(ann.credits().await, 0);
    for (action, why) in [("customer.give", "sorry"), ("customer.take", "abuse")] {
        let lines = format!("audit_log where action = '{action}' and reason = '{why}'");
        assert_eq!(shop.database.count(&lines).await, 1, "{action}");
    }
    let explained = admin.get(&page).await.is(200).text;
    for said in [
        "10 owed.",
        "For your patience",
        "Taken back",
        "What staff did",
        "customer.take",
    ] {
        assert!(explained.contains(said), "{said}: {explained}");
    }
    buys(&shop, &ann).await;
    assert_eq!(ann.credits().await, 40);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn nothing_is_owed_where_debts_are_not_allowed(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let settings = [("TENDER_SPENT_REFUNDS", "write-off")];
    let shop = Shop::open_with(database, &settings).await;
    let ann = shop.customer("ann@shop.example").await;
    buys(&shop, &ann).await;
    let (id, _) = id_of(&shop, "ann@").await;
    let admin = shop.staff(Role::Admin).await;
    let take = format!("/admin/customers/{id}/take");
    for confirmed in ["", "yes"] {
        let refused = admin
            .post(&take, &form("51", "abuse", confirmed))
            .await
            .is(422);
        assert!(
            refused.text.contains("Only 50 credits can be taken."),
            "{}",
            refused.text
        );
    }
    admin.post(&take, &form("50", "abuse", "yes")).await.is(303);
    assert_eq!(ann.credits().await, 0);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_plan_is_changed_and_ended_in_the_customers_place(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let plan = ann.subscribe("basic").await;
    shop.gateway.pay(&plan).await;
    ann.until(&plan.transaction, "succeeded").await;
    shop.quiet().await;
    let (id, _) = id_of(&shop, "ann@").await;
    let page = format!("/admin/customers/{id}");
    let path = format!("{page}/plan");
    let admin = shop.staff(Role::Admin).await;
    let first = admin.get(&path).await.is(200).text;
    assert!(
        first.contains("change:advanced") && !first.contains("change:basic"),
        "{first}"
    );
    let unsaid = admin
        .post(&path, &[("do", "end"), ("reason", "")])
        .await
        .is(422);
    assert!(
        unsaid.text.contains("aria-describedby=\"reason-error"),
        "{}",
        unsaid.text
    );

    let said = |what: &'static str, confirmed: &'static str| {
        [
            ("do", what),
            ("reason", "asked by phone"),
            ("confirmed", confirmed),
        ]
    };
    let told = admin.post(&path, &said("end", "")).await.is(200).text;
    assert!(
        told.contains("End it with the period") && told.contains("It ends"),
        "{told}"
    );
    let done = format!("{page}?done=plan");
    admin.post(&path, &said("end", "yes")).await.leads_to(&done);
    let ends = admin.get(&page).await.is(200).text;
    assert!(ends.contains("Active, ends with its period"), "{ends}");
    admin
        .post(&path, &said("keep", "yes"))
        .await
        .leads_to(&done);

    // What a bigger plan costs is told first; another price is told again.
    let told = admin
        .post(&path, &said("change:advanced", ""))
        .await
        .is(200)
        .text;
    assert!(
        told.contains("Is charged now") && told.contains("name=\"due\""),
        "{told}"
    );
    let field = |name: &str| {
        let (_, rest) = told
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let (at, due) = (field("at"), field("due"));
    let mut raise = said("change:advanced", "yes").to_vec();
    raise.extend([("at", at.as_str()), ("due", "1")]);
    let again = admin.post(&path, &raise).await.is(200).text;
    assert!(again.contains("Change to Advanced"), "{again}");
    raise.pop();
    raise.push(("due", due.as_str()));
    let raised = admin.post(&path, &raise).await.is(303);
    assert!(
        raised.location().starts_with("/admin/transactions/"),
        "{raised:?}"
    );
    eventually("the bigger plan is there", || async {
        let page = admin.get(&page).await.is(200).text;
        page.contains(">Advanced<")
    })
    .await;
    shop.quiet().await;

    admin.post(&path, &said("now", "yes")).await.leads_to(&done);
    let ended = admin.get(&page).await.is(200).text;
    assert!(ended.contains("There is no plan."), "{ended}");
    admin.get(&path).await.is(404);
    let lines = "audit_log where action = 'plan.steer' and reason = 'asked by phone'";
    assert_eq!(shop.database.count(lines).await, 4);
    shop.quiet().await;
    shop.close().await;
}
