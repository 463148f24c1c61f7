//! Work in a child process, so that the driver keeps no thread and no heap of it; what it made, or its error, comes back through a pipe.

use std::fs::File;
use std::io::{Read, Write};

use anyhow::{Context, anyhow};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, pipe2};
use serde::{Serialize, de::DeserializeOwned};

use crate::os::fork::{PANICKED, fork_worker};
use crate::os::limits::out_of_memory_kills;

/// Forks a child that does the work. What it made is JSON on its way, an error text.
pub fn in_child<T: Serialize + DeserializeOwned>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let (read, write) = pipe2(OFlag::O_CLOEXEC).context("pipe2")?;
    let (mut read, mut write) = (File::from(read), File::from(write));
    let kills = out_of_memory_kills();
    let child = fork_worker(|| {
        let (message, status) = match work().and_then(|made| Ok(serde_json::to_vec(&made)?)) {
            Ok(made) => (made, 0),
            Err(error) => (format!("{error:#}").into_bytes(), 1),
        };
        // If the driver is gone the message is lost, and with it the run.
        let _ = write.write_all(&message);
        status
    });
    let child = child.context("fork")?;
    drop(write);
    let mut message = Vec::new();
    let read = read.read_to_end(&mut message);
    let status = wait(child).context("waitpid")?;
    read.context("pipe")?;
    match (status, &message[..]) {
        (WaitStatus::Exited(_, 0), made) => serde_json::from_slice(made).context("what the process made"),
        (WaitStatus::Exited(_, _), [_, ..]) => Err(anyhow!(String::from_utf8_lossy(&message).into_owned())),
        _ => Err(anyhow!(death(status, &risen(&kills, &out_of_memory_kills())))),
    }
}

fn wait(child: Pid) -> nix::Result<WaitStatus> {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {}
            other => return other,
        }
    }
}

/// The files of those counts of the out-of-memory killer that have risen.
fn risen(before: &[(String, u64)], after: &[(String, u64)]) -> Vec<String> {
    let rose = |(name, count): &&(String, u64)| before.iter().any(|(old, was)| old == name && was < count);
    after.iter().filter(rose).map(|(name, _)| name.clone()).collect()
}

/// How a child died that left no message. `kills` names the counts of the out-of-memory killer that have risen meanwhile.
fn death(status: WaitStatus, kills: &[String]) -> String {
    match (status, kills) {
        (WaitStatus::Signaled(_, Signal::SIGKILL, _), []) => {
            "its process was killed by SIGKILL: by another process, or by the out-of-memory killer (see the kernel's log)"
                .to_owned()
        }
        (WaitStatus::Signaled(_, Signal::SIGKILL, _), [place, ..]) => format!(
            "its process was killed by SIGKILL: by the out-of-memory killer, it seems, whose count has risen ({place}); allow more memory, \
             or make less"
        ),
        (WaitStatus::Signaled(_, signal, _), _) => format!("its process was killed by {signal}"),
        (WaitStatus::Exited(_, PANICKED), _) => "its process panicked, as it said on standard error".to_owned(),
        (status, _) => format!("its process ended without a message ({status:?})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_makes_comes_back_and_so_does_its_error() {
        let made: Vec<Option<f64>> = in_child(|| Ok(vec![Some(0.1), None])).unwrap();
        assert_eq!(made, [Some(0.1), None]);
        let error = in_child(|| -> anyhow::Result<()> { Err(anyhow!("cause").context("what failed")) }).unwrap_err();
        assert_eq!(error.to_string(), "what failed: cause");
    }

    #[test]
    fn a_death_is_reported_with_its_signal_and_the_killers_count() {
        let pid = Pid::from_raw(7);
        let killed = WaitStatus::Signaled(pid, Signal::SIGKILL, false);
        let count = |number| vec![("memory.events: oom_kill".to_owned(), number)];
        assert_eq!(risen(&count(3), &count(3)), Vec::<String>::new());
        assert_eq!(risen(&[], &count(3)), Vec::<String>::new(), "a group that was not there before");
        let text = death(killed, &risen(&count(3), &count(4)));
        assert!(text.contains("SIGKILL") && text.contains("memory.events: oom_kill"), "{text}");
        assert!(death(killed, &[]).contains("kernel's log"));
        let text = death(WaitStatus::Signaled(pid, Signal::SIGXCPU, false), &["memory.events: oom_kill".to_owned()]);
        assert!(text.contains("SIGXCPU") && !text.contains("oom"), "{text}");
        assert!(death(WaitStatus::Exited(pid, PANICKED), &[]).contains("panicked"));
    }
}
