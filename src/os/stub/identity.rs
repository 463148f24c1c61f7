//! The names of `linux/identity.rs` elsewhere: unavailable. A lock and the host's name have to do.

/// Unavailable.
pub fn boot_id() -> Option<String> {
    None
}

/// Unavailable.
pub fn pid_namespace() -> Option<u64> {
    None
}

/// Unavailable.
pub fn started(_: u32) -> Option<u64> {
    None
}
