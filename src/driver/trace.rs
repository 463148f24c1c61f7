//! A tracing command beside the run: started when the crowd stands, stopped when the run is over, its output kept.
//! It is a process group of its own, so that a Ctrl-C of the terminal is the driver's and stopping reaches all of it.

use std::{
    fs::File,
    os::unix::process::{CommandExt, ExitStatusExt},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use anyhow::Context;
use nix::{
    errno::Errno,
    sys::signal::{Signal, killpg},
    unistd::{Pid, getpid},
};

use crate::{
    os::{clock::now_ns, fork::spawn_leashed},
    record::Trace,
};

/// How long a tracer has to get ready before anything is due: dtrace and bpftrace compile first.
const SETTLE_NS: u64 = 1_000_000_000;
/// How long it may take to print what it gathered, once it was told to stop.
const END_NS: u64 = 5_000_000_000;
const LOOK: Duration = Duration::from_millis(10);

/// What to run, and where its output goes.
#[derive(Clone, Copy, Debug)]
pub struct TraceCommand<'a> {
    /// A command for `sh -c`. It finds in its environment `MAPSTORM_DRIVER`, the driver's process id; `MAPSTORM_GROUP`, the process
    /// group of all workers; and `MAPSTORM_FILE`, the first mapped file.
    pub command: &'a str,
    /// The run directory's `trace.txt`.
    pub output: &'a Path,
}

/// A command that traces. Dropping it kills it.
pub struct Tracer<'a> {
    what: TraceCommand<'a>,
    child: Child,
    started_ns: u64,
    ended: Option<ExitStatus>,
    /// Whether nobody of its group is left, or they were killed.
    over: bool,
}

impl<'a> Tracer<'a> {
    /// Starts it, and lets it get ready.
    pub fn start(what: TraceCommand<'a>, workers: Option<Pid>, file: Option<&Path>) -> anyhow::Result<Tracer<'a>> {
        let at = || what.output.display().to_string();
        let output = File::create(what.output).with_context(at)?;
        let errors = output.try_clone().with_context(at)?;
        let mut command = Command::new("sh");
        command.args(["-c", what.command]).process_group(0).stdin(Stdio::null()).stdout(output).stderr(errors);
        command.env("MAPSTORM_DRIVER", getpid().to_string());
        command.envs(workers.map(|group| ("MAPSTORM_GROUP", group.to_string())));
        command.envs(file.map(|file| ("MAPSTORM_FILE", file)));
        let child = spawn_leashed(command).context("sh, for --trace")?;
        let mut tracer = Tracer { what, child, started_ns: now_ns(), ended: None, over: false };
        tracer.ends_within(SETTLE_NS)?;
        Ok(tracer)
    }

    /// Whether it ends within so many nanoseconds: the shell, and all that it started. A shell that is told to stop ends at once,
    /// while what it waited for still prints.
    fn ends_within(&mut self, limit_ns: u64) -> anyhow::Result<bool> {
        let began = now_ns();
        loop {
            if self.ended.is_none() {
                self.ended = self.child.try_wait().context("waiting for the --trace command")?;
            }
            if self.ended.is_some() && killpg(self.group(), None) == Err(Errno::ESRCH) {
                self.over = true;
                return Ok(true);
            }
            if now_ns() - began > limit_ns {
                return Ok(false);
            }
            std::thread::sleep(LOOK);
        }
    }

    fn group(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }

    fn signal(&self, signal: Signal) {
        // An error means that nobody of it is left to hear.
        let _ = killpg(self.group(), signal);
    }

    /// Tells it to stop, waits until it has printed what it gathered, and kills it if that takes too long. Measuring began at
    /// `zero_ns`.
    pub fn stop(mut self, zero_ns: u64) -> anyhow::Result<Trace> {
        let since = |at: u64| at as i64 - zero_ns as i64;
        let (mut stopped_ns, mut killed) = (None, false);
        if !self.ends_within(0)? {
            stopped_ns = Some(since(now_ns()));
            self.signal(Signal::SIGINT);
            killed = !self.ends_within(END_NS)?;
        }
        if killed {
            self.signal(Signal::SIGKILL);
            self.over = true;
        }
        if self.ended.is_none() {
            self.ended = Some(self.child.wait().context("waiting for the --trace command")?);
        }
        let name = self.what.output.file_name().unwrap_or_default();
        Ok(Trace {
            command: self.what.command.to_owned(),
            output: name.to_string_lossy().into_owned(),
            output_bytes: std::fs::metadata(self.what.output).map_or(0, |status| status.len()),
            started_ns: since(self.started_ns),
            stopped_ns,
            killed,
            ended: self.ended.map_or_else(|| "unknown".to_owned(), in_words),
        })
    }
}

impl Drop for Tracer<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.signal(Signal::SIGKILL);
        }
        if self.ended.is_none() {
            // It ends at once, and there is nobody to tell of an error.
            let _ = self.child.wait();
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
        let tracer = Tracer::start(what, Some(Pid::from_raw(7)), None).unwrap();
        let trace = tracer.stop(now_ns()).unwrap();
        (trace, std::fs::read_to_string(&output).unwrap())
    }

    #[test]
    fn it_is_told_to_stop_and_what_it_says_is_kept() {
        let (trace, text) =
            traced("trap 'echo stopped; exit 3' INT; echo group $MAPSTORM_GROUP; while :; do sleep 0.02; done");
        assert_eq!(text, "group 7\nstopped\n");
        assert_eq!((trace.ended.as_str(), trace.killed, trace.output_bytes), ("exit status 3", false, 16));
        assert!(trace.stopped_ns.is_some() && trace.started_ns < 0, "{trace:?}");
    }

    #[test]
    fn what_the_shell_started_may_still_print() {
        let inner = "trap \"sleep 0.2; echo stopped; exit\" INT; while :; do sleep 0.02; done";
        let (trace, text) = traced(&format!("sh -c '{inner}'; true"));
        assert_eq!((text.as_str(), trace.killed), ("stopped\n", false), "{trace:?}");
    }

    #[test]
    fn one_that_ends_by_itself_was_not_stopped() {
        let (trace, text) = traced("echo cannot trace >&2; exit 1");
        assert_eq!((trace.ended.as_str(), trace.stopped_ns, text.as_str()), ("exit status 1", None, "cannot trace\n"));
    }

    #[test]
    fn one_that_does_not_stop_is_killed() {
        let (trace, _) = traced("trap '' INT; while :; do sleep 1; done");
        assert_eq!((trace.ended.as_str(), trace.killed), ("killed by SIGKILL", true));
    }
}
