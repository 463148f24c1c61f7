//! A command that traces the run: started when the workers are at the start barrier, stopped when the run is over, its output kept.
//! It is a process group of its own, so that a Ctrl-C of the terminal goes to the driver only and a stop reaches all of its processes.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid, pipe2, write};

use super::trace_guard::{self, Board};
use crate::driver::outcome::Trace;
use crate::os::clock::now_ns;
use crate::os::fork::{Label, fork_guard};

/// How long a tracer has to get ready before anything is due: dtrace and bpftrace compile first.
const SETTLE_NS: u64 = 1_000_000_000;
/// How long it may take to print what it gathered, after the signal to stop.
const END_NS: u64 = 5_000_000_000;
/// How long its guard may take to end after all were killed.
const KILLED_NS: u64 = 15_000_000_000;
const LOOK: Duration = Duration::from_millis(10);
/// Exit statuses by which a shell says that it could not start a command: not executable, not found.
const NOT_STARTED: [i32; 2] = [126, 127];

#[derive(Clone, Copy, Debug)]
pub struct TraceCommand<'a> {
    /// A command for `sh -c`. It finds in its environment `MAPSTORM_DRIVER`, the driver's process id; `MAPSTORM_GROUP`, the process
    /// group of all workers; and `MAPSTORM_FILE`, the first mapped file.
    pub command: &'a str,
    pub output: &'a Path,
}

/// A tracing command that cannot be started: reported before anything is measured.
#[derive(Debug, thiserror::Error)]
#[error("--trace '{command}': {why}; nothing was measured")]
pub struct CannotTrace {
    command: String,
    why: String,
}

/// Checks, before anything is made, whether the shell finds the first word of a tracing command, if that is a plain word.
pub fn can_trace(command: &str) -> Result<(), CannotTrace> {
    let Some(word) = first_word(command) else { return Ok(()) };
    let mut shell = Command::new("sh");
    shell.args(["-c", "command -v \"$1\"", "sh", word]);
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match shell.status() {
        Ok(status) if !status.success() => {
            Err(CannotTrace { command: command.to_owned(), why: format!("there is no command `{word}`") })
        }
        // Without a shell the start will fail, and report why.
        _ => Ok(()),
    }
}

/// The name of the command that a line for the shell begins with, if that is certain without parsing as a shell does.
fn first_word(command: &str) -> Option<&str> {
    let is_plain =
        |word: &&str| !word.contains(|c: char| "'\"\\$`(){}[];&|<>*?#~!".contains(c)) && !word.starts_with('-');
    let is_name = |name: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(is_part)
    };
    for word in command.split_whitespace() {
        match Some(word).filter(is_plain)?.split_once('=') {
            // The shell would search other directories.
            Some(("PATH", _)) => return None,
            Some((name, _)) if is_name(name) => {}
            _ => return Some(word),
        }
    }
    None
}

/// A command that traces. Dropping it kills it, and so does the end of the driver, however it comes.
pub struct Tracer<'a> {
    what: TraceCommand<'a>,
    /// The process between this one and the shell: see [`trace_guard`].
    guard: Pid,
    orders: OwnedFd,
    board: Board,
    started_ns: u64,
    /// How the guard ended: when all are gone, or before its time.
    over: Option<WaitStatus>,
    was_reported: bool,
}

impl<'a> Tracer<'a> {
    /// Starts it, and gives it time to get ready. Its guard first calls `leave`, which closes what only the driver may hold.
    pub fn start(
        what: TraceCommand<'a>,
        workers: Option<Pid>,
        file: Option<&Path>,
        leave: impl FnOnce(),
    ) -> anyhow::Result<Tracer<'a>> {
        let at = || what.output.display().to_string();
        let output = File::create(what.output).with_context(at)?;
        let errors = output.try_clone().with_context(at)?;
        let mut command = Command::new("sh");
        command.args(["-c", what.command]).process_group(0).stdin(Stdio::null()).stdout(output).stderr(errors);
        command.env("MAPSTORM_DRIVER", getpid().to_string());
        command.envs(workers.map(|group| ("MAPSTORM_GROUP", group.to_string())));
        command.envs(file.map(|file| ("MAPSTORM_FILE", file)));
        let board = Board::new().context("shared memory")?;
        let (hears, orders) = pipe2(OFlag::O_CLOEXEC).context("pipe")?;
        let label = Label::new("mapstorm-trace", "mapstorm guard of the --trace command");
        // An option, because the guard must not keep the pipe open whose end means that the driver is gone.
        let mut orders = Some(orders);
        let guard = fork_guard(&label, || {
            drop(orders.take());
            leave();
            trace_guard::guard_main(command, &hears, &board)
        });
        let guard = guard.context("fork of the guard of the --trace command")?;
        let orders = orders.take().context("the pipe is taken by a child only")?;
        let mut tracer = Tracer { what, guard, orders, board, started_ns: now_ns(), over: None, was_reported: false };
        tracer.ends_within(SETTLE_NS);
        match tracer.why_not() {
            Some(why) => Err(CannotTrace { command: what.command.to_owned(), why }.into()),
            None => Ok(tracer),
        }
    }

    fn why_not(&self) -> Option<String> {
        if let Some(error) = self.board.refused() {
            return Some(format!("sh cannot be started: {error}"));
        }
        let code = self.board.ended()?.code().filter(|code| NOT_STARTED.contains(code))?;
        let said = std::fs::read(self.what.output).unwrap_or_default();
        let said = String::from_utf8_lossy(&said).lines().next().map(str::to_owned);
        Some(said.unwrap_or_else(|| format!("exit status {code}")))
    }

    /// Whether the shell and all that it started end within so many nanoseconds: after the stop, a command may print longer.
    fn ends_within(&mut self, limit_ns: u64) -> bool {
        let began = now_ns();
        while !self.is_over() {
            if now_ns() - began > limit_ns {
                return false;
            }
            std::thread::sleep(LOOK);
        }
        true
    }

    fn is_over(&mut self) -> bool {
        if self.over.is_none() {
            self.over = match waitpid(self.guard, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => None,
                Ok(status) => Some(status),
                Err(_) => Some(WaitStatus::Exited(self.guard, 1)),
            };
            // The guard was killed: the command's group is killed from here.
            if let (Some(WaitStatus::Signaled(..)), Some(group)) = (self.over, self.board.group()) {
                let _ = killpg(group, Signal::SIGKILL);
            }
        }
        self.over.is_some()
    }

    fn order(&self, order: u8) {
        // An error means that the guard is gone, and all with it.
        let _ = write(&self.orders, &[order]);
    }

    /// Reports once that it has ended before the signal to stop.
    pub fn has_just_ended(&mut self) -> Option<String> {
        (!self.was_reported && self.is_over()).then(|| {
            self.was_reported = true;
            format!("the command of --trace ({})", self.ended())
        })
    }

    fn ended(&self) -> String {
        match (self.board.ended(), self.over) {
            (Some(status), _) => in_words(status),
            (None, Some(WaitStatus::Signaled(_, signal, _))) => format!("its guard was killed by {signal}"),
            (None, _) => "unknown".to_owned(),
        }
    }

    /// Stops it, waits until it has printed what it gathered, and kills it if that takes too long. Measuring began at `zero_ns`.
    /// What went wrong is returned as a sentence: it must not end the run.
    pub fn stop(mut self, zero_ns: u64) -> (Trace, Option<String>) {
        let since = |at: u64| at as i64 - zero_ns as i64;
        let (mut stopped_ns, mut killed) = (None, false);
        if !self.is_over() {
            stopped_ns = Some(since(now_ns()));
            self.order(trace_guard::STOP);
            killed = !self.ends_within(END_NS);
        }
        if killed {
            self.order(trace_guard::KILL);
        }
        let trouble = match (self.ends_within(KILLED_NS), self.over) {
            (false, _) | (true, Some(WaitStatus::Exited(_, 1..))) => Some("it could not be killed".to_owned()),
            (true, Some(WaitStatus::Signaled(_, signal, _))) => {
                Some(format!("its guard was killed by {signal}; processes that it started may be left"))
            }
            (true, _) => None,
        };
        let name = self.what.output.file_name().unwrap_or_default();
        let trace = Trace {
            command: self.what.command.to_owned(),
            output: name.to_string_lossy().into_owned(),
            output_bytes: std::fs::metadata(self.what.output).map_or(0, |status| status.len()),
            started_ns: since(self.started_ns),
            stopped_ns,
            killed,
            ended: self.ended(),
        };
        (trace, trouble.map(|trouble| format!("the command of --trace: {trouble}")))
    }
}

impl Drop for Tracer<'_> {
    fn drop(&mut self) {
        if !self.is_over() {
            self.order(trace_guard::KILL);
            self.ends_within(KILLED_NS);
        }
    }
}

fn in_words(status: ExitStatus) -> String {
    match (status.code(), status.signal().map(Signal::try_from)) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(Ok(signal))) => format!("killed by {signal}"),
        _ => status.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traced(command: &str) -> (Trace, String) {
        let directory = tempfile::tempdir().unwrap();
        let output = directory.path().join("trace.txt");
        let what = TraceCommand { command, output: &output };
        let tracer = Tracer::start(what, Some(Pid::from_raw(7)), None, || ()).unwrap();
        let (trace, trouble) = tracer.stop(now_ns());
        assert_eq!(trouble, None);
        (trace, std::fs::read_to_string(&output).unwrap())
    }

    #[test]
    fn it_is_stopped_and_its_output_is_kept() {
        let (trace, text) =
            traced("trap 'echo stopped; exit 3' INT; echo group $MAPSTORM_GROUP; while :; do sleep 0.02; done");
        assert_eq!(text, "group 7\nstopped\n");
        assert_eq!((trace.ended.as_str(), trace.killed, trace.output_bytes), ("exit status 3", false, 16));
        assert!(trace.stopped_ns.is_some() && trace.started_ns < 0, "{trace:?}");
    }

    #[test]
    fn commands_of_the_shell_print_after_the_signal_also_if_they_left_its_group() {
        for starter in ["sh", "setsid sh"] {
            let inner = "trap \"sleep 0.2; echo stopped; exit\" INT; echo ready; while :; do sleep 0.02; done";
            let (trace, text) = traced(&format!("{starter} -c '{inner}'; true"));
            assert_eq!((text.as_str(), trace.killed), ("ready\nstopped\n", false), "{trace:?}");
        }
    }

    #[test]
    fn a_command_that_ends_by_itself_was_not_stopped() {
        let (trace, text) = traced("echo cannot trace >&2; exit 1");
        assert_eq!((trace.ended.as_str(), trace.stopped_ns, text.as_str()), ("exit status 1", None, "cannot trace\n"));
    }

    #[test]
    fn a_command_that_does_not_stop_is_killed() {
        let (trace, _) = traced("trap '' INT; while :; do sleep 1; done");
        assert_eq!((trace.ended.as_str(), trace.killed), ("killed by SIGKILL", true));
    }

    #[test]
    fn a_command_that_cannot_be_started_is_refused() {
        for (command, why) in [("$NOWHERE nosuchcommand -x", "nosuchcommand"), ("true; /etc/passwd", "/etc/passwd")] {
            assert!(can_trace(command).is_ok(), "{command}: uncertain without starting it");
            let directory = tempfile::tempdir().unwrap();
            let output = directory.path().join("trace.txt");
            let refused = Tracer::start(TraceCommand { command, output: &output }, None, None, || ()).err().unwrap();
            let refused = refused.downcast::<CannotTrace>().unwrap();
            assert!(refused.why.contains(why), "{refused}");
        }
        let refused = can_trace("A=1 nosuchcommand -x").unwrap_err().to_string();
        assert!(refused.contains("there is no command `nosuchcommand`"), "{refused}");
        for command in ["sleep 1", "A=1 B=2 sleep 1", "cd /; ls", "if true; then ls; fi", "{ ls; }", "A=1", ""] {
            assert!(can_trace(command).is_ok(), "{command}");
        }
    }

    #[test]
    fn the_first_word_is_only_known_where_a_shell_would_read_it_so() {
        assert_eq!(first_word("X=1 _y2=a=b perf stat"), Some("perf"));
        assert_eq!(first_word("1x=2 perf"), Some("1x=2"));
        for uncertain in ["'perf' stat", "$P stat", "PATH=/x perf", "(perf)", "perf;ls", "X=$Y perf", "-x", "X=1"] {
            assert_eq!(first_word(uncertain), None, "{uncertain}");
        }
    }
}
