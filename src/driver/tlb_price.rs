//! What a TLB interrupt costs its receiver on this machine, measured before a run: without it, counted interrupts are no share of any time.

use super::shootdown::{ShootdownOrder, ShootdownTeam, measure_shootdowns};
use crate::os::affinity;
use crate::os::clock::now_ns;
use crate::shm::ResponderState;
use crate::workload::shootdown::{CONTROL, ShootdownBlock, ShootdownMethod};

/// One page, given back: the most common of all operations that interrupt others.
const METHOD: &str = "dontneed";
/// Operations of a block, and blocks of each of the two that a child makes, in turn.
const OPERATIONS: usize = 20;
const BLOCKS: usize = 5;

/// The typical time that a CPU loses by an interrupt, nanoseconds, measured for at most so long; or why it is unknown.
pub fn tlb_interrupt_ns(within_ns: u64) -> Result<f64, String> {
    let allowed = affinity::allowed()?;
    let &[first, .., last] = &*allowed else {
        return Err("this process may use one CPU alone, so no other can interrupt it".to_owned());
    };
    let team = ShootdownTeam { is_threads: true, cpus: &[Some(first), Some(last)], file: None };
    let order = |name: &str| {
        let method = ShootdownMethod::named(name).ok_or_else(|| format!("there is no operation {name}"))?;
        let state = ResponderState::Spinning;
        Ok(ShootdownOrder { method, pages: 1, responders: 1, state, operations: OPERATIONS, counts_interrupts: false })
    };
    let orders: Vec<ShootdownOrder> =
        [CONTROL, METHOD].iter().cycle().take(2 * BLOCKS).map(|name| order(name)).collect::<Result<_, String>>()?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let end_ns = now_ns() + within_ns;
    loop {
        let blocks = measure_shootdowns(&team, &orders).map_err(|error| format!("{error:#}"))?;
        for (place, block) in blocks.into_iter().enumerate() {
            let block = block.ok_or_else(|| format!("{METHOD} failed"))?;
            if place % 2 == 0 { &mut without } else { &mut with }.extend(lost(&block));
        }
        if now_ns() >= end_ns {
            break;
        }
    }
    if with.is_empty() || without.is_empty() {
        return Err("reading the clock takes too long here to see what an interrupt costs".to_owned());
    }
    match median(&mut with) - median(&mut without) {
        lost if lost > 0.0 => Ok(lost),
        _ => Err("an interrupted CPU lost no more than one that was not".to_owned()),
    }
}

fn lost(block: &ShootdownBlock) -> impl Iterator<Item = u64> + '_ {
    block.lost_ns.iter().flatten().copied()
}

/// 0 of none.
fn median(times: &mut [u64]) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |ns| *ns as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_costs_something_or_it_is_said_why_not() {
        match tlb_interrupt_ns(20_000_000) {
            // On a busy machine it may be much.
            Ok(ns) => assert!((1.0..1e8).contains(&ns), "{ns}"),
            Err(why) => assert!(why.len() > 10, "{why}"),
        }
        assert_eq!(median(&mut []), 0.0);
        assert_eq!(median(&mut [9, 1, 5]), 5.0);
    }
}
