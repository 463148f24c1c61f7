//! Trouble made on purpose while a small scenario runs, and what the diagnosis should then say.
//! Shared by the tests (a few of each kind) and `benches/confusion` (sixty seeded runs).

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Read, Write},
    ops::Range,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use nix::{
    fcntl::{FcntlArg, fcntl},
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::Value;

/// What is done to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injection {
    /// Nothing.
    None,
    /// SIGSTOP to every worker, then SIGCONT.
    StopAll,
    /// The same to every third reader.
    StopThird,
    /// Another process takes the write lock.
    HoldLock,
    /// Something with more right to them takes all CPUs.
    HogCpus,
    /// The workers' control group is frozen.
    FreezeGroup,
    /// The memory limit of the whole run is lowered below what it uses.
    LimitMemory,
    /// Another process cuts the file to nothing and writes it again in place, several times.
    Truncate,
    /// Another process puts a copy in the file's place, several times.
    Replace,
    /// 4000 processes map the file read-write, in large folios.
    ManyMappers,
    /// All readers remap the file for each operation, as Cyrus 2.5 does.
    RemapAlways,
    /// A thread unmaps pages beside one that reads without locks.
    Unmap,
    /// The same, and both lock.
    UnmapLocked,
    /// The device takes few writes a second, and readers lock.
    SlowDevice,
    /// The same, and readers do not lock: only commits are slow.
    SlowDeviceUnlocked,
    /// The device takes next to nothing until the run is over, and readers do not lock: no commit completes.
    StalledDevice,
    /// The workers' timers are let off by 200 ms.
    SlackTimers,
}

impl Injection {
    pub const ALL: [Injection; 17] = [
        Injection::None,
        Injection::StopAll,
        Injection::StopThird,
        Injection::HoldLock,
        Injection::HogCpus,
        Injection::FreezeGroup,
        Injection::LimitMemory,
        Injection::Truncate,
        Injection::Replace,
        Injection::ManyMappers,
        Injection::RemapAlways,
        Injection::Unmap,
        Injection::UnmapLocked,
        Injection::SlowDevice,
        Injection::SlowDeviceUnlocked,
        Injection::StalledDevice,
        Injection::SlackTimers,
    ];

    /// In the words of the confusion matrix.
    pub fn name(self) -> &'static str {
        match self {
            Injection::None => "nothing",
            Injection::StopAll => "SIGSTOP of all workers",
            Injection::StopThird => "SIGSTOP of a third of the readers",
            Injection::HoldLock => "another process holds the lock",
            Injection::HogCpus => "CPU hogs",
            Injection::FreezeGroup => "frozen control group",
            Injection::LimitMemory => "memory limit below what is used",
            Injection::Truncate => "truncated and rewritten in place",
            Injection::Replace => "replaced by a copy",
            Injection::ManyMappers => "4000 read-write mappers, 1 MiB folios",
            Injection::RemapAlways => "300 readers remap at each lock",
            Injection::Unmap => "a thread unmaps beside one that reads, no locks",
            Injection::UnmapLocked => "a thread unmaps beside one that reads, both lock",
            Injection::SlowDevice => "slow device, readers lock",
            Injection::SlowDeviceUnlocked => "slow device, readers do not lock",
            Injection::StalledDevice => "stalled device until the end, readers do not lock",
            Injection::SlackTimers => "slack timers",
        }
    }

    /// The cause that the first finding must name; `None`: there must be no finding.
    pub fn cause(self) -> Option<&'static str> {
        match self {
            Injection::None => None,
            Injection::StopAll | Injection::StopThird => Some("stopped-by-signal"),
            Injection::HoldLock => Some("lock-held-by-another"),
            Injection::HogCpus => Some("run-queue"),
            Injection::FreezeGroup => Some("frozen-cgroup"),
            Injection::LimitMemory => Some("memory-pressure"),
            Injection::Truncate | Injection::Replace => Some("page-fault-storm"),
            Injection::ManyMappers => Some("sync-walks-mappers"),
            Injection::RemapAlways => Some("remap-herd"),
            Injection::Unmap | Injection::UnmapLocked => Some("tlb-shootdowns"),
            Injection::SlowDevice => Some("lock-held-over-sync"),
            Injection::SlowDeviceUnlocked | Injection::StalledDevice => Some("device-io"),
            Injection::SlackTimers => Some("late-wake-up"),
        }
    }

    /// Whether it stops everybody at once, so that the freeze must have its edges.
    pub fn has_edges(self) -> bool {
        matches!(self, Injection::StopAll | Injection::HoldLock | Injection::HogCpus | Injection::FreezeGroup)
    }

    /// Why this machine cannot do it to files in `directory`, if it cannot.
    pub fn impossible(self, directory: &Path) -> Option<String> {
        let made = match self {
            Injection::FreezeGroup => Group::make("freezer").map(drop),
            _ if self.needs_groups() => Groups::make(directory).map(drop),
            Injection::Unmap | Injection::UnmapLocked => {
                let several = std::thread::available_parallelism().is_ok_and(|cpus| cpus.get() > 1);
                // Arm's processors tell each other without interrupts.
                (several && cfg!(target_arch = "x86_64")).then_some(()).context("no CPUs that interrupt each other")
            }
            Injection::HogCpus => {
                let is_root = nix::unistd::geteuid().is_root();
                is_root.then_some(()).context("real-time priority needs root")
            }
            _ => Ok(()),
        };
        made.err().map(|error| format!("{error:#}"))
    }

    /// Whether memory or the device is limited by control groups.
    fn needs_groups(self) -> bool {
        use Injection::*;
        matches!(self, LimitMemory | SlowDevice | SlowDeviceUnlocked | StalledDevice)
    }

    fn scenario(self, directory: &Path, seed: u64, duration: &str) -> String {
        if let Injection::Unmap | Injection::UnmapLocked = self {
            return self.reading_beside(directory, seed, "warm-up = \"500ms\"\ncontrol = \"1s\"\nduration = \"3s\"");
        }
        let (size, readers, duration) = match self {
            Injection::ManyMappers => ("16MiB", "count = 4000\nrate = \"0.5/s\"\nprefault = \"touch\"", "3s"),
            Injection::LimitMemory => ("64MiB", "count = 60\nrate = \"10/s\"", "5s"),
            Injection::Truncate | Injection::Replace => ("64MiB", "count = 200\nrate = \"10/s\"", "4s"),
            Injection::RemapAlways => {
                ("32MiB", "count = 300\nrate = \"7/s\"\nremap = \"every-lock\"\noperations = { list = 1 }", "3s")
            }
            Injection::SlowDeviceUnlocked => ("8MiB", "count = 200\nrate = \"10/s\"\nlock = \"none\"", "4s"),
            Injection::StalledDevice => ("8MiB", "count = 200\nrate = \"10/s\"\nlock = \"none\"", duration),
            _ => ("8MiB", "count = 200\nrate = \"10/s\"", duration),
        };
        // 4000 mappers cost a commit about as much as the usual threshold.
        // And where edges are looked at, a commit must seldom be under way when everybody is stopped.
        let (rate, stall) = match self {
            Injection::ManyMappers => ("10/s", "5ms"),
            _ if self.has_edges() => ("1/s", "20ms"),
            _ => ("4/s", "20ms"),
        };
        let directory = directory.display();
        format!(
            "name = \"injection\"\n[file]\nformat = \"skiplist\"\nsize = \"{size}\"\ndirectory = \"{directory}\"\n\
             [readers]\n{readers}\n[writer]\nrate = \"{rate}\"\n\
             [run]\nwarm-up = \"500ms\"\ncontrol = \"1s\"\nduration = \"{duration}\"\nstall = \"{stall}\"\nseed = {seed}\n"
        )
    }
}

impl Injection {
    /// One thread that walks the same records again and again, which takes the same time each time, and a writer.
    fn reading_beside(self, directory: &Path, seed: u64, run: &str) -> String {
        let lock = if self == Injection::Unmap { "none" } else { "ofd" };
        let directory = directory.display();
        format!(
            "name = \"injection\"\n[file]\nsource = \"{directory}/source.db\"\ndirectory = \"{directory}\"\n\
             [readers]\ncount = 1\nas = \"threads\"\nthreads-per-process = 2\narrivals = \"closed\"\nlock = \"{lock}\"\n\
             operations = {{ list = 1 }}\n[writer]\nas = \"thread\"\narrivals = \"closed\"\nunmaps = 20000\n\
             [run]\n{run}\nseed = {seed}\n"
        )
    }

    /// What of the scenario is known only when its reader has been seen alone: what is slow on this machine today.
    fn measured_before(self, program: &Path, seed: u64, directory: &Path) -> anyhow::Result<Vec<String>> {
        if !matches!(self, Injection::Unmap | Injection::UnmapLocked) {
            return Ok(Vec::new());
        }
        let source = directory.join("source.db");
        let mut generate = Command::new(program);
        generate.args(["mailboxes", "generate", "--format", "skiplist", "--mailboxes", "1"]).arg(&source);
        ensure!(generate.output()?.status.success(), "mailboxes generate");
        let dumped = Command::new(program).args(["mailboxes", "dump"]).arg(&source).output()?;
        let dumped = String::from_utf8(dumped.stdout)?;
        let user = dumped.split('\t').next().context("no record")?;
        let mut apply = Command::new(program);
        apply.args(["mailboxes", "apply"]).arg(&source).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut apply = apply.spawn()?;
        let records: String = (0..4000).map(|number| format!("set {user}.{number:05}\t0 default\n")).collect();
        apply.stdin.take().context("stdin")?.write_all(format!("{records}\n").as_bytes())?;
        ensure!(apply.wait()?.success(), "mailboxes apply");
        let (scenario, result) = (directory.join("alone.toml"), directory.join("alone"));
        let run = "warm-up = \"200ms\"\ncontrol = \"0ms\"\nduration = \"1s\"\nstall = \"10min\"";
        fs::write(&scenario, self.reading_beside(directory, seed, run))?;
        let mut alone = Command::new(program);
        alone
            .arg("run")
            .arg(&scenario)
            .args(["--set", "writer.unmaps=0", "--set", "writer.count=0", "--no-report", "--out"])
            .arg(&result);
        let alone = alone.output()?;
        ensure!(alone.status.success(), "alone: {}", String::from_utf8_lossy(&alone.stderr));
        let run: Value = serde_json::from_slice(&fs::read(result.join("run.json"))?)?;
        let p50 = run.pointer("/summary/rows/0/p50_ns").and_then(Value::as_u64);
        let p50 = p50.with_context(|| format!("no p50: {:#}", run["summary"]))?;
        Ok(vec!["--set".to_owned(), format!("run.stall={}us", p50 * 135 / 100_000)])
    }
}

/// When trouble began and ended, by the monotonic clock: each is the span of the call that did it, because whoever makes
/// trouble may lose its CPU in between.
struct Trouble {
    began: Range<i64>,
    ended: Range<i64>,
}

/// What came of it.
pub struct Outcome {
    /// `run.json`.
    pub run: Value,
    /// `stacks.folded`; empty: there is none.
    #[allow(dead_code, reason = "the benchmark does not look at it")]
    pub folded: String,
    /// `counters.csv`; empty: there is none.
    #[allow(dead_code, reason = "the benchmark does not look at it")]
    pub counters: String,
    /// `None`: it was there all the time, or not at all.
    trouble: Option<Trouble>,
}

impl Outcome {
    /// The cause that the first finding names.
    pub fn cause(&self) -> Option<&str> {
        self.run.pointer("/diagnosis/findings/0/cause")?.as_str()
    }

    /// The share of the trouble that the freezes cover.
    pub fn covered(&self) -> Option<f64> {
        let Trouble { began, ended } = self.trouble.as_ref()?;
        let zero = self.run.get("measuring_began_monotonic_ns")?.as_i64()?;
        let freezes = self.run.pointer("/diagnosis/freezes")?.as_array()?;
        let edge = |freeze: &Value, name: &str| freeze.get(name).and_then(Value::as_i64).unwrap_or(0) + zero;
        let (from, to) = (began.end, ended.start);
        let common = |freeze| (edge(freeze, "end_ns").min(to) - edge(freeze, "start_ns").max(from)).max(0);
        Some(freezes.iter().map(common).sum::<i64>() as f64 / (to - from).max(1) as f64)
    }

    /// How far the edges of the freeze that overlaps the trouble most are from the trouble's, nanoseconds.
    pub fn edges_off_ns(&self) -> Option<(i64, i64)> {
        let Trouble { began, ended } = self.trouble.as_ref()?;
        let zero = self.run.get("measuring_began_monotonic_ns")?.as_i64()?;
        let freezes = self.run.pointer("/diagnosis/freezes")?.as_array()?;
        let edge = |freeze: &Value, name: &str| freeze.get(name).and_then(Value::as_i64).unwrap_or(0) + zero;
        let spans = freezes.iter().map(|freeze| (edge(freeze, "start_ns"), edge(freeze, "end_ns")));
        let (from, to) = spans.max_by_key(|(from, to)| to.min(&ended.end) - from.max(&began.start))?;
        let off = |at: i64, edge: &Range<i64>| at - at.clamp(edge.start, edge.end);
        Some((off(from, began), off(to, ended)))
    }
}

/// Runs the scenario of an injection in `directory`, makes the trouble, and waits for the result. Most kinds are measured for
/// `duration`: the trouble comes in its second second, or later on a machine that has much else to do.
pub fn run(
    program: &Path,
    injection: Injection,
    seed: u64,
    duration: &str,
    directory: &Path,
) -> anyhow::Result<Outcome> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let scenario = directory.join("injection.toml");
    fs::write(&scenario, injection.scenario(directory, seed, duration))?;
    let result = directory.join("result");
    let sets = injection.measured_before(program, seed, directory)?;
    let groups = injection.needs_groups().then(|| Groups::make(directory)).transpose()?;
    let mut command = match &groups {
        None => Command::new(program),
        // The shell joins the groups before it becomes the program, so that all of its memory is charged there.
        Some(Groups { memory, device }) => {
            let mut shell = Command::new("sh");
            let join = "echo $$ > \"$0/cgroup.procs\" && echo $$ > \"$1/cgroup.procs\" && shift && exec \"$@\"";
            shell.arg("-c").arg(join).arg(&memory.path).arg(&device.path).arg(program);
            shell
        }
    };
    command.arg("run").arg(&scenario).args(sets).arg("--out").arg(&result).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let progress = wait_for_measuring(&mut child)?;
    // The rest is read so that the pipe never fills up.
    let reader = std::thread::spawn(move || progress.lines().map_while(Result::ok).collect::<Vec<_>>());
    sleep(Duration::from_millis(random.random_range(0..300)));
    let length = Duration::from_millis(random.random_range(300..700));
    let file = directory.join(".result-files.unfinished").join("mailboxes-0.db");
    let trouble = trouble(injection, &child, &file, (length, duration), groups.as_ref());
    let status = child.wait()?;
    let lines = reader.join().unwrap_or_default();
    let trouble = trouble?;
    ensure!(status.code() == Some(0), "exit {status}: {}", lines.join("\n"));
    let run: Value = serde_json::from_slice(&fs::read(result.join("run.json"))?)?;
    let [folded, counters] =
        ["stacks.folded", "counters.csv"].map(|name| fs::read_to_string(result.join(name)).unwrap_or_default());
    Ok(Outcome { run, folded, counters, trouble })
}

/// Reads progress until a line such as `1/3 s, …` says that measuring goes on.
fn wait_for_measuring(child: &mut Child) -> anyhow::Result<BufReader<std::process::ChildStderr>> {
    let mut progress = BufReader::new(child.stderr.take().context("stderr")?);
    let (mut line, mut all) = (String::new(), String::new());
    while progress.read_line(&mut line)? > 0 {
        if line.contains(" done; last second") {
            return Ok(progress);
        }
        all.push_str(&std::mem::take(&mut line));
    }
    bail!("measuring never began: {all}")
}

fn now_ns() -> i64 {
    mapstorm::internals::os::clock::now_ns() as i64
}

/// Makes the trouble; its begin and end by the monotonic clock.
fn trouble(
    injection: Injection,
    child: &Child,
    file: &Path,
    (length, duration): (Duration, &str),
    groups: Option<&Groups>,
) -> anyhow::Result<Option<Trouble>> {
    let trouble = match injection {
        Injection::None
        | Injection::ManyMappers
        | Injection::RemapAlways
        | Injection::Unmap
        | Injection::UnmapLocked => {
            return Ok(None);
        }
        Injection::SlowDevice | Injection::SlowDeviceUnlocked => {
            slow_device(&groups.context("no groups")?.device, file)
        }
        Injection::StalledDevice => stall_device(&groups.context("no groups")?.device, file, duration),
        Injection::SlackTimers => slacken(&workers(child, 1)?),
        Injection::StopAll => stop(&workers(child, 1)?, length),
        Injection::StopThird => stop(&workers(child, 3)?, length),
        Injection::HoldLock => hold_lock(file, length),
        Injection::HogCpus => hog_cpus(length),
        Injection::FreezeGroup => freeze(&workers(child, 1)?, length),
        Injection::LimitMemory => limit_memory(&groups.context("no groups")?.memory),
        Injection::Truncate => repeat(file, truncate),
        Injection::Replace => repeat(file, replace),
    };
    trouble.map(Some)
}

/// Does something, and the span that it took.
fn timed(act: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Range<i64>> {
    let before = now_ns();
    act()?;
    Ok(before..now_ns())
}

/// Every `nth` worker of a run; of all workers also the writers.
fn workers(child: &Child, nth: usize) -> anyhow::Result<Vec<Pid>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let Ok(text) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        let Some((name, rest)) = text.rsplit_once(") ") else { continue };
        let is_worker = name.contains("(mapstorm-r") || (nth == 1 && name.contains("(mapstorm-w"));
        if is_worker && rest.split(' ').nth(1) == Some(&child.id().to_string()) {
            found.push(Pid::from_raw(pid));
        }
    }
    ensure!(!found.is_empty(), "no workers of {}", child.id());
    found.sort();
    Ok(found.into_iter().step_by(nth).collect())
}

fn stop(workers: &[Pid], length: Duration) -> anyhow::Result<Trouble> {
    let send = |signal: Signal| workers.iter().try_for_each(|worker| kill(*worker, signal).map_err(Into::into));
    let began = timed(|| send(Signal::SIGSTOP))?;
    sleep(length);
    Ok(Trouble { began, ended: timed(|| send(Signal::SIGCONT))? })
}

/// Takes or gives back the write lock on a whole file.
fn lock(file: &File, kind: impl Into<libc::c_int>) -> anyhow::Result<()> {
    let request = mapstorm::internals::os::flock::whole_file(kind);
    fcntl(file, FcntlArg::F_SETLKW(&request))?;
    Ok(())
}

fn hold_lock(path: &Path, length: Duration) -> anyhow::Result<Trouble> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let began = timed(|| lock(&file, libc::F_WRLCK))?;
    sleep(length);
    Ok(Trouble { began, ended: timed(|| lock(&file, libc::F_UNLCK))? })
}

/// One busy thread for each CPU, above all that do not ask for real time.
fn hog_cpus(length: Duration) -> anyhow::Result<Trouble> {
    let cpus = std::thread::available_parallelism()?.get();
    let begin = now_ns() + 50_000_000;
    let end = begin + length.as_nanos() as i64;
    let hogs: Vec<_> = (0..cpus)
        .map(|cpu| {
            std::thread::spawn(move || -> anyhow::Result<()> {
                let mut one = nix::sched::CpuSet::new();
                one.set(cpu)?;
                nix::sched::sched_setaffinity(Pid::from_raw(0), &one)?;
                real_time()?;
                mapstorm::internals::os::clock::sleep_until(begin as u64);
                while now_ns() < end {}
                Ok(())
            })
        })
        .collect();
    for hog in hogs {
        hog.join().map_err(|_| anyhow::anyhow!("a hog panicked"))??;
    }
    Ok(Trouble { began: begin..begin, ended: end..end })
}

/// Gives the calling thread real-time priority.
fn real_time() -> anyhow::Result<()> {
    let priority = libc::sched_param { sched_priority: 50 };
    // SAFETY: the parameters live until the call returns, and 0 is the calling thread.
    let code = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &priority) };
    ensure!(code == 0, "sched_setscheduler: {}", std::io::Error::last_os_error());
    Ok(())
}

/// A control group of version 1, removed when dropped.
struct Group {
    path: PathBuf,
}

/// Where memory can be made short, and the device slow: on a fast one nobody would notice pages that are read again.
struct Groups {
    memory: Group,
    device: Group,
}

/// Bytes a second that may be read from the device.
const READ_BYTES: u64 = 32 << 20;

impl Groups {
    fn make(directory: &Path) -> anyhow::Result<Groups> {
        let groups = Groups { memory: Group::make("memory")?, device: Group::make("blkio")? };
        let device = nix::sys::stat::stat(directory)?.st_dev;
        let (major, minor) = (nix::sys::stat::major(device), nix::sys::stat::minor(device));
        groups.device.set("blkio.throttle.read_bps_device", &format!("{major}:{minor} {READ_BYTES}"))?;
        Ok(groups)
    }
}

impl Group {
    fn make(kind: &str) -> anyhow::Result<Group> {
        let path = PathBuf::from(format!("/sys/fs/cgroup/{kind}/mapstorm-{}-{}", std::process::id(), now_ns()));
        fs::create_dir(&path).with_context(|| path.display().to_string())?;
        Ok(Group { path })
    }

    fn set(&self, name: &str, value: &str) -> anyhow::Result<()> {
        fs::write(self.path.join(name), value).with_context(|| format!("{name} = {value}"))
    }

    fn get(&self, name: &str) -> anyhow::Result<u64> {
        Ok(fs::read_to_string(self.path.join(name))?.trim().parse()?)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Refused while processes are left in it: those of a failed run end within moments.
        for _ in 0..100 {
            if fs::remove_dir(&self.path).is_ok() {
                return;
            }
            sleep(Duration::from_millis(20));
        }
    }
}

fn freeze(workers: &[Pid], length: Duration) -> anyhow::Result<Trouble> {
    let group = Group::make("freezer")?;
    for worker in workers {
        group.set("tasks", &worker.to_string())?;
    }
    let began = timed(|| group.set("freezer.state", "FROZEN"))?;
    sleep(length);
    let ended = timed(|| group.set("freezer.state", "THAWED"))?;
    for worker in workers {
        fs::write("/sys/fs/cgroup/freezer/tasks", worker.to_string())?;
    }
    Ok(Trouble { began, ended })
}

/// How long memory is taken away.
const SQUEEZED: Duration = Duration::from_secs(2);

/// Lowers the limit below what is used, again and again, so that pages of the file are reclaimed while readers need them.
fn limit_memory(group: &Group) -> anyhow::Result<Trouble> {
    // Whoever needs more then waits for it, and is not killed.
    group.set("memory.oom_control", "1")?;
    let began = now_ns();
    let mut lowered = Err(anyhow::anyhow!("nothing was lowered"));
    while now_ns() < began + SQUEEZED.as_nanos() as i64 {
        let used = group.get("memory.usage_in_bytes")?;
        // Reclaim gives up with EBUSY where readers touch the pages faster than it can take them; what it took so far is missing all the same.
        lowered = lowered.or(group.set("memory.limit_in_bytes", &used.saturating_sub(4 << 20).to_string()));
    }
    lowered?;
    Ok(Trouble { began: began..began, ended: timed(|| group.set("memory.limit_in_bytes", "-1"))? })
}

/// Lets through few writes a second, for a second and a half.
fn slow_device(group: &Group, file: &Path) -> anyhow::Result<Trouble> {
    let device = nix::sys::stat::stat(file)?.st_dev;
    let device = format!("{}:{}", nix::sys::stat::major(device), nix::sys::stat::minor(device));
    let limit = |writes: u32| timed(|| group.set("blkio.throttle.write_iops_device", &format!("{device} {writes}")));
    let began = limit(8)?;
    sleep(Duration::from_millis(1500));
    Ok(Trouble { began, ended: limit(0)? })
}

/// Lets through a byte a second, for as long as a run of `duration` is measured: until after its end, as it began after the begin. Its driver
/// waits for the commit in flight.
fn stall_device(group: &Group, file: &Path, duration: &str) -> anyhow::Result<Trouble> {
    let device = nix::sys::stat::stat(file)?.st_dev;
    let device = format!("{}:{}", nix::sys::stat::major(device), nix::sys::stat::minor(device));
    let limit = |bytes: u32| timed(|| group.set("blkio.throttle.write_bps_device", &format!("{device} {bytes}")));
    let seconds: u64 = duration.trim_end_matches('s').parse()?;
    let began = limit(1)?;
    sleep(Duration::from_secs(seconds));
    Ok(Trouble { began, ended: limit(0)? })
}

/// Lets the workers' timers be late, until the end of the run.
fn slacken(workers: &[Pid]) -> anyhow::Result<Trouble> {
    let slacken = |worker: &Pid| fs::write(format!("/proc/{worker}/timerslack_ns"), "200000000").map_err(Into::into);
    let began = timed(|| workers.iter().try_for_each(slacken))?;
    Ok(Trouble { began, ended: i64::MAX..i64::MAX })
}

/// Does something to the file for about a second.
fn repeat(path: &Path, act: fn(&Path) -> anyhow::Result<()>) -> anyhow::Result<Trouble> {
    let start = now_ns();
    while now_ns() < start + 1_200_000_000 {
        act(path)?;
        sleep(Duration::from_millis(100));
    }
    let end = now_ns();
    Ok(Trouble { began: start..start, ended: end..end })
}

/// Cuts the file to nothing and writes it again, under its lock, as `cp` over it would without.
fn truncate(path: &Path) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    lock(&file, libc::F_WRLCK)?;
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    file.set_len(0)?;
    file.write_all_at(&content, 0)?;
    lock(&file, libc::F_UNLCK)
}

/// Puts a copy in the file's place, under its lock.
fn replace(path: &Path) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    lock(&file, libc::F_WRLCK)?;
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    let new = path.with_extension("copy");
    File::create(&new)?.write_all(&content)?;
    fs::rename(&new, path)?;
    lock(&file, libc::F_UNLCK)
}
