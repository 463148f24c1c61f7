//! `/proc/PID/psinfo`: how many threads a process has, what it is doing, and which zone it is in.
//! The layout is `psinfo_t` (with `lwpsinfo_t` at its end) of `sys/procfs.h` for 64-bit processes.

use super::super::facts::TaskState;
use super::word_at;

pub const LENGTH: usize = 416;
/// Offset of `pr_nlwp`.
const THREADS: usize = 4;
/// Offset of `pr_zoneid`.
const ZONE: usize = 276;
/// Offset of `pr_sname` of `pr_lwp`, which begins at 288.
const STATE: usize = 288 + 26;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessFacts {
    pub threads: usize,
    pub zone: i32,
    /// What its representative thread does; `None`: it has ended.
    pub state: Option<TaskState>,
}

/// What the file says; `None` if it is too short to be one.
pub fn parse(bytes: &[u8]) -> Option<ProcessFacts> {
    if bytes.len() < LENGTH {
        return None;
    }
    Some(ProcessFacts {
        threads: word_at(bytes, THREADS)? as usize,
        zone: word_at(bytes, ZONE)? as i32,
        // proc(5) and ps(1): O runs, R is runnable, W waits for its CPU cap. Whether a sleep can be interrupted is not shown.
        state: match bytes[STATE] {
            b'O' | b'R' | b'W' => Some(TaskState::Running),
            b'T' => Some(TaskState::Stopped),
            b'S' => Some(TaskState::Sleeping),
            _ => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(letter: u8) -> Vec<u8> {
        let mut bytes = vec![0; LENGTH];
        bytes[4..8].copy_from_slice(&3u32.to_ne_bytes());
        bytes[276..280].copy_from_slice(&5i32.to_ne_bytes());
        bytes[288 + 26] = letter;
        bytes
    }

    #[test]
    fn threads_zone_and_state_are_where_the_header_says() {
        let facts = parse(&bytes(b'T')).unwrap();
        assert_eq!(facts, ProcessFacts { threads: 3, zone: 5, state: Some(TaskState::Stopped) });
        let states = [b'O', b'R', b'W', b'S', b'Z'].map(|letter| parse(&bytes(letter)).unwrap().state);
        let running = Some(TaskState::Running);
        assert_eq!(states, [running, running, running, Some(TaskState::Sleeping), None]);
    }

    #[test]
    fn a_short_file_is_none() {
        assert_eq!(parse(&bytes(b'S')[..LENGTH - 1]), None);
    }
}
