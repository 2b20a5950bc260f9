//! `/openapi.json` and `/docs` say what is there.

use std::collections::BTreeSet;

use billing::api_key::Scope;
use reqwest::{Method, RequestBuilder};
use rstest::rstest;
use serde_json::Value;

use super::{Product, text};
use crate::{
    harness::{Database, Shop},
    stream::Stream,
};

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
    let mut names = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            described.insert((method.clone(), path.clone()));
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{name} is the name of two");
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

/// Somebody who knows nothing of the API but its description.
struct Reader<'s> {
    product: &'s Product,
    document: &'s Value,
    tried: BTreeSet<(String, String)>,
}

impl Reader<'_> {
    /// Asks with the examples that are described, and with these ids in the path.
    async fn ask(&mut self, method: &str, path: &str, ids: &[&str]) -> Value {
        let request = self.request(method, path, ids);
        let answer = self.product.http.send(request).await;
        assert!((200..300).contains(&answer.status), "{answer:?}");
        answer.json()
    }

    fn request(&mut self, method: &str, path: &str, ids: &[&str]) -> RequestBuilder {
        self.tried.insert((method.to_owned(), path.to_owned()));
        let mut ids = ids.iter();
        let parts = path.split('/').map(|part| match part.starts_with('{') {
            true => *ids.next().unwrap(),
            false => part,
        });
        let filled = parts.collect::<Vec<_>>().join("/");
        let verb = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let request = self.product.http.request(verb, &filled);
        let request = request.bearer_auth(&self.product.key);
        match &self.document["paths"][path][method]["requestBody"] {
            Value::Null => request,
            body => request.json(&self.example(&body["content"]["application/json"]["schema"])),
        }
    }

    /// Every field of an object, as its example is.
    fn example(&self, schema: &Value) -> Value {
        let named = schema["$ref"]
            .as_str()
            .or(schema["oneOf"][0]["$ref"].as_str());
        let schema = named.and_then(|named| self.document.pointer(named.strip_prefix('#')?));
        let fields = schema.unwrap()["properties"].as_object().unwrap().iter();
        let fields = fields.map(|(name, field)| {
            let example = field.get("example");
            let example = example.unwrap_or_else(|| panic!("{name} has no example"));
            (name.clone(), example.clone())
        });
        Value::Object(fields.collect())
    }
}

/// The tests hold whatever they send and are answered against the description; here each operation is
/// tried at least once.
#[rstest]
#[tokio::test]
async fn every_operation_does_what_is_said_of_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let document = &product.http.description().await.document;
    let ann = shop.customer("ann@shop.example").await;
    let (_, transaction) = ann.order("starter").await;
    let mut reader = Reader {
        product: &product,
        document,
        tried: BTreeSet::new(),
    };
    let made = reader.ask("post", "/v1/customers", &[]).await;
    let id = text(&made["id"]);
    reader.ask("get", "/v1/customers/{id}", &[id]).await;
    let user = format!("external:{}", text(&made["external_id"]));
    let user = user.as_str();
    reader
        .ask("post", "/v1/customers/{id}/grants", &[user])
        .await;
    let spent = reader
        .ask("post", "/v1/customers/{id}/spend", &[user])
        .await;
    let entry = "/v1/customers/{id}/entries/{entry}";
    let reverse = format!("{entry}/reverse");
    let spend = text(&spent["id"]);
    let undone = reader.ask("post", &reverse, &[user, spend]).await;
    assert_eq!(undone["reverses"], spent["id"]);
    reader.ask("get", entry, &[user, spend]).await;
    for what in ["balance", "entries", "explanation"] {
        let path = format!("/v1/customers/{{id}}/{what}");
        reader.ask("get", &path, &[user]).await;
    }
    for end in ["capture", "release"] {
        let held = reader
            .ask("post", "/v1/customers/{id}/holds", &[user])
            .await;
        reader
            .ask("get", "/v1/holds/{id}", &[text(&held["id"])])
            .await;
        let path = format!("/v1/holds/{{id}}/{end}");
        reader.ask("post", &path, &[text(&held["id"])]).await;
    }
    for list in ["orders", "transactions", "events"] {
        let listed = reader.ask("get", &format!("/v1/{list}"), &[]).await;
        assert_ne!(listed["data"].as_array().unwrap().len(), 0, "{list}");
    }
    reader.ask("get", "/v1/books", &[]).await;
    let one = "/v1/transactions/{id}";
    reader.ask("get", one, &[&transaction]).await;
    let watched = reader.request("get", &format!("{one}/events"), &[&transaction]);
    let mut stream = Stream::of(&product.http, watched).await;
    assert_eq!(stream.next().await.unwrap().transaction["id"], *transaction);
    drop(stream);
    assert_eq!(reader.tried, routes());
    shop.close().await;
}
