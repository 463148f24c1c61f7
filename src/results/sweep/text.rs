//! A sweep as people read it in the terminal: a table of the points, then in sentences where the knee is, how throughput scales, and
//! what the cost law alone predicts. Plain text, tables at most 100 columns wide.

mod sentences;

use std::fmt::{self, Write as _};

use comfy_table::Table;

use super::super::{Judgement, Known, diagnosis_text::paragraph, text::table};
use super::{Predicted, Purpose, Responses, SweepReport, SweptRun};
use crate::{
    law::Estimate,
    scenario::{Setting, units::format_duration_ns},
};

const LEGEND: &str = "p50 and p99 are readers' response times, commit the median of commits'. Of several runs the median; of p99 the least \
                      and the most, of freezes the sum.";
/// A key or value in a table is cut to so many characters.
const WIDEST: usize = 13;

impl fmt::Display for SweepReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.heading(&mut text);
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
    fn heading(&self, text: &mut String) {
        let keys: Vec<&str> = self.axes.iter().map(|axis| &*axis.key).collect();
        let what = match self.purpose {
            Purpose::Sweep => format!("{} by {}", self.scenario, keys.join(" and ")),
            Purpose::Knee => format!("{}: the largest {} that meets the objectives", self.scenario, keys.join(" and ")),
        };
        let planned = match self.planned {
            Some(planned) if planned as usize != self.runs.len() => format!("{} of {planned} runs", self.runs.len()),
            _ => format!("{} runs", self.runs.len()),
        };
        let _ = writeln!(text, "{what}: {planned}{}", if self.complete { "" } else { " (INCOMPLETE)" });
        if let Some(why) = &self.stopped {
            paragraph(text, "WARNING: ", &format!("it ended before all runs were made: {why}"));
        }
        if let Some(machine) = &self.machine {
            let cpus = shown(&machine.cpus_allowed);
            let file_system = shown(&machine.file_system);
            let _ = writeln!(
                text,
                "{} {} {}, {cpus} CPUs, files on {file_system}",
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
        let of = |key: &String, at: &Vec<Setting>| *key == group.key && *at == group.at;
        for knee in self.knees.iter().filter(|it| of(&it.key, &it.at)) {
            sentences::knee(text, knee);
        }
        for throughput in self.throughput.iter().filter(|it| of(&it.key, &it.at)) {
            sentences::throughput(text, throughput);
        }
        if let Some(predicted) = predicted {
            sentences::predicted(text, predicted, self.objectives.is_empty());
        }
    }

    fn table(&self, group: &Group<'_>, predicted: Option<&Predicted>) -> Table {
        let key = shortened(&group.key);
        let header = [&*key, "runs", "done/s", "of due", "p50", "p99", "commit", "freezes", "met", "ρ"];
        let is_judged = !self.objectives.is_empty();
        let wanted = |column: &usize| (*column != 8 || is_judged) && (*column != 9 || predicted.is_some());
        let columns: Vec<usize> = (0..header.len()).filter(wanted).collect();
        let mut table = table(&columns.iter().map(|&column| header[column]).collect::<Vec<_>>(), 0);
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
        let failed: Vec<&SweptRun> = self.runs.iter().filter(|run| run.errors > 0).collect();
        if let Some(first) = failed.first() {
            let told = format!("in {} runs operations failed; the first of them is {}", failed.len(), first.directory);
            paragraph(text, "WARNING: ", &told);
        }
        let lost: Vec<&SweptRun> = self.runs.iter().filter(|run| !run.complete).collect();
        if let Some(first) = lost.first() {
            let told = format!("{} runs are incomplete; the first of them is {}", lost.len(), first.directory);
            paragraph(text, "WARNING: ", &told);
        }
    }
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

/// The end of a key or value that is too long for a column: what differs is there.
fn shortened(text: &str) -> String {
    match text.chars().count() {
        0..=WIDEST => text.to_owned(),
        length => format!("…{}", text.chars().skip(length - WIDEST + 1).collect::<String>()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        law::Usl,
        results::{
            Answer, CommitLaw, Decision, Knee, KneeComparison, PredictedKnee, PredictedPoint, Throughput, sample,
        },
        scenario::Clause,
    };

    fn around(value: f64) -> Estimate {
        Estimate { value, low: 0.9 * value, high: 1.1 * value }
    }

    /// A sweep with everything that there can be to say.
    fn report() -> SweepReport {
        let mut runs = Vec::new();
        for load in [100.0, 12_000.0] {
            for repeat in 1..=3 {
                let judgement = if load < 200.0 { Judgement::Met } else { Judgement::NotMet };
                runs.push(sample::swept(runs.len() as u32 + 1, load, repeat, Some(judgement)));
            }
        }
        runs[5].verdict.as_mut().unwrap().outcome = Judgement::Invalid;
        let mut report = sample::sweep(runs);
        report.objectives = vec![Clause::parse("lookup.p99<=50ms").unwrap(), Clause::parse("rate>=0.99").unwrap()];
        let decision = |load, met, not_met, invalid| Decision { load, met, not_met, invalid, reasons: vec![] };
        let key = "readers.count".to_owned();
        report.knees.push(Knee {
            key: key.clone(),
            at: vec![],
            answer: Answer::Found,
            load: Some(100.0),
            low: Some(100.0),
            high: Some(12_000.0),
            decisions: vec![decision(100.0, 3, 0, 0), decision(12_000.0, 0, 2, 1)],
            runs: 5,
            invalid: 1,
            notes: vec!["at 12000 1 of 3 runs were invalid and say nothing: 7 operations failed".to_owned()],
        });
        report.throughput.push(Throughput {
            key: key.clone(),
            at: vec![],
            law: Some(Usl {
                lambda_per_s: around(2.0),
                sigma: around(0.03),
                kappa: around(0.000_001_25),
                peak_load: Some(around(880.0)),
            }),
            runs: 6,
            notes: vec!["the loop is open".to_owned()],
        });
        let point = |load, held| PredictedPoint { load, utilisation: around(held), clauses: vec![] };
        report.predicted.push(Predicted {
            key,
            at: vec![],
            law: Some(CommitLaw { base_ns: around(1e6), per_mapper_ns: around(5e3), source: "made up".to_owned() }),
            reader_cpu_ns: Some(50e3),
            cpus: Some(2.0),
            points: vec![point(100.0, 0.015), point(12_000.0, 0.61)],
            saturation: Some(around(19_800.0)),
            knee: Some(PredictedKnee { answer: Answer::Found, load: Some(around(4321.0)), from: 6.0, to: 192e3 }),
            comparison: Some(KneeComparison {
                difference: Some(42.21),
                differs: true,
                sentence: "prediction and measurement DISAGREE".to_owned(),
            }),
            notes: vec![],
        });
        report
    }

    #[test]
    fn a_sweep_says_what_its_points_are_and_what_they_mean() {
        insta::assert_snapshot!(report().to_string());
    }

    #[test]
    fn it_fits_a_terminal_also_at_its_widest() {
        let mut report = report();
        for run in &mut report.runs {
            run.settings[0].key = "readers.operations.lookup".to_owned();
            run.readers.completed_per_s = 123_456.0;
            run.responses[0].p99_ns = u64::from(run.repeat).pow(12) * 12_340;
            run.freezes = 40;
        }
        report.knees[0].key = "readers.operations.lookup".to_owned();
        report.predicted[0].key = "readers.operations.lookup".to_owned();
        let text = report.to_string();
        assert!(text.contains("| …tions.lookup |"), "{text}");
        let wide = text.lines().find(|line| line.chars().count() > 100);
        assert_eq!(wide, None);
    }

    #[test]
    fn what_is_missing_is_told_and_not_zero() {
        let mut report = report();
        report.runs.truncate(1);
        report.runs[0].responses.clear();
        report.runs[0].readers.due = 0;
        (report.complete, report.stopped) = (false, Some("interrupted".to_owned()));
        let text = report.to_string();
        assert!(text.contains("1 of 6 runs (INCOMPLETE)") && text.contains("interrupted"), "{text}");
        let row = text.lines().find(|line| line.starts_with("|           100")).unwrap();
        assert_eq!(row.matches('–').count(), 4, "{row}");
    }

    #[test]
    fn a_range_names_its_unit_once() {
        assert_eq!(range(&[1_500_000, 2_000_000]), "1.5–2 ms");
        assert_eq!(range(&[900_000, 2_000_000]), "900 µs–2 ms");
        assert_eq!(range(&[2_000_000, 2_000_000]), "2 ms");
        assert_eq!(range(&[]), "–");
    }
}
