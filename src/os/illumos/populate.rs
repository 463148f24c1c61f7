//! The name of `linux/populate.rs`: illumos has no call that enters many existing pages into page tables at once.
//! `MADV_WILLNEED` reads pages in but maps none, `memcntl(MC_LOCK)` maps but also locks: callers touch each page instead.

use nix::errno::Errno;

/// Unavailable.
pub fn populate<T>(_: &[T]) -> nix::Result<()> {
    Err(Errno::ENOSYS)
}
