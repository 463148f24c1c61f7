//! The name of `linux/populate.rs` on a system without such a call: callers touch each page instead.
//! That is what `ENOSYS` tells them.

use nix::errno::Errno;

/// Unavailable.
pub fn populate<T>(_: &[T]) -> nix::Result<()> {
    Err(Errno::ENOSYS)
}
