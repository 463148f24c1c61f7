//! The names of `linux/affinity.rs` on a system that is not supported.
//! What binds is unavailable, with `ENOSYS`.

/// As many CPUs as the standard library finds.
pub fn cpus_allowed() -> Result<u64, String> {
    std::thread::available_parallelism().map(|cpus| cpus.get() as u64).map_err(|error| error.to_string())
}

/// Unavailable.
pub fn pin_to_last_cpu() -> nix::Result<usize> {
    Err(nix::Error::ENOSYS)
}

/// Unavailable.
pub fn on_every_cpu(_: impl FnMut()) -> nix::Result<usize> {
    Err(nix::Error::ENOSYS)
}
