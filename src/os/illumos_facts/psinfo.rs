//! `/proc/PID/psinfo`: how many threads a process has, what it is doing, and which zone it is in.
//! The layout is `psinfo_t` (with `lwpsinfo_t` at its end) of `sys/procfs.h` for 64-bit processes.

use std::mem::offset_of;

use super::super::facts::TaskState;
use super::word_at;

/// `lwpsinfo_t`, 64-bit. Only offsets are used, here and below.
#[repr(C)]
struct Lwp {
    flags_and_id: [i32; 2],
    address: u64,
    waits_on: u64,
    kind: u8,
    state: u8,
    state_letter: u8,
    nice: u8,
    system_call: i16,
    old_priority: u8,
    cpu: u8,
    priority: i32,
    percent: [u16; 2],
    times: [u64; 4],
    class: [u8; 8],
    name: [u8; 16],
    processors: [i32; 3],
    locality: i32,
    room: [i32; 4],
}

/// `psinfo_t`, 64-bit.
#[repr(C)]
struct Process {
    flags: i32,
    lwps: i32,
    /// Process, parent, group, session; then user, effective user, group, effective group.
    ids: [i32; 8],
    address: u64,
    sizes: [u64; 3],
    terminal: u64,
    percent: [u16; 2],
    times: [u64; 6],
    name: [u8; 16],
    arguments: [u8; 80],
    status: i32,
    argument_count: i32,
    vectors: [u64; 2],
    data_model: [u8; 4],
    task: i32,
    project: i32,
    zombies: i32,
    pool: i32,
    zone: i32,
    contract: i32,
    room: i32,
    lwp: Lwp,
}

const _: () = assert!(size_of::<Lwp>() == 128 && offset_of!(Lwp, state_letter) == 26);
const _: () = assert!(size_of::<Process>() == LENGTH && offset_of!(Process, lwp) == 288);
const _: () = assert!(offset_of!(Process, lwps) == 4 && offset_of!(Process, zone) == 276);

pub const LENGTH: usize = 416;

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
        threads: word_at(bytes, offset_of!(Process, lwps))? as usize,
        zone: word_at(bytes, offset_of!(Process, zone))? as i32,
        // proc(5) and ps(1): O runs, R is runnable, W waits for its CPU cap. Whether a sleep can be interrupted is not told.
        state: match bytes[offset_of!(Process, lwp) + offset_of!(Lwp, state_letter)] {
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
