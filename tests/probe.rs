//! The probe for machines where mapstorm does not run: one C file of C99 and POSIX, whose lines `mapstorm cost import` reads.
#![cfg(target_os = "linux")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/probe/probe.c")
}

/// Compiles it as strictly as a compiler can, for `width` bits; `None`: this machine lacks the compiler or its library.
fn compiled(compiler: &str, width: u32, directory: &Path) -> Option<PathBuf> {
    let probe = directory.join(format!("probe-{compiler}-{width}"));
    let width = format!("-m{width}");
    let strict = [&width, "-std=c99", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];
    // Where Debian has it, and nothing without its package gcc-multilib.
    let is_there = width == "-m64" || Path::new("/usr/lib32/crt1.o").exists();
    let output = Command::new(compiler).args(strict).arg("-o").arg(&probe).arg(source()).output().ok();
    let Some(output) = output.filter(|_| is_there) else {
        assert!(std::env::var_os("CI").is_none(), "{compiler} {width} is not installed: scripts/test.sh installs it");
        eprintln!("skipped: {compiler} {width} is not installed");
        return None;
    };
    assert!(output.status.success(), "{compiler} {width}: {}", String::from_utf8_lossy(&output.stderr));
    Some(probe)
}

fn mapstorm(directory: &Path, arguments: &[&str]) -> Output {
    support::mapstorm(directory, arguments).output().unwrap()
}

#[test]
fn its_lines_become_a_result_that_says_where_it_was_measured() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let probe = compiled("gcc", 64, directory.path()).expect("gcc");
    let files = || fs::read_dir(directory.path()).unwrap().count();
    let before = files();
    let probed = Command::new(&probe).args([directory.path().to_str().unwrap(), "8", "1", "6"]).output().unwrap();
    assert!(probed.status.success(), "{}", String::from_utf8_lossy(&probed.stderr));
    assert_eq!(files(), before, "its files are gone");
    let lines = String::from_utf8(probed.stdout).unwrap();
    assert!(
        lines.starts_with("probe 1\nsystem Linux ") && lines.trim_end().lines().last().unwrap().starts_with("end ")
    );

    fs::write(directory.path().join("here.probe"), &lines).unwrap();
    let imported = mapstorm(directory.path(), &["cost", "import", "here.probe", "--out", "result"]);
    let text = String::from_utf8(imported.stdout).unwrap();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    assert!(text.contains("MEASURED ELSEWHERE, by probe.c on ") && text.contains("flat file of 1 MiB"), "{text}");
    let cost = support::json(&directory.path().join("result/cost.json"));
    assert_eq!(cost["imported_from"], "here.probe");
    assert_eq!(cost["plan"]["levels"], serde_json::json!([0, 2, 4, 8]));
    support::assert_valid(&cost, "cost");
    for row in cost["rows"].as_array().unwrap() {
        assert!(row["outcome"]["measured"]["levels"][3]["median_ns"].as_f64() > Some(0.0), "{row}");
    }
    // What reads results reads this one, and says the same.
    let page = fs::read_to_string(directory.path().join("result/report.html")).unwrap();
    assert!(page.matches("MEASURED ELSEWHERE").count() >= 3, "the conditions, and each chart");
    let csv = mapstorm(directory.path(), &["export", "result", "--format", "csv"]);
    assert!(String::from_utf8(csv.stdout).unwrap().contains("measured elsewhere"), "the table");

    // Cut short, it is a result, but an incomplete one; what is no such file is refused.
    let cut: Vec<&str> = lines.lines().filter(|line| !line.starts_with("end ")).collect();
    fs::write(directory.path().join("cut.probe"), cut.join("\n")).unwrap();
    let cut = mapstorm(directory.path(), &["cost", "import", "cut.probe", "--out", "cut"]);
    assert_eq!(cut.status.code(), Some(5), "{}", String::from_utf8_lossy(&cut.stderr));
    let refused = mapstorm(directory.path(), &["cost", "import", source().to_str().unwrap(), "--out", "none"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("probe.c: line 1: must be `probe 1`"));
    assert!(!directory.path().join("none").exists());
}

#[test]
fn it_stays_one_small_file_and_says_what_is_wrong_with_its_arguments() {
    assert!(fs::read_to_string(source()).unwrap().lines().count() <= 250);
    let directory = tempfile::tempdir().unwrap();
    let probe = compiled("gcc", 64, directory.path()).expect("gcc");
    for (arguments, code, words) in [
        (&[][..], 2, "usage: probe DIRECTORY"),
        (&[".", "0"][..], 2, "must be a number from 1 to 1000000"),
        (&["/no/such/place"][..], 1, "/no/such/place: making a file there: No such file or directory"),
    ] {
        let refused = Command::new(&probe).args(arguments).output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(code) && said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn every_compiler_and_width_makes_a_probe_that_measures() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let made = [("clang", 64), ("gcc", 32), ("clang", 32)].map(|(name, width)| compiled(name, width, directory.path()));
    for probe in made.into_iter().flatten() {
        let probed = Command::new(&probe).args([directory.path().to_str().unwrap(), "2", "1", "2"]).output().unwrap();
        let lines = String::from_utf8(probed.stdout).unwrap();
        let is_whole =
            lines.starts_with("probe 1\n") && lines.lines().last().is_some_and(|end| end.starts_with("end "));
        assert!(probed.status.success() && is_whole, "{}: {lines}", probe.display());
    }
}
