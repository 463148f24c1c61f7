//! illumos's answers behind the names of `os`. Only the compiler has checked them.

pub mod advice;
pub mod affinity;
pub mod environment;
mod kstat;
pub mod limits;
pub mod process;
pub mod processes;
pub(super) mod sources;
pub mod task;
#[allow(dead_code, reason = "illumos lacks only some of what it stands for")]
#[path = "../unsupported.rs"]
mod unsupported;

use super::{contract_files, counters, facts, illumos_facts, pages};

// No call enters many existing pages into page tables at once (`MADV_WILLNEED` reads pages in but maps none, `memcntl(MC_LOCK)` also
// locks), and `ps -f` shows what the kernel kept at exec (`pr_psargs` of psinfo_t).
pub use unsupported::{folios, identity, kernel_stack, locks, page_cache, rename, title, tracefs};
