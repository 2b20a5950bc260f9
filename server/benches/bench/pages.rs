//! What a browser loads for a page, compressed as it travels (brotli).

use std::path::Path;

use crate::{Result, shop, table};

const SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site");

pub async fn run() -> Result<()> {
    table::title("Bytes of a page (brotli)");
    let shop = shop::Shop::open().await?;
    let customer = shop.customer().await?;
    let transaction = customer.order().await?;
    let order = transaction["order"].as_str().unwrap_or_default();
    let id = transaction["id"].as_str().unwrap_or_default();
    println!(
        "  {:<20} {:>9} {:>9} {:>9} {:>9}",
        "", "WASM", "JS", "CSS", "sum"
    );
    for (name, path) in [
        ("/", "/".to_owned()),
        ("/sign-up", "/sign-up".to_owned()),
        ("/studio", "/studio".to_owned()),
        ("/account", "/account".to_owned()),
        ("/checkout", format!("/checkout/{order}")),
        ("/transactions", format!("/transactions/{id}")),
    ] {
        let page = customer
            .get(&path)
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?;
        let [wasm, js, css] = [".wasm", ".js", ".css"].map(|kind| loaded(&page, kind));
        let (wasm, js, css) = (wasm?, js?, css?);
        println!(
            "  {name:<20} {wasm:>9} {js:>9} {css:>9} {:>9}",
            wasm + js + css
        );
    }
    Ok(())
}

/// The compressed size of all built files of a kind that the page names.
fn loaded(page: &str, kind: &str) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(Path::new(SITE).join("pkg"))? {
        let file = entry?.path();
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(kind) && page.contains(&format!("/pkg/{name}")) {
            sum += std::fs::metadata(format!("{}.br", file.display()))?.len();
        }
    }
    Ok(sum)
}
