//! Made-up processes and locks, for the tests of this room.

use crate::results::{Availability, HeldLock, LockFlavour, ProcessOfFile};

/// A process that neither maps the file nor has it open.
pub fn process(pid: u32) -> ProcessOfFile {
    ProcessOfFile {
        pid,
        command: "imapd".to_owned(),
        user: Availability::Value("cyrus".to_owned()),
        service: Availability::Value(None),
        open: Availability::Value(Vec::new()),
        mapping: Vec::new(),
        page_table_bytes: Availability::Value(4096),
        stale: None,
        last_cpu: Availability::Value(0),
        state: Availability::Value('S'),
        writes: false,
    }
}

/// A lock of `fcntl` on the whole file, or of an open file description where there is no process.
pub fn held(pid: Option<u32>, exclusive: bool) -> HeldLock {
    let flavour = if pid.is_some() { LockFlavour::Posix } else { LockFlavour::Ofd };
    HeldLock { flavour, exclusive, pid, perhaps: Vec::new(), start: 0, end: None, waiters: Vec::new() }
}
