//! Operations that were due and had not completed when the measured span ended: what each worker was doing, and for how long.
//! Afterwards the driver waits for them: some end, and some never do.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;

use super::arena::Arena;
use super::members::Name;
use super::outcome::{InFlight, Role};
use crate::scenario::{ReaderOperation, Scenario, WriterOperation};
use crate::shm::{Doing, Series, WorkerCell};

/// What one worker had not completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Open {
    due_ns: u64,
    /// `None`: it had not begun.
    doing: Option<Doing>,
    age_ns: u64,
    completed_later: bool,
}

/// By the worker's row.
#[derive(Debug, Default)]
pub struct OpenOperations(BTreeMap<usize, Open>);

impl OpenOperations {
    /// All workers at `now_ns`: those in an operation, and those that are due to begin one.
    pub fn at(arena: &Arena, now_ns: u64) -> OpenOperations {
        let mut all = OpenOperations::default();
        for (row, cell) in arena.cells.iter().enumerate() {
            all.add(row, cell, now_ns);
        }
        all
    }

    /// The operation of one worker, which is found dead or is ended at `now_ns`: it does not complete any more.
    pub fn add(&mut self, row: usize, cell: &WorkerCell, now_ns: u64) {
        let due_ns = cell.next_due_ns.load(Relaxed);
        if due_ns == 0 || due_ns > now_ns {
            return;
        }
        self.0.insert(row, Open { due_ns, doing: cell.doing(), age_ns: now_ns - due_ns, completed_later: false });
    }

    /// After the last worker has ended: which of them completed meanwhile, and which were lost in their operation. The ages of
    /// the latter are recorded as unfinished; of what had not begun at the end, its worker has recorded that.
    pub fn settle(
        mut self,
        lost: OpenOperations,
        scenario: &Scenario,
        arena: &Arena,
        measure_ns: u64,
    ) -> Vec<InFlight> {
        for (row, open) in &mut self.0 {
            open.completed_later = open.doing.is_some() && arena.cells[*row].doing().is_none();
        }
        for (row, open) in lost.0 {
            if let Some(doing) = open.doing.filter(|_| open.due_ns >= measure_ns) {
                let role = Name::at_row(scenario, row as u32).role();
                arena.unfinished(role)[doing.operation].record(open.age_ns);
            }
            self.0.insert(row, open);
        }
        self.groups(scenario)
    }

    /// Those of the same role, instance, operation and part, the oldest first.
    fn groups(self, scenario: &Scenario) -> Vec<InFlight> {
        let mut groups = BTreeMap::<_, InFlight>::new();
        for (row, open) in self.0 {
            let worker = Name::at_row(scenario, row as u32);
            let operation = open.doing.map(|doing| name_of(worker.role(), doing.operation));
            let part = match open.doing {
                None => Some(Series::StartDelay),
                Some(doing) => doing.phase.map(Series::Phase),
            };
            let group = groups.entry((worker.role(), worker.instance, operation, part)).or_insert_with(|| InFlight {
                role: worker.role(),
                instance: worker.instance,
                operation: operation.map(str::to_owned),
                part,
                workers: 0,
                completed_later: 0,
                oldest_worker: worker.number,
                oldest_ns: 0,
            });
            group.workers += 1;
            group.completed_later += u32::from(open.completed_later);
            if open.age_ns > group.oldest_ns {
                (group.oldest_ns, group.oldest_worker) = (open.age_ns, worker.number);
            }
        }
        let mut all: Vec<InFlight> = groups.into_values().collect();
        all.sort_by_key(|group| std::cmp::Reverse(group.oldest_ns));
        all
    }
}

pub fn name_of(role: Role, operation: usize) -> &'static str {
    let name = match role {
        Role::Reader => ReaderOperation::ALL.get(operation).map(|operation| operation.name()),
        Role::Writer => WriterOperation::ALL.get(operation).map(|operation| operation.name()),
    };
    name.unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::small_scenario;
    use crate::mailboxes::Phase;
    use crate::shm::SharedHistogram;

    #[test]
    fn what_was_in_flight_is_reported_by_part_with_the_oldest_and_what_became_of_it() {
        let scenario = small_scenario("[readers]\ncount = 4\n[writer]\ncount = 1\n");
        let arena = Arena::new(&scenario).unwrap();
        // Readers 0 and 1 wait for the lock, reader 2 is due and asleep, reader 3 is not due yet; the writer syncs.
        for (row, due, phase) in [(0, 400, Phase::Lock), (1, 300, Phase::Lock), (4, 100, Phase::Sync1)] {
            arena.cells[row].next_due_ns.store(due, Relaxed);
            arena.cells[row].set_phase(0, Some(phase));
        }
        arena.cells[2].next_due_ns.store(450, Relaxed);
        arena.cells[3].next_due_ns.store(501, Relaxed);
        let open = OpenOperations::at(&arena, 500);
        // Reader 1 completes afterwards; the writer has to be killed.
        arena.cells[1].set_idle();
        let mut lost = OpenOperations::default();
        lost.add(4, &arena.cells[4], 900);
        let groups = open.settle(lost, &scenario, &arena, 100);
        let facts: Vec<_> = groups
            .iter()
            .map(|group| {
                let part = group.part.map(Series::name);
                (group.role, part, group.workers, group.completed_later, group.oldest_worker, group.oldest_ns)
            })
            .collect();
        assert_eq!(
            facts,
            [
                (Role::Writer, Some("sync-1"), 1, 0, 0, 800),
                (Role::Reader, Some("lock"), 2, 1, 1, 200),
                (Role::Reader, Some("start-delay"), 1, 0, 2, 50),
            ]
        );
        assert_eq!(groups.iter().map(|group| group.operation.as_deref()).collect::<Vec<_>>()[2], None);
        let ages = |role| SharedHistogram::sum(arena.unfinished(role));
        assert_eq!(ages(Role::Writer).len(), 1);
        assert!(ages(Role::Writer).max().abs_diff(800) < 8, "within one counter");
        assert!(ages(Role::Reader).is_empty(), "the readers have recorded theirs themselves, or completed");
    }
}
