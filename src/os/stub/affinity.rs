//! The names of `linux/affinity.rs` on a system that is not supported yet.

/// Unavailable.
pub fn pin_to_last_cpu() -> nix::Result<usize> {
    Err(nix::Error::ENOSYS)
}
