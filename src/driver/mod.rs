//! Runs a scenario: make the files, fork the workers, open the start barrier, wait, gather, leave nothing behind.
//! It never has a second thread while it forks.

mod arena;
mod child;
mod evidence;
mod files;
mod in_flight;
mod mapper_group;
mod members;
mod need;
mod noise_probe;
pub(crate) mod outcome;
mod preflight;
mod process_group;
mod progress;
mod run;
mod sampler;
mod shootdown;
mod stacks;
mod supervise;
mod thread_mappers;
mod threaded_blocks;
mod times;
mod tlb_price;
mod trace;
mod trace_guard;
mod watch;
mod worker_main;

#[cfg(test)]
fn small_scenario(more: &str) -> crate::scenario::Scenario {
    crate::scenario::Scenario::parse("small.toml", &format!("file.mailboxes = 300\n{more}"), &[]).unwrap()
}

pub use files::{Files, LockWait};
pub use mapper_group::{MapperGroup, MapperPlan};
pub use need::{Knobs, MEMORY_A_WORKER, Need, OTHERS, Room, results_of};
pub use preflight::{Places, Refusal, file_size_limit, preflight};
pub use progress::{Moment, OnceASecond, Progress};
pub use run::{Extras, run};
pub use shootdown::{ShootdownOrder, ShootdownTeam, measure_shootdowns};
pub use thread_mappers::ThreadMappers;
pub use threaded_blocks::{ThreadedBlock, Threads, measure_with_threads};
pub use trace::{CannotTrace, TraceCommand, can_trace};
