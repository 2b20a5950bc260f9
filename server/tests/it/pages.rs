//! Every page: who may see it, what it may load, and what it sends along.

use std::collections::BTreeSet;

use billing::people::Role;
use rstest::rstest;

use crate::harness::{Browser, Database, Page, Shop, between};

struct Visitors {
    nobody: Browser,
    customer: Browser,
    staff: Browser,
}

impl Visitors {
    async fn of(shop: &Shop) -> Self {
        Self {
            nobody: shop.visitor(),
            customer: shop.customer("ann@shop.example").await,
            staff: shop.staff(Role::Owner).await,
        }
    }
}

/// The pages of a customer with a purchase under way.
async fn pages_of(customer: &Browser) -> [String; 9] {
    let purchase = customer.checkout("starter").await;
    [
        "/".to_owned(),
        "/sign-up".to_owned(),
        "/sign-in".to_owned(),
        "/studio".to_owned(),
        "/buy/starter".to_owned(),
        "/account".to_owned(),
        format!("/checkout/{}", purchase.order),
        format!("/transactions/{}", purchase.transaction),
        "/nothing-here".to_owned(),
    ]
}

#[rstest]
#[tokio::test]
async fn each_page_answers_those_it_is_for(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let Visitors {
        nobody,
        customer,
        staff,
    } = Visitors::of(&shop).await;
    let purchase = customer.checkout("starter").await;
    let checkout = format!("/checkout/{}", purchase.order);
    let transaction = format!("/transactions/{}", purchase.transaction);
    for (path, for_nobody, for_customer, for_staff) in [
        ("/", 200, 200, 200),
        ("/sign-up", 200, 200, 200),
        ("/sign-in", 200, 200, 200),
        ("/studio", 200, 200, 200),
        ("/buy/starter", 303, 200, 303),
        ("/buy/basic", 303, 404, 303),
        ("/buy/none", 303, 404, 303),
        ("/account", 303, 200, 303),
        (&checkout, 303, 200, 303),
        ("/checkout/1", 303, 404, 303),
        (&transaction, 303, 200, 303),
        ("/transactions/1", 303, 404, 303),
        ("/studio/1", 303, 404, 303),
        ("/studio/1.svg", 303, 404, 303),
        ("/admin", 303, 303, 200),
        ("/nothing-here", 404, 404, 404),
        ("/account/nothing", 404, 404, 404),
        ("/healthz", 200, 200, 200),
        ("/readyz", 200, 200, 200),
    ] {
        for (who, browser, status) in [
            ("nobody", &nobody, for_nobody),
            ("a customer", &customer, for_customer),
            ("staff", &staff, for_staff),
        ] {
            let page = browser.get(path).await;
            assert_eq!(page.status, status, "{path} for {who}: {page:?}");
        }
    }
    shop.close().await;
}

/// Whoever must sign in first comes back to where they were going.
#[rstest]
#[tokio::test]
async fn signing_in_leads_back(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let nobody = shop.visitor();
    let page = nobody.get("/buy/starter?return_to=/studio").await.is(303);
    assert_eq!(
        page.location(),
        "/sign-in?next=/buy/starter%3Freturn_to%3D/studio"
    );
    let form = nobody.get(page.location()).await.is(200);
    assert!(
        form.text
            .contains("value=\"/buy/starter?return_to=/studio\""),
        "{}",
        form.text
    );
    // What is encoded within the address stays so.
    let nested = nobody.get("/sign-in?next=/studio%3Fwords%3Da%2526b").await;
    let kept = "value=\"/studio?words=a%26b\"";
    assert!(nested.text.contains(kept), "{}", nested.text);
    shop.close().await;
}

/// The value of an attribute in each tag of a kind.
fn tags<'t>(page: &'t Page, tag: &str) -> Vec<&'t str> {
    let open = format!("<{tag}");
    let parts = page.text.split(open.as_str()).skip(1);
    parts.map(|part| part.split('>').next().unwrap()).collect()
}

#[rstest]
#[tokio::test]
async fn a_page_says_what_it_may_load(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let mut nonces = BTreeSet::new();
    for path in pages_of(&ann).await {
        let page = ann.get(&path).await;
        let policy = page.header("content-security-policy");
        let nonce = between(policy, "'nonce-", "'").unwrap_or_else(|| panic!("{path}: {policy}"));
        assert!(nonces.insert(nonce.to_owned()), "a nonce is used once");
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        for directive in [
            "default-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(directive), "{path}: {policy}");
        }
        for tag in tags(&page, "script")
            .into_iter()
            .chain(tags(&page, "style"))
        {
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{path}: {tag}");
        }
        assert!(!page.text.contains(" style=\""), "{path} has inline styles");
        assert!(
            !page.text.contains(" onclick="),
            "{path} has inline handlers"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert!(!page.header("referrer-policy").is_empty(), "{path}");
        assert!(
            !page.header("cross-origin-opener-policy").is_empty(),
            "{path}"
        );
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_page_without_an_island_loads_no_script(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let Visitors {
        customer,
        staff,
        nobody,
    } = Visitors::of(&shop).await;
    for (browser, path) in [
        (&nobody, "/"),
        (&nobody, "/sign-up"),
        (&nobody, "/sign-in"),
        (&nobody, "/nothing-here"),
        (&customer, "/"),
        (&customer, "/studio"),
        (&customer, "/buy/starter"),
        (&customer, "/nothing-here"),
    ] {
        let page = browser.get(path).await;
        for tag in tags(&page, "script") {
            assert!(
                !tag.contains("src=") && !tag.contains("type="),
                "{path}: {tag}"
            );
        }
        for loaded in [".wasm", ".js\"", "modulepreload", "import(", "import "] {
            assert!(!page.text.contains(loaded), "{path} loads {loaded}");
        }
    }
    // The desk has no island, but one file of its own.
    let desk = staff.get("/admin").await;
    for tag in tags(&desk, "script") {
        assert!(
            !tag.contains("src=") || tag.contains("src=\"/desk/desk.js\""),
            "{tag}"
        );
    }
    // One with an island does, or the test above would prove nothing.
    let account = customer.get("/account").await;
    assert!(account.text.contains(".wasm"), "{}", account.text);
    shop.close().await;
}

/// Where card data is typed, every script is on this list.
#[rstest]
#[tokio::test]
async fn the_checkout_loads_its_own_script_and_the_gateways(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let stripe = "https://js.stripe.com";
    let script = format!("{stripe}/clover/stripe.js");
    let shop = Shop::open_with(database, &[("STRIPE_JS_URL", &script)]).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let page = ann.get(&format!("/checkout/{}", purchase.order)).await;
    for tag in tags(&page, "script") {
        if let Some(source) = between(tag, "src=\"", "\"") {
            assert!(source == script || source.starts_with("/pkg/"), "{source}");
        }
    }
    let policy = page.header("content-security-policy");
    let hosts = |directive: &str| -> BTreeSet<String> {
        let part = policy.split(';').map(str::trim);
        let mut sources = part.filter_map(|part| part.strip_prefix(directive));
        let sources = sources.next().unwrap().split_whitespace();
        sources
            .filter(|source| source.starts_with("https:"))
            .map(str::to_owned)
            .collect()
    };
    let all = |hosts: &[&str]| hosts.iter().map(|host| (*host).to_owned()).collect();
    let scripts: BTreeSet<String> = all(&[stripe, "https://*.js.stripe.com"]);
    assert_eq!(hosts("script-src"), scripts);
    let frames: BTreeSet<String> = all(&[
        stripe,
        "https://*.js.stripe.com",
        "https://hooks.stripe.com",
    ]);
    assert_eq!(hosts("frame-src"), frames);
    assert_eq!(hosts("connect-src"), all(&["https://api.stripe.com"]));

    for path in ["/", "/account", "/studio", "/sign-in"] {
        let page = ann.get(path).await;
        assert!(!page.header("content-security-policy").contains("stripe"));
        assert!(!page.text.contains("stripe.js"), "{path}");
    }
    shop.close().await;
}

/// What is typed, ordered or named in an address never becomes part of the page's code.
#[rstest]
#[tokio::test]
async fn what_comes_from_outside_is_only_text(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let evil = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for path in [
        format!("/sign-in?next={evil}"),
        format!("/sign-up?next={evil}"),
        format!("/studio?words={evil}"),
        format!("/buy/starter?return_to={evil}"),
        format!("/{evil}"),
    ] {
        let page = ann.get(&path).await;
        assert!(!page.text.contains("<script>alert"), "{path}");
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn over_tls_browsers_are_told_to_stay_there(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let plain = shop.visitor().get("/").await.is(200);
    assert_eq!(plain.header("strict-transport-security"), "");
    shop.close().await;
    let https = [("TENDER_PUBLIC_URL", "https://shop.example")];
    let shop = Shop::open_with(database, &https).await;
    for path in ["/", "/healthz", "/nothing-here"] {
        let page = shop.visitor().get(path).await;
        let lifetime = page.header("strict-transport-security");
        assert!(lifetime.starts_with("max-age=31536000"), "{path}");
    }
    shop.close().await;
}
