//! Processes that are killed: whoever it is and whenever, no process stays, no file that the next start does not put in order, and earlier
//! results are as they were.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Output, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::{Pid, setsid},
};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{Trial, names_in, said, until};

/// Trials, unless `MAPSTORM_KILLS` wants more; their seeds count from 0.
const TRIALS: u64 = 20;

/// Moments at which a driver can be made to stop itself, in their order.
const MOMENTS: [&str; 9] = [
    "files-made",
    "run.json",
    "latency.hlog",
    "timeline.csv",
    "slots.csv",
    "stalls.jsonl",
    "counters.csv",
    "naming",
    "",
];

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Driver,
    Writer,
    /// The writer, while it holds its file's lock.
    LockHolder,
    Reader,
    NoiseProbe,
    /// All workers at once.
    Workers,
    /// Driver, workers and probes at once.
    Everybody,
}

const VICTIMS: [Victim; 7] = [
    Victim::Driver,
    Victim::Writer,
    Victim::LockHolder,
    Victim::Reader,
    Victim::NoiseProbe,
    Victim::Workers,
    Victim::Everybody,
];

/// The processes of a session that are not ended: number, process group and title.
fn session(leader: Pid) -> Vec<(Pid, Pid, String)> {
    let numbers = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let look = |number: i32| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let is_of_it = fields[3].parse() == Ok(leader.as_raw()) && !["Z", "X"].contains(&fields[0]);
        let title = fs::read(format!("/proc/{number}/cmdline")).ok()?;
        let title = String::from_utf8_lossy(&title).replace('\0', " ");
        is_of_it.then(|| (Pid::from_raw(number), Pid::from_raw(fields[2].parse().unwrap_or(0)), title))
    };
    numbers.filter_map(look).collect()
}

/// Everything in a directory, by path: what must not change.
fn content(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = names_in(directory).into_iter().map(|name| (directory.join(&name), name));
    files.map(|(path, name)| (name, if path.is_file() { fs::read(path).unwrap() } else { Vec::new() })).collect()
}

fn kill_one(session: &[(Pid, Pid, String)], title: &str, signal: Signal) {
    if let Some((pid, ..)) = session.iter().find(|(.., shown)| shown.starts_with(title)) {
        // It may have ended meanwhile.
        let _ = kill(*pid, signal);
    }
}

/// Waits a while for the writer to hold its file's lock, and kills it then.
fn kill_lock_holder(session: &[(Pid, Pid, String)], signal: Signal) {
    let Some((writer, ..)) = session.iter().find(|(.., title)| title.starts_with("mapstorm writer")) else { return };
    let holds = || {
        let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
        let number = writer.to_string();
        locks.lines().any(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields.get(1) == Some(&"POSIX")
                && fields.get(3) == Some(&"WRITE")
                && fields.get(4) == Some(&number.as_str())
        })
    };
    let began = std::time::Instant::now();
    while !holds() && began.elapsed() < Duration::from_secs(1) {}
    let _ = kill(*writer, signal);
}

/// Starts a run in a session of its own.
fn start(trial: &Trial, moment: &str) -> Child {
    use std::os::unix::process::CommandExt;
    let mut command = trial.run(&["--set", "run.duration=700ms"]);
    command.env("MAPSTORM_TEST_STOP", moment).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // SAFETY: setsid(2) may be called between fork and exec.
    unsafe { command.pre_exec(|| Ok(setsid().map(|_| ())?)) };
    command.spawn().unwrap()
}

/// Waits for the end of a driver, which prints less than a pipe holds.
fn ended(mut child: Child, what: &str) -> Output {
    until(&format!("{what}: the driver's end"), || child.try_wait().unwrap());
    child.wait_with_output().unwrap()
}

fn trial(seed: u64) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let trial = Trial::new();
    let earlier = trial.path("earlier");
    fs::create_dir(&earlier).unwrap();
    fs::write(earlier.join("run.json"), "an earlier result").unwrap();
    let before = content(&earlier);
    // Every victim and every moment comes in turn, in an order that is not that of the other.
    let victim = VICTIMS[seed as usize % VICTIMS.len()];
    let moment = MOMENTS[(seed as usize * 4 + seed as usize / VICTIMS.len()) % MOMENTS.len()];
    let signal = *[Signal::SIGKILL, Signal::SIGTERM, Signal::SIGHUP].choose(&mut random).unwrap();
    let what = format!("seed {seed}: {signal} to {victim:?}, moment `{moment}`");

    let child = start(&trial, moment);
    let driver = Pid::from_raw(child.id() as i32);
    if moment.is_empty() {
        until("the driver's directory", || trial.path(".result.unfinished").exists().then_some(()));
        std::thread::sleep(Duration::from_millis(random.random_range(0..1200)));
    } else {
        super::wait_until_stopped(&child);
    }
    let alive = session(driver);
    match victim {
        Victim::Driver => kill(driver, signal).unwrap(),
        Victim::Writer => kill_one(&alive, "mapstorm writer", signal),
        Victim::LockHolder => kill_lock_holder(&alive, signal),
        Victim::Reader => kill_one(&alive, "mapstorm reader", signal),
        Victim::NoiseProbe => kill_one(&alive, "mapstorm noise probe", signal),
        Victim::Workers => {
            let worker = alive.iter().find(|(.., title)| title.starts_with("mapstorm reader"));
            worker.map(|(_, group, _)| killpg(*group, signal));
        }
        Victim::Everybody => {
            for (pid, ..) in &alive {
                let _ = kill(*pid, signal);
            }
        }
    }
    // It is the only stop: whoever was not killed goes on.
    let _ = kill(driver, Signal::SIGCONT);
    let output = ended(child, &what);
    until(&format!("{what}: the end of all processes"), || session(driver).is_empty().then_some(()));

    // The next start.
    let next = trial.command_by(&[], &["abandon", "0", "."]).output().unwrap();
    assert!(next.status.success(), "{what}: {}", said(&next));
    let left = trial.left();
    assert!(left.iter().all(|name| ["earlier", "result"].contains(&name.as_str())), "{what}: {left:?}");
    assert_eq!(content(&earlier), before, "{what}");

    let has_result = left.contains(&"result".to_owned());
    match output.status.code() {
        Some(0) => assert_eq!(trial.figures("result")["summary"]["complete"], true, "{what}"),
        // Interrupted before anything was measured, or incomplete with its reasons.
        Some(5) if has_result => {
            let summary = &trial.figures("result")["summary"];
            let count = |list: &str| summary[list].as_array().unwrap().len();
            assert!(count("incomplete_because") + count("lost_workers") > 0, "{what}: {summary}");
        }
        Some(5) => assert!(
            said(&output).contains("nothing to keep") || said(&output).contains("nothing was measured"),
            "{what}: {}",
            said(&output)
        ),
        // All workers were killed before they could begin.
        Some(1) => assert!(!has_result && said(&output).contains("Error"), "{what}: {}", said(&output)),
        None => {
            assert_eq!(output.status.signal(), Some(signal as i32), "{what}");
            let said = said(&next);
            let number = driver.to_string();
            assert!(said.contains(&number), "{what}: what became of it is said: {said}");
            assert_eq!(said.contains("kept"), has_result, "{what}: {said}");
        }
        code => panic!("{what}: {code:?}: {}", said(&output)),
    }
}

#[test]
fn whoever_is_killed_nothing_is_left_behind() {
    let trials = std::env::var("MAPSTORM_KILLS").map_or(TRIALS, |trials| trials.parse().unwrap());
    (0..trials).for_each(trial);
}

#[test]
fn a_second_request_to_stop_ends_at_once_and_leaves_nothing() {
    let trial = Trial::new();
    let child = start(&trial, "files-made");
    let driver = super::wait_until_stopped(&child);
    kill(driver, Signal::SIGINT).unwrap();
    kill(driver, Signal::SIGCONT).unwrap();
    // Both may come before the first one was heard: then they are one.
    until("the end", || {
        let _ = kill(driver, Signal::SIGINT);
        session(driver).is_empty().then_some(())
    });
    let output = ended(child, "a second request");
    // It may have been quick enough to end by itself after the first.
    assert!([Some(130), Some(5)].contains(&output.status.code()), "{:?}: {}", output.status, said(&output));
    assert_eq!(trial.left(), [""; 0], "{}", said(&output));
}
