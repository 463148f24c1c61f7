//! Linux's answers behind the names of `os`.

pub mod advice;
pub mod affinity;
mod cgroups;
mod disks;
pub mod environment;
pub mod folios;
pub mod identity;
pub mod kernel_stack;
pub mod limits;
pub mod locks;
mod memory_modules;
pub mod page_cache;
mod platform;
mod proc_text;
pub mod process;
pub mod processes;
pub mod rename;
pub(super) mod sources;
pub mod task;
pub mod title;
mod tlb;
pub mod tracefs;
mod tree;
mod virtualization;

use super::{counters, facts, view};
