//! `tender …` as a process: what it prints, and how it ends.

use std::{path::Path, process::Output};

use rstest::rstest;

use crate::harness::{Database, Gateway, PATIENCE, Shop, Tender, TestDatabase, tender};

pub async fn run(arguments: &[&str], settings: &[(&str, &str)], folder: &Path) -> Output {
    let mut command = tender(arguments, settings, folder);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    output.expect("it does not end").unwrap()
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// It ends at once, with one line that names what is wrong.
pub async fn refuses(arguments: &[&str], settings: &[(&str, &str)], folder: &Path, named: &str) {
    let Output { status, stderr, .. } = run(arguments, settings, folder).await;
    let said = text(&stderr);
    assert!(!status.success(), "{settings:?}");
    assert_eq!(said.lines().count(), 1, "{settings:?}: {said}");
    assert!(said.contains(named), "{settings:?}: {said}");
}

#[rstest]
#[case::address("TENDER_ADDR", "here")]
#[case::port("TENDER_ADDR", "127.0.0.1:99999")]
#[case::address_of_others("TENDER_ADDR", "192.0.2.1:3000")]
#[case::scheme("DATABASE_URL", "mysql://localhost/tender")]
#[case::empty_database("DATABASE_URL", "")]
#[case::unreachable_database("DATABASE_URL", "postgres://postgres@127.0.0.1:9/tender")]
#[case::unknown_host("DATABASE_URL", "postgres://postgres@nowhere.invalid/tender")]
#[case::unwritable_database("DATABASE_URL", "sqlite:/proc/tender.db")]
#[case::odd_listener("DATABASE_LISTEN_URL", "mysql://localhost/tender")]
#[case::listener_beside_a_file("DATABASE_LISTEN_URL", "postgres://postgres@127.0.0.1:9/tender")]
#[case::public_url("TENDER_PUBLIC_URL", "shop.example")]
#[case::path_in_public_url("TENDER_PUBLIC_URL", "https://shop.example/tender")]
#[case::proxies("TENDER_TRUSTED_PROXIES", "proxy")]
#[case::api_base("STRIPE_API_BASE", "api.stripe.com")]
#[case::script("STRIPE_JS_URL", "/stripe.js")]
#[case::sandbox("TENDER_SANDBOX_ADDR", "4242")]
#[case::missing_catalog("TENDER_CATALOG", "nowhere.toml")]
#[case::folder_as_catalog("TENDER_CATALOG", "/")]
#[case::reconcile("TENDER_RECONCILE", "hourly")]
#[case::broken_catalog("TENDER_CATALOG", "broken.toml")]
#[case::odd_catalog("TENDER_CATALOG", "odd.toml")]
#[tokio::test]
async fn a_wrong_setting_is_one_line_that_names_it(#[case] name: &str, #[case] value: &str) {
    let folder = tempfile::tempdir().unwrap();
    let broken = "currency = \"usd\"\n[[pack]\n";
    std::fs::write(folder.path().join("broken.toml"), broken).unwrap();
    let odd = "currency = \"usd\"\n[[pack]]\nkey = \"a\"\nname = \"A\"\nprice = 5\ncredits = 0\n";
    std::fs::write(folder.path().join("odd.toml"), odd).unwrap();
    let usual = [
        ("TENDER_ADDR", "127.0.0.1:0"),
        ("TENDER_SANDBOX_ADDR", "127.0.0.1:0"),
        ("TENDER_PUBLIC_URL", "http://127.0.0.1:3000"),
    ];
    let mut settings: Vec<_> = usual
        .into_iter()
        .filter(|(usual, _)| *usual != name)
        .collect();
    settings.push((name, value));
    refuses(&["serve"], &settings, folder.path(), name).await;
}

/// Through a pooler no server hears what others change, so one more address is needed; and that must
/// be of use.
#[tokio::test]
async fn an_address_at_which_nothing_is_heard_is_named() {
    let pooler = std::env::var("TENDER_TEST_POOLER")
        .expect("TENDER_TEST_POOLER: run the tests under setup/postgres, as make test does");
    let folder = tempfile::tempdir().unwrap();
    let pooled = ("DATABASE_URL", pooler.as_str());
    let nowhere = "postgres://postgres@127.0.0.1:9/tender";
    for settings in [vec![pooled], vec![pooled, ("DATABASE_LISTEN_URL", nowhere)]] {
        let named = "DATABASE_LISTEN_URL";
        refuses(&["migrate"], &settings, folder.path(), named).await;
    }
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let settings = [("TENDER_ADDR", address.as_str())];
    refuses(&["serve"], &settings, folder.path(), "TENDER_ADDR").await;
    let settings = [
        ("TENDER_ADDR", "127.0.0.1:0"),
        ("TENDER_SANDBOX_ADDR", address.as_str()),
    ];
    refuses(&["serve"], &settings, folder.path(), "TENDER_SANDBOX_ADDR").await;
}

/// The sandbox takes a gateway's place for those on this machine, and for nobody else.
#[tokio::test]
async fn missing_keys_stop_a_public_start() {
    let folder = tempfile::tempdir().unwrap();
    let public = ("TENDER_PUBLIC_URL", "https://shop.example");
    let secret = ("STRIPE_SECRET_KEY", "sk_test_1");
    for (settings, named) in [
        (vec![public], "STRIPE_SECRET_KEY"),
        (
            vec![("TENDER_SANDBOX_ADDR", "0.0.0.0:0")],
            "STRIPE_SECRET_KEY",
        ),
        (vec![public, secret], "STRIPE_PUBLISHABLE_KEY"),
    ] {
        let all = [vec![("TENDER_ADDR", "127.0.0.1:0")], settings].concat();
        refuses(&["serve"], &all, folder.path(), named).await;
    }
}

/// A setting may stand in `.env`, and what is wrong there is told the same way.
#[tokio::test]
async fn settings_are_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    std::fs::write(&file, "DATABASE_URL=sqlite:kept/here.db\n").unwrap();
    assert!(run(&["migrate"], &[], folder.path()).await.status.success());
    assert!(folder.path().join("kept/here.db").exists());
    std::fs::write(&file, "TENDER_ADDR=nowhere\n").unwrap();
    refuses(&["serve"], &[], folder.path(), "TENDER_ADDR").await;
    std::fs::write(&file, "what is this\n").unwrap();
    refuses(&["serve"], &[], folder.path(), ".env").await;
}

#[tokio::test]
async fn a_wrong_command_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    refuses(&["sell"], &[], folder.path(), "sell").await;
    refuses(&["serve", "--adr", "x"], &[], folder.path(), "--adr").await;
    let odd_role = ["staff", "add", "eve@shop.example", "--role", "king"];
    refuses(&odd_role, &[], folder.path(), "king").await;
}

#[tokio::test]
async fn help_lists_every_setting_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = [
        ("STRIPE_SECRET_KEY", "sk_test_hidden"),
        ("STRIPE_WEBHOOK_SECRETS", "whsec_hidden"),
        ("DATABASE_URL", "postgres://tender:hidden@db.example/tender"),
    ];
    let Output { status, stdout, .. } = run(&["--help"], &secrets, folder.path()).await;
    assert!(status.success());
    let help = text(&stdout);
    for name in [
        "DATABASE_URL",
        "DATABASE_LISTEN_URL",
        "TENDER_ADDR",
        "TENDER_PUBLIC_URL",
        "TENDER_SITE_ROOT",
        "STRIPE_SECRET_KEY",
        "STRIPE_PUBLISHABLE_KEY",
        "STRIPE_WEBHOOK_SECRETS",
        "STRIPE_API_BASE",
        "STRIPE_JS_URL",
        "TENDER_SANDBOX_ADDR",
        "TENDER_CATALOG",
        "TENDER_CREDITS_LOW",
        "TENDER_RECONCILE",
    ] {
        assert!(help.contains(name), "{name}");
    }
    for default in [
        "sqlite:.data/tender.db",
        "127.0.0.1:3000",
        "127.0.0.1:4242",
        "target/site",
    ] {
        assert!(help.contains(default), "{default}");
    }
    assert!(!help.contains("hidden"), "{help}");
}

#[rstest]
#[tokio::test]
async fn two_migrations_at_once_take_turns(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let database = TestDatabase::fresh(database).await;
    let settings = [("DATABASE_URL", database.url.as_str())];
    let both = (0..2).map(|_| run(&["migrate"], &settings, database.folder()));
    for output in futures::future::join_all(both).await {
        assert!(output.status.success(), "{output:?}");
    }
    assert!(
        database.count("offers").await > 0,
        "the catalogue is there, once"
    );
    let verified = run(&["verify"], &settings, database.folder()).await;
    assert!(verified.status.success(), "{verified:?}");
}

#[rstest]
#[tokio::test]
async fn staff_are_added_once_and_can_sign_in(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let database = TestDatabase::fresh(database).await;
    let settings = [("DATABASE_URL", database.url.as_str())];
    let adding = ["staff", "add", "Eve@Shop.Example", "--role", "owner"];
    let added = run(&adding, &settings, database.folder()).await;
    assert!(added.status.success(), "{added:?}");
    let again = run(&adding, &settings, database.folder()).await;
    assert_eq!(again.status.code(), Some(3), "{again:?}");
    assert_eq!(text(&again.stdout), "");
    let password = text(&added.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("Password:"))
        .unwrap()
        .trim();

    let shop = Shop::open_on(database, Gateway::start().await, &[]).await;
    let eve = shop.visitor();
    let typed = [("email", "eve@shop.example"), ("password", password)];
    eve.post("/sign-in", &typed).await.leads_to("/admin");
    let second_factor = "/admin/security?next=/admin";
    eve.get("/admin").await.leads_to(second_factor);
    eve.set_up_app(shop.of_devices()).await;
    eve.get("/admin").await.is(200);

    // Who has lost it begins anew.
    let settings = [("DATABASE_URL", shop.database.url.as_str())];
    let reset = ["staff", "reset-second-factor", "Eve@shop.example"];
    let done = run(&reset, &settings, shop.database.folder()).await;
    assert!(done.status.success(), "{done:?}");
    eve.get("/admin").await.leads_to("/sign-in?next=/admin");
    eve.post("/sign-in", &typed).await.leads_to("/admin");
    let page = eve.get(second_factor).await.is(200).text;
    assert!(page.contains("Set up your second factor"), "{page}");
    let nobody = ["staff", "reset-second-factor", "ann@shop.example"];
    let refused = run(&nobody, &settings, shop.database.folder()).await;
    assert!(!refused.status.success(), "{refused:?}");
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn keys_are_shown_once_and_taken_back_for_good(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let database = TestDatabase::fresh(database).await;
    let settings = [("DATABASE_URL", database.url.as_str())];
    let keys = async |arguments: &[&str]| {
        let arguments = [&["keys"], arguments].concat();
        run(&arguments, &settings, database.folder()).await
    };
    let added = keys(&["add", "studio", "--scope", "read"]).await;
    assert!(added.status.success(), "{added:?}");
    let line = |name: &str| {
        let mut lines = text(&added.stdout).lines();
        let value = lines.find_map(|line| line.strip_prefix(name)).unwrap();
        value.trim().to_owned()
    };
    let (id, key) = (line("Id:"), line("Key:"));
    assert!(key.starts_with("tender_key_"), "{key}");

    let listed = keys(&["list"]).await;
    let told = text(&listed.stdout);
    for part in [id.as_str(), "studio", "read", "valid"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains(&key), "{told}");

    assert!(keys(&["revoke", &id]).await.status.success());
    let listed = keys(&["list"]).await;
    assert!(text(&listed.stdout).contains("revoked"), "{listed:?}");
    for (wrong, named) in [
        (vec!["revoke", id.as_str()], "ID"),
        (vec!["add", " "], "NAME"),
        (vec!["add", "studio", "--scope", "all"], "--scope"),
    ] {
        let refused = keys(&wrong).await;
        assert!(!refused.status.success(), "{refused:?}");
        assert!(text(&refused.stderr).contains(named), "{refused:?}");
    }
}

#[rstest]
#[tokio::test]
async fn verify_finds_what_was_tampered_with(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    shop.quiet().await;
    let Shop {
        server,
        gateway,
        database,
        ..
    } = shop;
    gateway.stop().await;
    server.stop().await;

    let settings = [("DATABASE_URL", database.url.as_str())];
    let healthy = run(&["verify"], &settings, database.folder()).await;
    assert!(healthy.status.success(), "{healthy:?}");
    let more = "update accounts set balance = balance + 1 where kind = 'available'";
    database.execute(more).await;
    let broken = run(&["verify"], &settings, database.folder()).await;
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
    assert!(text(&broken.stdout).contains("L2"), "{broken:?}");
}

/// A copy is made beside a running server, and serves in its place.
#[tokio::test]
async fn a_backup_is_made_while_it_is_used_and_can_be_restored() {
    let shop = Shop::open(Database::Sqlite).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    let folder = shop.database.folder();
    let settings = [("DATABASE_URL", shop.database.url.as_str())];
    let made = run(&["backup", "copy.db"], &settings, folder).await;
    assert!(made.status.success(), "{made:?}");
    assert!(text(&made.stdout).contains("copy.db"), "{made:?}");
    refuses(&["backup", "copy.db"], &settings, folder, "copy.db").await;
    refuses(&["backup", "nowhere/copy.db"], &settings, folder, "nowhere").await;

    let restored = [("DATABASE_URL", "sqlite:copy.db")];
    let healthy = run(&["verify"], &restored, folder).await;
    assert!(healthy.status.success(), "{healthy:?}");
    let tender = Tender::serve_with(&shop.database, &shop.gateway, &restored).await;
    let there = ann.moved_to(&tender.site);
    assert_eq!(there.credits().await, 50);
    assert_eq!(tender.stop().await, 0);
    shop.close().await;
}

#[tokio::test]
async fn a_backup_of_postgresql_names_its_tools() {
    let database = TestDatabase::fresh(Database::Postgres).await;
    let settings = [("DATABASE_URL", database.url.as_str())];
    let folder = database.folder();
    refuses(&["backup", "copy.db"], &settings, folder, "pg_dump").await;
}

/// Whoever reads what a command prints may have read enough, and gone.
#[tokio::test]
async fn a_command_ends_well_when_nobody_reads_on() {
    let folder = tempfile::tempdir().unwrap();
    let none: [(&str, &str); 0] = [];
    for arguments in [
        vec!["--help"],
        vec!["migrate"],
        vec!["books"],
        vec!["verify"],
        vec!["demo", "--customers", "1"],
        vec!["keys", "list"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = tender(&arguments, &none, folder.path());
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
        let ended = tokio::time::timeout(PATIENCE, command.status()).await;
        let status = ended.expect("it does not end").unwrap();
        assert!(status.success(), "{arguments:?}: {status}");
    }
}
