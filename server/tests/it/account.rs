//! `/confirm`, `/forgot`, `/reset` and what stands under `/account`: what people do with their
//! account, and the mails that it takes.

use std::time::Duration;

use billing::people::Role;
use rstest::rstest;

use crate::harness::{Browser, Database, Mood, PASSWORD, Page, Shop, between, eventually};

const ANN: &str = "ann@shop.example";
const NEW: &str = "ann@home.example";
const OTHER_PASSWORD: &str = "an entirely different one";

/// The path of the link in a mail, such as `/confirm/SECRET`.
fn link(mail: &str, kind: &str) -> String {
    let secret = between(mail, &format!("/{kind}/"), "\n").unwrap();
    format!("/{kind}/{}", secret.trim())
}

async fn signs_in(shop: &Shop, email: &str, password: &str) -> bool {
    let typed = [("email", email), ("password", password)];
    shop.visitor().post("/sign-in", &typed).await.status == 303
}

/// Asks for a link to a new password, and gives its path.
async fn reset_link(shop: &Shop, email: &str, mails_before: usize) -> String {
    let asked = shop.visitor().post("/forgot", &[("email", email)]).await;
    asked.leads_to("/forgot?done=reset-sent");
    let mails = shop.mail.mails_to(email, mails_before + 1).await;
    link(&mails[mails_before].text, "reset")
}

#[track_caller]
fn marks(page: &Page, field: &str) {
    let (_, input) = page
        .text
        .split_once(&format!("id=\"{field}\""))
        .unwrap_or_else(|| panic!("no field {field}: {page:?}"));
    let input = input.split('>').next().unwrap();
    assert!(input.contains("aria-invalid=\"true\""), "{field}: {input}");
    assert!(page.text.contains(&format!("id=\"{field}-error\"")));
}

#[rstest]
#[tokio::test]
async fn an_address_is_verified_by_its_link_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer(ANN).await;
    let unverified = "Your address is not verified yet";
    assert!(ann.get("/account").await.is(200).text.contains(unverified));

    let mails = shop.mail.mails_to(ANN, 1).await;
    let welcome = link(&mails[0].text, "confirm");
    let resent = ann.post("/account/email/verify", &[]).await;
    let page = ann.get(resent.is(303).location()).await.is(200);
    assert!(page.text.contains("on its way"), "{}", page.text);
    let mails = shop.mail.mails_to(ANN, 2).await;
    let second = link(&mails[1].text, "confirm");
    assert_ne!(welcome, second);

    // Programs that look at mail open links.
    let question = shop.visitor().get(&welcome).await.is(200);
    assert!(question.text.contains(ANN));
    assert!(ann.get("/account").await.text.contains(unverified));

    let nobody = shop.visitor();
    let done = nobody.post(&welcome, &[]).await;
    done.leads_to("/sign-in?done=verified");
    let page = ann.get("/account").await.is(200);
    assert!(!page.text.contains(unverified) && page.text.contains("Verified"));
    nobody.post(&welcome, &[]).await.is(410);
    nobody.get(&welcome).await.is(410);
    nobody.get("/confirm/guessed").await.is(410);
    ann.post(&second, &[])
        .await
        .leads_to("/account?done=verified");
    let nothing_to_do = ann.post("/account/email/verify", &[]).await;
    nothing_to_do.leads_to("/account?done=verified");
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn nobody_is_flooded_with_mails(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer(ANN).await;
    let mut sent = 0;
    while ann.post("/account/email/verify", &[]).await.status == 303 {
        sent += 1;
        assert!(sent < 20);
    }
    let asked = [("email", "bob@shop.example")];
    let mut statuses = Vec::new();
    for _ in 0..10 {
        statuses.push(shop.visitor().post("/forgot", &asked).await);
    }
    let last = statuses.pop().unwrap().is(429);
    assert!(last.text.contains("value=\"bob@shop.example\""));
    assert_eq!(
        statuses[0].status, 303,
        "whether there is an account is not told"
    );
    shop.mail.mails_to(ANN, 1 + sent).await;
    shop.close().await;
}

#[rstest]
#[case::wrong_password(NEW, "wrong password", "password")]
#[case::no_address("ann", PASSWORD, "email")]
#[case::the_same(" ANN@shop.example", PASSWORD, "email")]
#[case::taken("bob@shop.example", PASSWORD, "email")]
#[tokio::test]
async fn an_address_that_cannot_be_keeps_the_form(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] email: &str,
    #[case] password: &str,
    #[case] wrong: &str,
) {
    let shop = Shop::open(database).await;
    shop.customer("bob@shop.example").await;
    let ann = shop.customer(ANN).await;
    let typed = [("email", email), ("password", password)];
    let page = ann.post("/account/email", &typed).await.is(422);
    marks(&page, wrong);
    assert!(
        page.text.contains(&format!("value=\"{email}\"")),
        "{}",
        page.text
    );
    assert!(!page.text.contains(password), "a password never goes back");
    shop.mail.mails_to(ANN, 1).await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_address_changes_when_the_new_one_says_so(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer(ANN).await;
    let welcome = link(&shop.mail.mails_to(ANN, 1).await[0].text, "confirm");
    let typed = [("email", NEW), ("password", PASSWORD)];
    let asked = ann.post("/account/email", &typed).await;
    ann.get(asked.is(303).location()).await.is(200);
    let confirm = link(&shop.mail.mails_to(NEW, 1).await[0].text, "confirm");
    let notice = &shop.mail.mails_to(ANN, 2).await[1].text;
    assert!(
        notice.contains(NEW) && !notice.contains(&confirm),
        "{notice}"
    );
    let reset = reset_link(&shop, ANN, 2).await;
    assert!(
        signs_in(&shop, ANN, PASSWORD).await,
        "nothing has changed yet"
    );

    let done = ann.post(&confirm, &[]).await;
    let page = ann.get(done.is(303).location()).await.is(200);
    assert!(page.text.contains(NEW) && page.text.contains("Verified"));
    assert!(signs_in(&shop, NEW, PASSWORD).await);
    assert!(!signs_in(&shop, ANN, PASSWORD).await);
    // What was sent to the old address opens nothing any more.
    for old in [welcome, reset] {
        ann.get(&old).await.is(410);
        ann.post(&old, &[("password", OTHER_PASSWORD)])
            .await
            .is(410);
    }
    shop.close().await;
}

/// Two accounts want one address: whoever confirms first has it.
#[rstest]
#[tokio::test]
async fn an_address_that_was_taken_meanwhile_stays_taken(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer(ANN).await;
    let typed = [("email", NEW), ("password", PASSWORD)];
    ann.post("/account/email", &typed).await.is(303);
    let confirm = link(&shop.mail.mails_to(NEW, 1).await[0].text, "confirm");
    shop.customer(NEW).await;
    let page = ann.post(&confirm, &[]).await.is(409);
    assert!(page.text.contains("There is an account with that address"));
    assert!(ann.get("/account").await.text.contains(ANN));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_password_is_changed_by_who_knows_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (ann, phone) = (shop.customer(ANN).await, shop.visitor());
    let credentials = [("email", ANN), ("password", PASSWORD)];
    phone.post("/sign-in", &credentials).await.is(303);
    let reset = reset_link(&shop, ANN, 1).await;
    let change = async |browser: &Browser, old: &str, new: &str| {
        let typed = [("password", old), ("new_password", new)];
        browser.post("/account/password", &typed).await
    };
    let wrong = change(&ann, "wrong password", OTHER_PASSWORD).await;
    marks(&wrong.is(422), "password");
    let weak = change(&ann, PASSWORD, "password").await.is(422);
    marks(&weak, "new_password");
    phone.get("/account").await.is(200);

    let done = change(&ann, PASSWORD, OTHER_PASSWORD).await;
    ann.get(done.is(303).location()).await.is(200);
    phone.get("/account").await.is(303);
    assert!(!signs_in(&shop, ANN, PASSWORD).await);
    assert!(signs_in(&shop, ANN, OTHER_PASSWORD).await);
    shop.visitor().get(&reset).await.is(410);
    let notice = &shop.mail.mails_to(ANN, 3).await[2].text;
    assert!(notice.contains("was changed"), "{notice}");
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_who_reads_the_mail(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer(ANN).await;
    let known = shop.visitor().post("/forgot", &[("email", ANN)]).await;
    let unknown = [("email", "eve@shop.example")];
    let unknown = shop.visitor().post("/forgot", &unknown).await;
    assert_eq!((known.status, &known.text), (unknown.status, &unknown.text));
    assert_eq!(known.location(), unknown.location());
    let wrong = shop.visitor().post("/forgot", &[("email", "ann")]).await;
    marks(&wrong.is(422), "email");
    let reset = link(&shop.mail.mails_to(ANN, 2).await[1].text, "reset");

    let visitor = shop.visitor();
    assert!(visitor.get(&reset).await.is(200).text.contains(ANN));
    let weak = visitor.post(&reset, &[("password", "password")]).await;
    marks(&weak.is(422), "password");
    let set = visitor.post(&reset, &[("password", OTHER_PASSWORD)]).await;
    let page = visitor.get(set.is(303).location()).await.is(200);
    assert!(page.text.contains("Your new password is set"));
    ann.get("/account").await.is(303);
    assert!(signs_in(&shop, ANN, OTHER_PASSWORD).await);
    assert!(!signs_in(&shop, ANN, PASSWORD).await);
    visitor.get(&reset).await.is(410);
    let again = visitor.post(&reset, &[("password", PASSWORD)]).await;
    again.is(410);

    let late = reset_link(&shop, ANN, 3).await;
    shop.server
        .billing()
        .clock()
        .advance(Duration::from_secs(3601));
    visitor.post(&late, &[("password", PASSWORD)]).await.is(410);
    assert!(signs_in(&shop, ANN, OTHER_PASSWORD).await);
    assert_eq!(shop.mail.mails_to("eve@shop.example", 0).await.len(), 0);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn the_export_holds_all_of_one_and_nothing_of_another(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.customer("bob@shop.example").await;
    let ann = shop.customer(ANN).await;
    let (order, transaction) = ann.order("starter").await;
    shop.mail.mails_to(ANN, 1).await;
    let page = ann.get("/account/export").await.is(200);
    assert!(page.header("content-disposition").starts_with("attachment"));
    assert!(!page.text.contains("bob") && !page.text.contains("argon2"));
    let data = page.json();
    assert_eq!(data["person"]["email"], ANN);
    assert_eq!(data["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(data["mails"][0]["facts"]["letter"], "welcome");
    assert_eq!(data["mails"][0]["facts"]["token"], "");
    assert_eq!(data["customer"]["orders"][0]["id"], order);
    assert_eq!(data["customer"]["orders"][0]["offer"], "starter");
    assert_eq!(data["customer"]["transactions"][0]["id"], transaction);
    assert_eq!(data["customer"]["transactions"][0]["amount"], 500);
    assert_eq!(data["customer"]["entries"].as_array().unwrap().len(), 0);
    let page = shop.visitor().get("/account/export").await.is(303);
    assert!(page.location().starts_with("/sign-in"));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_account_is_closed_by_its_owner_and_nothing_of_them_stays(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (ann, phone) = (shop.customer(ANN).await, shop.visitor());
    let credentials = [("email", ANN), ("password", PASSWORD)];
    phone.post("/sign-in", &credentials).await.is(303);
    let (order, _) = ann.order("starter").await;
    let close = async |password: &str, confirm: &str| {
        let typed = [("password", password), ("confirm", confirm)];
        ann.post("/account/close", &typed).await
    };
    ann.get("/account/close").await.is(200);
    marks(&close(PASSWORD, "").await.is(422), "confirm");
    marks(&close("wrong password", "yes").await.is(422), "password");
    let open = close(PASSWORD, "yes").await.is(422);
    assert!(
        open.text.contains("An order of yours is open"),
        "{}",
        open.text
    );
    ann.post(&format!("/orders/{order}/cancel"), &[])
        .await
        .is(303);

    let closed = close(PASSWORD, "yes").await;
    closed.leads_to("/sign-in?done=closed");
    for browser in [&ann, &phone] {
        browser.get("/account").await.is(303);
    }
    assert!(!signs_in(&shop, ANN, PASSWORD).await);
    let mails = shop.mail.mails_to(ANN, 2).await;
    assert!(mails[1].text.contains("Your account is closed"));
    eventually("no row knows the address", || async {
        shop.database
            .count("outbox where email like '%ann%' or facts like '%ann%'")
            .await
            == 0
    })
    .await;
    assert_eq!(
        shop.database.count("people where email like '%ann%'").await,
        0
    );
    assert_eq!(
        shop.database
            .count("people where password_hash <> ''")
            .await,
        0
    );
    assert_eq!(shop.database.count("sessions").await, 0);
    assert_eq!(
        shop.database.count("transactions").await,
        1,
        "the books stay"
    );

    // The address is free again, for somebody who is new to us.
    let again = shop.customer(ANN).await;
    assert!(!again.get("/account").await.is(200).text.contains(&order));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_mail_that_cannot_be_delivered_is_seen_by_staff(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.mail.is_now(Mood::Refuses);
    shop.customer(ANN).await;
    let staff = shop.staff(Role::Owner).await;
    eventually("it stands at /admin", || async {
        let text = staff.get("/admin/attention").await.is(200).text;
        text.contains("welcome") && text.contains("not now") && text.contains("Failing")
    })
    .await;
    shop.close().await;
}
