//! What the README tells those who write a product, done as it stands there.

use billing::api_key::Scope;
use rstest::rstest;
use tokio::process::Command;

use super::Product;
use crate::harness::{Database, Shop, between};

#[rstest]
#[tokio::test]
async fn the_example_works_as_it_stands(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let readme = include_str!("../../../../README.md");
    let section = between(readme, "## Spend credits from your product", "\n## ").unwrap();
    let example = between(section, "```sh\n", "```").unwrap();

    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    // Whoever does it again changes nothing.
    for _ in 0..2 {
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", example])
            .env("TENDER", shop.site())
            .env("KEY", &product.key)
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let customer = "/v1/customers/external:user-7";
        assert_eq!(product.balance(customer).await, (5, 0));
    }
    shop.close().await;
}
