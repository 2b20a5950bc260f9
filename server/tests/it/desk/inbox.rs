//! The inbox of the desk: what came, what was refused, and what staff decide.

use billing::{
    people::Role,
    staff::{Part, audit_log::Actor},
};
use clap::Parser;
use http::HeaderMap;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;
use server::{Server, command_line::Cli};

use crate::harness::{
    Browser, Database, Gateway, PASSWORD, Page, Shop, TestDatabase, event, eventually, now,
    signature,
};

impl Shop {
    /// What stands in the log of the desk about these things, the oldest first.
    pub async fn deeds(&self, of: &[&str]) -> Vec<(String, String)> {
        let part = Part {
            descending: false,
            ..Part::first(100)
        };
        let log = self.server.billing();
        let lines = log.audit_log(&Default::default(), part).await.unwrap().rows;
        let deeds = lines.into_iter().map(|line| line.deed);
        let deeds = deeds.map(|deed| (deed.action.to_string(), deed.reason));
        deeds
            .filter(|(action, _)| of.iter().any(|begin| action.starts_with(begin)))
            .collect()
    }
}

/// The only event in a list of the inbox.
fn only_event(list: &Page) -> String {
    let links: Vec<_> = list.text.split("/admin/inbox/").skip(1).collect();
    assert_eq!(links.len(), 1, "{}", list.text);
    format!("/admin/inbox/{}", &links[0][..36])
}

#[rstest]
#[tokio::test]
async fn an_event_that_fails_is_found_and_decided_about(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let support = shop.staff(Role::Support).await;
    let viewer = shop.staff(Role::Viewer).await;
    let odd = event("payment_intent.succeeded", json!({ "id": "pi_1" }));
    shop.deliver_event(&odd).await.is(200);
    shop.deliver_event(&odd).await.is(200);
    let kept = event("customer.created", json!({ "id": "cus_1" }));
    shop.deliver_event(&kept).await.is(200);
    eventually("it fails", async || {
        let failed = viewer.get("/admin/inbox?state=failed").await.is(200);
        failed.text.contains("payment_intent.succeeded")
    })
    .await;

    let id = odd["id"].as_str().unwrap();
    let page = only_event(&viewer.get(&format!("/admin/inbox?event={id}")).await);
    let nothing = viewer.get("/admin/inbox?state=set_aside").await.is(200);
    assert!(nothing.text.contains("Nothing is like that."));
    let shown = viewer.get(&page).await.is(200).text;
    for part in [id, "Failing", "Came again", "Stripe-Signature", "pi_1"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(!shown.contains("Set aside"), "viewers only look");
    for wish in ["again", "set-aside", "take-back"] {
        let typed = [("do", wish), ("reason", "because")];
        viewer.post(&page, &typed).await.is(403);
    }

    let why = [("do", "set-aside"), ("reason", "  ")];
    let marked = support.post(&page, &why).await.is(422).text;
    assert!(marked.contains("Please say why."), "{marked}");
    assert!(marked.contains("id=\"reason\"") && marked.contains("aria-invalid=\"true\""));
    let why = [("do", "set-aside"), ("reason", "known to <us>")];
    let done = format!("{page}?done=set-aside");
    support.post(&page, &why).await.leads_to(&done);
    support.post(&page, &why).await.is(409);
    let shown = viewer.get(&done).await.is(200).text;
    assert!(shown.contains("known to &lt;us&gt;"), "{shown}");
    assert!(shown.contains("It is set aside."), "{shown}");
    shop.quiet().await;
    let attention = viewer.get("/admin/attention").await.is(200).text;
    assert!(!attention.contains("could not be processed"), "{attention}");

    let back = format!("{page}?done=taken-back");
    support
        .post(&page, &[("do", "take-back")])
        .await
        .leads_to(&back);
    let tried = format!("{page}?done=tried");
    support
        .post(&page, &[("do", "again")])
        .await
        .leads_to(&tried);
    let nowhere = "/admin/inbox/01900000-0000-7000-8000-000000000001";
    viewer.get(nowhere).await.is(404);
    support.post(nowhere, &[("do", "again")]).await.is(404);

    let file = viewer.get("/admin/inbox.csv?state=ignored&sort=at").await;
    let file = file.is(200).text;
    assert_eq!(file.lines().count(), 2, "{file}");
    assert!(file.contains("customer.created,ignored"), "{file}");
    let said = |action: &str, why: &str| (action.to_owned(), why.to_owned());
    assert_eq!(
        shop.deeds(&["event."]).await,
        [
            said("event.set_aside", "known to <us>"),
            said("event.take_back", ""),
            said("event.handle", ""),
        ]
    );
    shop.close_with(1).await;
}

#[rstest]
#[tokio::test]
async fn what_is_refused_is_told_with_advice(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let support = shop.staff(Role::Support).await;
    let body = event("customer.created", json!({ "id": "cus_1" })).to_string();
    let wrong = signature("whsec_other", now(), body.as_bytes());
    let mut headers = HeaderMap::new();
    let header = format!("t={},v1={wrong}", now());
    headers.insert("stripe-signature", header.parse().unwrap());
    shop.deliver(body.clone(), headers).await.is(400);
    shop.deliver(body, HeaderMap::new()).await.is(400);
    shop.deliver(vec![b'x'; 1024 * 1024 + 1], HeaderMap::new())
        .await
        .is(413);
    shop.server.billing().write_refusals().await;
    eventually("all three are counted", async || {
        let page = support.get("/admin/inbox").await.is(200).text;
        ["A wrong secret", "No signature", "Over 1 MiB"]
            .iter()
            .all(|cause| page.contains(cause))
    })
    .await;
    let page = support.get("/admin/inbox").await.is(200).text;
    assert!(page.contains("STRIPE_WEBHOOK_SECRETS"), "{page}");
    assert!(
        page.contains("has not sent anything yet"),
        "nothing is stored"
    );

    // A real gateway sends what it wants.
    assert!(!page.contains("Let the sandbox send"));
    let typed = [("kind", "invoice.paid")];
    support.post("/admin/inbox", &typed).await.is(409);
    assert!(shop.deeds(&["event."]).await.is_empty());
    shop.close().await;
}

/// The sandbox says what it is told to, of what is there.
#[tokio::test]
async fn the_sandbox_sends_any_event() {
    let database = TestDatabase::fresh(Database::Sqlite).await;
    let site_root = database.folder().join("site").display().to_string();
    let arguments = [
        "tender".to_owned(),
        format!("--database-url={}", database.url),
        "--addr=127.0.0.1:0".to_owned(),
        "--sandbox-addr=127.0.0.1:0".to_owned(),
        format!("--site-root={site_root}"),
        "serve".to_owned(),
    ];
    let settings = Cli::try_parse_from(arguments).unwrap().settings;
    let server = Server::start(settings).await.unwrap();
    let elsewhere = Gateway::start().await;
    let site = format!("http://{}", server.addr());
    let staff = Browser::new(elsewhere.http.clone(), &site);
    let billing = server.billing().clone();
    let by = Actor::command_line();
    let (email, password) = ("support@shop.example", PASSWORD);
    billing
        .add_staff(email, password, Role::Support, by)
        .await
        .unwrap();
    staff.sign_in(email).await;
    staff.set_up_app(billing.clock().of_devices()).await;

    let page = staff.get("/admin/inbox").await.is(200).text;
    assert!(page.contains("payment_intent.canceled"), "{page}");
    let unheard = [("kind", "something.new"), ("about", "")];
    staff.post("/admin/inbox", &unheard).await.is(422);
    let typed = [("kind", "payment_intent.canceled"), ("about", "")];
    let refused = staff.post("/admin/inbox", &typed).await.is(422).text;
    assert!(
        refused.contains("there is no payment_intent yet"),
        "{refused}"
    );
    let sandbox = server.sandbox_url().unwrap();
    let made = elsewhere
        .http
        .request(Method::POST, format!("{sandbox}/v1/payment_intents"))
        .bearer_auth(sandbox::SECRET_KEY)
        .form(&[("amount", "700"), ("currency", "usd")])
        .send()
        .await
        .unwrap();
    assert!(made.status().is_success());
    let sent = staff.post("/admin/inbox", &typed).await;
    sent.leads_to("/admin/inbox?done=sent");
    eventually("it comes", async || {
        let list = staff.get("/admin/inbox?type=payment_intent.canceled").await;
        list.is(200).text.contains("Means nothing here")
    })
    .await;
    let log = staff
        .get("/admin/audit?action=event.send_test")
        .await
        .is(200);
    assert_eq!(log.text.matches("event.send_test<span").count(), 2);
    elsewhere.stop().await;
    server.stop().await;
}
