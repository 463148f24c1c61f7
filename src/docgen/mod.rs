//! The reference pages and schemas in `docs/`, generated from the tables and types that they describe, so that the two cannot differ.
//! Each is a test; `MAPSTORM_WRITE_DOCS=1 cargo test --lib docgen` writes them all again.

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

fn same_as_committed(name: &str, text: &str) {
    if std::env::var_os("MAPSTORM_WRITE_DOCS").is_some() {
        fs::write(path(name), text).unwrap();
    }
    let committed = fs::read_to_string(path(name)).unwrap_or_default();
    assert!(committed == text, "docs/{name} is out of date: MAPSTORM_WRITE_DOCS=1 cargo test --lib docgen");
}
