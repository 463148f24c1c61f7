//! Kernel stacks of stalled workers, sampled while the stall lasts: of all writers, and of some readers.

use super::arena::Arena;
use super::outcome::{Role, StackSamples};
use nix::unistd::Pid;

use crate::os::clock::now_ns;
use crate::os::facts::TaskState;
use crate::os::kernel_place::KernelPlace;
use crate::os::{kernel_stack, process};
use crate::scenario::Scenario;

/// While workers are stalled, and while none is, nanoseconds.
const EVERY_NS: u64 = 10_000_000;
const LOOK_NS: u64 = 50_000_000;
/// So many stalled readers at a time.
const READERS: usize = 20;
/// Sampling, and looking for whom to sample, take at most this share of the time since measuring began.
const SHARE: f64 = 0.02;
/// So many different stacks are kept; of others only their places.
const STACKS: usize = 2000;

pub struct StackSampler<'a> {
    scenario: &'a Scenario,
    arena: &'a Arena,
    from_ns: u64,
    next_ns: u64,
    kept: StackSamples,
    /// Since they were taken last: by role and place.
    counts: [[u32; KernelPlace::ALL.len()]; 2],
}

impl<'a> StackSampler<'a> {
    pub fn new(scenario: &'a Scenario, arena: &'a Arena, from_ns: u64) -> StackSampler<'a> {
        StackSampler {
            scenario,
            arena,
            from_ns,
            next_ns: from_ns,
            kept: StackSamples::default(),
            counts: Default::default(),
        }
    }

    pub fn next_ns(&self) -> u64 {
        if self.kept.unavailable.is_some() { u64::MAX } else { self.next_ns }
    }

    pub fn sample_if_due(&mut self, now: u64) {
        if now < self.next_ns() {
            return;
        }
        let stalled: Vec<(usize, Pid)> = self.arena.stalled(now, self.scenario.run.stall_ns).collect();
        let within_share = self.kept.spent_ns as f64 <= SHARE * (now - self.from_ns) as f64;
        self.next_ns = now + if stalled.is_empty() || !within_share { LOOK_NS } else { EVERY_NS };
        if within_share {
            self.sample(stalled);
        } else {
            self.kept.left_out += u64::from(!stalled.is_empty());
        }
        self.kept.spent_ns += now_ns().saturating_sub(now);
    }

    fn sample(&mut self, stalled: Vec<(usize, Pid)>) {
        let first_writer = self.scenario.readers.count as usize;
        let (readers, writers): (Vec<_>, Vec<_>) = stalled.into_iter().partition(|(row, _)| *row < first_writer);
        let step = readers.len().div_ceil(READERS).max(1);
        for (row, task) in writers.into_iter().chain(readers.into_iter().step_by(step)) {
            match kernel_stack::read(task) {
                Ok(stack) => self.add(
                    if row < first_writer { Role::Reader } else { Role::Writer },
                    stack,
                    process::state_of(task),
                ),
                // One that ended meanwhile has none; that none can be read is known from the first.
                Err(why) if self.kept.samples == 0 => self.kept.unavailable = Some(why),
                Err(_) => {}
            }
        }
    }

    fn add(&mut self, role: Role, stack: Vec<String>, state: Option<TaskState>) {
        let stack = if state == Some(TaskState::Running) && KernelPlace::of(&stack) == KernelPlace::Other {
            Vec::new()
        } else {
            stack
        };
        let place = KernelPlace::of(&stack);
        self.counts[role as usize][place as usize] += 1;
        self.kept.samples += 1;
        let functions = if stack.is_empty() { "on a CPU".to_owned() } else { stack.join(";") };
        let folded = format!("{};{functions}", role.name());
        if self.kept.folded.len() < STACKS || self.kept.folded.contains_key(&folded) {
            *self.kept.folded.entry(folded).or_default() += 1;
        }
    }

    /// Names of columns: samples of each role at each place.
    pub fn columns() -> impl Iterator<Item = String> {
        Role::ALL
            .into_iter()
            .flat_map(|role| KernelPlace::ALL.map(|place| format!("{}_stacks.{}", role.name(), place.name())))
    }

    /// Samples since this was asked last, in the order of the columns; `None`: stacks are unavailable.
    pub fn take(&mut self) -> Vec<Option<f64>> {
        let counts = std::mem::take(&mut self.counts);
        let known = self.kept.unavailable.is_none();
        counts.iter().flatten().map(|count| known.then(|| f64::from(*count))).collect()
    }

    pub fn finish(self) -> StackSamples {
        self.kept
    }
}
