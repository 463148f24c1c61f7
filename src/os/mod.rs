//! The one door to the system: every call that differs between systems, or needs `unsafe`, is behind a name in here.
//! `linux` and `illumos` are real (only Linux was ever run); `unsupported` answers "unavailable" on all others.

pub mod barrier;
pub mod bus_guard;
pub mod call;
pub mod clock;
#[cfg(any(test, target_os = "illumos"))]
mod contract_files;
pub mod counters;
pub mod escape;
#[cfg(any(target_os = "linux", target_os = "illumos"))]
mod every_cpu;
pub mod facts;
pub mod file_users;
pub mod flock;
pub mod fork;
#[cfg(any(test, target_os = "illumos"))]
pub mod illumos_facts;
pub mod kernel_place;
mod memory;
pub mod moment;
pub mod pages;
#[cfg(any(test, target_os = "linux", target_os = "illumos"))]
mod patience;
pub mod platform;
pub mod private_pages;
pub mod regular_file;
pub mod replace;
pub mod shared;
pub mod signal;
pub mod stack;
pub mod terminal;
pub mod view;

#[cfg_attr(target_os = "linux", path = "linux/mod.rs")]
#[cfg_attr(target_os = "illumos", path = "illumos/mod.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "illumos")), path = "unsupported.rs")]
mod system;

use system::sources;
pub use system::{
    advice, affinity, environment, folios, identity, kernel_stack, limits, locks, page_cache, process, processes,
    rename, task, title, tracefs,
};
