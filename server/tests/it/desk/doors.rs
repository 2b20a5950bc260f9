//! Every entrance of the desk, as the code lists them: closed to whoever may not use it.

use std::{fs, path::Path};

use billing::people::Role;
use reqwest::Method;
use rstest::rstest;

use crate::harness::{Browser, Database, Page, Shop};

/// A route.
#[derive(Debug)]
pub struct Door {
    /// As it stands in the code.
    pub route: String,
    /// With an id that nothing has.
    pub path: String,
    pub is_page: bool,
    /// Whether something can be posted there.
    pub takes_forms: bool,
    /// Whether it is for owners.
    is_access: bool,
}

/// Nothing has this id.
pub const NOTHING: &str = "019a0000-0000-7000-8000-000000000000";

/// Every entrance of the site, those of the desk among them.
pub fn everywhere() -> Vec<Door> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes.rs");
    let mut all = doors();
    read_file(&file, &mut all);
    assert!(all.len() > 80, "{all:?}");
    all
}

/// All of them: whoever adds one has it tried.
fn doors() -> Vec<Door> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desk");
    let mut doors = Vec::new();
    read(&folder, &mut doors);
    assert!(doors.len() > 15, "{doors:?}");
    doors
}

fn read(folder: &Path, doors: &mut Vec<Door>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, doors);
        } else {
            read_file(&path, doors);
        }
    }
}

fn read_file(path: &Path, doors: &mut Vec<Door>) {
    let text = fs::read_to_string(path).unwrap();
    let is_access = path.ends_with("access/mod.rs");
    for route in text.split(".route(").skip(1) {
        let Some((address, handlers)) = route.trim_start_matches([' ', '\n', '"']).split_once('"')
        else {
            continue;
        };
        let handlers = handlers.split(';').next().unwrap();
        doors.push(Door {
            route: address.to_owned(),
            path: somewhere(address),
            is_page: handlers.contains("get("),
            takes_forms: handlers.contains("post("),
            is_access,
        });
    }
}

/// `/admin/keys/{id}` with an id that nothing has.
fn somewhere(address: &str) -> String {
    let parts = address.split('/').map(|part| match part {
        part if part.starts_with("{*") => "nothing",
        part if part.starts_with('{') => NOTHING,
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Goes through a door as browsers do, with a form where it takes one.
async fn go(browser: &Browser, door: &Door) -> Vec<Page> {
    let mut pages = Vec::new();
    if door.is_page {
        pages.push(browser.get(&door.path).await);
    }
    if door.takes_forms {
        pages.push(browser.post(&door.path, &[("reason", "because")]).await);
    }
    pages
}

/// Everything that staff could have written.
async fn written(shop: &Shop) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "audit_log",
        "people",
        "api_keys",
        "endpoints",
        "authenticators",
        "passkeys",
        "outbox",
        "proposals",
        "views",
        "catalogues",
    ] {
        counts.push(shop.database.count(table).await);
    }
    counts
}

/// Where the second factor is given: open to all staff.
fn is_security(door: &Door) -> bool {
    door.path.starts_with("/admin/security")
}

#[rstest]
#[tokio::test]
async fn each_door_is_closed_to_whoever_may_not_use_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let owner = shop.staff(Role::Owner).await;
    let staff = [
        shop.staff(Role::Viewer).await,
        shop.staff(Role::Support).await,
        shop.staff(Role::Admin).await,
    ];
    let half_in = shop.visitor();
    half_in.sign_in("owner@shop.example").await;
    let stolen = shop.visitor();
    stolen.sign_in("viewer@shop.example").await;
    let cookie = stolen.cookie().unwrap();
    stolen.post("/sign-out", &[]).await.is(303);
    shop.mail.mails_to("admin@shop.example", 1).await;
    let before = written(&shop).await;
    let [viewer, ..] = &staff;
    for door in doors() {
        let path = &door.path;
        // Whoever knows the password alone.
        if !is_security(&door) {
            for page in go(&half_in, &door).await {
                assert_eq!(page.status, 303, "{path} without a second factor: {page:?}");
                assert!(page.location().starts_with("/admin/security"), "{path}");
            }
        }
        // Whoever kept the cookie of a session that was signed out of.
        for method in [Method::GET, Method::POST] {
            let request = shop.visitor().request(method.clone(), path);
            let request = request.header("cookie", &cookie);
            let page = shop
                .visitor()
                .send(request.header("sec-fetch-site", "same-origin"))
                .await;
            let is_closed = page.status == 405
                || (page.status == 303 && page.location().starts_with("/sign-in"));
            assert!(is_closed, "{method} {path} after signing out: {page:?}");
        }
        // A page of somebody else's, in the browser of an owner.
        if door.takes_forms {
            let request = owner
                .request(Method::POST, path)
                .form(&[("reason", "because")]);
            let page = owner
                .send(request.header("sec-fetch-site", "cross-site"))
                .await;
            assert_eq!(page.status, 403, "{path} from elsewhere: {page:?}");
            if !is_security(&door) {
                let page = viewer.post(path, &[("reason", "because")]).await;
                assert_eq!(page.status, 403, "{path} by a viewer: {page:?}");
            }
        }
        if door.is_access {
            for browser in &staff {
                for page in go(browser, &door).await {
                    assert_eq!(page.status, 403, "{path}: {page:?}");
                }
                // The same page, however its address is written.
                let page = browser.get(&format!("{path}/")).await;
                assert_eq!(page.status, 404, "{path}/: {page:?}");
            }
        }
    }
    assert_eq!(written(&shop).await, before);
    shop.close().await;
}
