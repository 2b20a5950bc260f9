//! Events as Stripe sends them, one file for each type and version of the API.

use std::{fs, path::PathBuf};

use billing::gateway::{Meaning, stripe::event::meaning};
use serde_json::Value;

/// The oldest shape that we read.
pub const OLDEST: &str = "2019-05-16";

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/stripe")
}

pub fn fixture(version: &str, event: &str) -> String {
    let path = folder().join(version).join(format!("{event}.json"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The type of the event in a file. What follows a second time says which way it comes.
pub fn kind_of(file: &str) -> &str {
    let ways = [".delayed", ".expanded", ".inquiry"];
    let way = ways.iter().find_map(|way| file.strip_suffix(way));
    way.unwrap_or(file)
}

/// What the event in a file means.
pub fn understood(version: &str, event: &str) -> Meaning {
    let body = fixture(version, event);
    let envelope: Value = serde_json::from_str(&body).unwrap();
    let kind = kind_of(event);
    assert_eq!(envelope["type"], kind);
    assert_eq!(envelope["api_version"], version);
    meaning(kind, &body).unwrap()
}
