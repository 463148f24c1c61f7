//! The one door to the system: every call that differs between systems, or needs `unsafe`, is behind a name in here.
//! `linux` and `illumos` are real (only Linux was ever run); `stub` answers "unavailable" on all others.

pub mod bus_guard;
pub mod call;
pub mod clock;
pub mod counters;
pub mod escape;
pub mod facts;
pub mod flock;
pub mod fork;
pub mod frozen;
pub mod gate;
#[cfg(any(test, target_os = "illumos"))]
pub mod illumos_facts;
mod mapped_files;
pub mod moment;
pub mod page;
pub mod pages;
pub mod regular_file;
pub mod replace;
pub mod shared;
pub mod signal;
pub mod stack;
pub mod terminal;
pub mod view;

#[cfg_attr(target_os = "linux", path = "linux/process.rs")]
#[cfg_attr(target_os = "illumos", path = "illumos/process.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "illumos")), path = "stub/process.rs")]
pub mod process;

#[cfg_attr(target_os = "linux", path = "linux/title.rs")]
#[cfg_attr(target_os = "illumos", path = "illumos/title.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "illumos")), path = "stub/title.rs")]
pub mod title;

#[cfg_attr(target_os = "linux", path = "linux/limits.rs")]
#[cfg_attr(target_os = "illumos", path = "illumos/limits.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "illumos")), path = "stub/limits.rs")]
pub mod limits;

#[cfg_attr(target_os = "linux", path = "linux/populate.rs")]
#[cfg_attr(target_os = "illumos", path = "illumos/populate.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "illumos")), path = "stub/populate.rs")]
pub mod populate;

#[cfg_attr(target_os = "linux", path = "linux/environment.rs")]
#[cfg_attr(target_os = "illumos", path = "illumos/environment.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "illumos")), path = "stub/environment.rs")]
pub mod environment;

#[cfg_attr(target_os = "linux", path = "linux/advice.rs")]
#[cfg_attr(target_os = "illumos", path = "illumos/advice.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "illumos")), path = "stub/advice.rs")]
pub mod advice;

#[cfg_attr(target_os = "linux", path = "linux/folios.rs")]
#[cfg_attr(target_os = "illumos", path = "illumos/folios.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "illumos")), path = "stub/folios.rs")]
pub mod folios;

#[cfg_attr(target_os = "linux", path = "linux/task.rs")]
#[cfg_attr(target_os = "illumos", path = "illumos/task.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "illumos")), path = "stub/task.rs")]
pub mod task;

#[cfg_attr(target_os = "linux", path = "linux/affinity.rs")]
#[cfg_attr(target_os = "illumos", path = "illumos/affinity.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "illumos")), path = "stub/affinity.rs")]
pub mod affinity;

#[cfg_attr(target_os = "linux", path = "linux/identity.rs")]
#[cfg_attr(not(target_os = "linux"), path = "stub/identity.rs")]
pub mod identity;

#[cfg_attr(target_os = "linux", path = "linux/rename.rs")]
#[cfg_attr(not(target_os = "linux"), path = "stub/rename.rs")]
pub mod rename;

#[cfg_attr(target_os = "linux", path = "linux/reserve.rs")]
#[cfg_attr(not(target_os = "linux"), path = "stub/reserve.rs")]
pub mod reserve;

#[cfg_attr(target_os = "linux", path = "linux/counters/mod.rs")]
#[cfg_attr(target_os = "illumos", path = "illumos/counters.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "illumos")), path = "stub/counters.rs")]
mod sources;

#[cfg(target_os = "linux")]
#[path = "linux/cgroups.rs"]
mod cgroups;

#[cfg(target_os = "illumos")]
#[path = "illumos/kstat.rs"]
mod kstat;
