//! How long a full report of a minute takes, how large it is, and how long comparisons of fifty and of a thousand such results take, and
//! how much memory. The result is made first, by a real run of a minute; its copies differ by the host's name.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::Command,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Instant,
};

use anyhow::{Context, ensure};
use mapstorm::internals::os::{fork::fork_worker, shared::Shared};
use nix::sys::{
    resource::{UsageWho, getrusage},
    wait::{WaitStatus, waitpid},
};

use crate::{
    figures::{Figure, Goal},
    setup::Setup,
};

const RESULTS: usize = 50;
const MANY: usize = 1000;
/// What a comparison and a page read besides `run.json`.
const FILES: [&str; 4] = ["latency.hlog", "timeline.csv", "slots.csv", "counters.csv"];

fn mapstorm(arguments: &[&str]) -> anyhow::Result<f64> {
    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_mapstorm")).args(arguments).output()?;
    ensure!(output.status.success(), "mapstorm {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(started.elapsed().as_secs_f64())
}

/// The same in a child, which waits for nothing else: so the most memory that any child of it had, MB, was this one's.
fn mapstorm_and_memory(arguments: &[&str]) -> anyhow::Result<(f64, f64)> {
    let memory = Shared::<AtomicU64>::zeroed(2)?;
    let measured = || -> anyhow::Result<()> {
        memory[0].store((mapstorm(arguments)? * 1e9) as u64, Relaxed);
        memory[1].store(getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() as u64, Relaxed);
        Ok(())
    };
    let child = fork_worker(|| i32::from(measured().inspect_err(|error| eprintln!("{error:#}")).is_err()))?;
    ensure!(matches!(waitpid(child, None)?, WaitStatus::Exited(_, 0)), "mapstorm {arguments:?} failed");
    // Linux counts KiB.
    Ok((memory[0].load(Relaxed) as f64 / 1e9, memory[1].load(Relaxed) as f64 * 1024.0 / 1e6))
}

pub fn measure(setup: &Setup) -> anyhow::Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(".")?;
    let path = |name: &str| directory.path().join(name).display().to_string();
    let readers = format!("readers.count={}", setup.workers);
    let run = path("run");
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/fastmail-150m-6000.toml");
    // What is measured is the report: whether this machine is fit for the load is another question.
    let sets = ["--set", "run.duration=60s", "--set", &readers, "--set", "slo.clauses=[]"];
    mapstorm(&[&["run", scenario, "--no-report", "--out", &run], &sets[..]].concat())?;

    let (page, all, text) = (path("page"), path("all"), path("text"));
    let mut report = Vec::new();
    let mut with_pictures = Vec::new();
    for _ in 0..setup.pairs {
        report.push(mapstorm(&["report", &run, "--out", &page])?);
        if cfg!(feature = "png") {
            with_pictures.push(mapstorm(&["report", &run, "--png", "--out", &all])?);
        }
    }
    let size = fs::metadata(Path::new(&page).join("report.html"))?.len() as f64 / 1e6;

    let copies: Vec<String> = (0..MANY).map(|number| path(&format!("copy-{number:03}"))).collect();
    for (number, copy) in copies.iter().enumerate() {
        copied(Path::new(&run), Path::new(copy), &format!("host{number}")).with_context(|| copy.clone())?;
    }
    let mut compare = Vec::new();
    for _ in 0..setup.pairs {
        let mut arguments = vec!["compare", "--slo", "lookup.p99<=1s", "--out", &text];
        arguments.extend(copies[..RESULTS].iter().map(String::as_str));
        compare.push(mapstorm(&arguments)?);
    }
    let (mut compare_many, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..setup.pairs {
        let arguments: Vec<&str> = ["compare"].into_iter().chain(copies.iter().map(String::as_str)).collect();
        let (seconds, megabytes) = mapstorm_and_memory(&arguments)?;
        compare_many.push(seconds);
        memory.push(megabytes);
    }
    let named = |what: &str| format!("{what}, 60 s of {} readers", setup.workers);
    let mut figures = vec![
        Figure { name: named("report, page and charts"), goal: Goal::AtMost(1.0), values: report, unit: "s" },
        Figure { name: named("the same with PNG"), goal: Goal::None, values: with_pictures, unit: "s" },
        Figure { name: named("report.html"), goal: Goal::AtMost(3.0), values: vec![size], unit: "MB" },
        Figure {
            name: named(&format!("{RESULTS} results ranked, with charts")),
            goal: Goal::AtMost(5.0),
            values: compare,
            unit: "s",
        },
        Figure {
            name: named(&format!("{MANY} results compared")),
            goal: Goal::AtMost(10.0),
            values: compare_many,
            unit: "s",
        },
        Figure {
            name: named(&format!("memory of the comparison of {MANY}")),
            goal: Goal::AtMost(500.0),
            values: memory,
            unit: "MB",
        },
    ];
    let program = fs::metadata(env!("CARGO_BIN_EXE_mapstorm"))?.len() as f64 / 1e6;
    figures.push(Figure {
        name: "release executable, with line numbers".to_owned(),
        goal: Goal::AtMost(25.0),
        values: vec![program],
        unit: "MB",
    });
    figures.retain(|figure| !figure.values.is_empty());
    Ok(figures)
}

/// The same result of another host.
fn copied(from: &Path, to: &Path, host: &str) -> anyhow::Result<()> {
    fs::create_dir(to)?;
    for name in FILES {
        symlink(from.canonicalize()?.join(name), to.join(name))?;
    }
    let mut run: serde_json::Value = serde_json::from_slice(&fs::read(from.join("run.json"))?)?;
    run["environment"]["host"] = host.into();
    Ok(fs::write(to.join("run.json"), run.to_string())?)
}
