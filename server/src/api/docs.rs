//! `/docs`: the description of the API, for people. Made of the same document as `/openapi.json`.

use std::sync::{Arc, LazyLock};

use app::docs::{Answer, Api, Field, Group, Kind, Noun, Operation as Shown};
use axum::extract::{Request, State as Reached};
use axum::response::Response;
use leptos::prelude::provide_context;
use utoipa::{
    OpenApi,
    openapi::{
        Content, KnownFormat, OpenApi as Document, Ref, RefOr, Required, Schema, SchemaFormat,
        path::{Operation, Parameter},
        schema::{ArrayItems, Object, SchemaType, Type},
    },
};

use super::openapi;
use crate::{pages, state::State};

/// The page.
pub async fn page(Reached(state): Reached<State>, request: Request) -> Response {
    static API: LazyLock<Arc<Api>> = LazyLock::new(|| Arc::new(shown(&openapi::Api::openapi())));
    pages::render(&state, request, || provide_context(API.clone())).await
}

fn shown(document: &Document) -> Api {
    let mut groups: Vec<Group> = Vec::new();
    for (path, item) in &document.paths.paths {
        for (method, operation) in [("GET", &item.get), ("POST", &item.post)] {
            let Some(operation) = operation else { continue };
            let tag = operation.tags.iter().flatten().next().cloned();
            let name = tag.unwrap_or_default();
            let shown = described(method, path, operation);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.operations.push(shown),
                None => groups.push(Group {
                    name,
                    operations: vec![shown],
                }),
            }
        }
    }
    let schemas = document.components.iter().flat_map(|all| &all.schemas);
    let nouns = schemas.map(|(name, schema)| Noun {
        name: readable(name),
        words: words_of(schema),
        fields: fields(document, schema),
    });
    Api {
        words: document.info.description.clone().unwrap_or_default(),
        groups,
        nouns: nouns.collect(),
    }
}

fn described(method: &'static str, path: &str, operation: &Operation) -> Shown {
    let parameters = operation.parameters.iter().flatten();
    let parameters = parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter_field(parameter)),
        RefOr::Ref(_) => None,
    });
    let body = match &operation.request_body {
        Some(RefOr::T(body)) => content(body.content.values()),
        _ => None,
    };
    // The page says once what every route may answer.
    let answers = operation.responses.responses.iter();
    let answers = answers.filter_map(|(status, answer)| match answer {
        RefOr::T(answer) if openapi::is_usual(status, &answer.description) => None,
        RefOr::T(answer) => Some(Answer {
            status: status.clone(),
            words: answer.description.clone(),
            kind: content(answer.content.values()),
        }),
        RefOr::Ref(_) => None,
    });
    Shown {
        method,
        path: path.to_owned(),
        summary: operation.summary.clone().unwrap_or_default(),
        words: operation.description.clone().unwrap_or_default(),
        parameters: parameters.collect(),
        body,
        answers: answers.collect(),
    }
}

fn parameter_field(parameter: &Parameter) -> Field {
    Field {
        name: parameter.name.clone(),
        kind: parameter.schema.as_ref().map(kind).unwrap_or_default(),
        is_required: parameter.required == Required::True,
        words: parameter.description.clone().unwrap_or_default(),
    }
}

fn content<'c>(mut kinds: impl Iterator<Item = &'c RefOr<Content>>) -> Option<Kind> {
    match kinds.next()? {
        RefOr::T(content) => content.schema.as_ref().map(kind),
        RefOr::Ref(_) => None,
    }
}

/// The fields of a noun, those of its parts first.
fn fields(document: &Document, schema: &RefOr<Schema>) -> Vec<Field> {
    match schema {
        RefOr::Ref(part) => {
            let schemas = document.components.as_ref().map(|all| &all.schemas);
            let part = schemas.and_then(|schemas| schemas.get(noun(part)));
            part.map(|part| fields(document, part)).unwrap_or_default()
        }
        RefOr::T(Schema::AllOf(all)) => {
            let parts = all.items.iter().map(|part| fields(document, part));
            parts.flatten().collect()
        }
        RefOr::T(Schema::Object(object)) => {
            let fields = object.properties.iter().map(|(name, schema)| Field {
                name: name.clone(),
                kind: kind(schema),
                is_required: object.required.contains(name),
                words: words_of(schema),
            });
            fields.collect()
        }
        RefOr::T(_) => Vec::new(),
    }
}

fn words_of(schema: &RefOr<Schema>) -> String {
    let words = match schema {
        RefOr::Ref(noun) => Some(noun.description.clone()),
        RefOr::T(Schema::Object(object)) => object.description.clone(),
        RefOr::T(Schema::Array(array)) => array.description.clone(),
        RefOr::T(Schema::AllOf(all)) => all.description.clone(),
        RefOr::T(Schema::OneOf(one)) => one.description.clone(),
        RefOr::T(_) => None,
    };
    words.unwrap_or_default()
}

/// What a value is, in words, and the noun that it is or holds.
fn kind(schema: &RefOr<Schema>) -> Kind {
    match schema {
        RefOr::Ref(named) => Kind {
            words: readable(noun(named)),
            noun: Some(readable(noun(named))),
        },
        RefOr::T(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(item) => {
                let item = kind(item);
                Kind {
                    words: format!("list of {}", item.words),
                    ..item
                }
            }
            ArrayItems::False => Kind::default(),
        },
        RefOr::T(Schema::OneOf(one)) => {
            let kinds: Vec<Kind> = one.items.iter().map(kind).collect();
            let words: Vec<&str> = kinds.iter().map(|kind| kind.words.as_str()).collect();
            Kind {
                words: words.join(" or "),
                noun: kinds.iter().find_map(|kind| kind.noun.clone()),
            }
        }
        RefOr::T(Schema::Object(object)) => Kind {
            words: plain(object),
            noun: None,
        },
        RefOr::T(_) => Kind::default(),
    }
}

fn plain(object: &Object) -> String {
    let one = |kind: &Type| match (kind, &object.format) {
        (Type::Null, _) => "null",
        (Type::String, Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))) => "time",
        (Type::String, Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))) => "UUID",
        (Type::String, _) => "text",
        (Type::Integer, _) => "integer",
        (Type::Number, _) => "number",
        (Type::Boolean, _) => "true or false",
        (Type::Object, _) => "object",
        (Type::Array, _) => "list",
    };
    match &object.schema_type {
        SchemaType::Type(kind) => one(kind).to_owned(),
        SchemaType::Array(kinds) => kinds.iter().map(one).collect::<Vec<_>>().join(" or "),
        SchemaType::AnyValue => String::new(),
    }
}

/// `List of Entry`
fn readable(name: &str) -> String {
    name.replace('_', " of ")
}

fn noun(named: &Ref) -> &str {
    let path = &named.ref_location;
    path.rsplit('/').next().unwrap_or(path)
}
