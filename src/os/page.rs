//! The size of a page of memory, from the system: 4 KiB on x86, 8 KiB on SPARC.

use nix::unistd::{SysconfVar, sysconf};

/// Bytes of a page.
pub fn page_size() -> u64 {
    // POSIX requires an answer; the fallback is there for a system that breaks its word.
    sysconf(SysconfVar::PAGE_SIZE).ok().flatten().map_or(4096, |size| size as u64)
}
