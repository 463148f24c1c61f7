//! What the fleet engines share, without any engine: the job on a machine (`scripts/fleet/job.sh`), and the summary of all
//! (`scripts/fleet/summary.py`). The engines have tests of their own, which need root, packages and minutes: docs/fleet.md.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn script(name: &str) -> PathBuf {
    root().join("scripts/fleet").join(name)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs `summary.py` on the hosts; nothing where Python is missing.
fn summary(directory: &Path, hosts: &[&str]) -> Option<(Option<i32>, String)> {
    let mut command = Command::new("python3");
    command.arg(script("summary.py")).arg(directory).arg(env!("CARGO_BIN_EXE_mapstorm")).args(hosts);
    let Ok(output) = command.output() else {
        assert!(std::env::var_os("CI").is_none(), "CI needs python3: run scripts/test.sh");
        eprintln!("skipped: no python3");
        return None;
    };
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    Some((output.status.code(), text(&output.stdout)))
}

/// A host of which these files were gathered.
fn gathered(directory: &Path, host: &str, files: &[(&str, &str)]) {
    for (name, contents) in files {
        let path = directory.join(host).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }
}

/// A host: its name, the files that were gathered of it, and what its line must contain.
type Host<'h> = (&'h str, &'h [(&'h str, &'h str)], &'h str);

#[test]
fn each_host_has_an_outcome_with_its_reason() {
    let qualified = |verdict: &str| format!(r#"{{"verdict": "{verdict}", "statement": "the statement on {verdict}"}}"#);
    let (fit, not_fit, invalid) = (qualified("fit"), qualified("not-fit"), qualified("invalid"));
    let refused = "mounted\nRefused: memory: 1 GiB free\nRefused: disk: none free\n(--force runs all the same)";
    let hosts: &[Host<'_>] = &[
        ("a", &[("exit-code", "0\n"), ("result/qualify.json", &fit)], "fit        the statement on fit"),
        ("b", &[("exit-code", "4\n"), ("result/qualify.json", &not_fit)], "not fit    the statement on not-fit"),
        ("c", &[("exit-code", "4\n"), ("result/qualify.json", &invalid)], "undecided  the statement on invalid"),
        ("d", &[("failed", "unreachable: no route\n")], "failed     unreachable: no route"),
        (
            "e",
            &[("exit-code", "3"), ("stderr.txt", refused)],
            "failed     exit code 3 (this machine is too small): Refused: memory",
        ),
        ("f", &[("exit-code", "137"), ("stderr.txt", "")], "failed     exit code 137 (killed by SIGKILL"),
        ("g", &[("exit-code", "2"), ("stderr.txt", "no such key\n")], "(wrong usage, or invalid input): no such key"),
        ("h", &[("exit-code", "5"), ("result/qualify.json", &fit)], "failed     exit code 5 (incomplete"),
        ("i", &[("command", "qualify")], "failed     nothing was gathered"),
        ("j", &[("exit-code", "0"), ("stdout.txt", "fine")], "done       exit code 0"),
        ("k", &[("exit-code", "126")], "failed     exit code 126 (no code of mapstorm"),
        ("l", &[("exit-code", "130")], "failed     exit code 130 (ended by a second interrupt)"),
    ];
    let directory = tempfile::tempdir().unwrap();
    for (host, files, _) in hosts {
        gathered(directory.path(), host, files);
    }
    let names: Vec<&str> = hosts.iter().map(|(host, ..)| *host).collect();
    let Some((code, printed)) = summary(directory.path(), &names) else { return };
    assert_eq!(code, Some(5), "{printed}");
    for (host, _, outcome) in hosts {
        let line =
            printed.lines().find(|line| line.starts_with(&format!("{host}  "))).unwrap_or_else(|| panic!("{printed}"));
        assert!(line.contains(outcome), "{host}: no {outcome:?} in {printed}");
    }
    let code = |hosts: &[&str]| summary(directory.path(), hosts).unwrap().0;
    assert_eq!(
        (code(&["a"]), code(&["a", "j"]), code(&["a", "b"]), code(&["c"])),
        (Some(0), Some(0), Some(4), Some(4))
    );
}

#[test]
fn runs_are_ranked_and_hosts_of_one_name_are_warned_of() {
    let directory = tempfile::tempdir().unwrap();
    let sample = root().join("results/samples/fastmail-150m-6000-2cpu-linux-6.18");
    let run = fs::read_to_string(sample.join("run.json")).unwrap();
    for (host, own_name, code) in
        [("one", "one", "4"), ("two", "two", "4"), ("namesake", "two", "4"), ("three", "three", "1")]
    {
        gathered(directory.path(), host, &[("exit-code", code)]);
        let result = directory.path().join(host).join("result");
        fs::create_dir(&result).unwrap();
        for file in ["counters.csv", "latency.hlog", "slots.csv", "timeline.csv"] {
            fs::copy(sample.join(file), result.join(file)).unwrap();
        }
        let named = run.replace(r#""host": "vm""#, &format!(r#""host": "{own_name}""#));
        assert_ne!(named, run);
        fs::write(result.join("run.json"), named).unwrap();
    }
    let Some((code, printed)) = summary(directory.path(), &["one", "two", "three"]) else { return };
    assert_eq!(code, Some(5), "{printed}");
    assert!(printed.contains("\nA: one, Linux") && printed.contains("\nB: two, Linux"), "{printed}");
    assert!(!printed.contains("three, Linux") && !printed.contains("call themselves"), "{printed}");
    assert!(directory.path().join("ranking/report.html").exists());
    let (_, printed) = summary(directory.path(), &["one", "two", "namesake"]).unwrap();
    assert!(printed.starts_with("WARNING: 2 hosts call themselves two, "), "{printed}");
    let (_, printed) = summary(directory.path(), &["one", "three"]).unwrap();
    assert!(printed.starts_with("Not ranked: 1 of 2 hosts have a result"), "{printed}");
}

/// A directory with a program in mapstorm's place, which is this shell script.
fn job(program: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, contents) in [
        ("mapstorm", format!("#!/bin/sh\n{program}\n").into_bytes()),
        ("command", b"qualify --objectives 'a<=1, b'\n".to_vec()),
        ("job.sh", fs::read(script("job.sh")).unwrap()),
    ] {
        let path = directory.path().join(name);
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    directory
}

fn act(directory: &tempfile::TempDir, what: &str, more: &[&str]) -> Output {
    let mut command = Command::new("sh");
    command.arg(directory.path().join("job.sh")).arg(what).arg(directory.path()).args(more).output().unwrap()
}

fn state(directory: &tempfile::TempDir) -> String {
    let output = act(directory, "state", &[]);
    text(&output.stdout).lines().next().unwrap_or_else(|| panic!("{}", text(&output.stderr))).to_owned()
}

/// Waits until it holds, for a minute at most.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < deadline, "not {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_job_goes_on_without_its_starter_and_leaves_code_and_words() {
    // It ends when the test has seen it run.
    let directory = job(
        r#"mkdir result .result.unfinished; echo 1 >result/a; echo 1 >.result.unfinished/b; echo 1 >.result.unfinished/.reserve; for word; do echo "$word"; done; until [ -e go ]; do sleep 0.02; done; echo why >&2; exit 4"#,
    );
    assert_eq!(state(&directory), "none");
    assert!(act(&directory, "start", &["50"]).status.success());
    eventually("running", || state(&directory) == "running");
    fs::write(directory.path().join("go"), "").unwrap();
    eventually("ended 4", || state(&directory) == "ended 4");
    let kept = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
    assert_eq!(kept("stdout.txt"), "qualify\n--objectives\na<=1, b\n--out\nresult\n");
    assert_eq!(kept("stderr.txt"), "why\n");
    assert!(act(&directory, "pack", &[]).status.success());
    let listed = Command::new("tar").arg("-tzf").arg(directory.path().join("packed.tar.gz")).output().unwrap();
    let wanted = "command\nstdout.txt\nstderr.txt\nexit-code\nresult/a\n.result.unfinished/b\n";
    assert_eq!(text(&listed.stdout), wanted, "{}", text(&listed.stderr));
}

#[test]
fn a_job_that_was_killed_is_no_running_one_and_removing_ends_what_runs() {
    let directory = job("echo $$ >worker; exec sleep 300");
    let worker = || fs::read_to_string(directory.path().join("worker")).unwrap_or_default().trim().to_owned();
    // A process that has ended and that its parent has not waited for yet has no command line.
    let alive =
        |pid: &str| fs::read(Path::new("/proc").join(pid).join("cmdline")).is_ok_and(|line| line.starts_with(b"sleep"));
    assert!(act(&directory, "start", &["200"]).status.success());
    eventually("started", || alive(&worker()));
    let pid = fs::read_to_string(directory.path().join("pid")).unwrap();
    let killed = Command::new("sh").args(["-c", &format!("kill -KILL -{}", pid.trim())]).status().unwrap();
    assert!(killed.success());
    eventually("killed", || state(&directory) == "killed");
    eventually("ended with its job", || !alive(&worker()));

    assert!(act(&directory, "start", &["200"]).status.success());
    eventually("started", || alive(&worker()));
    let last = worker();
    let removed = act(&directory, "remove", &[]);
    assert!(removed.status.success(), "{}", text(&removed.stderr));
    assert!(!directory.path().exists());
    eventually("ended", || !alive(&last));
}

#[test]
fn at_its_limit_a_job_is_asked_to_end_and_says_so() {
    let directory = job("trap 'exit 5' TERM; while true; do sleep 0.05; done");
    assert_eq!(act(&directory, "run", &["1"]).status.code(), Some(5));
    assert_eq!(state(&directory), "ended 5");
    let said = fs::read_to_string(directory.path().join("stderr.txt")).unwrap();
    assert_eq!(said, "job.sh: stopped at its limit of 1 s\n");
}

#[test]
fn wrong_usage_of_the_engine_for_slurm_is_refused_and_named() {
    for (arguments, said) in [
        (&["--gather-to", "x", "--", "qualify"][..], "--mapstorm is missing"),
        (&["--mapstorm", "/bin/sh", "--", "qualify"], "--gather-to is missing"),
        (&["--mapstorm", "/bin/sh", "--gather-to", "x"], "no command behind --"),
        (
            &["--mapstorm", "/bin/sh", "--gather-to", "x", "--at-once", "0", "--", "qualify"],
            "0: must be a whole number",
        ),
        (&["--nodes"], "--nodes needs a value"),
        (&["--where", "x"], "unknown option --where"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let output = Command::new("bash")
            .current_dir(&directory)
            .arg(script("slurm/submit.sh"))
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(said), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    }
}

#[test]
fn every_script_parses() {
    let mut parsed = 0;
    for engine in ["", "ansible", "slurm", "reframe"] {
        for entry in fs::read_dir(script(engine)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "sh") {
                let output = Command::new("bash").arg("-n").arg(&path).output().unwrap();
                assert!(output.status.success(), "{}", text(&output.stderr));
                parsed += 1;
            }
        }
    }
    assert!(parsed >= 7, "{parsed}");
}
