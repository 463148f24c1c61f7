//! Charts of compared runs: response times by percentile, and operations completed per second as time went by. A pair lies on the same axes;
//! of a ranking every row has a small panel, all with the same axes. What is predicted has points where a prediction has figures, hollow,
//! and no curve.

use std::collections::BTreeSet;

use crate::{
    conclude::{
        compare::loaded_run::{LoadedRun, Operation, ROLES},
        wording::or_none,
    },
    present::charts::{
        Axis, Chart, DASHED, Extent, Key, Look, Mark, Note, Origin, Panel, Plot, Stroke, color, page,
        percentiles::{self, Curve},
        rendered,
        run::{columns::Steps, freezes::spans},
        series,
    },
    results::{Comparison, Judgement, Provenance, Ranked, Ranking, Spread},
    scenario::units::{format_duration_ns, short_ns},
    stats::Counts,
};

/// Heights of the panels of a pair, pixels.
const PERCENTILES_HEIGHT: f64 = 360.0;
const TIME_HEIGHT: f64 = 150.0;
/// Panels of a ranking side by side; their height, pixels, and where there is one line of them.
const COLUMNS: usize = 3;
const HEIGHT: f64 = 116.0;
const HEIGHT_ALONE: f64 = 260.0;
/// So many operations, in the mean, a bin of time holds at least, unless there were then fewer bins than this.
const LEAST_IN_BIN: u64 = 8;
const LEAST_BINS: u64 = 10;
const BINS: u64 = 120;
/// Where the strips of freezes are above a panel, pixels: of A, then of B.
const STRIPS: [(f64, f64); 2] = [(8.0, 13.0), (1.0, 6.0)];
/// Operations of each role.
const WHAT: [&str; 2] = ["reads", "commits"];

/// The curve of an operation; dashed or not.
fn curve(operation: &Operation, name: String, number: usize, is_dashed: bool) -> Curve {
    Curve::new(name, number, is_dashed.then_some(DASHED), operation.all.clone())
}

/// Response times of a pair by percentile: a panel for the readers, one for the commits. `None`: neither run has a value.
pub fn percentiles_of_pair(comparison: &Comparison, a: &LoadedRun, b: &LoadedRun) -> Option<Plot> {
    let operations = [0, 1].map(|role| [a.of_role(role), b.of_role(role)]);
    let mut panels: Vec<(&str, Vec<Curve>)> = Vec::new();
    let mut counts = Vec::new();
    for (role, both) in operations.into_iter().enumerate().filter(|(_, both)| both.iter().any(Option::is_some)) {
        let title = heading(role, &both);
        let named = ["A", "B"].into_iter().zip(both).enumerate();
        let curves = named.filter_map(|(number, (letter, operation))| {
            Some(curve(operation?, format!("{title} of {letter}"), number, number == 1))
        });
        panels.push((title, curves.collect()));
        let [of_a, of_b] = both.map(|operation| operation.map_or(0, |operation| operation.all.count()));
        counts.push(format!("{} {of_a} in A, {of_b} in B", WHAT[role]));
    }
    let curves = || panels.iter().flat_map(|(_, curves)| curves);
    let up = Axis::logarithmic_times("response time", curves().flat_map(Curve::ends), 9)?;
    let across = Axis::percentiles(curves().map(|curve| curve.values.count()).max().unwrap_or(0), 6);
    let draw = |(title, curves): (&str, Vec<Curve>)| {
        let mut panel = Panel::new(title, PERCENTILES_HEIGHT, &across, up.clone());
        curves.iter().for_each(|curve| curve.add_to(&mut panel));
        panel
    };
    let (columns, panels) = (panels.len(), panels.into_iter().map(draw).collect());
    let (name, title) = ("comparison-latency-by-percentile", "Response time by percentile");
    let mut plot = Plot::new(name, title, super::origin(comparison), panels).in_columns(columns);
    plot.legend = super::legend(comparison);
    plot.say(percentiles::READING);
    plot.say(format!(
        "A solid, B dashed; marks at 50, 90, 99 and 99.9 %, where enough values support them, and at the slowest. Behind the curves: {}.",
        counts.join("; ")
    ));
    Some(plot)
}

fn heading(role: usize, both: &[Option<&Operation>; 2]) -> &'static str {
    let is_of_several = both.iter().flatten().any(|operation| operation.name == ROLES[role].1);
    let headings = [["readers", "readers, all operations"], ["commits", "commits, all kinds"]];
    headings[role][usize::from(is_of_several)]
}

/// The longest of these runs, and the width of a bin of time for all of them, in whole intervals, nanoseconds.
fn bins<'s>(sides: impl Iterator<Item = &'s LoadedRun> + Clone) -> (u64, u64) {
    let longest_ns = sides.clone().map(|side| side.run.summary.measured_ns).max().unwrap_or(0);
    let interval_ns = sides.map(|side| side.run.scenario.run.interval_ns).max().unwrap_or(1).max(1);
    (longest_ns, longest_ns.div_ceil(BINS).div_ceil(interval_ns).max(1) * interval_ns)
}

/// A bin that holds enough operations to be more than noise, and yet is one of several.
fn wide_enough(sides: &[&LoadedRun], role: usize, bin_ns: u64, longest_ns: u64) -> u64 {
    let completed = |side: &&LoadedRun| side.time_series.iter().map(|(_, _, completed)| completed[role]).sum::<u64>();
    let fewest = sides.iter().map(completed).filter(|count| *count > 0).min().unwrap_or(0);
    let bins = (fewest / LEAST_IN_BIN).max(LEAST_BINS);
    longest_ns.div_ceil(bins).div_ceil(bin_ns).max(1) * bin_ns
}

/// Operations of a role completed per second, in bins; an interval that lies in several is divided among them in proportion.
fn rates(side: &LoadedRun, role: usize, bin_ns: u64) -> Steps {
    let measured_ns = side.run.summary.measured_ns;
    let count = measured_ns.div_ceil(bin_ns).max(1) as usize;
    let mut sums = vec![0.0; count];
    for (start, length, completed) in &side.time_series {
        let (length, end) = ((*length).max(1), start + (*length).max(1));
        let (first, last) = ((start / bin_ns) as usize, ((end - 1) / bin_ns) as usize);
        // What lies behind the last bin belongs to that, however far behind it is.
        let (first, last) = (first.min(count - 1), last.min(count - 1));
        for (bin, sum) in sums.iter_mut().enumerate().take(last + 1).skip(first) {
            let until = if bin + 1 == count { end } else { end.min((bin as u64 + 1) * bin_ns) };
            let within = until - (*start).max(bin as u64 * bin_ns);
            *sum += completed[role] as f64 * within as f64 / length as f64;
        }
    }
    let begin = |bin: usize| measured_ns.min(bin as u64 * bin_ns) as f64 / 1e9;
    let width = |bin: usize| (begin(bin + 1) - begin(bin)).max(1e-9);
    Steps {
        spans: (0..count).map(|bin| begin(bin)..begin(bin + 1)).collect(),
        values: sums.iter().enumerate().map(|(bin, sum)| Some(sum / width(bin))).collect(),
    }
}

fn seconds(longest_ns: u64, marks: usize) -> Axis {
    Axis::count("time since measuring began, s", longest_ns as f64 / 1e9, marks)
}

fn add_rates(panel: &mut Panel, name: &str, rates: &Steps, stroke: Stroke) {
    let known = || rates.values.iter().flatten().copied();
    let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
    // Of the whole time: the last bin is narrower than the others.
    let mean = rates.sum() / rates.spans.last().map_or(1.0, |span| span.end.max(1e-9));
    panel.line(&format!("{name}: {mean:.1}/s, bins from {least:.1} to {most:.1}"), rates.stretches(), stroke);
}

/// Completed per second of a pair: where one stops, the other need not. `None`: neither run completed anything.
pub fn time_of_pair(comparison: &Comparison, a: &LoadedRun, b: &LoadedRun) -> Option<Plot> {
    let sides = [a, b];
    let (longest_ns, bin_ns) = bins(sides.into_iter());
    let bins = [0, 1].map(|role| wide_enough(&sides, role, bin_ns, longest_ns));
    let mut panels = Vec::new();
    for role in [0, 1] {
        let all = sides.map(|side| rates(side, role, bins[role]));
        let most = all.iter().filter_map(Steps::most).fold(0.0, f64::max);
        if most == 0.0 {
            continue;
        }
        let up = Axis::count("", most * 1.02, 4);
        let what = format!("{} completed per second", WHAT[role]);
        let mut panel = Panel::new(&what, TIME_HEIGHT, &seconds(longest_ns, 10), up);
        for (((side, (look, dash)), rates), (letter, strip)) in
            sides.into_iter().zip(super::looks()).zip(&all).zip(["A", "B"].into_iter().zip(STRIPS))
        {
            let frozen = spans(side.run.diagnosis.freezes.iter().filter(|freeze| freeze.is_of_all()));
            if !frozen.is_empty() {
                panel.keys.push((Key::Area(look.color, 1.0), format!("{letter} frozen")));
            }
            let extent = Extent::Above(strip.0, strip.1);
            panel.add(format!("{letter} frozen"), Mark::Spans(frozen, extent, look.color, 1.0));
            let stroke = Stroke::new(look.color, 1.6).dashed(dash);
            add_rates(&mut panel, &format!("{what} of {letter}"), rates, stroke);
        }
        panels.push(panel);
    }
    if panels.is_empty() {
        return None;
    }
    let frozen = sides.map(|side| side.run.diagnosis.freezes.len());
    let (name, title) = ("comparison-completed", "Completed per second, as time went by");
    let mut plot = Plot::new(name, title, super::origin(comparison), panels);
    plot.legend = super::legend(comparison);
    plot.say(format!(
        "Operations that ended, in bins of {} (reads) and {} (commits). A solid, B dashed. Strips above: freezes of all instances at \
         once ({} in A, {} in B, those of single instances counted in).",
        format_duration_ns(bins[0]),
        format_duration_ns(bins[1]),
        frozen[0],
        frozen[1]
    ));
    Some(plot)
}

/// Draws the rows of a ranking as small multiples; `sides` are the runs that it was made from.
pub fn of_ranking(ranking: &Ranking, sides: &[LoadedRun]) -> anyhow::Result<Vec<Chart>> {
    if sides.iter().any(|side| side.left_out.is_some()) {
        return Ok(Vec::new());
    }
    rendered([latencies(ranking, sides), completed(ranking, sides)])
}

fn runs<'s>(row: &'s Ranked, sides: &'s [LoadedRun]) -> impl Iterator<Item = &'s LoadedRun> {
    let is_its = move |side: &&LoadedRun| row.directories.contains(&side.directory.display().to_string());
    let sides: &[LoadedRun] = if row.provenance == Provenance::Predicted { &[] } else { sides };
    sides.iter().filter(is_its)
}

fn plot(
    (ranking, sides): (&Ranking, &[LoadedRun]),
    (name, title): (&str, &str),
    (x, y): (&Axis, Axis),
    draw: impl Fn(&Ranked, &mut Panel),
) -> Plot {
    let height = if ranking.rows.len() > COLUMNS { HEIGHT } else { HEIGHT_ALONE };
    let panels = ranking.rows.iter().map(|row| {
        let (title, text) = titles(row);
        let mut panel = Panel::new(title, height, x, y.clone());
        panel.notes.push(Note { text, sample: None });
        draw(row, &mut panel);
        panel
    });
    let sources: BTreeSet<String> = sides.iter().map(|side| page::source_of(&side.run)).collect();
    let source = sources.into_iter().collect::<Vec<_>>().join("; ");
    let origin = Origin { measured: measured(ranking), source };
    let mut plot = Plot::new(name, title, origin, panels.collect()).in_columns(COLUMNS.min(ranking.rows.len()));
    plot.say("Best first. All panels have the same axes.");
    plot
}

fn latencies(ranking: &Ranking, sides: &[LoadedRun]) -> Option<Plot> {
    let curves = |side: &LoadedRun| -> Vec<Curve> {
        let roles = (0..ROLES.len()).filter_map(|role| Some((role, side.of_role(role)?)));
        let name = |role: usize| ["readers", "commits"][role].to_owned();
        roles.map(|(role, operation)| curve(operation, name(role), role, role == 1)).collect()
    };
    let all: Vec<Curve> = sides.iter().flat_map(curves).collect();
    let of_predictions = ranking.rows.iter().flat_map(predictions).map(|(_, spread)| spread.median);
    let up = Axis::logarithmic_times("response time", all.iter().flat_map(Curve::ends).chain(of_predictions), 6)?;
    let across = Axis::percentiles(all.iter().map(|curve| curve.values.count()).max().unwrap_or(0), 4);
    let look = Look::new(series(0)).hollow();
    let name = ("ranking-latency-by-percentile", "Response time by percentile, result by result");
    let mut plot = plot((ranking, sides), name, (&across, up), |row, panel| {
        runs(row, sides).flat_map(curves).for_each(|curve| curve.add_to(panel));
        for (q, spread) in predictions(row) {
            let x = 1.0 / (1.0 - q);
            let title = format!("predicted, p{:.0}: {}", q * 100.0, short_ns(spread.median));
            let stroke = Stroke::new(look.color, 1.5).dashed(Some((3.0, 2.0)));
            panel.interval(&title, (x, spread.median), ((x, spread.least), (x, spread.most)), look, stroke);
        }
    });
    plot.legend = [(0, None, "readers"), (1, Some(DASHED), "commits")]
        .map(|(number, dash, name)| {
            (Curve::new(String::new(), number, dash, Counts::default()).key().0, name.to_owned())
        })
        .to_vec();
    plot.keys([(Key::Mark(look), "predicted: readers' p50 and p99")]);
    let counts: Vec<String> = ranking.rows.iter().map(|row| format!("{} {}", row.letter, behind(row))).collect();
    plot.say(percentiles::READING);
    plot.say(format!("A curve for each run. Reads behind the curves: {}.", counts.join(", ")));
    Some(plot)
}

fn predictions(row: &Ranked) -> impl Iterator<Item = (f64, Spread)> {
    let is_predicted = row.provenance == Provenance::Predicted;
    let both = [(0.5, row.reader_p50_ns), (0.99, row.reader_p99_ns)];
    both.into_iter().filter_map(move |(q, spread)| Some((q, spread.filter(|_| is_predicted)?)))
}

fn behind(row: &Ranked) -> String {
    match row.provenance {
        Provenance::Predicted => "none (predicted)".to_owned(),
        _ if row.directories.len() > 1 => format!("{} in {} runs", row.reads, row.directories.len()),
        _ => row.reads.to_string(),
    }
}

fn completed(ranking: &Ranking, sides: &[LoadedRun]) -> Option<Plot> {
    let (longest_ns, bin_ns) = bins(sides.iter());
    let most = sides.iter().filter_map(|side| rates(side, 0, bin_ns).most()).fold(0.0, f64::max);
    if most == 0.0 {
        return None;
    }
    let axes = (&seconds(longest_ns, 5), Axis::count("reads completed per second", most * 1.02, 4));
    let name = ("ranking-completed", "Reads completed per second as time went by, result by result");
    let mut plot = plot((ranking, sides), name, axes, |row, panel| {
        let stroke = Stroke::new(color(0), 1.3);
        runs(row, sides).for_each(|side| add_rates(panel, "reads", &rates(side, 0, bin_ns), stroke));
        if panel.layers.is_empty() {
            panel.behind(Mark::Absent("predicted: nothing over time".to_owned()));
        }
    });
    let width = format_duration_ns(bin_ns);
    plot.say(format!(
        "Reads that ended, in bins of {width}, a line for each run. A prediction has no values over time."
    ));
    Some(plot)
}

/// How many results are ranked, and by what.
fn measured(ranking: &Ranking) -> String {
    let measured = ranking.rows.iter().filter(|row| row.provenance != Provenance::Predicted).count();
    let predicted = ranking.rows.len() - measured;
    let also = if predicted > 0 { format!(", {predicted} predicted") } else { String::new() };
    let clauses: Vec<String> = ranking.objectives.iter().map(ToString::to_string).collect();
    let order = if clauses.is_empty() { "the readers' p99".to_owned() } else { clauses.join(", ") };
    format!("{measured} measured{also}; ranked by {order}")
}

/// Of a panel: which result, and how it stands.
fn titles(row: &Ranked) -> (String, String) {
    let time = |spread: Option<Spread>| or_none(spread, |spread| format_duration_ns(spread.median as u64));
    let verdict = match row.verdict {
        None => "",
        Some(Judgement::Met) => "; met",
        Some(Judgement::NotMet) => "; NOT MET",
        Some(Judgement::Invalid) => "; invalid",
    };
    let runs = if row.directories.len() > 1 { format!(", {} runs", row.directories.len()) } else { String::new() };
    let (p50, p99) = (time(row.reader_p50_ns), time(row.reader_p99_ns));
    let under = format!("{}{runs}: reads p50 {p50}, p99 {p99}{verdict}", row.provenance.name());
    (format!("{}: {}", row.letter, row.label), under)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_a_line_is_that_of_the_whole_time() {
        let rates = Steps { spans: vec![0.0..1.0, 1.0..1.1], values: vec![Some(10.0), Some(100.0)] };
        let mut panel = Panel::new("", 10.0, &seconds(1_100_000_000, 5), Axis::count("", 100.0, 4));
        add_rates(&mut panel, "reads", &rates, Stroke::new(color(0), 1.0));
        assert_eq!(panel.layers[0].title, "reads: 18.2/s, bins from 10.0 to 100.0");
    }
}
