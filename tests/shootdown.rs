//! `mapstorm shootdown`: what it measures, what it leaves, its exit codes. Figures depend on what else the machine does, so margins are wide.

mod support;

use std::{fs, path::Path, process::Output};

use serde_json::Value;
use support::{assert_valid, errors, json, text};

fn mapstorm(directory: &Path, arguments: &[&str]) -> Output {
    support::mapstorm(directory, arguments).env("COLUMNS", "80").output().unwrap()
}

fn rows<'r>(found: &'r Value, method: &str, state: &str, responders: u64) -> Vec<&'r Value> {
    let all = found["rows"].as_array().unwrap().iter();
    let wanted = |row: &&Value| row["method"] == method && row["state"] == state && row["responders"] == responders;
    all.filter(wanted).collect()
}

#[test]
fn a_shootdown_interrupts_who_runs_and_everything_reads_the_result() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let output = mapstorm(
        path,
        &["shootdown", "--method", "dontneed,fdatasync", "--pages", "1,8", "--budget", "12s", "--out", "result"],
    );
    let (screen, progress) = (text(&output.stdout), errors(&output));
    assert_eq!(output.status.code(), Some(0), "{screen}{progress}");
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    let found = json(&path.join("result/shootdown.json"));
    assert_valid(&found, "shootdown");
    assert_eq!(found["complete"], true);
    assert!(found["rounds"].as_u64().unwrap() >= 4, "{}", found["rounds"]);
    for method in ["nothing", "dontneed", "fdatasync"] {
        assert!(!rows(&found, method, "spinning", 0).is_empty(), "{method}");
    }
    let all = found["rows"].as_array().unwrap();
    assert!(all.iter().all(|row| row["label"] == "measured"));
    // Private memory is not shared with processes.
    assert!(!all.iter().any(|row| row["method"] == "dontneed" && row["as"] == "processes"));
    for row in all.iter().filter(|row| row["initiator_ns"]["p50"].is_number()) {
        let times = ["p50", "p90", "p99"].map(|name| row["initiator_ns"][name].as_f64().unwrap());
        assert!(times[0] > 0.0 && times.is_sorted(), "{row}");
    }
    let has_responder = !found["plan"]["responder_cpus"].as_array().unwrap().is_empty();
    if has_responder {
        let interrupts = |method, state| {
            let of_threads = |row: &&&Value| row["as"] == "threads" && row["pages"] == 1;
            let all = rows(&found, method, state, 1);
            all.iter().find(of_threads).unwrap()["interrupts_per_operation"].as_f64()
        };
        if let Some(shot) = interrupts("dontneed", "spinning") {
            let nobody = interrupts("nothing", "spinning").unwrap();
            assert!(shot > nobody + 0.3, "{shot} interrupts an operation, {nobody} of the control");
            let asleep = interrupts("dontneed", "sleeping").unwrap();
            assert!(asleep < shot - 0.2, "{asleep} asleep, {shot} running");
        }
        let model = found["models"].as_array().unwrap().iter().find(|model| model["method"] == "dontneed").unwrap();
        assert!(model["per_cpu_ns"]["low"].as_f64().unwrap() <= model["per_cpu_ns"]["high"].as_f64().unwrap());
        assert!(path.join("result/charts/shootdown-cpus.svg").exists(), "{progress}");
    }
    assert!(path.join("result/report.html").exists(), "{progress}");
    let shown = |arguments: &[&str]| {
        let output = mapstorm(path, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", errors(&output));
        text(&output.stdout)
    };
    assert!(shown(&["list", ".", "--kind", "shootdown"]).contains("shootdown"));
    assert!(shown(&["export", "result", "--format", "csv"]).contains("per_cpu"));
    assert!(shown(&["export", "result", "--format", "csv", "--table", "levels"]).contains("initiator_p50"));
    if has_responder {
        assert!(shown(&["export", "result", "--format", "openmetrics"]).contains("mapstorm_shootdown_per_cpu_seconds"));
        assert!(shown(&["compare", "result", "result"]).contains("identical"));
    }
    assert!(fs::read_dir(path).unwrap().count() == 1, "nothing is left beside the result");
    let priced = |out: &str| {
        let run = ["run", "quick", "--set", "run.duration=1s", "--set", "readers.count=4", "--no-report"];
        mapstorm(path, &[&run[..], &["--shootdown", "result", "--out", out]].concat())
    };
    if has_responder {
        assert_eq!(priced("run").status.code(), Some(0));
        let run = json(&path.join("run/run.json"));
        let lost = |model: &Value| model["responder_lost_ns"]["value"].as_f64();
        let known: Vec<f64> = found["models"].as_array().unwrap().iter().filter_map(lost).collect();
        let price = run["recording"]["tlb_interrupt_ns"].as_f64().unwrap();
        assert!(known.contains(&price), "{price}, {known:?}");
    }
    let file = path.join("result/shootdown.json");
    let elsewhere = fs::read_to_string(&file).unwrap().replace("\"host\":", "\"host\": \"another\", \"old_host\":");
    fs::write(file, elsewhere).unwrap();
    let refused = priced("elsewhere");
    assert_eq!(refused.status.code(), Some(2), "{}", errors(&refused));
    assert!(errors(&refused).contains("it was measured on another"), "{}", errors(&refused));
}

#[test]
fn impossible_wishes_are_refused_with_what_is_possible() {
    let directory = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str]| {
        let output = mapstorm(directory.path(), &[&["shootdown"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        errors(&output)
    };
    assert!(refused(&["--responders", "4000"]).contains("CPUs besides the initiator's"));
    assert!(refused(&["--budget", "1ms"]).contains("the least is about "));
    assert!(refused(&["--method", "munmp"]).contains("munmap"));
    assert!(refused(&["--pages", "0"]).contains("1.."));
    assert!(refused(&["--dir", "nowhere"]).contains("no such directory"));
    let list = text(&mapstorm(directory.path(), &["shootdown", "--list"]).stdout);
    assert!(list.lines().count() >= 10 && list.contains("mprotect"), "{list}");
    assert!(fs::read_dir(directory.path()).unwrap().next().is_none());
}
