//! Drives the scripts of a release without building anything: `--dry-run` prints what they would do, mistakes are reported; and what they
//! pack is really there.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the script, as in a repository whose tree has changes or has not: that of the developer has them most of the time.
fn release(arguments: &[&str]) -> Output {
    let mut command = Command::new("bash");
    command.current_dir(root()).env("MAPSTORM_MAINTAINER", "A Packager <a@packager.org>");
    command.arg("scripts/release.sh").args(arguments).output().expect("bash")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A packaged crate is no repository, of which a release is made.
fn is_repository() -> bool {
    let is_there = root().join(".git").exists();
    if !is_there {
        eprintln!("skipped: this is no git repository, and a release is made of one");
    }
    is_there
}

#[test]
fn a_release_builds_packs_checks_and_tries() {
    if !is_repository() {
        return;
    }
    let output = release(&["--dry-run", "--allow-dirty", "--out", "there", "--skip-aarch64"]);
    let (printed, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}");
    // In this order.
    let steps = [
        "cargo build --quiet --release --locked",
        "tar --sort=name --mtime=@",
        "cargo deb --quiet --locked --no-build --no-strip",
        "--maintainer 'A Packager <a@packager.org>'",
        "lintian --allow-root --fail-on error there/mapstorm_",
        "scripts/release/test-deb.sh there/mapstorm_",
        "scripts/build-illumos.sh --out ",
        "-x86_64-unknown-illumos-untried.tar.gz",
        "sha256sum ",
    ];
    let mut from = 0;
    for step in steps {
        from += printed[from..].find(step).unwrap_or_else(|| panic!("no {step:?} in its place: {printed}"));
    }
    assert!(!root().join("there").exists(), "a dry run makes nothing");
}

#[test]
fn what_is_skipped_is_not_done() {
    if !is_repository() {
        return;
    }
    let all = ["--dry-run", "--allow-dirty", "--skip-aarch64", "--skip-illumos", "--skip-deb"];
    let printed = text(&release(&all).stdout);
    for other in ["cargo deb", "lintian", "test-deb", "illumos"] {
        assert!(!printed.contains(other), "{other}: {printed}");
    }
    let printed = text(&release(&["--dry-run", "--allow-dirty", "--skip-illumos", "--skip-deb-test"]).stdout);
    assert!(printed.contains("cargo deb") && !printed.contains("test-deb"), "{printed}");
}

#[test]
fn mistakes_and_changes_that_are_not_committed_are_refused() {
    for (arguments, words) in [(&["--outt", "x"][..], "unknown option --outt"), (&["--out"], "--out needs a value")] {
        let output = release(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(words), "{arguments:?}: {}", text(&output.stderr));
    }
    // A repository of its own: whether this one has changes is not known.
    let directory = tempfile::tempdir().unwrap();
    let scripts = directory.path().join("scripts/vm");
    fs::create_dir_all(&scripts).unwrap();
    fs::copy(root().join("scripts/release.sh"), directory.path().join("scripts/release.sh")).unwrap();
    fs::copy(root().join("scripts/vm/common.sh"), scripts.join("common.sh")).unwrap();
    fs::write(directory.path().join("Cargo.toml"), "version = \"1.2.3\"\n").unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.current_dir(directory.path()).env_remove("GIT_DIR").args(arguments).output().unwrap()
    };
    let release = |more: &[&str]| {
        run("bash", &[&["scripts/release.sh", "--dry-run", "--skip-deb", "--skip-aarch64"], more].concat())
    };
    assert_eq!(release(&[]).status.code(), Some(2), "no repository");
    assert!(run("git", &["init", "--quiet"]).status.success());
    run("git", &["add", "."]);
    run("git", &["-c", "user.name=a", "-c", "user.email=a@b.org", "commit", "--quiet", "-m", "all"]);
    let output = release(&[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("mapstorm-1.2.3-"), "{}", text(&output.stdout));
    fs::write(directory.path().join("new"), "").unwrap();
    let output = release(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--allow-dirty"), "{}", text(&output.stderr));
    assert!(release(&["--allow-dirty"]).status.success());
}

#[test]
fn what_the_package_for_debian_names_is_there() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, assets) = manifest.split_once("\nassets = [\n").unwrap();
    let sources: Vec<&str> =
        assets.lines().take_while(|line| *line != "]").filter_map(|line| line.split('"').nth(1)).collect();
    assert!(sources.len() > 8, "{sources:?}");
    // What is built or staged is made by the script.
    for source in sources.iter().filter(|source| !source.starts_with("target/")) {
        let (folder, file) = source.rsplit_once('/').unwrap_or((".", source));
        let place = root().join(folder);
        assert!(if file.starts_with('*') { place.is_dir() } else { place.join(file).is_file() }, "{source}");
    }
}

#[test]
fn help_is_for_readers_and_scripts_are_sound() {
    let printed = text(&release(&["--help"]).stdout);
    assert!(printed.contains("--allow-dirty"), "{printed}");
    assert!(printed.lines().all(|line| line.chars().count() <= 140), "{printed}");
    let scripts = ["scripts/release.sh", "scripts/release/notices.sh", "scripts/release/test-deb.sh"];
    match Command::new("shellcheck").current_dir(root()).arg("-x").args(scripts).output() {
        Ok(output) => assert!(output.status.success(), "{}", text(&output.stdout)),
        Err(_) => eprintln!("skipped: shellcheck is not installed"),
    }
}
