//! What a commit of a process really costs: its system calls on the file under strace, from the grant of the write lock to its release.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use regex::Regex;

const STRACE: &str = "/usr/bin/strace";
const CALLS: &str =
    "trace=fcntl,fstat,newfstatat,lseek,write,writev,pwrite64,ftruncate,fdatasync,fsync,msync,mmap,munmap,rename";

/// A span in which the write lock was held.
#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    /// Milliseconds inside of calls on the file.
    pub in_calls_ms: f64,
    /// Milliseconds from the grant to the release, with what tracing itself takes between calls.
    pub whole_ms: f64,
    /// Syncs.
    pub syncs: usize,
}

/// A tracer that is attached to a process.
pub struct Traced {
    strace: Child,
    log: tempfile::NamedTempFile,
}

impl Traced {
    /// `None`: strace is not here, or may not attach.
    pub fn attach(pid: u32) -> Option<Traced> {
        if !crate::needs::have(Path::new(STRACE), "strace") {
            return None;
        }
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new(STRACE);
        command.args(["-ttt", "-T", "-y", "-e", CALLS, "-p", &pid.to_string(), "-o"]).arg(log.path());
        let mut strace = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(strace.stderr.as_mut().unwrap()).read_line(&mut first).unwrap();
        let is_attached = first.contains("attached");
        if !is_attached {
            strace.wait().unwrap();
        }
        crate::needs::given(is_attached, &format!("a machine where strace may attach: {first}"))
            .then_some(Traced { strace, log })
    }

    /// Detaches; the spans in which the process held a write lock on the file.
    pub fn holds(mut self, file: &Path) -> Vec<Hold> {
        kill(Pid::from_raw(self.strace.id() as i32), Signal::SIGINT).unwrap();
        self.strace.wait().unwrap();
        parse(&fs::read_to_string(self.log.path()).unwrap(), file.to_str().unwrap())
    }
}

fn parse(log: &str, file: &str) -> Vec<Hold> {
    // `1700000000.123456 fdatasync(8</dir/conf/mailboxes.db>) = 0 <0.000123>`
    let line = Regex::new(r"^(?:\d+ )?(\d+\.\d+) (\w+)\((.*)<(\d+\.\d+)>$").unwrap();
    let mut holds = Vec::new();
    let mut held: Option<(f64, Hold)> = None;
    for parts in log.lines().filter(|line| line.contains(file)).filter_map(|text| line.captures(text)) {
        let [start, took] = [1, 4].map(|at| parts[at].parse::<f64>().unwrap() * 1e3);
        let (name, arguments) = (&parts[2], &parts[3]);
        if name == "fcntl" && arguments.contains("F_WRLCK") {
            held = Some((start + took, Hold { in_calls_ms: 0.0, whole_ms: 0.0, syncs: 0 }));
        } else if let Some((granted, hold)) = &mut held {
            if name == "fcntl" && arguments.contains("F_UNLCK") {
                hold.whole_ms = start - *granted;
                holds.push(hold.clone());
                held = None;
                continue;
            }
            hold.in_calls_ms += took;
            hold.syncs += usize::from(name.ends_with("sync"));
        }
    }
    holds
}

#[test]
fn a_hold_is_what_is_between_its_lock_and_its_release() {
    let log = "\
1.000000 fcntl(8</a/mailboxes.db>, F_SETLKW, {l_type=F_RDLCK, l_start=0, l_len=0}) = 0 <0.000010>
1.100000 fcntl(8</a/mailboxes.db>, F_SETLKW, {l_type=F_UNLCK, l_start=0, l_len=0}) = 0 <0.000010>
2.000000 fcntl(8</a/mailboxes.db>, F_SETLKW, {l_type=F_WRLCK, l_start=0, l_len=0}) = 0 <0.500000>
2.600000 fdatasync(8</a/mailboxes.db>) = 0 <0.002000>
2.610000 fsync(9</a/other.db>) = 0 <0.100000>
2.700000 fsync(8</a/mailboxes.db>) = 0 <0.003000>
2.800000 fcntl(8</a/mailboxes.db>, F_SETLK, {l_type=F_UNLCK, l_start=0, l_len=0}) = 0 <0.000010>
";
    let [hold] = &parse(log, "/a/mailboxes.db")[..] else { panic!() };
    assert_eq!(hold.syncs, 2);
    assert!((hold.in_calls_ms - 5.0).abs() < 1e-6 && (hold.whole_ms - 300.0).abs() < 1e-3, "{hold:?}");
}
