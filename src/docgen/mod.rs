//! The reference pages and schemas in `docs/`, generated from the tables and types that they describe, so that the two cannot differ.
//! `MAPSTORM_WRITE_DOCS=1 cargo test --lib docgen` writes them all again.

mod diagnosis;
mod export;
mod results;
mod scenario;

use std::{
    fs,
    path::{Path, PathBuf},
};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

#[test]
fn the_committed_pages_and_schemas_are_up_to_date() {
    let pages = [
        ("diagnosis.md", diagnosis::page()),
        ("export.md", export::reference()),
        ("results.md", results::reference()),
        ("scenario.md", scenario::reference()),
    ];
    for (name, text) in pages.into_iter().chain(results::schemas()) {
        if std::env::var_os("MAPSTORM_WRITE_DOCS").is_some() {
            fs::write(path(name), &text).unwrap();
        }
        let committed = fs::read_to_string(path(name)).unwrap_or_default();
        assert!(committed == text, "docs/{name} is out of date: MAPSTORM_WRITE_DOCS=1 cargo test --lib docgen");
    }
}
