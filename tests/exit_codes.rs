//! The same mistake ends every command with the same exit code, that of the one table in `src/cli/failure.rs`, and is named.

mod support;

use std::{fs, path::Path, process::Output};

use support::{errors, names_in};

fn mapstorm(directory: &Path, arguments: &[&str]) -> Output {
    support::mapstorm(directory, arguments).env_remove("COLUMNS").output().unwrap()
}

/// Every command that takes what is in braces, one a line; a sample is named `run`, a sweep `sweep`.
fn commands<'c>(lines: &'c str, given: &'c str) -> impl Iterator<Item = Vec<&'c str>> {
    let words =
        move |line: &'c str| line.split_whitespace().map(|word| if word == "{}" { given } else { word }).collect();
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(words)
}

fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples");
    for (name, sample) in [
        ("run", "fastmail-150m-6000-2cpu-linux-6.18"),
        ("other", "fastmail-150m-6000-read-only-2cpu-linux-6.18"),
        ("sweep", "quick-readers-sweep-2cpu-linux-6.18"),
    ] {
        std::os::unix::fs::symlink(samples.join(sample), place.path().join(name)).unwrap();
    }
    fs::write(place.path().join("file"), "neither a scenario nor a result nor a mailbox file").unwrap();
    fs::create_dir(place.path().join("empty")).unwrap();
    place
}

/// Wrong input of one kind: each command refuses it with exit code 2 and names it; nothing goes to standard output.
fn refused(lines: &str, given: &str, says: &str) {
    let place = place();
    let mut tried = 0;
    for arguments in commands(lines, given) {
        let output = mapstorm(place.path(), &arguments);
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: no {says:?} in {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        tried += 1;
    }
    assert!(tried > 0);
    assert_eq!(names_in(place.path()), ["empty", "file", "other", "run", "sweep"], "nothing was made");
}

const TAKE_A_PATH: &str = "
    run {}
    diagnose {}
    report {}
    export --format json {}
    compare run {}
    compare {} run
    mailboxes check {}
    mailboxes dump {}
    mailboxes apply {}
    list {}
    cost --dir {}
    doctor --directory {}
    run quick --find-knee readers.count --cost-model {}
";

#[test]
fn what_is_not_there_is_invalid_input() {
    refused(TAKE_A_PATH, "nowhere", "nowhere");
}

#[test]
fn a_file_of_another_kind_is_invalid_input() {
    refused(TAKE_A_PATH, "file", "file");
}

#[test]
fn a_directory_that_holds_nothing_is_invalid_input_where_something_is_wanted() {
    let wanting: String = TAKE_A_PATH
        .lines()
        .filter(|line| !["list", "cost", "doctor"].iter().any(|not| line.trim().starts_with(not)))
        .map(|line| format!("{line}\n"))
        .collect();
    refused(&wanting, "empty", "empty");
}

#[test]
fn what_cannot_be_written_where_it_was_wanted_is_invalid_input() {
    refused(
        "
        run quick --out {}
        cost --out {}
        report run --out {}
        compare run other --force --out {}
        export run --format csv --out {}
        man --out {}
        mailboxes generate --mailboxes 10 {}
        ",
        "file",
        "file",
    );
    refused(
        "
        run quick --out {}
        run quick --what-if --out {}
        run quick --axis readers.count=1,2 --out {}
        run quick --find-knee readers.count --out {}
        cost --out {}
        report run --out {}
        compare run other --force --out {}
        export run --format csv --out {}
        man --out {}
        mailboxes generate --mailboxes 10 {}
    ",
        "file/below",
        "file",
    );
    refused(
        "
        export run --format csv --out {}
        mailboxes generate --mailboxes 10 {}
    ",
        "nowhere/file",
        "nowhere/file",
    );
}

#[test]
fn wrong_objectives_are_invalid_input_and_the_closest_metric_is_offered() {
    let judging = "
        run quick --slo {}
        run quick --find-knee readers.count --slo {}
        run quick --what-if --slo {}
        run quick --axis readers.count=1,2 --slo {}
        diagnose run --slo {}
        compare run other --slo {}
    ";
    refused(judging, "lokup.p95<=1s", "did you mean `lookup.p95`?");
    refused(judging, "lookup.p95<=1", "needs a unit");
    refused("diagnose sweep --slo {}", "rate>=0.5", "is the result of a sweep: `mapstorm diagnose sweep/");
}

#[test]
fn wrong_usage_is_invalid_input() {
    let every = "
        run quick {}
        cost {}
        compare run run {}
        diagnose run {}
        report run {}
        doctor {}
        mailboxes check file {}
        list {}
        export run --format json {}
        completions bash {}
        man {}
    ";
    refused(every, "--frobnicate", "--frobnicate");
    refused("run quick {}", "read-only", "--what-if=read-only");
    refused("run --what-if {}", "read-only", "--what-if=read-only");
    refused("run {}", "quik", "did you mean `quick`?");
    refused("{}", "quick", "mapstorm run quick");
    refused("cost --method {}", "comit", "did you mean `commit`?");
}

#[test]
fn the_result_of_many_runs_says_what_it_is_and_what_to_diagnose_instead() {
    let place = place();
    let output = mapstorm(place.path(), &["diagnose", "sweep"]);
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.starts_with("sweep is the result of a sweep, whose findings are shown as they were recorded"),
        "{said}"
    );
    let run = said.split('`').nth(1).unwrap().strip_prefix("mapstorm diagnose ").unwrap();
    assert!(run.starts_with("sweep/"), "{run}");
}

#[test]
fn help_and_the_manual_have_the_table() {
    let place = place();
    for arguments in [&["--help"][..], &["man"]] {
        let output = mapstorm(place.path(), arguments);
        // In the manual the codes are bold, and each meaning is a sentence of its own.
        let text = String::from_utf8_lossy(&output.stdout).replace("\\fB", "").replace("\\fR", "");
        let text = text.replace('\n', " ").to_lowercase();
        assert_eq!(output.status.code(), Some(0));
        for row in ["0 fine", "1 failure", "2 wrong usage, or invalid input of any kind", "130 ended by a second"] {
            assert!(text.contains(row), "{arguments:?}: no {row:?} in {text}");
        }
    }
}
