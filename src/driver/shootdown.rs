//! Blocks of shootdowns: a forked child is the initiator, and has the responders.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use nix::fcntl::OFlag;
use nix::unistd::{pipe2, write};

use super::child::in_child;
use crate::note;
use crate::os::affinity::bind;
use crate::os::counters::Counters;
use crate::os::fork::fork_worker;
use crate::os::pages::Pages;
use crate::os::shared::Shared;
use crate::shm::{Order, ResponderCell, ResponderState};
use crate::workload::shootdown::{
    Crew, NewInterrupts, Responder, ShootdownBlock, ShootdownMethod, measure_block, respond,
};

/// A responder that has not answered for so long is stopped, or its CPU is taken.
const PATIENCE: Duration = Duration::from_secs(20);

/// One block to be measured.
pub struct ShootdownOrder {
    pub method: &'static ShootdownMethod,
    pub pages: usize,
    pub responders: usize,
    pub state: ResponderState,
    pub operations: usize,
    pub counts_interrupts: bool,
}

/// Who takes part.
pub struct ShootdownTeam<'a> {
    /// Whether responders are threads of the initiator's process, or else processes.
    pub is_threads: bool,
    /// The initiator's CPU, then that of each responder; `None`: not bound.
    pub cpus: &'a [Option<usize>],
    /// The file that operations are about, at least as many pages as the largest of them; `None`: none is about a file.
    pub file: Option<&'a File>,
}

struct Team<'a> {
    cells: &'a [ResponderCell],
    wakes: Vec<OwnedFd>,
    rests: Vec<bool>,
    gaps: Vec<u64>,
    /// Threads' faults are counted with those of the initiator.
    counts_faults: bool,
}

impl Team<'_> {
    fn give(&mut self, number: usize, order: Order) -> Result<(), String> {
        self.cells[number].give(order);
        if self.rests[number] {
            write(&self.wakes[number], &[0]).map_err(|error| format!("waking a responder: {error}"))?;
        }
        self.rests[number] = matches!(order, Order::Rest | Order::Visit);
        Ok(())
    }
}

impl Crew for Team<'_> {
    fn set_pages(&mut self, pages: usize) {
        self.cells.iter().for_each(|cell| cell.set_pages(pages as u64));
    }

    fn order(&mut self, count: usize, order: Order) -> Result<(), String> {
        (0..count).try_for_each(|number| self.give(number, order))?;
        let began = Instant::now();
        for cell in self.cells.iter().take(count) {
            while !cell.has_answered() {
                // It may have to share this CPU.
                thread::yield_now();
                if began.elapsed() > PATIENCE {
                    return Err(format!("a responder has not answered for {PATIENCE:?}: is it stopped?"));
                }
            }
            if let Some(error) = cell.failed() {
                return Err(format!("a responder: {order:?}: {}", std::io::Error::from_raw_os_error(error)));
            }
        }
        Ok(())
    }

    fn gaps(&mut self, number: usize) -> Option<Vec<(u64, u64)>> {
        let cell = &self.cells[number];
        let before = std::mem::replace(&mut self.gaps[number], cell.gaps());
        cell.gaps_after(before)
    }

    fn faults(&self, count: usize) -> Option<u64> {
        self.counts_faults.then(|| self.cells.iter().take(count).map(ResponderCell::faults).sum())
    }
}

impl Drop for Team<'_> {
    fn drop(&mut self) {
        for number in 0..self.wakes.len() {
            let _ = self.give(number, Order::Leave);
        }
    }
}

/// Forks a child, and measures the blocks in it. `None`: the operation failed or does not exist, as standard error says.
pub fn measure_shootdowns(
    team: &ShootdownTeam<'_>,
    orders: &[ShootdownOrder],
) -> anyhow::Result<Vec<Option<ShootdownBlock>>> {
    in_child(|| measure_all(team, orders).map_err(anyhow::Error::msg)).context("the initiator")
}

fn measure_all(team: &ShootdownTeam<'_>, orders: &[ShootdownOrder]) -> Result<Vec<Option<ShootdownBlock>>, String> {
    let responders = team.cpus.len().saturating_sub(1);
    let pipes = (0..responders).map(|_| pipe2(OFlag::O_CLOEXEC)).collect::<nix::Result<Vec<_>>>();
    let (waits, wakes): (Vec<OwnedFd>, Vec<OwnedFd>) =
        pipes.map_err(|error| format!("pipe: {error}"))?.into_iter().unzip();
    let shared_cells = Shared::zeroed(responders).map_err(|error| format!("shared memory: {error}"))?;
    let cells: &[ResponderCell] = &shared_cells;
    let crew = Team {
        cells,
        wakes,
        rests: vec![true; responders],
        gaps: vec![0; responders],
        counts_faults: !team.is_threads,
    };
    let responder = |number: usize, pages: Option<&Pages>| {
        respond(&Responder { cell: &cells[number], wake: &waits[number], cpu: team.cpus[number + 1], pages });
    };
    let map = || {
        let mapped = team.file.map(|file| Pages::map(file, size_of_file(file), true)).transpose();
        mapped.map_err(|error| format!("mmap: {error}"))
    };
    match team.is_threads {
        false => {
            for number in 0..responders {
                let forked = fork_worker(|| {
                    map().map_or(1, |pages| {
                        responder(number, pages.as_ref());
                        0
                    })
                });
                forked.map_err(|error| format!("fork of a responder: {error}"))?;
            }
            measure_each(team, orders, crew)
        }
        true => {
            let pages = map()?;
            thread::scope(|scope| {
                // A small stack: nothing deep is done.
                let spawn = |number| {
                    let pages = pages.as_ref();
                    let work = move || responder(number, pages);
                    thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, work).map(drop)
                };
                let started =
                    (0..responders).try_for_each(spawn).map_err(|error| format!("starting a thread: {error}"));
                // Dropped at the end, also of an error, the crew lets the threads leave, for which the scope waits.
                started.and_then(|()| measure_each(team, orders, crew))
            })
        }
    }
}

fn size_of_file(file: &File) -> u64 {
    file.metadata().map_or(0, |facts| facts.len())
}

fn measure_each(
    team: &ShootdownTeam<'_>,
    orders: &[ShootdownOrder],
    mut crew: Team<'_>,
) -> Result<Vec<Option<ShootdownBlock>>, String> {
    if let Some(cpu) = team.cpus.first().copied().flatten() {
        bind(cpu).map_err(|error| format!("binding the initiator to CPU {cpu}: {error}"))?;
    }
    let mut counters = Counters::open_interrupts();
    let mut new_interrupts = || counters.shootdown_interrupts();
    let measured = orders.iter().map(|order| {
        let made = order.method.make(order.pages, team.file);
        let measured = made.and_then(|mut operation| {
            let new_interrupts = order.counts_interrupts.then_some(&mut new_interrupts as &mut NewInterrupts);
            let (condition, size) = ((order.responders, order.state), (order.pages, order.operations));
            measure_block(order.method, &mut *operation, &mut crew, condition, size, new_interrupts)
        });
        measured.inspect_err(|why| note!("mapstorm: {}: {why}", order.method.name)).ok()
    });
    Ok(measured.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::pages::page_size;
    use crate::workload::shootdown::{CONTROL, SHOOTDOWNS};

    #[test]
    fn every_method_is_measured_with_responders_of_both_kinds() {
        let file = tempfile::tempfile_in(".").unwrap();
        file.set_len(8 * page_size()).unwrap();
        for is_threads in [true, false] {
            let team = ShootdownTeam { is_threads, cpus: &[None, None], file: Some(&file) };
            let orders: Vec<ShootdownOrder> = SHOOTDOWNS
                .iter()
                .filter(|method| method.pages.is_none())
                .flat_map(|method| {
                    [ResponderState::Spinning, ResponderState::Sleeping, ResponderState::Visited]
                        .map(|state| (method, state))
                })
                .map(|(method, state)| ShootdownOrder {
                    method,
                    pages: 8,
                    responders: 1,
                    state,
                    operations: 3,
                    counts_interrupts: true,
                })
                .collect();
            let blocks = measure_shootdowns(&team, &orders).unwrap();
            assert_eq!(blocks.len(), orders.len());
            for (order, block) in orders.iter().zip(&blocks) {
                // Not every system has every operation, but all have the control's.
                let Some(block) = block else {
                    assert!(order.method.name != CONTROL || cfg!(not(target_os = "linux")));
                    continue;
                };
                assert_eq!(block.initiator_ns.len(), 3, "{}", order.method.name);
                assert!(block.initiator_ns.iter().all(|time| *time > 0), "{}", order.method.name);
                assert_eq!(block.lost_ns.len(), usize::from(order.state == ResponderState::Spinning));
                assert_eq!(block.faults.is_some(), !is_threads);
            }
            assert!(blocks.iter().flatten().count() > 0);
        }
    }
}
