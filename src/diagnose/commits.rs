//! When writers did what: each commit's parts laid out in time, and how long each commit held the file's lock.
//! Slow operations of readers are laid out the same way: they too hold the lock while a writer waits.

use std::{collections::BTreeMap, ops::Range};

use crate::{
    mailboxes::Phase,
    results::{During, Role, Series, Stall, StallPart},
    scenario::Scenario,
};

/// All commits, by instance, in the order of their begin.
pub struct Commits<'a> {
    instances: Vec<Vec<Commit<'a>>>,
    /// Longest commit of each instance: how far back one must look.
    longest_ns: Vec<i64>,
    writers: u32,
}

pub struct Commit<'a> {
    pub whole: Range<i64>,
    /// From when it had the lock to its release; empty if it never had it. A repack comes after that, under the shared lock.
    pub hold: Range<i64>,
    /// Its parts in order, each with its time; `start-delay` first.
    pub parts: Vec<(Range<i64>, &'a StallPart)>,
    pub writer: u32,
    /// Whether it had not ended when the run did: then it is not known whether it ran or waited.
    pub is_open: bool,
}

impl<'a> Commits<'a> {
    /// Lays out the records of a role among `stalls` (commits of writers, slow operations of readers), and what was `open` at the end.
    pub fn new(scenario: &Scenario, stalls: &'a [Stall], open: &'a [Stall], role: Role) -> Commits<'a> {
        let count = scenario.instances.count as usize;
        let mut instances: Vec<Vec<Commit<'a>>> = (0..count).map(|_| Vec::new()).collect();
        for (all, is_open) in [(stalls, false), (open, true)] {
            for stall in all.iter().filter(|stall| stall.role == role) {
                if let Some(commits) = instances.get_mut(stall.instance as usize) {
                    commits.push(Commit::new(stall, is_open));
                }
            }
        }
        for commits in &mut instances {
            commits.sort_by_key(|commit| commit.whole.start);
        }
        let longest =
            |commits: &Vec<Commit<'_>>| commits.iter().map(|c| c.whole.end - c.whole.start).max().unwrap_or(0);
        let longest_ns = instances.iter().map(longest).collect();
        Commits { instances, longest_ns, writers: scenario.writer.count }
    }

    /// The commits of an instance (`None`: of all) that overlap a span.
    pub fn overlapping(&self, instance: Option<u32>, span: &Range<i64>) -> impl Iterator<Item = &Commit<'a>> {
        let (start, end) = (span.start, span.end);
        let wanted =
            (0..).zip(&self.instances).filter(move |(number, _)| instance.is_none_or(|wanted| wanted == *number));
        wanted.flat_map(move |(number, commits)| {
            let from = start - self.longest_ns[number as usize];
            let first = commits.partition_point(|commit| commit.whole.start < from);
            let rest = commits[first..].iter().take_while(move |commit| commit.whole.start < end);
            rest.filter(move |commit| commit.whole.end > start)
        })
    }

    /// Shares of a span that the writers spent in each part of a commit, and idle; largest first.
    pub fn during(&self, instance: Option<u32>, span: &Range<i64>) -> Vec<During> {
        let writers = match instance {
            Some(_) => self.writers,
            None => self.writers * self.instances.len() as u32,
        };
        let whole = (span.end - span.start).max(1) as f64 * f64::from(writers);
        if writers == 0 {
            return Vec::new();
        }
        let mut spent: BTreeMap<&str, i64> = BTreeMap::new();
        for commit in self.overlapping(instance, span) {
            for (time, part) in &commit.parts {
                let common = overlap(time, span);
                if common > 0 {
                    *spent.entry(part.part.name()).or_default() += common;
                }
            }
        }
        let busy: i64 = spent.values().sum();
        let share = |ns: i64| ns as f64 / whole;
        let mut shares: Vec<During> =
            spent.into_iter().map(|(what, ns)| During { what: what.to_owned(), share: share(ns) }).collect();
        shares.push(During { what: "idle".to_owned(), share: (1.0 - share(busy)).max(0.0) });
        shares.retain(|during| during.share >= 0.005);
        shares.sort_by(|a, b| b.share.total_cmp(&a.share));
        shares
    }

    pub fn iter(&self) -> impl Iterator<Item = &Commit<'a>> {
        self.instances.iter().flatten()
    }

    /// When the commits of each instance were in a phase.
    pub fn in_phase(&self, phase: Phase) -> impl Iterator<Item = Vec<Range<i64>>> {
        self.instances.iter().map(move |commits| {
            let parts = commits.iter().flat_map(|commit| &commit.parts);
            parts.filter(|(_, part)| part.part == Series::Phase(phase)).map(|(time, _)| time.clone()).collect()
        })
    }
}

impl<'a> Commit<'a> {
    pub fn new(stall: &'a Stall, is_open: bool) -> Commit<'a> {
        let mut at = stall.start_ns;
        let mut parts = Vec::with_capacity(stall.parts.len());
        let mut hold = stall.start_ns..stall.end_ns;
        // Unlocking comes last but for a repack, whatever its place among the phases.
        let mut in_order: Vec<&StallPart> = stall.parts.iter().collect();
        in_order.sort_by_key(|part| match part.part {
            Series::Phase(Phase::Unlock) => 1,
            Series::Phase(Phase::Repack) => 2,
            _ => 0,
        });
        for part in in_order {
            let length = i64::from(part.whole_us) * 1000;
            if part.part == Series::StartDelay {
                parts.push((stall.free_ns..stall.start_ns, part));
                continue;
            }
            if part.part == Series::Phase(Phase::Repack) {
                hold.end = at.min(stall.end_ns);
            }
            parts.push((at..at + length, part));
            at += length;
            if part.part == Series::Phase(Phase::Lock) {
                hold.start = at.min(stall.end_ns);
            }
        }
        parts.sort_by_key(|(time, _)| time.start);
        Commit { whole: stall.free_ns..stall.end_ns, hold, parts, writer: stall.worker, is_open }
    }
}

pub fn overlap(one: &Range<i64>, other: &Range<i64>) -> i64 {
    (one.end.min(other.end) - one.start.max(other.start)).max(0)
}
