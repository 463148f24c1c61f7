//! The program under limits of the system: file size, memory, stack, descriptors. What it cannot do it says, and leaves nothing half done behind.

mod support;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use support::{command, errors, names_in};

/// `command` in a shell that sets a limit first.
fn limited(limit: &str, command: &Command) -> Output {
    let script = format!("ulimit {limit} && exec \"$0\" \"$@\"");
    Command::new("bash").args(["-c", &script]).arg(command.get_program()).args(command.get_args()).output().unwrap()
}

fn generate(file: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.args(["mailboxes", "generate"]).arg(file).args(arguments);
    command
}

fn files_in(directory: &Path) -> Vec<String> {
    names_in(directory).into_iter().filter(|name| name != "scenario.toml").collect()
}

fn run(directory: &Path, limit: &str, arguments: &[&str]) -> Output {
    let arguments = [arguments, &["--no-report"]].concat();
    limited(limit, &command(directory, &arguments))
}

#[test]
fn a_write_past_the_file_size_limit_is_an_error_that_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let output = limited("-f 20", &generate(&directory.path().join("made"), &["--size", "1MiB"]));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(errors(&output).contains("RLIMIT_FSIZE"), "{}", errors(&output));
    assert_eq!(files_in(directory.path()), Vec::<String>::new());
    let refused = run(directory.path(), "-f 20", &[]);
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    assert!(errors(&refused).contains("Refused: RLIMIT_FSIZE allows files of 20 KiB"), "{}", errors(&refused));
    // The child that makes the file meets the limit; its words are the driver's error. What is reserved for results is below it.
    let large = ["--force", "--set", "file.format=flat", "--set", "file.size=16MiB"];
    let forced = run(directory.path(), "-f 10000", &large);
    assert_eq!(forced.status.code(), Some(1), "{forced:?}");
    let errors = errors(&forced);
    assert!(
        errors
            .lines()
            .any(|line| line.starts_with("Error: ") && line.contains("mailboxes-0.db: could not be made: write: ")),
        "{errors}"
    );
    assert_eq!(files_in(directory.path()), Vec::<String>::new());
}

#[test]
fn a_file_that_is_there_is_never_touched() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mailboxes-0.db");
    fs::write(&file, b"precious").unwrap();
    assert_eq!(generate(&file, &["--size", "1MiB"]).output().unwrap().status.code(), Some(2));
    let place = format!("file.directory={}", directory.path().display());
    let output = command(directory.path(), &["--set", &place, "--no-report"]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(fs::read(&file).unwrap(), b"precious");
}

#[test]
fn what_cannot_be_made_is_refused_before_anything_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("made");
    for (arguments, says) in [
        (
            ["--format", "skiplist", "--size", "5GiB"],
            "a skiplist file is larger than the format allows (4294967295 bytes)",
        ),
        (["--format", "twoskip", "--size", "17TiB"], "a generated file is larger"),
        (["--format", "flat", "--size", "1TiB"], "a flat file is larger"),
        (["--format", "flat", "--write-size", "65MiB"], "a write size is 1 B to 64 MiB"),
    ] {
        let output = generate(&file, &arguments).args(["--seed", "1"]).output().unwrap();
        assert!(!output.status.success() && errors(&output).contains(says), "{arguments:?}: {}", errors(&output));
        assert_eq!(files_in(directory.path()), Vec::<String>::new());
    }
}

#[test]
fn too_little_memory_is_an_error_that_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    // 100 MiB for sorting and writing are not to be had beside the program itself.
    let large = ["--format", "flat", "--size", "100MiB"];
    let output = limited("-v 100000", &generate(&directory.path().join("made"), &large));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(errors(&output).contains("RLIMIT_AS"), "{}", errors(&output));
    assert_eq!(files_in(directory.path()), Vec::<String>::new());
}

#[test]
fn a_small_stack_and_few_descriptors_are_enough_for_a_run() {
    for limit in ["-S -s 128", "-n 20"] {
        let directory = tempfile::tempdir().unwrap();
        let output = run(directory.path(), limit, &[]);
        assert!(output.status.success(), "{limit}: {}", errors(&output));
    }
}
