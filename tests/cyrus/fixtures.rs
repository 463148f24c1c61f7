//! Databases that real Cyrus wrote: we list what it lists.

use std::{fs, path::Path};

use assert_cmd::prelude::*;

use crate::{databases::mapstorm, needs::have};

#[test]
fn we_list_what_cyrus_wrote() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/cyrus");
    if !have(&fixtures, "the databases written by Cyrus") {
        return;
    }
    let records = |name: &str| fs::read(fixtures.join(name)).unwrap();
    let listing = |file: &str| {
        let ours = mapstorm().args(["mailboxes", "dump"]).arg(fixtures.join(file)).output().unwrap();
        assert!(ours.status.success(), "{file}: {}", String::from_utf8_lossy(&ours.stderr));
        ours.stdout
    };
    for (file, expected) in [
        ("twoskip.db", "twoskip.records.tsv"),
        ("twoskip_repacked.db", "twoskip.records.tsv"),
        ("skiplist.db", "skiplist.records.tsv"),
        ("skiplist_v23style.db", "skiplist_v23style.records.tsv"),
    ] {
        assert!(listing(file) == records(expected), "{file}");
        let check = mapstorm().args(["mailboxes", "check", "--json"]).arg(fixtures.join(file)).assert().success();
        assert!(String::from_utf8_lossy(&check.get_output().stdout).contains("\"clean\":true"), "{file}");
    }
    for (file, records) in [
        ("twoskip_empty.db", 0),
        ("skiplist_empty.db", 0),
        ("twoskip_import300.db", 600),
        ("skiplist_import300.db", 600),
        ("skiplist_repacked.db", 592),
        ("skiplist_v23style.db", 300),
    ] {
        let check = mapstorm().args(["mailboxes", "check", "--json"]).arg(fixtures.join(file)).assert().success();
        let verdict: serde_json::Value = serde_json::from_slice(&check.get_output().stdout).unwrap();
        assert_eq!(verdict["clean"], true, "{file}");
        let listed = listing(file);
        assert_eq!(verdict["records"], records, "{file}");
        assert_eq!(listed.is_empty(), records == 0, "{file}");
    }
}
