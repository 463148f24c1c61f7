//! `/proc/PID/psinfo`: how many threads a process has, what it is doing, and which zone it is in.
//! The layout is `psinfo_t` (with `lwpsinfo_t` at its end) of `sys/procfs.h` for 64-bit processes.

use super::super::facts::TaskState;
use super::word_at;

pub const LENGTH: usize = 416;
/// Offset of `pr_nlwp`.
const THREADS: usize = 4;
/// Offset of `pr_euid`.
const USER: usize = 28;
/// Place of `pr_fname`, which ends with a zero where it is shorter.
const NAME: std::ops::Range<usize> = 136..152;
/// Offset of `pr_zoneid`.
const ZONE: usize = 276;
/// Offset of `pr_sname` of `pr_lwp`, which begins at 288.
const STATE: usize = 288 + 26;
/// Offset of `pr_onpro` there.
const LAST_CPU: usize = 288 + 96;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessFacts {
    pub threads: usize,
    pub zone: i32,
    /// The name of its program, cut off behind 15 bytes.
    pub name: String,
    /// The user whose rights it has.
    pub user: u32,
    pub last_cpu: u32,
    /// The state of its representative thread as `ps` shows it; a zombie has none.
    pub letter: Option<char>,
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
        name: bytes[NAME].split(|byte| *byte == 0).next().map(|name| String::from_utf8_lossy(name).into_owned())?,
        user: word_at(bytes, USER)?,
        last_cpu: word_at(bytes, LAST_CPU)?,
        letter: bytes[STATE].is_ascii_alphabetic().then_some(bytes[STATE].into()),
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
        bytes[28..32].copy_from_slice(&60u32.to_ne_bytes());
        bytes[136..141].copy_from_slice(b"imapd");
        bytes[288 + 96..288 + 100].copy_from_slice(&2u32.to_ne_bytes());
        bytes[276..280].copy_from_slice(&5i32.to_ne_bytes());
        bytes[288 + 26] = letter;
        bytes
    }

    #[test]
    fn threads_zone_and_state_are_where_the_header_says() {
        let facts = parse(&bytes(b'T')).unwrap();
        let expected = ProcessFacts {
            threads: 3,
            zone: 5,
            name: "imapd".to_owned(),
            user: 60,
            last_cpu: 2,
            letter: Some('T'),
            state: Some(TaskState::Stopped),
        };
        assert_eq!(facts, expected);
        assert_eq!(parse(&bytes(0)).unwrap().letter, None);
        let states = [b'O', b'R', b'W', b'S', b'Z'].map(|letter| parse(&bytes(letter)).unwrap().state);
        let running = Some(TaskState::Running);
        assert_eq!(states, [running, running, running, Some(TaskState::Sleeping), None]);
        assert_eq!(parse(&bytes(b'S')[..LENGTH - 1]), None, "a short file is none");
    }
}
