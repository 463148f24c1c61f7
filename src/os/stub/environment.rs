//! The names of `linux/environment.rs` on a system that is not asked.
//! All are unavailable, with that as the reason.

use std::path::Path;

pub use super::facts::{FileSystem, Told};

fn unavailable<T>() -> Told<T> {
    Err("mapstorm does not know how to ask this system".to_owned())
}

/// Unavailable.
pub fn cpu_model() -> Told<String> {
    unavailable()
}

/// Unavailable.
pub fn cpus_online() -> Told<u64> {
    unavailable()
}

/// Unavailable.
pub fn memory() -> Told<u64> {
    unavailable()
}

/// Unavailable.
pub fn hypervisor() -> Told<String> {
    unavailable()
}

/// Unavailable.
pub fn clock_source() -> Told<String> {
    unavailable()
}

/// Unavailable.
pub fn huge_pages() -> Told<String> {
    unavailable()
}

/// Unavailable.
pub fn file_system(_: &Path) -> Told<FileSystem> {
    unavailable()
}

/// None is known.
pub fn evidence() -> Vec<(&'static str, Told<()>)> {
    Vec::new()
}
