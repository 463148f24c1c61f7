//! Workers and noise probes from the first fork to the last exit: which are missing, lost or done.
//! Each is counted once, by its own cell while it lives and among the lost when it has died. Every wait has a limit.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::arena::Arena;
use super::in_flight::OpenOperations;
use super::members::{Kind, Lost, Name};
use super::process_group::{ProcessGroup, patience_ns};
use super::progress::OnceASecond;
use super::{Files, Progress};
use crate::driver::outcome::NoiseProbes;
use crate::os::barrier::Barrier;
use crate::os::clock::now_ns;
use crate::scenario::units::format_duration_ns;
use crate::scenario::{Prefault, Scenario};

/// How often the driver checks while it waits for workers to come or to end.
const LOOK: Duration = Duration::from_millis(2);
const SECOND: u64 = 1_000_000_000;
/// So many of the missing workers are named.
const NAMED: usize = 5;

/// How long the driver waits for workers.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the next worker to come to the start barrier.
    pub start_ns: u64,
    /// After the end of the run, for workers that are in their last operation.
    pub last_ns: u64,
    /// After that, for those that are done to end.
    pub leave_ns: u64,
}

impl Patience {
    pub fn with(scenario: &Scenario, files: &Files) -> Patience {
        let largest = files.paths.iter().filter_map(|path| path.metadata().ok()).map(|file| file.len()).max();
        let bytes = if scenario.readers.prefault == Prefault::None { 0 } else { largest.unwrap_or(0) };
        let start_ns = patience_ns(scenario.workers_total(), bytes);
        Patience { start_ns, last_ns: 60 * SECOND, leave_ns: 10 * SECOND }
    }
}

pub struct Supervisor<'a> {
    scenario: &'a Scenario,
    arena: &'a Arena,
    pub workers: ProcessGroup,
    probes: ProcessGroup,
    patience: Patience,
    lost: Vec<Lost>,
    /// The operations that lost workers were in.
    pub lost_in: OpenOperations,
}

impl<'a> Supervisor<'a> {
    pub fn new(
        scenario: &'a Scenario,
        arena: &'a Arena,
        workers: ProcessGroup,
        probes: ProcessGroup,
        patience: Patience,
    ) -> Supervisor<'a> {
        Supervisor { scenario, arena, workers, probes, patience, lost: Vec::new(), lost_in: OpenOperations::default() }
    }

    pub fn lost(&self) -> Vec<String> {
        self.lost.iter().map(Lost::to_string).collect()
    }

    pub fn reap_lost(&mut self, on_progress: &mut dyn FnMut(Progress)) {
        let lost: Vec<Lost> = self.workers.reap().into_iter().chain(self.probes.reap()).collect();
        self.lose(lost, on_progress);
    }

    fn lose(&mut self, lost: Vec<Lost>, on_progress: &mut dyn FnMut(Progress)) {
        for lost in lost {
            if lost.name.kind != Kind::NoiseProbe {
                // It maps nothing any more, and has no operation due.
                let row = lost.name.row(self.scenario);
                let cell = &self.arena.cells[row];
                self.lost_in.add(row, cell, now_ns());
                cell.left();
                cell.next_due_ns.store(0, Relaxed);
            }
            on_progress(Progress::Lost { worker: lost.to_string() });
            self.lost.push(lost);
        }
    }

    /// Workers that live and are not in this state yet: 1 at the start barrier, 2 done.
    fn before_state(&self, state: u32) -> impl Iterator<Item = Name> {
        self.workers.names().filter(move |name| self.arena.cells[name.row(self.scenario)].ready.load(Relaxed) < state)
    }

    /// Waits until every worker that lives is at the start barrier, and goes on without those that do not come in time.
    pub fn wait_at_start(&mut self, interrupted: &AtomicBool, on_progress: &mut dyn FnMut(Progress)) {
        let total = u64::from(self.scenario.workers_total());
        let (mut least, mut progress_ns, mut report) = (usize::MAX, now_ns(), OnceASecond::new(now_ns()));
        while !interrupted.load(Relaxed) {
            self.reap_lost(on_progress);
            let missing = self.before_state(1).count();
            let now = now_ns();
            if missing == 0 {
                return;
            }
            if missing < least {
                (least, progress_ns) = (missing, now);
            }
            let waited_ns = now - progress_ns;
            if waited_ns >= self.patience.start_ns {
                let why =
                    format!("did not come to the start barrier within {}", format_duration_ns(self.patience.start_ns));
                let cells = &self.arena.cells;
                let is_missing = |name: &Name| cells[name.row(self.scenario)].ready.load(Relaxed) == 0;
                let lost = self.workers.give_up(is_missing, &why);
                self.lose(lost, on_progress);
                return;
            }
            if report.is_due(now) {
                let ready = (self.workers.alive() - missing) as u64;
                on_progress(if waited_ns < SECOND {
                    Progress::Gathering { ready, of: total }
                } else {
                    let named: Vec<String> = self.before_state(1).take(NAMED).map(|name| name.to_string()).collect();
                    let (others, left_ns) = (missing.saturating_sub(named.len()), self.patience.start_ns - waited_ns);
                    Progress::Waiting { ready, of: total, missing: named, others, left_ns }
                });
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Waits until all workers are done, lets them end, and waits until they have ended.
    pub fn wait_for_last(&mut self, exit: Barrier, stopping: bool, on_progress: &mut dyn FnMut(Progress)) {
        let mut exit = Some(exit);
        let began = now_ns();
        let (mut report, mut woken_ns) = (OnceASecond::new(began), 0);
        loop {
            self.reap_lost(on_progress);
            let now = now_ns();
            let waited_ns = now - began;
            if self.workers.alive() == 0 || waited_ns > self.patience.last_ns + self.patience.leave_ns {
                break;
            }
            if waited_ns > self.patience.last_ns || self.before_state(2).next().is_none() {
                exit.take().into_iter().for_each(Barrier::open);
            }
            // Repeatedly, because a worker may have been about to wait for a lock when the last signal came.
            if stopping && now - woken_ns > SECOND / 4 {
                woken_ns = now;
                self.workers.wake();
            }
            if report.is_due(now) {
                on_progress(Progress::Ending { working: self.workers.alive() as u64 });
            }
            std::thread::sleep(LOOK);
        }
        let left = self.workers.end();
        self.lose(left, on_progress);
        // The noise probes have ended by themselves, or are ended here, which does not count as lost.
        self.probes.end();
    }

    pub fn mark_lost(&self, probes: &mut NoiseProbes) {
        for lost in self.lost.iter().filter(|lost| lost.name.kind == Kind::NoiseProbe) {
            if let Some(probe) = probes.all.get_mut(lost.name.number as usize) {
                probe.lost = Some(lost.why.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::process_group::tests::{asleep, reader};
    use crate::driver::small_scenario;
    use crate::shm::WorkerCell;

    fn scenario() -> Scenario {
        small_scenario("[readers]\ncount = 3\n[writer]\ncount = 1\n")
    }

    fn ready_then(cell: &WorkerCell, end: impl FnOnce() -> i32) -> i32 {
        cell.set_ready();
        end()
    }

    /// Long enough for a busy machine.
    const PATIENT: Patience = Patience { start_ns: 60 * SECOND, last_ns: 60 * SECOND, leave_ns: 60 * SECOND };

    fn supervisor<'a>(
        scenario: &'a Scenario,
        arena: &'a Arena,
        workers: ProcessGroup,
        patience: Patience,
    ) -> Supervisor<'a> {
        Supervisor::new(scenario, arena, workers, ProcessGroup::new(2).unwrap(), patience)
    }

    #[test]
    fn a_worker_that_was_ready_and_dies_does_not_count_for_another_one() {
        let (scenario, interrupted) = (scenario(), AtomicBool::new(false));
        let arena = Arena::new(&scenario).unwrap();
        let mut workers = ProcessGroup::new(3).unwrap();
        workers.fork(reader(0), |_| ready_then(&arena.cells[0], || 9)).unwrap();
        workers.fork(reader(1), |_| ready_then(&arena.cells[1], asleep)).unwrap();
        // Comes only after the driver has reported the death: until then the barrier must not open.
        let (last, stop) = (&arena.cells[2], arena.run_control());
        let come_last = |_: &_| {
            while !stop.is_stopped() {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_millis(50));
            ready_then(last, asleep)
        };
        workers.fork(reader(2), come_last).unwrap();
        let mut supervisor = supervisor(&scenario, &arena, workers, PATIENT);
        supervisor.wait_at_start(&interrupted, &mut |progress| {
            if let Progress::Lost { .. } = progress {
                stop.stop();
            }
        });
        assert_eq!(last.ready.load(Relaxed), 1, "the barrier waited for the third reader");
        assert_eq!(supervisor.lost(), ["mapstorm reader 0 instance 0 (exit status 9)"]);
    }

    #[test]
    fn a_worker_that_does_not_come_is_named_and_left_out() {
        let (scenario, interrupted) = (scenario(), AtomicBool::new(false));
        let arena = Arena::new(&scenario).unwrap();
        let mut workers = ProcessGroup::new(2).unwrap();
        workers.fork(reader(0), |_| ready_then(&arena.cells[0], asleep)).unwrap();
        workers.fork(reader(1), |_| asleep()).unwrap();
        let patience = Patience { start_ns: 3 * SECOND, ..PATIENT };
        let mut supervisor = supervisor(&scenario, &arena, workers, patience);
        let mut named = Vec::new();
        supervisor.wait_at_start(&interrupted, &mut |progress| {
            if let Progress::Waiting { missing, .. } = progress {
                named.push(missing);
            }
        });
        assert_eq!(named.last().unwrap(), &["mapstorm reader 1 instance 0"]);
        let lost = supervisor.lost();
        let wanted = "mapstorm reader 1 instance 0 (did not come to the start barrier within 3 s; it was ";
        assert!(lost.len() == 1 && lost[0].starts_with(wanted), "{lost:?}");
        assert_eq!(supervisor.workers.alive(), 1);
    }

    #[test]
    fn the_exit_opens_when_all_living_workers_are_done_and_a_dead_one_counts_once() {
        let scenario = scenario();
        let arena = Arena::new(&scenario).unwrap();
        let mut workers = ProcessGroup::new(3).unwrap();
        let done_and_dead = |_: &_| {
            arena.cells[0].set_done();
            9
        };
        workers.fork(reader(0), done_and_dead).unwrap();
        let mut barrier = Some(Barrier::shut().unwrap());
        for number in 1..3 {
            // The last one works longer.
            let body = |_: &_| {
                let waiting = barrier.take().map(Barrier::enter);
                std::thread::sleep(Duration::from_millis(100 * u64::from(number)));
                arena.cells[number as usize].set_done();
                waiting.iter().for_each(crate::os::barrier::Waiting::wait);
                // Its exit status says whether the barrier opened before all were done.
                let done = |cell: &WorkerCell| cell.ready.load(Relaxed) == 2;
                if arena.cells[..3].iter().all(done) { 0 } else { 8 }
            };
            workers.fork(reader(number), body).unwrap();
        }
        let mut supervisor = supervisor(&scenario, &arena, workers, PATIENT);
        supervisor.wait_for_last(barrier.take().unwrap(), false, &mut |_| {});
        assert_eq!(supervisor.lost(), ["mapstorm reader 0 instance 0 (exit status 9)"]);
    }

    #[test]
    fn a_noise_probe_that_dies_is_lost_and_marked() {
        let scenario = scenario();
        let arena = Arena::new(&scenario).unwrap();
        let mut probes = ProcessGroup::new(2).unwrap();
        for number in 0..2 {
            let probe = Name { kind: Kind::NoiseProbe, number, instance: 0 };
            probes.fork(probe, |_| if number == 1 { 7 } else { asleep() }).unwrap();
        }
        let mut supervisor = Supervisor::new(&scenario, &arena, ProcessGroup::new(1).unwrap(), probes, PATIENT);
        let (mut reported, deadline) = (Vec::new(), now_ns() + 60 * SECOND);
        while reported.is_empty() && now_ns() < deadline {
            supervisor.reap_lost(&mut |progress| reported.push(progress));
            std::thread::sleep(LOOK);
        }
        assert_eq!(reported, [Progress::Lost { worker: "mapstorm noise probe 1 (exit status 7)".to_owned() }]);
        supervisor.wait_for_last(Barrier::shut().unwrap(), false, &mut |_| {});
        assert_eq!(supervisor.lost().len(), 1, "the other one was ended, not lost");
        let mut read = super::super::noise_probe::read(&arena, 0);
        supervisor.mark_lost(&mut read);
        let lost: Vec<_> = read.all.iter().map(|probe| probe.lost.as_deref()).collect();
        assert_eq!(lost, [None, Some("exit status 7")]);
    }
}
