//! Events as Stripe sends them, one file for each type and version of the API.

use std::{fs, path::PathBuf};

use billing::gateway::{Meaning, stripe::event::meaning};
use serde_json::Value;

/// The oldest shape that we read.
pub const OLDEST: &str = "2019-05-16";

pub fn fixture(version: &str, event: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/stripe");
    let path = folder.join(version).join(format!("{event}.json"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the event in a file means. `.expanded` in its name is no part of its type.
pub fn understood(version: &str, event: &str) -> Meaning {
    let body = fixture(version, event);
    let envelope: Value = serde_json::from_str(&body).unwrap();
    let kind = event.trim_end_matches(".expanded");
    assert_eq!(envelope["type"], kind);
    assert_eq!(envelope["api_version"], version);
    meaning(kind, &body).unwrap()
}
