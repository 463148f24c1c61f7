//! The names of `linux/affinity.rs` on a system that is not supported.
//! All are unavailable, with `ENOSYS`.

/// Unavailable.
pub fn pin_to_last_cpu() -> nix::Result<usize> {
    Err(nix::Error::ENOSYS)
}

/// Unavailable.
pub fn on_every_cpu(_: impl FnMut()) -> nix::Result<usize> {
    Err(nix::Error::ENOSYS)
}
