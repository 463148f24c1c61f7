//! One small panel for every row of a ranking, all on the same axes: latency by percentile, and completed per second.
//! What is predicted has points where a prediction has figures, hollow, and no curve.

use std::collections::BTreeSet;

use super::{percentiles::curve, time};
use crate::{
    conclude::compare::loaded_run::{LoadedRun, ROLES},
    present::charts::{
        Axis, Chart, DASHED, Key, Look, Mark, Note, Origin, Panel, Plot, Stroke, color, page,
        percentiles::{self, Curve},
        rendered, series,
    },
    results::{Judgement, Provenance, Ranked, Ranking, Spread},
    scenario::units::{format_duration_ns, short_ns},
};

const COLUMNS: usize = 3;
/// Height of a panel, pixels; and where there is one line of them.
const HEIGHT: f64 = 116.0;
const HEIGHT_ALONE: f64 = 260.0;

/// Draws the rows of a ranking as small multiples; `sides` are the runs that it was made from.
pub fn charts(ranking: &Ranking, sides: &[LoadedRun]) -> anyhow::Result<Vec<Chart>> {
    if sides.iter().any(|side| side.left_out.is_some()) {
        return Ok(Vec::new());
    }
    rendered([latencies(ranking, sides), rates(ranking, sides)])
}

fn runs<'s>(row: &Ranked, sides: &'s [LoadedRun]) -> impl Iterator<Item = &'s LoadedRun> {
    let mut runs: Vec<&LoadedRun> = sides.iter().collect();
    runs.retain(|side| {
        let directory = side.directory.display().to_string();
        row.provenance != Provenance::Predicted && row.directories.contains(&directory)
    });
    runs.into_iter()
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
    let of_predictions = ranking.rows.iter().flat_map(points).map(|(_, spread)| spread.median);
    let up = Axis::logarithmic_times("response time", all.iter().flat_map(Curve::ends).chain(of_predictions), 6)?;
    let across = Axis::percentiles(all.iter().map(Curve::count).max().unwrap_or(0), 4);
    let look = Look::new(series(0)).hollow();
    let name = ("ranking-latency-by-percentile", "Response time by percentile, result by result");
    let mut plot = plot((ranking, sides), name, (&across, up), |row, panel| {
        runs(row, sides).flat_map(curves).for_each(|curve| curve.add_to(panel));
        for (q, spread) in points(row) {
            let x = 1.0 / (1.0 - q);
            let title = format!("predicted, p{:.0}: {}", q * 100.0, short_ns(spread.median));
            let stroke = Stroke::new(look.color, 1.5).dashed(Some((3.0, 2.0)));
            panel.interval(&title, (x, spread.median), ((x, spread.least), (x, spread.most)), look, stroke);
        }
    });
    plot.legend = [(0, None, "readers"), (1, Some(DASHED), "commits")]
        .map(|(number, dash, name)| (Curve::new(String::new(), number, dash, vec![]).key().0, name.to_owned()))
        .to_vec();
    plot.keys([(Key::Mark(look), "predicted: readers' p50 and p99")]);
    let counts: Vec<String> = ranking.rows.iter().map(|row| format!("{} {}", row.letter, behind(row))).collect();
    plot.say(percentiles::READING);
    plot.say(format!("A curve for each run. Reads behind the curves: {}.", counts.join(", ")));
    Some(plot)
}

fn points(row: &Ranked) -> impl Iterator<Item = (f64, Spread)> {
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

fn rates(ranking: &Ranking, sides: &[LoadedRun]) -> Option<Plot> {
    let longest_ns = sides.iter().map(|side| side.run.summary.measured_ns).max().unwrap_or(0);
    let interval_ns = sides.iter().map(|side| side.run.scenario.run.interval_ns).max().unwrap_or(1);
    let bin_ns = time::bin_ns(longest_ns, interval_ns);
    let most = sides.iter().filter_map(|side| time::rates(side, 0, bin_ns).most()).fold(0.0, f64::max);
    if most == 0.0 {
        return None;
    }
    let axes = (&time::seconds(longest_ns, 5), Axis::count("reads completed per second", most * 1.02, 4));
    let name = ("ranking-completed", "Reads completed per second as time went by, result by result");
    let mut plot = plot((ranking, sides), name, axes, |row, panel| {
        let stroke = Stroke::new(color(0), 1.3);
        runs(row, sides).for_each(|side| time::add(panel, "reads", &time::rates(side, 0, bin_ns), stroke));
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
    let time = |spread: Option<Spread>| {
        spread.map_or_else(|| "–".to_owned(), |spread| format_duration_ns(spread.median as u64))
    };
    let verdict = match row.verdict {
        None => String::new(),
        Some(Judgement::Met) => "; met".to_owned(),
        Some(Judgement::NotMet) => "; NOT MET".to_owned(),
        Some(Judgement::Invalid) => "; invalid".to_owned(),
    };
    let runs = if row.directories.len() > 1 { format!(", {} runs", row.directories.len()) } else { String::new() };
    let (p50, p99) = (time(row.reader_p50_ns), time(row.reader_p99_ns));
    let under = format!("{}{runs}: reads p50 {p50}, p99 {p99}{verdict}", row.provenance.name());
    (format!("{}: {}", row.letter, row.label), under)
}
