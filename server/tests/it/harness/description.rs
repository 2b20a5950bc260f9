//! What goes to and fro at `/v1` is what `/openapi.json` says: whatever the tests send and are answered
//! is held against it.

use http::{HeaderMap, Method};
use jsonschema::Validator;
use reqwest::{Request, Url};
use serde_json::{Map, Value, json};

/// The API as it describes itself.
pub struct Description {
    pub document: Value,
    /// Its schemas for answers: an object has the fields that are named, and no others.
    closed: Value,
}

/// What a JSON text must look like, and whose it is.
pub struct Schema {
    of: String,
    validator: Validator,
}

/// Headers that every request may have.
const USUAL_HEADERS: [&str; 8] = [
    "accept",
    "authorization",
    "content-type",
    "cookie",
    "origin",
    "sec-fetch-site",
    "traceparent",
    "user-agent",
];

impl Description {
    pub fn new(document: Value) -> Self {
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let closed = |is_part| {
            let all = schemas.clone().into_iter();
            let all = all.map(|(name, schema)| (name, close(schema, is_part)));
            Value::Object(all.collect())
        };
        let closed = json!({ "schemas": closed(false), "parts": closed(true) });
        Self { document, closed }
    }

    /// Holds the beginning of an answer, and what it answers, against the description. Gives what its
    /// body must look like.
    #[track_caller]
    pub fn hold(&self, request: &Request, status: u16, headers: &HeaderMap) -> Schema {
        let url = request.url();
        let of = format!("{} {}: {status}", request.method(), url.path());
        let content_type = headers["content-type"].to_str().unwrap();
        let content_type = content_type.split(';').next().unwrap();
        let Some((template, operation)) = self.operation(request.method(), url.path()) else {
            assert!([401, 404, 405].contains(&status), "{of} is not described");
            let problem = json!({ "$ref": "#/components/schemas/Problem" });
            return self.answer(of, &problem);
        };
        let answers = &operation["responses"];
        let code = match status {
            500.. => "default".to_owned(),
            _ => status.to_string(),
        };
        let answer = answers.get(&code);
        let answer = answer.unwrap_or_else(|| panic!("{of} is not described"));
        let schema = answer["content"].get(content_type);
        let schema = schema.unwrap_or_else(|| panic!("{of}: {content_type} is not described"));
        if (200..300).contains(&status) {
            self.hold_parameters(&of, operation, template, request);
            self.hold_body(&of, operation, request);
        }
        self.answer(of, &schema["schema"])
    }

    /// What is said of a path, and the path as it is written there.
    fn operation(&self, method: &Method, path: &str) -> Option<(&str, &Value)> {
        let method = method.as_str().to_lowercase();
        let fits = |template: &str| {
            let (mut said, mut is) = (template.split('/'), path.split('/'));
            let same = said
                .by_ref()
                .zip(is.by_ref())
                .all(|(said, is)| said == is || said.starts_with('{') && !is.is_empty());
            same && template.split('/').count() == path.split('/').count()
        };
        let mut paths = self.document["paths"].as_object().unwrap().iter();
        let (template, operations) = paths.find(|(template, _)| fits(template))?;
        Some((template, operations.get(&method)?))
    }

    fn hold_parameters(&self, of: &str, operation: &Value, template: &str, request: &Request) {
        let mut given = in_path(template, request.url());
        let query = request.url().query_pairs();
        given.extend(query.map(|(name, value)| ("query", name.into_owned(), value.into_owned())));
        let headers = request.headers().iter();
        let headers = headers.filter(|(name, _)| !USUAL_HEADERS.contains(&name.as_str()));
        given.extend(headers.map(|(name, value)| {
            let value = value.to_str().unwrap().to_owned();
            ("header", name.as_str().to_owned(), value)
        }));
        let none = Vec::new();
        let described = operation["parameters"].as_array().unwrap_or(&none);
        let is = |said: &Value, place: &str, name: &str| {
            said["in"] == place && said["name"].as_str().unwrap().eq_ignore_ascii_case(name)
        };
        for (place, name, value) in &given {
            let mut described = described.iter();
            let said = described.find(|said| is(said, place, name));
            let said = said.unwrap_or_else(|| panic!("{of}: {place} {name} is not described"));
            let value = match value.parse::<i64>() {
                Ok(number) if is_integer(&said["schema"]["type"]) => json!(number),
                _ => json!(value),
            };
            self.schema(format!("{of}: {name}"), &said["schema"])
                .hold(&value);
        }
        for said in described.iter().filter(|said| said["required"] == true) {
            let there = given.iter().any(|(place, name, _)| is(said, place, name));
            assert!(there, "{of}: {} is left out", said["name"]);
        }
    }

    fn hold_body(&self, of: &str, operation: &Value, request: &Request) {
        let sent = request.body().and_then(reqwest::Body::as_bytes);
        let sent = sent.filter(|sent| !sent.is_empty());
        let said = &operation["requestBody"];
        let Some(sent) = sent else {
            assert_ne!(said["required"], true, "{of}: the body is left out");
            return;
        };
        let schema = &said["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{of}: a body is not described");
        let sent = serde_json::from_slice(sent).unwrap();
        self.schema(format!("{of}, its body"), schema).hold(&sent);
    }

    /// What is sent.
    fn schema(&self, of: String, schema: &Value) -> Schema {
        let components = json!({ "schemas": self.document["components"]["schemas"] });
        Schema::new(of, schema.clone(), components)
    }

    /// What is answered.
    fn answer(&self, of: String, schema: &Value) -> Schema {
        Schema::new(of, close(schema.clone(), false), self.closed.clone())
    }
}

impl Schema {
    fn new(of: String, schema: Value, components: Value) -> Self {
        let whole = json!({ "allOf": [schema], "components": components });
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&whole);
        let validator = validator.unwrap_or_else(|error| panic!("{of}: {error}"));
        Self { of, validator }
    }

    #[track_caller]
    pub fn hold(&self, value: &Value) {
        let errors = self.validator.iter_errors(value);
        let errors: Vec<String> = errors
            .map(|error| format!("{error} ({})", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}\n{value:#}", self.of);
    }
}

fn is_integer(kinds: &Value) -> bool {
    let kinds = kinds
        .as_array()
        .map_or(std::slice::from_ref(kinds), Vec::as_slice);
    kinds.iter().any(|kind| kind == "integer")
}

/// The parameters in a path: `{id}` and what stands in its place.
fn in_path(template: &str, url: &Url) -> Vec<(&'static str, String, String)> {
    let said = template.split('/').map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some(name.to_owned())
    });
    let parts = said.zip(url.path().split('/'));
    parts
        .filter_map(|(name, value)| Some(("path", name?, value.to_owned())))
        .collect()
}

/// The schema with objects that have the fields that are named, and no others. As a part of a larger
/// object it says nothing of the fields of other parts.
fn close(mut schema: Value, is_part: bool) -> Value {
    let Some(fields) = schema.as_object_mut() else {
        return schema;
    };
    let is_object = ["allOf", "properties"]
        .iter()
        .any(|of| fields.contains_key(*of));
    close_all(fields.get_mut("allOf"), true);
    for of in ["oneOf", "anyOf"] {
        close_all(fields.get_mut(of), is_part);
    }
    if let Some(items) = fields.get_mut("items") {
        *items = close(items.take(), false);
    }
    if let Some(Value::Object(properties)) = fields.get_mut("properties") {
        close_fields(properties);
    }
    if is_part && let Some(Value::String(named)) = fields.get_mut("$ref") {
        *named = named.replace("/schemas/", "/parts/");
    }
    if is_object && !is_part && !fields.contains_key("additionalProperties") {
        fields.insert("unevaluatedProperties".to_owned(), json!(false));
    }
    schema
}

fn close_all(schemas: Option<&mut Value>, are_parts: bool) {
    let schemas = schemas.and_then(Value::as_array_mut);
    for schema in schemas.into_iter().flatten() {
        *schema = close(schema.take(), are_parts);
    }
}

fn close_fields(properties: &mut Map<String, Value>) {
    for (_, schema) in properties {
        *schema = close(schema.take(), false);
    }
}
