//! A sweep as people read it in the terminal: a table of the points, then in sentences where the knee is, how throughput scales, and
//! what the cost law alone predicts. Plain text, tables at most 100 columns wide.

mod sentences;
#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};

use super::super::{Grid, Remark};
use crate::conclude::wording::shortened;
use crate::results::{Predicted, Purpose, Responses, SweepReport, SweptRun};
use crate::{
    present::table::{paragraph, paragraphs},
    results::{Judgement, Known, cpus_in_short},
};
use crate::{
    scenario::{Setting, units::format_duration_ns},
    stats::Estimate,
};

/// What the columns of a table of points are.
pub const LEGEND: &str = "p50 and p99 are readers' response times, commit the median of commits'. Of several runs the median; of p99 the least \
                      and the most, of freezes the sum.";

impl fmt::Display for SweepReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.head(&mut text);
        for group in self.groups() {
            self.group(&mut text, &group);
        }
        self.failures(&mut text);
        f.write_str(text.trim_end())?;
        f.write_char('\n')
    }
}

/// The runs of one table: all, or those at one value of the other axis.
struct Group<'a> {
    key: String,
    at: Vec<Setting>,
    runs: Vec<&'a SweptRun>,
}

impl SweepReport {
    /// What was varied, how often, and whether all of it was.
    pub fn heading(&self) -> String {
        let keys: Vec<&str> = self.axes.iter().map(|axis| &*axis.key).collect();
        let what = match self.purpose {
            Purpose::Sweep => format!("{} by {}", self.scenario, keys.join(" and ")),
            Purpose::Knee => format!("{}: the largest {} that meets the objectives", self.scenario, keys.join(" and ")),
        };
        let planned = match self.planned {
            Some(planned) if planned as usize != self.runs.len() => format!("{} of {planned} runs", self.runs.len()),
            _ => runs(self.runs.len()),
        };
        format!("{what}: {planned}{}", if self.complete { "" } else { " (INCOMPLETE)" })
    }

    fn head(&self, text: &mut String) {
        let _ = writeln!(text, "{}", self.heading());
        for warning in self.emulated().into_iter().chain(self.stopped.as_deref().map(ended_early)) {
            paragraph(text, "WARNING: ", &warning);
        }
        if let Some(machine) = &self.machine {
            let cpus = cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota);
            let file_system = shown(&machine.file_system);
            let _ = writeln!(
                text,
                "{} {} {}, {cpus}, files on {file_system}",
                machine.system, machine.kernel, machine.architecture
            );
        }
        if !self.objectives.is_empty() {
            let objectives: Vec<String> = self.objectives.iter().map(ToString::to_string).collect();
            paragraph(text, "Objectives: ", &objectives.join(", "));
        }
    }

    /// One table for every value of the axis that is not the load; without a load, of the first axis.
    fn groups(&self) -> Vec<Group<'_>> {
        let known = self.knees.first().map(|knee| &knee.key).or(self.predicted.first().map(|it| &it.key));
        let known = known.or(self.throughput.first().map(|it| &it.key)).or(self.axes.last().map(|axis| &axis.key));
        let Some(key) = known else { return Vec::new() };
        let mut groups: Vec<Group<'_>> = Vec::new();
        for run in &self.runs {
            let at: Vec<Setting> = run.settings.iter().filter(|setting| setting.key != *key).cloned().collect();
            match groups.iter_mut().find(|group| group.at == at) {
                Some(group) => group.runs.push(run),
                None => groups.push(Group { key: key.clone(), at, runs: vec![run] }),
            }
        }
        let place = |of: Option<&Setting>| {
            let of = of?;
            let axis = self.axes.iter().find(|axis| axis.key == of.key)?;
            axis.values.iter().position(|value| *value == of.value)
        };
        groups.sort_by_key(|group| place(group.at.first()));
        groups
    }

    fn group(&self, text: &mut String, group: &Group<'_>) {
        let predicted = self.predicted.iter().find(|it| it.key == group.key && it.at == group.at);
        if !group.at.is_empty() {
            let _ = writeln!(text, "\n{}:", sentences::settings(&group.at));
        }
        let _ = writeln!(text, "\n{}\n", self.table(group, predicted));
        paragraph(text, "", LEGEND);
        text.push('\n');
        paragraphs(text, &self.remarks(group, predicted));
    }

    fn remarks(&self, group: &Group<'_>, predicted: Option<&Predicted>) -> Vec<Remark> {
        let of = |key: &String, at: &Vec<Setting>| *key == group.key && *at == group.at;
        let mut remarks = Vec::new();
        for knee in self.knees.iter().filter(|it| of(&it.key, &it.at)) {
            sentences::knee(&mut remarks, knee);
        }
        for throughput in self.throughput.iter().filter(|it| of(&it.key, &it.at)) {
            sentences::throughput(&mut remarks, throughput);
        }
        if let Some(predicted) = predicted {
            sentences::predicted(&mut remarks, predicted, self.objectives.is_empty());
        }
        remarks
    }

    /// For every value of the axis that is not the load: its name (empty if there is no such axis), what the runs there say
    /// together, and the table of its points.
    pub fn told(&self) -> Vec<(String, Vec<Remark>, Grid)> {
        let each = self.groups().into_iter().map(|group| {
            let predicted = self.predicted.iter().find(|it| it.key == group.key && it.at == group.at);
            (sentences::settings(&group.at), self.remarks(&group, predicted), self.table(&group, predicted))
        });
        each.collect()
    }

    fn table(&self, group: &Group<'_>, predicted: Option<&Predicted>) -> Grid {
        let key = shortened(&group.key);
        let header = [&*key, "runs", "done/s", "of due", "p50", "p99", "commit", "freezes", "met", "ρ"];
        let is_judged = !self.objectives.is_empty();
        let wanted = |column: &usize| (*column != 8 || is_judged) && (*column != 9 || predicted.is_some());
        let columns: Vec<usize> = (0..header.len()).filter(wanted).collect();
        let mut table = Grid::new(columns.iter().map(|&column| header[column]), 0);
        let value = |run: &SweptRun| run.settings.iter().find(|it| it.key == group.key).cloned();
        let mut values: Vec<Setting> = Vec::new();
        for found in group.runs.iter().filter_map(|run| value(run)) {
            if !values.contains(&found) {
                values.push(found);
            }
        }
        let axis = self.axes.iter().find(|axis| axis.key == group.key);
        let place = |it: &Setting| axis.and_then(|axis| axis.values.iter().position(|value| *value == it.value));
        values.sort_by(|one, other| match (one.number, other.number) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            _ => place(one).cmp(&place(other)),
        });
        for at in values {
            let runs: Vec<&SweptRun> = group.runs.iter().copied().filter(|run| run.settings.contains(&at)).collect();
            let held = predicted.and_then(|it| it.points.iter().find(|point| Some(point.load) == at.number));
            let cells = row(&at, &runs, held.map(|point| point.utilisation));
            table.add_row(columns.iter().map(|&column| cells[column].clone()));
        }
        table
    }

    fn failures(&self, text: &mut String) {
        for failure in self.failed_runs() {
            paragraph(text, "WARNING: ", &failure);
        }
    }

    /// What a reader of the figures must know first.
    pub fn warnings(&self) -> Vec<String> {
        let stopped = self.stopped.as_deref().map(ended_early);
        self.emulated().into_iter().chain(stopped).chain(self.failed_runs()).collect()
    }

    /// That some runs imitate another system.
    fn emulated(&self) -> Option<String> {
        let emulated: Vec<&SweptRun> = self.runs.iter().filter(|run| !run.emulate.is_nothing()).collect();
        let mut names: Vec<&str> = emulated.iter().map(|run| run.emulate.name()).collect();
        names.sort_unstable();
        names.dedup();
        let count = emulated.len();
        (count > 0).then(|| {
            format!(
                "EMULATED: {} of {} imitate another system at every commit ({}); no figure of them is a property of this system",
                count,
                runs(self.runs.len()),
                names.join(", ")
            )
        })
    }

    fn failed_runs(&self) -> Vec<String> {
        let mut failures = Vec::new();
        let failed: Vec<&SweptRun> = self.runs.iter().filter(|run| run.errors > 0).collect();
        if let Some(first) = failed.first() {
            failures.push(format!(
                "operations failed in {}, the first of them {}",
                runs(failed.len()),
                first.directory
            ));
        }
        let lost: Vec<&SweptRun> = self.runs.iter().filter(|run| !run.complete).collect();
        if let Some(first) = lost.first() {
            failures.push(format!("incomplete: {}, the first of them {}", runs(lost.len()), first.directory));
        }
        failures
    }
}

fn ended_early(why: &str) -> String {
    format!("it ended before all runs were made: {why}")
}

fn shown<T: ToString>(value: &Known<T>) -> String {
    value.value().map_or_else(|| "unavailable".to_owned(), ToString::to_string)
}

/// One row: medians over the runs of a point, of p99 the least and the most.
fn row(at: &Setting, runs: &[&SweptRun], held: Option<Estimate>) -> [String; 10] {
    let durations = |role: &str, of: fn(&Responses) -> u64| {
        let mut values: Vec<u64> = runs.iter().filter_map(|run| run.all(role)).map(of).collect();
        values.sort_unstable();
        values
    };
    let middle = |values: &[u64]| values.get(values.len() / 2).map_or_else(dash, |ns| format_duration_ns(*ns));
    let mut rates: Vec<f64> = runs.iter().map(|run| run.readers.completed_per_s).collect();
    rates.sort_by(f64::total_cmp);
    let rate = rates.get(rates.len() / 2).map_or_else(dash, |rate| number(*rate));
    let mut reached: Vec<f64> = runs.iter().filter_map(|run| run.readers_reached()).collect();
    reached.sort_by(f64::total_cmp);
    let reached = reached.get(reached.len() / 2).map_or_else(dash, |share| format!("{:.0} %", (share * 100.0).floor()));
    let judged = |judgement| runs.iter().filter(|run| run.judgement() == Some(judgement)).count();
    let invalid = judged(Judgement::Invalid);
    // Fewer than there were runs: the others were invalid.
    let met = format!("{}/{}", judged(Judgement::Met), runs.len() - invalid);
    [
        shortened(&at.value),
        runs.len().to_string(),
        rate,
        reached,
        middle(&durations("reader", |it| it.p50_ns)),
        range(&durations("reader", |it| it.p99_ns)),
        middle(&durations("writer", |it| it.p50_ns)),
        runs.iter().map(|run| run.freezes).sum::<u64>().to_string(),
        met,
        held.map_or_else(dash, |held| format!("{:.2}", held.value)),
    ]
}

fn runs(count: usize) -> String {
    if count == 1 { "1 run".to_owned() } else { format!("{count} runs") }
}

fn dash() -> String {
    "–".to_owned()
}

/// Least and most, with the unit once if it is the same.
fn range(sorted: &[u64]) -> String {
    let (Some(least), Some(most)) = (sorted.first(), sorted.last()) else { return dash() };
    let (least, most) = (format_duration_ns(*least), format_duration_ns(*most));
    match (least.split_once(' '), most.split_once(' ')) {
        _ if least == most => least,
        (Some((number, unit)), Some((_, same))) if unit == same => format!("{number}–{most}"),
        _ => format!("{least}–{most}"),
    }
}

/// A number with about three digits.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
