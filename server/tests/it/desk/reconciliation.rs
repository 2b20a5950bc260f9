//! Staff compare what the gateway says with the books, and decide about what differs.

use std::time::Duration;

use billing::{clock::Day, id::AuditId, people::Role};
use reqwest::Method;
use rstest::rstest;

use crate::harness::{Browser, Database, Page, Shop, between, eventually};

const HOUR: Duration = Duration::from_secs(3600);

impl Shop {
    /// A payment that nobody ordered here.
    async fn paid_for_nothing(&self, amount: &str) -> String {
        let form = [
            ("amount", amount),
            ("currency", "usd"),
            ("payment_method", "pm_card_visa"),
            ("confirm", "true"),
            ("return_url", "http://localhost/"),
        ];
        let paid = self.gateway.post("/v1/payment_intents", &form);
        paid.await.is(200).json()["id"].as_str().unwrap().to_owned()
    }

    fn today(&self) -> String {
        Day::from(self.server.billing().clock().now()).to_string()
    }
}

impl Browser {
    /// Waits for a run to come to its end.
    async fn finished(&self, started: Page) -> String {
        let location = started.is(303).location().to_owned();
        let run = location.split('?').next().unwrap().to_owned();
        eventually("the run is finished", async || {
            self.get(&run).await.is(200).text.contains("<dd>Finished")
        })
        .await;
        run
    }

    /// Sends a settlement file.
    async fn upload(&self, fields: &[(&str, &str)], file: &str) -> Page {
        const EDGE: &str = "edge-of-a-part";
        let mut body = String::new();
        for (name, value) in fields {
            body += &format!(
                "--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        body += &format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"../bank file.csv\"\r\nContent-Type: text/csv\r\n\r\n{file}\r\n--{EDGE}--\r\n"
        );
        let request = self
            .request(Method::POST, "/admin/reconciliation/upload")
            .header("sec-fetch-site", "same-origin")
            .header(
                "content-type",
                format!("multipart/form-data; boundary={EDGE}"),
            )
            .body(body);
        self.send(request).await
    }
}

#[rstest]
#[tokio::test]
async fn a_difference_is_found_and_money_goes_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    for amount in ["700", "700", "700"] {
        shop.paid_for_nothing(amount).await;
    }
    let day = shop.today();
    shop.advance(HOUR).await;
    let admin = shop.staff(Role::Admin).await;
    let support = shop.staff(Role::Support).await;
    let viewer = shop.staff(Role::Viewer).await;
    let today = shop.today();

    let days = [("from", day.as_str()), ("to", today.as_str())];
    viewer.post("/admin/reconciliation", &days).await.is(403);
    let wrong = [("from", "soon"), ("to", today.as_str())];
    let marked = support.post("/admin/reconciliation", &wrong).await.is(422);
    assert!(marked.text.contains("value=\"soon\""), "{}", marked.text);
    let wrong = [("from", "2026-11-02"), ("to", "2026-11-01")];
    let marked = support.post("/admin/reconciliation", &wrong).await.is(422);
    assert!(marked.text.contains("The last day is before the first."));
    let started = support.post("/admin/reconciliation", &days).await;
    let run = support.finished(started).await;

    let shown = viewer.get(&run).await.is(200).text;
    assert!(shown.contains("A payment without an order"), "{shown}");
    assert!(shown.contains("$21.00"), "what is at stake: {shown}");
    let finding = shown.split("/admin/findings/").nth(1).unwrap()[..36].to_owned();
    let finding = format!("/admin/findings/{finding}");
    let one = viewer.get(&finding).await.is(200).text;
    for part in [
        "At the provider",
        "Nothing that we know.",
        "$7.00",
        "The rules say",
    ] {
        assert!(one.contains(part), "{part} in {one}");
    }
    assert!(!one.contains("action=refund"), "viewers only look");

    // One of them goes back: asked first, for a reason, once.
    let asked = admin
        .get(&format!("{finding}?action=refund"))
        .await
        .is(200)
        .text;
    assert!(asked.contains("Send the money back?"), "{asked}");
    let key = between(&asked, "name=\"key\" value=\"", "\"").unwrap();
    let act = |reason| [("action", "refund"), ("key", key), ("reason", reason)];
    for staff in [&viewer, &support] {
        staff.post(&finding, &act("because")).await.is(403);
    }
    let marked = admin.post(&finding, &act(" ")).await.is(422).text;
    assert!(marked.contains("Please say why.") && marked.contains("Send the money back?"));
    let impossible = [("action", "reverse"), ("key", key), ("reason", "because")];
    admin.post(&finding, &impossible).await.is(422);
    assert!(shop.gateway.list("refunds").await.is_empty());
    let done = format!("{finding}?done=done");
    for _ in 0..2 {
        admin.post(&finding, &act("not ours")).await.leads_to(&done);
    }
    assert_eq!(shop.gateway.list("refunds").await.len(), 1);

    // The others of the class, with one question for all.
    let class = "class=payment_without_order";
    let asked = admin
        .get(&format!("{run}?{class}&action=refund"))
        .await
        .is(200);
    assert!(
        asked.text.contains("2 findings, $14.00 together"),
        "{}",
        asked.text
    );
    let key = AuditId::new().to_string();
    let all = |reason| {
        [
            ("action", "refund"),
            ("class", "payment_without_order"),
            ("key", key.as_str()),
            ("reason", reason),
        ]
    };
    support.post(&run, &all("because")).await.is(403);
    admin.post(&run, &all("")).await.is(422);
    let acting = format!("{run}?done=acting");
    for _ in 0..2 {
        admin
            .post(&run, &all("none are ours"))
            .await
            .leads_to(&acting);
    }
    eventually("all went back", async || {
        shop.gateway.list("refunds").await.len() == 3
    })
    .await;
    eventually("all are done", async || {
        let file = viewer
            .get(&format!("{run}/findings.csv"))
            .await
            .is(200)
            .text;
        file.lines().count() == 4 && file.matches(",done,").count() == 3
    })
    .await;
    let said = |action: &str, why: &str| (action.to_owned(), why.to_owned());
    assert_eq!(
        shop.deeds(&["reconciliation.", "finding."]).await,
        [
            said("reconciliation.start", ""),
            said("finding.act", "not ours"),
            said("reconciliation.act", "none are ours"),
        ]
    );
    shop.quiet().await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_settlement_file_is_compared_and_deleted(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let support = shop.staff(Role::Support).await;
    let viewer = shop.staff(Role::Viewer).await;
    let header = "Kind,Payment id,Gross,Currency,Costs,Booked on";
    let at = "2026-11-18 10:00:00";
    let file =
        format!("{header}\npayment,pi_1,5.00,usd,0.45,{at}\npayment,pi_2,five,usd,0.45,{at}");
    viewer.upload(&[], &file).await.is(403);
    viewer.get("/admin/reconciliation/upload").await.is(404);
    support.get("/admin/reconciliation/upload").await.is(200);
    let mapping = "type=Kind,reference=Payment id,amount=Gross,currency=Currency,fee=Costs,\
                   created=Booked on";
    for (columns, from, wrong) in [
        ("", "", "No column says reference"),
        ("amount", "", "Expected FIELD=COLUMN"),
        (mapping, "soon", "Please give a day"),
    ] {
        let fields = [
            ("columns", columns),
            ("unit", "major"),
            ("from", from),
            ("to", from),
        ];
        let marked = support.upload(&fields, &file).await.is(422).text;
        assert!(marked.contains(wrong), "{wrong} in {marked}");
    }
    let empty = support.upload(&[("columns", mapping)], "").await.is(422);
    assert!(empty.text.contains("Please choose a file."));

    let fields = [
        ("columns", mapping),
        ("unit", "major"),
        ("from", ""),
        ("to", ""),
    ];
    let run = support.upload(&fields, &file).await;
    let run = support.finished(run).await;
    let shown = viewer.get(&run).await.is(200).text;
    for part in [
        "bank_file.csv",
        "Line 3: ",
        "is not an amount of usd",
        "A payment without an order",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let lines = viewer
        .get(&format!("{run}/unreadable.csv"))
        .await
        .is(200)
        .text;
    assert_eq!(lines.lines().count(), 2, "{lines}");
    if matches!(database, Database::Sqlite) {
        let left = shop.database.folder().join("settlements");
        eventually("the file is deleted", async || {
            std::fs::read_dir(&left).unwrap().count() == 0
        })
        .await;
    }
    assert_eq!(shop.deeds(&["reconciliation."]).await.len(), 1);
    shop.close().await;
}
