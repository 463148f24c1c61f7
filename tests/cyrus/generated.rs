//! What we make and what our runs commit to, judged by Cyrus.

use std::fs;

use assert_cmd::prelude::*;

use crate::{
    databases::{mapstorm, with_input},
    tool::{Cyrus, have_cyrus},
};

#[test]
fn cyrus_accepts_and_lists_what_we_generate() {
    if !have_cyrus() {
        return;
    }
    for format in ["twoskip", "skiplist"] {
        for style in ["cyrus-2.3", "cyrus-3.6", "cyrus-3.13", "census-2026"] {
            let cyrus = Cyrus::new(format);
            cyrus.generate(3000, style);
            cyrus.assert_consistent();
            let ours = cyrus.our_listing();
            assert!(!ours.is_empty());
            assert!(ours == cyrus.their_listing(), "{format} {style}: the listings differ");
        }
    }
}

/// Commits of all kinds at a high rate; with few mailboxes the file is checkpointed several times.
fn run_on(format: &'static str, mailboxes: u32) -> Cyrus {
    let cyrus = Cyrus::new(format);
    let scenario = cyrus.directory.path().join("commits.toml");
    // Without syncs even a slow disk lets a file of few mailboxes grow enough in a second.
    let sync = mailboxes >= 100;
    let text = format!(
        "[file]\nformat = \"{format}\"\nmailboxes = {mailboxes}\n[readers]\ncount = 2\n[writer]\narrivals = \"closed\"\n\
         think = \"0s\"\nsync = {sync}\noperations = {{ store = 3, replace = 6, delete = 2 }}\n[run]\nwarm-up = \"0s\"\nduration = \"1s\"\n"
    );
    fs::write(&scenario, text).unwrap();
    let result = cyrus.directory.path().join("result");
    let run =
        mapstorm().arg("run").arg(&scenario).args(["--keep-file", "--json", "--out"]).arg(&result).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let json: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert!(json["summary"]["writers"]["completed"].as_u64().unwrap() > 0);
    assert_eq!(json["summary"]["errors"], 0);
    fs::rename(result.join("mailboxes-0.db"), cyrus.file()).unwrap();
    fs::remove_dir_all(result).unwrap();
    if mailboxes < 100 {
        let rows = json["summary"]["rows"].as_array().unwrap();
        assert!(rows.iter().any(|row| row["series"] == "checkpoint"), "{format}: never checkpointed");
    }
    cyrus
}

#[test]
fn cyrus_accepts_what_a_run_committed_and_we_accept_what_it_sets() {
    if !have_cyrus() {
        return;
    }
    for (format, mailboxes) in [("twoskip", 1000), ("skiplist", 1000), ("twoskip", 20), ("skiplist", 20)] {
        let cyrus = run_on(format, mailboxes);
        cyrus.assert_checked();
        cyrus.assert_consistent();
        cyrus.dbtool(&["set", "user.zoe", "0 default zoe\tlrs\t"]);
        cyrus.dbtool(&["set", "user.zoe.Gone", ""]);
        cyrus.dbtool(&["delete", "user.zoe.Gone"]);
        cyrus.assert_checked();
        let ours = cyrus.our_listing();
        assert!(String::from_utf8_lossy(&ours).contains("user.zoe\t0 default zoe"));
        assert!(ours == cyrus.their_listing(), "{format}: the listings differ");
    }
}

#[test]
fn the_layout_shows_every_piece() {
    for (format, kinds) in [("twoskip", ["DUMMY", "RECORD", "COMMIT"]), ("skiplist", ["DUMMY", "INORDER", "ADD"])] {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("mailboxes.db");
        mapstorm()
            .args(["mailboxes", "generate", "--mailboxes", "40", "--records", "cyrus-2.3", "--format", format])
            .arg(&file)
            .assert()
            .success();
        let edits = b"set user.joe\tvalue\n".as_slice();
        let applied = with_input(mapstorm().args(["mailboxes", "apply"]).arg(&file), edits);
        assert!(applied.status.success());
        let output = mapstorm().args(["mailboxes", "dump", "--layout"]).arg(&file).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        for kind in kinds {
            assert!(text.lines().any(|line| line.split_whitespace().nth(2) == Some(kind)), "{format} {kind}:\n{text}");
        }
        // Front to back without a gap, to the end of the file.
        let mut end = 0;
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let offset = u64::from_str_radix(words.next().unwrap().trim_start_matches("0x"), 16).unwrap();
            assert_eq!(offset, end, "{line}");
            end += words.next().unwrap().parse::<u64>().unwrap();
        }
        assert_eq!(end, fs::metadata(&file).unwrap().len());
    }
}

#[test]
fn what_cannot_be_applied_is_refused_with_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mailboxes.db");
    mapstorm().args(["mailboxes", "generate", "--mailboxes", "5"]).arg(&file).assert().success();
    let before = fs::read(&file).unwrap();
    let input = b"set user.joe\tvalue\nstore user.jane\tvalue\n".as_slice();
    let refused = with_input(mapstorm().args(["mailboxes", "apply"]).arg(&file), input);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("line 2"));
    assert_eq!(fs::read(&file).unwrap(), before);
}
