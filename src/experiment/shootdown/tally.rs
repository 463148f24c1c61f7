//! What was measured under one condition, over all rounds; the rows and models that are made of it.

use std::collections::BTreeMap;

use super::plan::{Condition, Cpus, Team};
use crate::os::platform::Placement;
use crate::results::{MapperKind, Provenance, ResponderState, ShootdownModel, ShootdownRow, ShootdownTimes};
use crate::stats::{ShotObservation, fit_shootdowns, mean_over_rounds, median};
use crate::workload::shootdown::{CONTROL, ShootdownBlock};

/// This share of the longest times is left out of a mean: other work interrupted there.
const LEFT_OUT: f64 = 0.01;

const NO_SUCH_OPERATION: &str =
    "the system or the file system has no such operation, or it failed: see the messages of the command";
const TOO_MANY_GAPS: &str =
    "in too few rounds its clock had no more gaps than are kept: reading it takes too long here";

/// The times of a round that counted nothing, nanoseconds.
struct Round {
    number: u32,
    initiator: Vec<u64>,
    /// Of each responder; empty: its clock had more gaps than are kept.
    lost: Vec<Vec<u64>>,
}

#[derive(Default)]
pub struct Tally {
    rounds: Vec<Round>,
    /// Counted interrupts, and operations.
    interrupts: Option<(f64, u64)>,
    counted: bool,
    /// Faults of all responders, and operations.
    faults: Option<(u64, u64)>,
    failed: bool,
}

impl Tally {
    /// Whether the system has the operation, as far as is known.
    pub fn exists(&self) -> bool {
        !self.failed
    }

    /// `counts`: in this round interrupts were counted, and times are not used.
    pub fn add(&mut self, round: u32, counts: bool, block: Option<ShootdownBlock>) {
        let Some(block) = block else {
            self.failed = true;
            return;
        };
        let operations = block.initiator_ns.len() as u64;
        if let Some(faults) = block.faults {
            let (all, of) = self.faults.unwrap_or_default();
            self.faults = Some((all + faults, of + operations));
        }
        self.counted |= counts;
        match block.interrupts {
            Some(more) => {
                let (all, of) = self.interrupts.unwrap_or_default();
                self.interrupts = Some((all + more, of + operations));
            }
            None if !counts => {
                self.rounds.push(Round { number: round, initiator: block.initiator_ns, lost: block.lost_ns });
            }
            None => {}
        }
    }

    fn row(&self, team: &Team, condition: &Condition, label: Provenance) -> ShootdownRow {
        let none = |why: &str| -> Result<f64, String> { Err(why.to_owned()) };
        let is_asleep = condition.state != ResponderState::Spinning || condition.responders == 0;
        let missing = || (if self.failed { NO_SUCH_OPERATION } else { "no round was finished" }).to_owned();
        let initiator = times(self.rounds.iter().flat_map(|round| round.initiator.iter().copied()));
        let lost = times(self.rounds.iter().flat_map(|round| round.lost.iter().flatten().copied()));
        let interrupts = match (self.interrupts, self.counted) {
            (Some((all, of)), _) if of > 0 => Ok(all / of as f64),
            (_, true) => none("this system does not count them, or not for this process"),
            _ => none("no round was finished that counts them"),
        };
        let faults = match self.faults {
            Some((all, of)) if of > 0 && condition.responders > 0 => {
                Ok(all as f64 / (of * u64::from(condition.responders)) as f64)
            }
            _ if condition.responders == 0 => none("there are no responders"),
            _ if team.kind == MapperKind::Threads => none("faults of threads are counted with those of their process"),
            _ => none("no round was finished"),
        };
        ShootdownRow {
            method: condition.method.name.to_owned(),
            pages: condition.pages,
            responders: condition.responders,
            state: condition.state,
            placement: team.placement,
            kind: team.kind,
            label,
            interrupts_per_operation: interrupts.into(),
            initiator_ns: initiator.ok_or_else(missing).into(),
            responder_lost_ns: match lost {
                _ if is_asleep => Err("no responder ran, so none had a clock to look at".to_owned()),
                None if initiator.is_some() => Err(TOO_MANY_GAPS.to_owned()),
                found => found.ok_or_else(missing),
            }
            .into(),
            faults_per_operation: faults.into(),
        }
    }
}

fn times(all: impl Iterator<Item = u64>) -> Option<ShootdownTimes> {
    let mut all: Vec<u64> = all.collect();
    all.sort_unstable();
    let last = all.len().checked_sub(1)?;
    let quantile = |share: f64| all[(share * last as f64).round() as usize] as f64;
    let kept = &all[..(all.len() - (LEFT_OUT * all.len() as f64) as usize)];
    let mean = kept.iter().sum::<u64>() as f64 / kept.len() as f64;
    Some(ShootdownTimes { p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), mean, count: all.len() as u64 })
}

type Measured<'a> = (&'a Team, &'a Condition, &'a Tally);

fn measured<'a>(teams: &'a [Team], tallies: &'a [Vec<Tally>]) -> impl Iterator<Item = Measured<'a>> {
    let of_team = |(team, tallies): (&'a Team, &'a Vec<Tally>)| {
        team.conditions.iter().zip(tallies).map(move |(condition, tally)| (team, condition, tally))
    };
    teams.iter().zip(tallies).flat_map(of_team)
}

pub fn rows(teams: &[Team], tallies: &[Vec<Tally>], label: Provenance) -> Vec<ShootdownRow> {
    measured(teams, tallies).map(|(team, condition, tally)| tally.row(team, condition, label)).collect()
}

/// A model for each operation and kind; only of those that have enough conditions and rounds.
pub fn models(teams: &[Team], tallies: &[Vec<Tally>], cpus: &Cpus) -> Vec<ShootdownModel> {
    let mut wanted: Vec<(&str, MapperKind)> = Vec::new();
    for (team, condition, _) in measured(teams, tallies) {
        let operation = (condition.method.name, team.kind);
        if operation.0 != CONTROL && !wanted.contains(&operation) {
            wanted.push(operation);
        }
    }
    let model = |(name, kind)| {
        let spinning: Vec<Measured<'_>> = measured(teams, tallies)
            .filter(|(team, one, _)| team.kind == kind && one.state == ResponderState::Spinning)
            .collect();
        let (control, own) = spinning.into_iter().partition::<Vec<_>, _>(|(_, one, _)| one.method.name == CONTROL);
        let own: Vec<Measured<'_>> = own.into_iter().filter(|(_, one, _)| one.method.name == name).collect();
        model(name, kind, &own, &control, cpus)
    };
    wanted.into_iter().filter_map(model).collect()
}

/// The model of an operation, of what was measured of it and of the control with responders that run.
fn model(
    name: &str,
    kind: MapperKind,
    own: &[Measured<'_>],
    control: &[Measured<'_>],
    cpus: &Cpus,
) -> Option<ShootdownModel> {
    let seen: Vec<ShotObservation> = own.iter().flat_map(|(team, one, tally)| seen(team, one, tally, cpus)).collect();
    let model = fit_shootdowns(&seen)?;
    let least = own.iter().map(|(_, one, _)| one.pages).min()?;
    let control = lost_by_round(control.iter());
    let lost = lost_by_round(own.iter().filter(|(_, one, _)| one.pages == least));
    let beyond: Vec<f64> = lost.into_iter().filter_map(|(round, ns)| Some(ns - control.get(&round)?)).collect();
    let has_responders = own.iter().any(|(_, one, _)| one.responders > 0);
    let why = if has_responders { TOO_MANY_GAPS } else { "no responder ran" };
    Some(ShootdownModel {
        method: name.to_owned(),
        kind,
        base_ns: model.base_ns,
        per_page_ns: model.per_page_ns,
        ceiling_pages: model.per_page_below.map(|(ceiling, _)| ceiling),
        per_page_below_ns: model.per_page_below.map(|(_, each)| each),
        per_cpu_ns: model.per_cpu_ns,
        per_other_socket_ns: model.per_far_cpu_ns,
        responder_lost_ns: mean_over_rounds(&beyond).ok_or_else(|| why.to_owned()).into(),
        rounds: model.rounds,
    })
}

/// What responders that were put nearest first lost in each round: the mean of the medians of each, nanoseconds.
fn lost_by_round<'a>(measured: impl Iterator<Item = &'a Measured<'a>>) -> BTreeMap<u32, f64> {
    let mut medians: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    let nearest = measured.filter(|(team, one, _)| one.responders > 0 && team.placement.is_none());
    for round in nearest.flat_map(|(_, _, tally)| &tally.rounds).filter(|round| !round.lost.is_empty()) {
        let of_responders = round.lost.iter().map(|own| median(own.iter().map(|ns| *ns as f64)));
        medians.entry(round.number).or_default().extend(of_responders);
    }
    medians.into_iter().map(|(round, all)| (round, all.iter().sum::<f64>() / all.len() as f64)).collect()
}

fn seen(team: &Team, one: &Condition, tally: &Tally, cpus: &Cpus) -> Vec<ShotObservation> {
    let far_cpus = match team.placement {
        None => cpus.far(one.responders),
        Some(placement) => u32::from(placement == Placement::OtherSocket) * one.responders,
    };
    let block = |round: &Round| ShotObservation {
        round: round.number,
        pages: one.pages,
        cpus: one.responders,
        far_cpus,
        ns: median(round.initiator.iter().map(|ns| *ns as f64)),
    };
    tally.rounds.iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Availability;
    use crate::workload::shootdown::ShootdownMethod;

    fn block(initiator: u64, lost: u64, interrupts: Option<f64>) -> Option<ShootdownBlock> {
        Some(ShootdownBlock {
            initiator_ns: vec![initiator; 20],
            lost_ns: vec![vec![lost; 20]],
            interrupts,
            faults: None,
        })
    }

    fn condition(name: &str, pages: u32, responders: u32) -> Condition {
        let method = ShootdownMethod::named(name).unwrap();
        Condition { method, pages, responders, state: ResponderState::Spinning }
    }

    #[test]
    fn rows_and_models_follow_from_blocks() {
        let conditions = [(1, 0), (1, 1), (8, 0), (8, 1)];
        let of = |name: &str| conditions.map(|(pages, responders)| condition(name, pages, responders));
        let team = Team {
            kind: MapperKind::Threads,
            placement: None,
            cpus: vec![None, None],
            conditions: [of(CONTROL), of("munmap")].concat(),
        };
        let mut tallies: Vec<Tally> = team.conditions.iter().map(|_| Tally::default()).collect();
        for round in 0..6 {
            for (tally, one) in tallies.iter_mut().zip(&team.conditions) {
                let shot = if one.method.name == CONTROL { 0 } else { u64::from(one.responders) };
                let own = 2000 + 100 * u64::from(one.pages) + 5000 * shot;
                let counts = round == 1;
                tally.add(round, counts, block(own, 300 + 4000 * shot, counts.then_some(20.0 * shot as f64)));
            }
        }
        let cpus = Cpus { initiator: None, others: Vec::new() };
        let (teams, tallies) = ([team], [tallies]);
        let rows = rows(&teams, &tallies, Provenance::Measured);
        let row = rows.iter().find(|row| row.method == "munmap" && row.responders == 1 && row.pages == 1).unwrap();
        assert_eq!(row.interrupts_per_operation, Availability::Value(1.0));
        assert_eq!(row.initiator_ns.value().map(|times| (times.p50, times.count)), Some((7100.0, 100)));
        assert!(rows.iter().filter(|row| row.responders == 0).all(|row| row.responder_lost_ns.value().is_none()));
        let models = models(&teams, &tallies, &cpus);
        assert_eq!(models.len(), 1, "the control has none");
        assert!(
            (models[0].per_cpu_ns.value - 5000.0).abs() < 1.0 && (models[0].base_ns.value - 2000.0).abs() < 1.0,
            "{models:?}"
        );
        assert!((models[0].responder_lost_ns.value().unwrap().value - 4000.0).abs() < 1.0, "beyond the control's");
    }

    #[test]
    fn an_operation_that_failed_is_not_tried_again_and_has_no_times() {
        let mut tally = Tally::default();
        tally.add(0, false, None);
        assert!(!tally.exists());
        let team = Team { kind: MapperKind::Threads, placement: None, cpus: vec![], conditions: vec![] };
        let row = tally.row(&team, &condition("munmap", 1, 1), Provenance::Measured);
        assert!(row.initiator_ns.value().is_none() && row.interrupts_per_operation.value().is_none(), "{row:?}");
    }

    #[test]
    fn a_mean_leaves_out_the_longest_hundredth() {
        let found = times((0..200).map(|n| if n < 198 { 10 } else { 1_000_000 })).unwrap();
        assert_eq!((found.mean, found.p50, found.count), (10.0, 10.0, 200));
        assert_eq!(times(std::iter::empty()), None);
    }
}
