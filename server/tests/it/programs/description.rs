//! `/openapi.json` and `/docs` say what is there.

use std::collections::BTreeSet;

use reqwest::Method;
use rstest::rstest;

use crate::harness::{Database, Shop};

/// Method and path of each route of the API, as they stand in the table.
fn routes() -> BTreeSet<(String, String)> {
    let table = include_str!("../../../src/routes.rs");
    let routes = table.split(".route(").skip(1).filter_map(|route| {
        let (path, rest) = route.trim_start().strip_prefix('"')?.split_once('"')?;
        let (method, _) = rest.trim_start_matches([',', ' ', '\n']).split_once('(')?;
        let described = path.starts_with("/v1/") && method != "any";
        described.then(|| (method.to_owned(), path.to_owned()))
    });
    routes.collect()
}

#[rstest]
#[tokio::test]
async fn the_description_tells_of_every_route_and_no_other(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let visitor = shop.visitor();
    let document = visitor.get("/openapi.json").await.is(200).json();
    let page = visitor.get("/docs").await.is(200);
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            described.insert((method.clone(), path.clone()));
            assert!(page.text.contains(path.as_str()), "/docs tells of {path}");
            let answers = operation["responses"].as_object().unwrap();
            for (status, answer) in answers {
                assert!(
                    answer["description"].is_string(),
                    "{method} {path} {status}"
                );
                let kind = match status.starts_with('2') {
                    true if path.ends_with("{id}/events") => "text/event-stream",
                    true => "application/json",
                    false => "application/problem+json",
                };
                let schema = &answer["content"][kind]["schema"];
                assert!(schema.is_object(), "{method} {path} {status}: {answer}");
            }

            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = path.replace("{id}", "0191c3a0-0000-7000-8000-000000000000");
            let answer = visitor.send(visitor.request(method, &path)).await;
            assert_eq!(answer.status, 401, "{path}: {answer:?}");
        }
    }
    assert_eq!(described, routes());
    // Whatever it refers to is there.
    let whole = document.to_string();
    for reference in whole.split("\"$ref\":\"#").skip(1) {
        let place = reference.split('"').next().unwrap();
        assert!(document.pointer(place).is_some(), "{place}");
    }
    shop.close().await;
}
