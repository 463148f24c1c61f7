//! Agreement with real Cyrus, in both directions: its `cyr_dbtool` judges our files, we list its files.
//! Where it is not installed these tests are skipped with a line that says so; with CI set they fail.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use assert_cmd::prelude::*;

const CYR_DBTOOL: &str = "/usr/lib/cyrus/bin/cyr_dbtool";

fn mapstorm() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mapstorm"))
}

/// Whether `path` is there; without it the test is skipped, or fails where CI is set.
fn have(path: &Path, what: &str) -> bool {
    if path.exists() {
        return true;
    }
    assert!(std::env::var_os("CI").is_none(), "CI needs {what} at {}", path.display());
    eprintln!("skipped: {what} is not at {}", path.display());
    false
}

/// What `cyr_dbtool` prints for `action` on `file`. It refuses to run as root.
fn cyrus(directory: &Path, file: &Path, format: &str, action: &[&str]) -> Vec<u8> {
    let configuration = directory.join("imapd.conf");
    fs::write(&configuration, format!("configdirectory: {}\n", directory.display())).unwrap();
    for path in [directory, &configuration, file] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    let output = Command::new("runuser")
        .args(["-u", "cyrus", "--", CYR_DBTOOL, "-C"])
        .arg(&configuration)
        .arg(file)
        .arg(format)
        .args(action)
        .output()
        .unwrap();
    assert!(output.status.success(), "{action:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn cyrus_accepts_and_lists_what_we_generate() {
    if !have(Path::new(CYR_DBTOOL), "Cyrus (Debian's cyrus-imapd)") {
        return;
    }
    let cases =
        [("twoskip", "cyrus-2.3"), ("twoskip", "cyrus-3.6"), ("skiplist", "cyrus-2.3"), ("skiplist", "cyrus-3.6")];
    for (format, style) in cases {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ours.db");
        mapstorm()
            .args(["mailboxes", "generate", "--mailboxes", "3000", "--records", style, "--format", format])
            .arg(&file)
            .assert()
            .success();
        let verdict = cyrus(directory.path(), &file, format, &["consistent"]);
        assert!(String::from_utf8_lossy(&verdict).contains("Yes, consistent"), "{format} {style}");
        let ours = mapstorm().args(["mailboxes", "dump"]).arg(&file).output().unwrap().stdout;
        assert!(!ours.is_empty());
        assert!(ours == cyrus(directory.path(), &file, format, &["show"]), "{format} {style}: the listings differ");
    }
}

#[test]
fn cyrus_accepts_what_a_run_committed_and_we_accept_what_it_sets() {
    if !have(Path::new(CYR_DBTOOL), "Cyrus (Debian's cyrus-imapd)") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let scenario = directory.path().join("commits.toml");
    let text = "[file]\nformat = \"twoskip\"\nmailboxes = 300\n[readers]\ncount = 2\n[writer]\nrate = \"100/s\"\n\
                operations = { store = 3, replace = 3, delete = 2 }\n[run]\nwarm-up = \"0s\"\nduration = \"1s\"\n";
    fs::write(&scenario, text).unwrap();
    let result = directory.path().join("result");
    mapstorm().arg("run").arg(&scenario).arg("--keep-file").arg("--out").arg(&result).assert().success();
    let file = result.join("mailboxes-0.db");
    fs::set_permissions(&result, fs::Permissions::from_mode(0o777)).unwrap();
    let verdict = cyrus(directory.path(), &file, "twoskip", &["consistent"]);
    assert!(String::from_utf8_lossy(&verdict).contains("Yes, consistent"));
    cyrus(directory.path(), &file, "twoskip", &["set", "user.zoe", "0 default zoe\tlrs\t"]);
    cyrus(directory.path(), &file, "twoskip", &["set", "user.zoe.Gone", ""]);
    cyrus(directory.path(), &file, "twoskip", &["delete", "user.zoe.Gone"]);
    mapstorm().args(["mailboxes", "check"]).arg(&file).assert().success();
    let ours = mapstorm().args(["mailboxes", "dump"]).arg(&file).output().unwrap().stdout;
    assert!(String::from_utf8_lossy(&ours).contains("user.zoe\t0 default zoe"));
    assert!(ours == cyrus(directory.path(), &file, "twoskip", &["show"]), "the listings differ");
}

#[test]
fn we_list_what_cyrus_wrote() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/cyrus");
    if !have(&fixtures, "the databases written by Cyrus") {
        return;
    }
    for file in ["twoskip.db", "twoskip_repacked.db"] {
        let ours = mapstorm().args(["mailboxes", "dump"]).arg(fixtures.join(file)).output().unwrap();
        assert!(ours.status.success());
        assert!(ours.stdout == fs::read(fixtures.join("twoskip.records.tsv")).unwrap(), "{file}");
        mapstorm().args(["mailboxes", "check"]).arg(fixtures.join(file)).assert().success();
    }
}
