//! The catalogue as a file: exported, imported, and loaded when a server starts.

use billing::people::Role;
use reqwest::Method;
use rstest::rstest;

use super::{CHANGE, KEY, hidden, pack};
use crate::harness::{Browser, Database, Page, Shop};

impl Browser {
    /// Sends a catalogue's file.
    async fn send_file(&self, file: &str) -> Page {
        const EDGE: &str = "edge-of-a-part";
        let part = |name: &str, text: &str| {
            let named = format!("Content-Disposition: form-data; name=\"{name}\"");
            let named = match name {
                "file" => format!("{named}; filename=\"catalogue.toml\""),
                _ => named,
            };
            format!("--{EDGE}\r\n{named}\r\n\r\n{text}\r\n")
        };
        let parts = [
            part("key", KEY),
            part("file", file),
            part("text", ""),
            part("reason", "The new file"),
            format!("--{EDGE}--\r\n"),
        ];
        let request = self
            .request(Method::POST, "/admin/catalogue/import")
            .header("sec-fetch-site", "same-origin")
            .header(
                "content-type",
                format!("multipart/form-data; boundary={EDGE}"),
            )
            .body(parts.concat());
        self.send(request).await
    }
}

#[rstest]
#[tokio::test]
async fn a_file_is_exported_and_imported(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let admin = shop.staff(Role::Admin).await;
    let file = admin.get("/admin/catalogue.toml").await.is(200);
    assert_eq!(file.header("content-type"), "application/toml");
    let page = admin.send_file(&file.text).await.is(409);
    assert!(
        page.text.contains("This is what is sold already."),
        "{page:?}"
    );

    let wrong = file.text.replacen("price = 500", "price = -5", 1);
    let wrong = wrong.replacen("percent_off = 20", "percent_off = 200", 1);
    let page = admin.send_file(&wrong).await.is(422);
    for says in [
        "2 things",
        "[[pack]] 'starter': price",
        "[[coupon]]",
        "price = -5",
    ] {
        assert!(page.text.contains(says), "{says}: {page:?}");
    }
    let page = admin.send_file("currency = 'usd'\n[[pack]\n").await.is(422);
    assert!(page.text.contains("line 2"), "{page:?}");

    let more = "\n[[pack]]\nkey = \"tiny\"\nname = \"Tiny\"\nprice = 100\ncredits = 5\n";
    let changed = file.text.replacen("price = 500", "price = 550", 1) + more;
    let at = changed.find("[[coupon]]\ncode = \"FRIEND\"").unwrap();
    let end = changed[at + 1..].find("[[").unwrap();
    let changed = format!("{}{}", &changed[..at], &changed[at + 1 + end..]);
    let told = admin.send_file(&changed).await.is(200);
    for says in [
        "New: ",
        "Tiny",
        "$5.00 → $5.50",
        "Taken off sale: ",
        "FRIEND",
    ] {
        assert!(told.text.contains(says), "{says}: {told:?}");
    }
    assert_eq!(shop.database.count("catalogues").await, 1);
    let number = hidden(&told, "number");
    let confirmed = [
        ("key", KEY),
        ("text", changed.as_str()),
        ("reason", "The new file"),
        ("number", number.as_str()),
        ("confirmed", "yes"),
    ];
    for _ in 0..2 {
        let imported = admin.post("/admin/catalogue/import", &confirmed).await;
        imported.leads_to("/admin/catalogue?done=imported");
    }
    assert_eq!(shop.database.count("catalogues").await, 2);
    assert_eq!(shop.lines("catalogue.import").await, 1);
    let start = shop.visitor().get("/").await.is(200).text;
    assert!(
        start.contains("$5.50") && start.contains("pack-tiny"),
        "{start}"
    );
    let billing = shop.server.billing();
    assert!(billing.catalog().coupon("FRIEND").is_none());
    assert_eq!(billing.catalog().pack("studio").unwrap().version, 1);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_the_desk_changed_outlives_a_restart_and_a_changed_file_wins(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.toml");
    let file = |price: i64| {
        let pack = "[[pack]]\nkey='starter'\nname='Starter'\ncredits=50\n\
                    description='Enough for a first evening.'\n";
        format!("# Of the shop.\ncurrency='usd'\n{pack}price={price}\n")
    };
    std::fs::write(&path, file(500)).unwrap();
    let settings = path.display().to_string();
    let settings = [("TENDER_CATALOG", settings.as_str())];
    let shop = Shop::open_with(database, &settings).await;
    let admin = shop.staff(Role::Admin).await;
    admin.publish(CHANGE, &pack("7", "50")).await.is(303);
    let tiny = [
        ("key", "019a0000-0000-7000-8000-00000000000d"),
        ("offer_key", "tiny"),
        ("name", "Tiny"),
        ("price", "1"),
        ("credits", "5"),
        ("reason", "For a try"),
    ];
    admin
        .publish("/admin/catalogue/new/pack", &tiny)
        .await
        .is(303);
    let price = |shop: &Shop, key: &str| {
        let catalog = shop.server.billing().catalog();
        catalog.pack(key).map(|pack| pack.price.value)
    };

    // The same file, also with another remark in it, changes nothing.
    std::fs::write(&path, file(500).replace("Of the shop", "Ours")).unwrap();
    shop.server.stop().await;
    let shop = Shop::open_on(shop.database, shop.gateway, &settings).await;
    assert_eq!(
        (price(&shop, "starter"), price(&shop, "tiny")),
        (Some(700), Some(100))
    );
    assert_eq!(shop.lines("catalogue.load").await, 1);

    // Another one wins for what it names. What only the desk knows stays.
    std::fs::write(&path, file(600)).unwrap();
    shop.server.stop().await;
    let shop = Shop::open_on(shop.database, shop.gateway, &settings).await;
    assert_eq!(
        (price(&shop, "starter"), price(&shop, "tiny")),
        (Some(600), Some(100))
    );
    assert_eq!(shop.lines("catalogue.load").await, 2);
    let by = "select name from audit_log where action = 'catalogue.load'";
    assert_eq!(shop.database.texts(by).await, ["catalogue file"; 2]);
    shop.close().await;
}
