//! Many rows of a ranking at once: how many have which verdict, and groups of machines of one type.

use std::collections::{BTreeMap, HashSet};

use crate::{
    results::{
        GroupFigure, Judgement, Machine, MachineGroup, Ranked, RankedFigure, Spread, VerdictCounts, cpus_in_short,
    },
    stats::median,
};

pub fn count(rows: &[&Ranked]) -> VerdictCounts {
    let with = |verdict| rows.iter().filter(|row| row.verdict == verdict).count() as u64;
    VerdictCounts {
        met: with(Some(Judgement::Met)),
        not_met: with(Some(Judgement::NotMet)),
        invalid: with(Some(Judgement::Invalid)),
        unjudged: with(None),
    }
}

/// Rows by the type of their machine, the largest group first, then by its name; rows stay in their order. A prediction is in none.
pub(crate) fn by_type(rows: &[Ranked]) -> Vec<(&Machine, Vec<&Ranked>)> {
    let mut types: BTreeMap<String, (&Machine, Vec<&Ranked>)> = BTreeMap::new();
    for (machine, row) in rows.iter().filter_map(|row| Some((row.machine.as_ref()?, row))) {
        types.entry(type_name(machine)).or_insert((machine, Vec::new())).1.push(row);
    }
    let mut types: Vec<_> = types.into_values().collect();
    types.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    types
}

/// Such as `AMD EPYC 9354P, 64 CPUs, Linux 6.12.41`.
pub(crate) fn type_name(machine: &Machine) -> String {
    let processor = machine.cpu_model.value().map_or("processor unavailable", String::as_str);
    let cpus = cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota);
    format!("{processor}, {cpus}, {} {}", machine.system, machine.kernel)
}

pub fn groups(rows: &[Ranked]) -> Vec<MachineGroup> {
    let host = |row: &&Ranked| Some(row.machine.as_ref()?.host.clone());
    let group = |(machine, rows): (&Machine, Vec<&Ranked>)| MachineGroup {
        processor: machine.cpu_model.clone(),
        cpus: machine.cpus_allowed.clone(),
        cpu_quota: machine.cpu_quota.clone(),
        system: machine.system.clone(),
        kernel: machine.kernel.clone(),
        hosts: rows.iter().filter_map(host).collect::<HashSet<_>>().len() as u64,
        rows: rows.len() as u64,
        verdicts: count(&rows),
        figures: RankedFigure::ALL.into_iter().filter_map(|figure| over(&rows, figure)).collect(),
    };
    by_type(rows).into_iter().map(group).collect()
}

/// `None`: no row has the figure.
fn over(rows: &[&Ranked], figure: RankedFigure) -> Option<GroupFigure> {
    let valid = rows.iter().filter(|row| row.verdict != Some(Judgement::Invalid));
    let values: Vec<f64> = valid.filter_map(|row| figure.of(row)).collect();
    Some(GroupFigure { figure, rows: values.len() as u64, spread: spread(values)? })
}

/// Median and range; `None`: there are no values.
pub fn spread(values: Vec<f64>) -> Option<Spread> {
    let (least, most) = (values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?);
    Some(Spread { median: median(values), least, most })
}

impl RankedFigure {
    pub(crate) const ALL: [RankedFigure; 5] = [
        RankedFigure::Load,
        RankedFigure::ReaderP50Ns,
        RankedFigure::ReaderP99Ns,
        RankedFigure::CommitP99Ns,
        RankedFigure::LongestFreezeNs,
    ];

    /// Of a row, in its unit; of repeats the median. `None`: the row has none.
    pub(crate) fn of(self, row: &Ranked) -> Option<f64> {
        let of_repeats = |spread: Option<Spread>| spread.map(|spread| spread.median);
        match self {
            // Where the objectives held at no load, the load is only a bound.
            RankedFigure::Load => row.qualified.as_ref()?.knee.filter(|knee| knee.low.is_some()).map(|knee| knee.load),
            RankedFigure::ReaderP50Ns => of_repeats(row.reader_p50_ns),
            RankedFigure::ReaderP99Ns => of_repeats(row.reader_p99_ns),
            RankedFigure::CommitP99Ns => of_repeats(row.commit_p99_ns),
            RankedFigure::LongestFreezeNs => of_repeats(row.longest_freeze_ns),
        }
    }
}

impl MachineGroup {
    /// Over the rows of the group; `None`: none has the figure.
    pub(crate) fn figure(&self, figure: RankedFigure) -> Option<Spread> {
        self.figures.iter().find(|found| found.figure == figure).map(|found| found.spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Availability, fixtures};

    fn row(host: &str, kernel: &str, p99_ms: f64, verdict: Judgement) -> Ranked {
        let machine = fixtures::sweep(vec![]).machine.map(|machine| Machine {
            host: host.to_owned(),
            kernel: kernel.to_owned(),
            ..machine
        });
        let p99 = Spread { median: p99_ms * 1e6, least: p99_ms * 1e6, most: p99_ms * 1e6 };
        Ranked { machine, verdict: Some(verdict), reader_p99_ns: Some(p99), ..fixtures::ranked() }
    }

    #[test]
    fn rows_of_one_type_are_a_group_and_invalid_figures_are_not_in_it() {
        let rows = [
            row("a", "6.1", 1.0, Judgement::Met),
            row("b", "6.12", 2.0, Judgement::Met),
            row("c", "6.12", 4.0, Judgement::NotMet),
            row("c", "6.12", 6.0, Judgement::NotMet),
            row("d", "6.12", 900.0, Judgement::Invalid),
            Ranked { machine: None, ..fixtures::ranked() },
        ];
        let groups = groups(&rows);
        let found: Vec<_> = groups.iter().map(|group| (group.kernel.as_str(), group.rows, group.hosts)).collect();
        assert_eq!(found, [("6.12", 4, 3), ("6.1", 1, 1)]);
        let counts = VerdictCounts { met: 1, not_met: 2, invalid: 1, unjudged: 0 };
        assert_eq!(groups[0].verdicts, counts);
        assert_eq!(groups[0].figure(RankedFigure::ReaderP99Ns), Some(Spread { median: 4e6, least: 2e6, most: 6e6 }));
        assert_eq!(groups[0].figure(RankedFigure::Load), None, "unavailable, not zero");
    }

    #[test]
    fn what_a_machine_does_not_report_is_a_type_of_its_own() {
        let mut known = row("a", "6.12", 1.0, Judgement::Met);
        known.machine.as_mut().unwrap().cpu_model = Availability::Value("Sample CPU".to_owned());
        let groups = groups(&[row("b", "6.12", 1.0, Judgement::Met), known]);
        assert_eq!(groups.len(), 2);
    }
}
