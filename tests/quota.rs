//! Machines that give a run less than they seem to: a CPU quota, and a row of `/proc/interrupts` that is not there.
//! Needs root, control groups and mount namespaces; where those are missing, a test says so and passes.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use support::{errors, printed};

/// So much of each period, microseconds: 5 %.
const QUOTA_US: u64 = 5000;
const PERIOD_US: u64 = 100_000;

/// A control group with a quota, of whichever version this machine has; removed when dropped.
struct Group(PathBuf);

impl Group {
    fn make(name: &str) -> Option<Group> {
        let name = format!("mapstorm-{name}-{}", std::process::id());
        let of_version_1 = || {
            let group = Group(Path::new("/sys/fs/cgroup/cpu").join(&name));
            fs::create_dir(&group.0).ok()?;
            fs::write(group.0.join("cpu.cfs_period_us"), PERIOD_US.to_string()).ok()?;
            fs::write(group.0.join("cpu.cfs_quota_us"), QUOTA_US.to_string()).ok()?;
            Some(group)
        };
        let of_version_2 = || {
            let group = Group(Path::new("/sys/fs/cgroup").join(&name));
            fs::create_dir(&group.0).ok()?;
            fs::write(group.0.join("cpu.max"), format!("{QUOTA_US} {PERIOD_US}")).ok()?;
            Some(group)
        };
        of_version_1().or_else(of_version_2)
    }

    /// A shell that joins the group and then becomes the program.
    fn command(&self, arguments: &[&str], directory: &Path) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\""]).arg(&self.0);
        shell.arg(env!("CARGO_BIN_EXE_mapstorm")).args(arguments).current_dir(directory);
        shell
    }

    /// Microseconds in which the quota kept tasks from running.
    fn throttled_us(&self) -> u64 {
        let text = fs::read_to_string(self.0.join("cpu.stat")).unwrap();
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        value("throttled_usec ").or_else(|| value("throttled_time ").map(|ns| ns / 1000)).unwrap()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// The values of a column of `counters.csv`.
fn column(result: &Path, name: &str) -> Vec<String> {
    let mut table = csv::Reader::from_path(result.join("counters.csv")).unwrap();
    let place = table.headers().unwrap().iter().position(|column| column == name);
    let place = place.unwrap_or_else(|| panic!("no column {name}"));
    table.records().map(|record| record.unwrap()[place].to_owned()).collect()
}

#[test]
fn a_quota_is_reported_before_the_run_and_named_after_it() {
    let Some(group) = Group::make("quota") else {
        eprintln!("skipped: no control group with a CPU quota can be made here (needs root)");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let outside = Command::new(env!("CARGO_BIN_EXE_mapstorm")).args(["doctor", "--json"]).output().unwrap();
    let inside = group.command(&["doctor", "--json"], directory.path()).output().unwrap();
    let (outside, inside) = (printed(&outside), printed(&inside));
    assert_eq!(inside["cpus_allowed"], outside["cpus_allowed"], "affinity is not touched by a quota");
    assert_eq!(
        (&inside["cpu_quota"]["quota_us"], &inside["cpu_quota"]["period_us"]),
        (&QUOTA_US.into(), &PERIOD_US.into())
    );
    assert_eq!(inside["cpu_quota"]["group"], group.0.to_str().unwrap());

    support::command(directory.path(), &[]);
    let before = group.throttled_us();
    let arguments = ["run", "scenario.toml", "--out", "result", "--json", "--no-report"];
    let output = group.command(&arguments, directory.path()).output().unwrap();
    let errors = errors(&output);
    assert!(errors.contains("Warning: CPU quota: 0.05 CPUs (5 ms of every 100 ms"), "{errors}");
    let run = printed(&output);
    assert_eq!(run["environment"]["cpu_quota"]["quota_us"], QUOTA_US);
    let sum = |name: &str| {
        let values = column(&directory.path().join("result"), name);
        values.iter().map(|value| value.parse::<f64>().unwrap()).sum::<f64>()
    };
    let (throttled, of_group) = (sum("cpu_quota_throttled_us"), (group.throttled_us() - before) as f64);
    assert!(throttled <= of_group, "{throttled} of {of_group}");
    assert!(sum("cpu_quota_throttled_periods") <= sum("cpu_quota_periods"));
    // On a machine so busy that the group did not even get its quota, CPUs were short indeed.
    let measured_us = run["summary"]["measured_ns"].as_f64().unwrap() / 1000.0;
    if throttled < measured_us {
        eprintln!("skipped: the quota held nobody up here, {throttled} µs of {measured_us}");
        return;
    }
    let findings = run["diagnosis"]["findings"].as_array().unwrap();
    let causes: Vec<_> = findings.iter().map(|finding| finding["cause"].as_str().unwrap()).collect();
    assert_eq!(causes.first(), Some(&"cpu-quota"), "{:#}", run["diagnosis"]);
    assert!(!causes.contains(&"lock-held-by-another"), "{causes:?}");
    let advice = findings[0]["advice"][0].as_str().unwrap();
    assert!(advice.contains(group.0.to_str().unwrap()), "{advice}");
}

/// Runs mapstorm where `/proc/interrupts` is another file and no tracing system is mounted; `None`: that cannot be made here.
fn where_interrupts_are(file: &Path, arguments: &[&str], directory: &Path) -> Option<Output> {
    let script = "umount -l /sys/kernel/tracing /sys/kernel/debug 2>/dev/null; mount --bind \"$0\" /proc/interrupts || exit 99; exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", script]).arg(file);
    command.arg(env!("CARGO_BIN_EXE_mapstorm")).args(arguments).current_dir(directory);
    let output = command.output().ok()?;
    // 1 is what unshare itself ends with where it may not.
    let made = output.status.code() != Some(99) && !String::from_utf8_lossy(&output.stderr).contains("unshare:");
    made.then_some(output)
}

#[test]
fn a_row_that_is_not_there_is_unavailable_everywhere_and_nowhere_a_zero() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("interrupts");
    let Ok(text) = fs::read_to_string("/proc/interrupts") else { return eprintln!("skipped: no /proc/interrupts") };
    let kept: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("TLB:")).collect();
    fs::write(&file, kept.join("\n") + "\n").unwrap();
    let Some(doctor) = where_interrupts_are(&file, &["doctor"], directory.path()) else {
        return eprintln!("skipped: no mount namespace can be made here (needs root)");
    };
    let doctor = String::from_utf8(doctor.stdout).unwrap();
    let line = |text: &str| doctor.lines().find(|line| line.contains(text)).unwrap_or_else(|| panic!("{doctor}"));
    assert!(line("(/proc/interrupts)").contains("yes, 3 of 4"), "{doctor}");
    assert!(line("tlb_interrupts ").contains("NO"), "{doctor}");
    let words = doctor.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("- this architecture or kernel does not count it") && words.contains("for tlb_interrupts"),
        "{doctor}"
    );

    support::command(directory.path(), &[]);
    let arguments = ["run", "scenario.toml", "--no-mount", "--out", "result", "--json"];
    let output = where_interrupts_are(&file, &arguments, directory.path()).unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let run = printed(&output);
    let result = directory.path().join("result");
    let tlb = column(&result, "tlb_interrupts.cpu0");
    assert!(!tlb.is_empty() && tlb.iter().all(String::is_empty), "{tlb:?}");
    assert!(column(&result, "call_interrupts.cpu0").iter().all(|value| !value.is_empty()));
    let sources = run["environment"]["evidence"].as_array().unwrap();
    let mut data = sources.iter().flat_map(|source| source["columns"].as_array().unwrap());
    let datum = data.find(|datum| datum["name"] == "tlb_interrupts").unwrap();
    assert!(datum["available"]["unavailable"].as_str().unwrap().contains("no row TLB"), "{datum}");
    let caveats = run["diagnosis"]["caveats"].to_string();
    assert!(caveats.contains("`tlb-shootdowns` cannot be judged: /proc/interrupts has no row TLB"), "{caveats}");
    let page = fs::read_to_string(result.join("report.html")).unwrap();
    assert!(page.contains("unavailable: /proc/interrupts has no row TLB"), "the chart says why");
    assert!(!page.contains("TLB shootdowns received: 0"), "and draws no zeros");
    let export = Command::new(env!("CARGO_BIN_EXE_mapstorm"))
        .args(["export", "--format", "csv", "--table", "counters"])
        .arg(&result)
        .output()
        .unwrap();
    assert!(export.status.success(), "{export:?}");
    let rows: Vec<_> = String::from_utf8(export.stdout).unwrap().lines().map(str::to_owned).collect();
    let of_tlb: Vec<_> = rows.iter().filter(|row| row.contains(",tlb_interrupts.cpu0,")).collect();
    assert!(!of_tlb.is_empty() && of_tlb.iter().all(|row| row.ends_with(',')), "{of_tlb:?}");
}
