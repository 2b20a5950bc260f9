//! `docs/RELIABILITY.md` names tests that are there.

use std::{fs, path::Path};

/// All of the source under a folder.
fn source(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| match path.is_dir() {
            true => source(&path),
            false => fs::read_to_string(&path).unwrap_or_default(),
        })
        .collect()
}

#[test]
fn every_test_that_is_named_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folders = [
        "billing/tests/it",
        "server/tests/it",
        "sandbox/tests",
        "sandbox/src",
    ];
    let tests: String = folders.map(|folder| source(&root.join(folder))).concat();
    let page = fs::read_to_string(root.join("docs/RELIABILITY.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_suffix(" |"));
    let rows = rows.filter_map(|row| row.rsplit_once("| "));
    let named = rows.flat_map(|(_, last)| last.split('`').skip(1).step_by(2));
    let named: Vec<&str> = named.collect();
    assert!(named.len() > 40, "{named:?}");
    for name in named {
        assert!(tests.contains(&format!("fn {name}(")), "{name}");
    }
}
