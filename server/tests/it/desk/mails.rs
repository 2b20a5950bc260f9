//! Mails and deliveries at the desk: seen as their readers see them, and sent once more.

use billing::{events::EventType, id::MailId, people::Role, staff::audit_log::Actor};
use rstest::rstest;

use crate::harness::{Database, Page, Shop, eventually};

/// The only mail in a list.
fn only_mail(list: &Page) -> String {
    let links: Vec<_> = list.text.split("href=\"/admin/mails/").skip(1).collect();
    assert_eq!(links.len(), 1, "{}", list.text);
    format!("/admin/mails/{}", &links[0][..36])
}

#[rstest]
#[tokio::test]
async fn a_mail_is_shown_without_its_secret_and_sent_again(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let support = shop.staff(Role::Support).await;
    let viewer = shop.staff(Role::Viewer).await;
    let (ann, bob) = ("ann@shop.example", "bob@shop.example");
    shop.customer(ann).await;
    shop.customer(bob).await;
    let list = viewer.get("/admin/mails?email=ANN@shop.example&letter=welcome");
    let page = only_mail(&list.await.is(200));
    eventually("it is marked", async || {
        viewer.get(&page).await.is(200).text.contains("<dd>Sent")
    })
    .await;
    let shown = viewer.get(&page).await.is(200);
    assert!(
        shown
            .header("content-security-policy")
            .contains("frame-src 'self'")
    );
    assert!(shown.text.contains("Welcome to Tender"), "{}", shown.text);
    assert!(!shown.text.contains("Send again"), "viewers only look");
    let preview = viewer.get(&format!("{page}/preview")).await.is(200);
    let policy = preview.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && policy.contains("sandbox"));
    assert!(preview.text.contains("/confirm/only-its-reader-sees-this"));
    viewer
        .get("/admin/mails/01900000-0000-7000-8000-000000000001")
        .await
        .is(404);

    let copy = MailId::new().to_string();
    let typed = [("copy", copy.as_str())];
    viewer.post(&page, &typed).await.is(403);
    let sent = format!("/admin/mails/{copy}?done=again");
    for _ in 0..2 {
        support.post(&page, &typed).await.leads_to(&sent);
    }
    let mails = shop.mail.mails_to(ann, 2).await;
    assert!(
        mails[1].text.contains("Verify your address"),
        "{}",
        mails[1].text
    );
    let secret = mails[1].text.split("/confirm/").nth(1).unwrap();
    let secret: String = secret
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let confirmed = shop
        .visitor()
        .post(&format!("/confirm/{secret}"), &[])
        .await;
    confirmed.is(303);
    assert_eq!(shop.mail.mails_to(bob, 1).await.len(), 1);

    let file = viewer
        .get("/admin/mails.csv?email=ann@shop.example")
        .await
        .is(200)
        .text;
    assert_eq!(file.lines().count(), 3, "{file}");
    assert_eq!(
        shop.deeds(&["mail."]).await.len(),
        1,
        "a second click is the same"
    );
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_event_is_sent_to_an_endpoint_once_more(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let support = shop.staff(Role::Support).await;
    let viewer = shop.staff(Role::Viewer).await;
    let (billing, by) = (shop.server.billing(), Actor::command_line());
    // Nobody listens there.
    let (one, other) = ("http://127.0.0.1:9/one", "http://127.0.0.1:9/other");
    let types = vec![EventType::OrderPaid];
    let one = billing.add_endpoint(one, types.clone(), &by).await.unwrap();
    let other = billing.add_endpoint(other, types, &by).await.unwrap();
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    eventually("it cannot be delivered", async || {
        let list = viewer.get("/admin/deliveries?state=pending").await.is(200);
        list.text.matches("it cannot be reached").count() == 2
    })
    .await;
    let list = viewer.get("/admin/deliveries").await.is(200).text;
    assert!(!list.contains("Send again"), "viewers only look");
    let event = list.split("/admin/deliveries?event=").nth(1).unwrap()[..36].to_owned();
    let shown = viewer
        .get(&format!("/admin/deliveries?event={event}"))
        .await
        .is(200);
    assert!(shown.text.contains("What is told"), "{}", shown.text);
    let of_one = format!("/admin/deliveries?endpoint={}", one.id);
    let of_one = viewer.get(&of_one).await.is(200).text;
    assert_eq!(of_one.matches("order.paid</a>").count(), 1, "{of_one}");

    let endpoint = one.id.to_string();
    let wish = [("event", event.as_str()), ("endpoint", endpoint.as_str())];
    viewer.post("/admin/deliveries", &wish).await.is(403);
    let done = format!("/admin/deliveries?event={event}&done=replayed");
    support
        .post("/admin/deliveries", &wish)
        .await
        .leads_to(&done);
    billing
        .disable_endpoint(other.id, "it is gone", &by)
        .await
        .unwrap();
    let endpoint = other.id.to_string();
    let wish = [("event", event.as_str()), ("endpoint", endpoint.as_str())];
    let refused = support.post("/admin/deliveries", &wish).await.is(409);
    assert!(refused.text.contains("Its endpoint is disabled."));
    let file = viewer.get("/admin/deliveries.csv").await.is(200).text;
    assert_eq!(file.lines().count(), 3, "{file}");
    assert_eq!(shop.deeds(&["delivery."]).await.len(), 1);
    shop.close().await;
}
