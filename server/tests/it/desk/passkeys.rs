//! Passkeys as the second factor of staff.

use std::time::Duration;

use billing::people::Role;
use rstest::rstest;

use crate::harness::{App, Browser, Database, Device, Page, Shop};

const MINUTE: Duration = Duration::from_secs(60);

/// Where passkeys of a shop on loopback answer.
fn origin(shop: &Shop) -> String {
    shop.site().replace("127.0.0.1", "localhost")
}

/// Somebody who knows the password of a member of staff.
async fn half_in(shop: &Shop, role: Role) -> Browser {
    let browser = shop.visitor();
    browser.sign_in(&format!("{role}@shop.example")).await;
    browser
}

#[track_caller]
fn says(page: Page, text: &str) {
    let page = page.is(422);
    assert!(page.text.contains(text), "{text}: {page:?}");
}

#[rstest]
#[tokio::test]
async fn a_passkey_is_a_first_factor_and_lets_in_after_the_password(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let viewer = shop.staff_by_password(Role::Viewer).await;
    let page = viewer.get("/admin/security").await.is(200).text;
    assert!(page.contains("href=\"/admin/security/passkeys\""), "{page}");
    let page = viewer.get("/admin/security/passkeys").await.is(200).text;
    let here = format!("data-origin=\"{}\"", origin(&shop));
    for part in ["data-passkey=\"create\"", "passkeys.js", here.as_str()] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let nameless = viewer.post("/admin/security/passkeys/offer", &[("name", " ")]);
    says(nameless.await, "Name it");
    let nothing = viewer.post("/admin/security/passkeys/ask", &[]).await;
    nothing.is(422);

    let mut laptop = Device::at(&origin(&shop));
    let shown = viewer.set_up_passkey("Laptop", &laptop).await.is(200);
    assert_eq!(shown.text.matches("class=\"secret\"").count(), 10);
    viewer.get("/admin").await.is(200);
    let mails = shop.mail.mails_to("viewer@shop.example", 1).await;
    for part in ["Subject: A passkey was added", "Laptop"] {
        assert!(mails[0].text.contains(part), "{part}: {mails:?}");
    }
    let own = viewer.get("/admin/security").await.is(200).text;
    for part in ["Laptop", "never", "10 recovery codes"] {
        assert!(own.contains(part), "{part}: {own}");
    }

    let elsewhere = half_in(&shop, Role::Viewer).await;
    let asked = elsewhere.get("/admin").await;
    let asked = elsewhere.get(asked.is(303).location()).await.is(200).text;
    assert!(asked.contains("data-passkey=\"get\""), "{asked}");
    let question = elsewhere.asked_for_passkey().await;
    assert_eq!(question["userVerification"], "required");
    assert_eq!(question["allowCredentials"][0]["id"], laptop.id());
    let given = elsewhere.give_passkey(&laptop.show(&question)).await;
    given.leads_to("/admin/audit");
    let log = elsewhere.get("/admin/audit?action=passkey.add").await;
    assert!(log.is(200).text.contains("viewer@shop.example"));
    let own = elsewhere.get("/admin/security").await.is(200).text;
    assert!(!own.contains("never"), "{own}");

    // A second one does not replace the recovery codes, and one device has one passkey only.
    let question = elsewhere.offered_passkey("Phone").await;
    assert_eq!(question["excludeCredentials"][0]["id"], laptop.id());
    let twice = elsewhere
        .add_passkey("Phone", &laptop.make(&question))
        .await;
    says(twice, "does not fit");
    let phone = Device::at(&origin(&shop));
    let added = elsewhere.set_up_passkey("Phone", &phone).await;
    added.leads_to("/admin/security?done=passkey-added");
    let support = shop.staff_by_password(Role::Support).await;
    says(
        support.set_up_passkey("Mine", &phone).await,
        "was added before",
    );
    support.get("/admin").await.is(303);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_answer_counts_once_and_for_its_own_question(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff_by_password(Role::Owner).await;
    let mut laptop = Device::at(&origin(&shop));
    owner.set_up_passkey("Laptop", &laptop).await.is(200);
    let [thief, other] = [
        half_in(&shop, Role::Owner).await,
        half_in(&shop, Role::Owner).await,
    ];

    let answer = laptop.show(&other.asked_for_passkey().await);
    says(
        thief.give_passkey(&answer).await,
        "answered before, or too late",
    );
    thief.asked_for_passkey().await;
    says(thief.give_passkey(&answer).await, "does not fit");
    other.give_passkey(&answer).await.leads_to("/admin/audit");
    says(
        other.give_passkey(&answer).await,
        "answered before, or too late",
    );

    laptop.origin = "https://evil.example".to_owned();
    let answer = laptop.show(&thief.asked_for_passkey().await);
    says(thief.give_passkey(&answer).await, "does not fit");
    laptop.origin = origin(&shop);
    let answer = laptop.show(&thief.asked_for_passkey().await);
    shop.server.billing().clock().advance(6 * MINUTE);
    says(
        thief.give_passkey(&answer).await,
        "answered before, or too late",
    );
    let mut question = thief.asked_for_passkey().await;
    question["rp"]["id"] = question["rpId"].clone();
    let made = laptop.make(&question);
    says(thief.give_passkey(&made).await, "does not fit");
    let another = Device::at(&origin(&shop)).show(&thief.asked_for_passkey().await);
    says(thief.give_passkey(&another).await, "does not fit");

    // A copy of it that was used less often.
    laptop.uses = 0;
    let answer = laptop.show(&thief.asked_for_passkey().await);
    says(thief.give_passkey(&answer).await, "there may be a copy");
    thief.get("/admin").await.is(303);
    let log = other.get("/admin/audit.csv?action=passkey.refuse").await;
    assert_eq!(log.is(200).text.lines().count(), 2);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_copy_used_between_question_and_answer_is_found_out(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff_by_password(Role::Owner).await;
    let mut laptop = Device::at(&origin(&shop));
    owner.set_up_passkey("Laptop", &laptop).await.is(200);
    let thief = half_in(&shop, Role::Owner).await;
    let stolen = laptop.show(&thief.asked_for_passkey().await);
    laptop.uses = 0;
    let answer = laptop.show(&owner.asked_for_passkey().await);
    owner.give_passkey(&answer).await.leads_to("/admin/audit");
    says(thief.give_passkey(&stolen).await, "there may be a copy");
    thief.get("/admin").await.is(303);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn one_is_renamed_and_removed_while_another_factor_stays(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff(Role::Owner).await;
    let mut laptop = Device::at(&origin(&shop));
    let added = owner.set_up_passkey("Laptop", &laptop).await;
    added.leads_to("/admin/security?done=passkey-added");
    let own = owner.get("/admin/security").await.is(200).text;
    let (_, id) = own.split_once("href=\"/admin/security/passkeys/").unwrap();
    let page = format!("/admin/security/passkeys/{}", id.split('"').next().unwrap());
    let change = async |browser: &Browser, action: &str, name: &str| {
        let typed = [("action", action), ("name", name)];
        browser.post(&page, &typed).await
    };
    says(change(&owner, "rename", " ").await, "id=\"name-error\"");
    let renamed = change(&owner, "rename", "Old laptop").await;
    renamed.leads_to("/admin/security?done=passkey-renamed");
    let text = owner.get(&page).await.is(200).text;
    assert!(text.contains("Old laptop"), "{text}");
    // It is nobody else's to change.
    let viewer = shop.staff(Role::Viewer).await;
    change(&viewer, "rename", "Mine").await.is(404);
    change(&viewer, "remove", "").await.is(404);
    viewer.get(&page).await.is(404);

    // Only a moment after a factor was given, and the passkey is one.
    shop.server.billing().clock().advance(11 * MINUTE);
    let ask = format!("/admin/security?next={page}");
    change(&owner, "remove", "").await.leads_to(&ask);
    let adding = owner.post("/admin/security/passkeys/offer", &[("name", "Phone")]);
    says(adding.await, "once more first");
    let asked = owner.get("/admin/security/passkeys").await.is(200).text;
    assert!(asked.contains("data-passkey=\"get\""), "{asked}");
    let answer = laptop.show(&owner.asked_for_passkey().await);
    owner.give_passkey(&answer).await.leads_to("/admin/audit");

    let gone = owner
        .post("/admin/security/authenticator/remove", &[])
        .await;
    gone.leads_to("/admin/security?done=app-removed");
    says(
        change(&owner, "remove", "").await,
        "your only second factor",
    );
    let question = owner.asked_for_passkey().await;
    let offer = owner.post("/admin/security/authenticator/offer", &[]);
    let app = App::of(&owner.get(offer.await.location()).await.is(200));
    let code = app.code(shop.of_devices());
    let typed = [("code", code.as_str())];
    let set_up = owner.post("/admin/security/authenticator", &typed).await;
    set_up.leads_to("/admin/security?done=app");
    let removed = change(&owner, "remove", "").await;
    removed.leads_to("/admin/security?done=passkey-removed");
    let answer = laptop.show(&question);
    says(owner.give_passkey(&answer).await, "does not fit");
    owner.get(&page).await.is(404);
    for (action, lines) in [
        ("passkey.rename", 1),
        ("passkey.remove", 1),
        ("second_factor.remove", 1),
    ] {
        let log = owner
            .get(&format!("/admin/audit.csv?action={action}"))
            .await;
        assert_eq!(log.is(200).text.lines().count(), lines + 1, "{action}");
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_reset_and_the_end_of_an_account_forget_them(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff(Role::Owner).await;
    let viewer = shop.staff_by_password(Role::Viewer).await;
    let staff = shop.server.billing().staff().await.unwrap();
    let member = staff.iter().find(|it| it.role == Role::Viewer).unwrap();
    let member = format!("/admin/staff/{}", member.id);
    for action in ["reset", "close"] {
        viewer.sign_in("viewer@shop.example").await;
        let page = viewer.get("/admin/security").await.is(200).text;
        assert!(page.contains("Set up your second factor"), "{page}");
        let laptop = Device::at(&origin(&shop));
        viewer.set_up_passkey("Laptop", &laptop).await.is(200);
        assert_eq!(shop.database.count("passkeys").await, 1);
        let page = owner.get(&member).await.is(200).text;
        assert!(page.contains("They have 1 passkey"), "{page}");
        let typed = [("action", action), ("reason", "lost a laptop")];
        owner.post(&member, &typed).await.is(303);
        assert_eq!(shop.database.count("passkeys").await, 0);
    }
    shop.close().await;
}

#[tokio::test]
async fn without_a_name_of_the_site_there_are_none() {
    let elsewhere = [("TENDER_PUBLIC_URL", "http://192.0.2.1")];
    let shop = Shop::open_with(Database::Sqlite, &elsewhere).await;
    let owner = shop.staff_by_password(Role::Owner).await;
    let page = owner.get("/admin/security/passkeys").await.is(200).text;
    assert!(page.contains("made for a name"), "{page}");
    assert!(!page.contains("data-passkey"), "{page}");
    let refused = owner.post("/admin/security/passkeys/offer", &[("name", "Laptop")]);
    says(refused.await, "cannot be used at the address");
    shop.close().await;
}
