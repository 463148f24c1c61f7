//! A what-if as tidy rows: the figures of the baseline and of every cure that was run, measured and predicted; and what each cure changed.
//! A prediction that could not be made has its rows too, with empty values.

use super::{
    super::{identity::Identity, source::Source},
    run::is_met,
    sheet::{Figure, ONE, OPERATIONS, SECONDS, SECONDS_PER_SECOND, Sheet, interval, number, seconds, word, yes},
};
use crate::export::identity::Column;
use crate::{
    results::{CureStatus, KeyFigure, PredictedFigures, Provenance, Run, Tried, WhatIf},
    stats::Estimate,
};

/// The columns.
pub const COLUMNS: [Column; 8] = [
    ("run", "`baseline`, or the name of the cure"),
    (
        "status",
        "of a cure: `measured`, `incomplete`, `not_applicable`, `refused`, `failed` or `not_run`; of the baseline `measured` or `incomplete`",
    ),
    ("role", "`reader` or `writer`: of the response times of all its operations; empty: of the whole run"),
    (
        "statistic",
        "`p50` and `p99` of a role; `completed_share`, `stalled_time_per_s` (seconds of all readers together, for each second), `longest_freeze` (0: \
         there was none), `errors`, `slo_met` (1 or 0) measured; `hold_base`, `hold_per_mapper`, `mappers`, `utilisation`, `completed_share`, \
         `longest_wait` predicted",
    ),
    ("unit", "`seconds`, `seconds/second`, `operations`, or `1`"),
    ("value", "the value in that unit; empty: unavailable, or the cure was not run"),
    ("low", "lower end of its 95 % interval; empty: it has none"),
    ("high", "upper end"),
];

/// The columns of the table of differences.
pub const DIFFERENCES: [Column; 9] = [
    ("run", "the name of the cure"),
    (
        "figure",
        "`reader_p50`, `reader_p99`, `commit_p50`, `commit_p99`, `completed_share`, `stalled_time_per_s` or `longest_freeze`",
    ),
    ("unit", "unit of `before` and `after`: `seconds`, `seconds/second` or `1`"),
    ("before", "of the baseline; empty: unavailable"),
    ("after", "with the cure; empty: unavailable"),
    ("ratio", "`after` divided by `before`; empty: unavailable"),
    ("ratio_low", "lower end of its 95 % interval (block bootstrap)"),
    ("ratio_high", "upper end"),
    ("change", "`better`, `worse`, `same` or `unknown`"),
];

/// Adds the rows of all runs.
pub fn rows(sheet: &mut Sheet, source: &Source, what_if: &WhatIf, baseline: Option<&Run>) -> anyhow::Result<()> {
    let whole = Identity::of_what_if(source, what_if, baseline);
    let status = if what_if.baseline.complete { CureStatus::Measured } else { CureStatus::Incomplete };
    tried(sheet, &whole, ("baseline", status), Some(&what_if.baseline))?;
    what_if.cures.iter().try_for_each(|cure| tried(sheet, &whole, (&cure.name, cure.status), cure.run.as_ref()))
}

/// One run; of a cure that was not run the values are empty.
fn tried(
    sheet: &mut Sheet,
    whole: &Identity,
    (name, status): (&str, CureStatus),
    run: Option<&Tried>,
) -> anyhow::Result<()> {
    let identity = run.map_or_else(|| whole.clone(), |run| whole.of_tried(run));
    let mut add = |provenance, (role, statistic, unit): (&str, &str, &str), cells: [String; 3]| {
        let [value, low, high] = cells;
        let [name, role, statistic, unit] = [name, role, statistic, unit].map(str::to_owned);
        sheet.row((&identity, provenance), &[], [name, word(status), role, statistic, unit, value, low, high])
    };
    for (role, figure) in measured(run) {
        let [statistic, unit, value] = figure.cells();
        add(identity.provenance(), (role, &statistic, &unit), [value, String::new(), String::new()])?;
    }
    for (role, statistic, unit, of) in PREDICTED {
        let scale = if unit == SECONDS { seconds(1.0) } else { 1.0 };
        let told = run.and_then(|run| run.predicted.value()).map(|told| of(told).scaled(scale));
        add(Provenance::Predicted, (role, statistic, unit), interval(told))?;
    }
    Ok(())
}

fn measured(run: Option<&Tried>) -> Vec<(&'static str, Figure)> {
    let get = |figure| run.and_then(|run| run.measured.get(figure));
    vec![
        ("reader", Figure::time("p50", get(KeyFigure::ReaderP50Ns))),
        ("reader", Figure::time("p99", get(KeyFigure::ReaderP99Ns))),
        ("writer", Figure::time("p50", get(KeyFigure::CommitP50Ns))),
        ("writer", Figure::time("p99", get(KeyFigure::CommitP99Ns))),
        ("", Figure::new("completed_share", ONE, get(KeyFigure::CompletedShare))),
        ("", Figure::new("stalled_time_per_s", SECONDS_PER_SECOND, get(KeyFigure::StalledNsPerS).map(seconds))),
        ("", Figure::time("longest_freeze", get(KeyFigure::LongestFreezeNs))),
        ("", Figure::new("errors", OPERATIONS, run.map(|run| run.errors as f64))),
        ("", Figure::new("slo_met", ONE, yes(run.and_then(|run| run.verdict.as_ref()).and_then(is_met)))),
    ]
}

type Prediction = (&'static str, &'static str, &'static str, fn(&PredictedFigures) -> Estimate);

/// Role, statistic, unit, and where it stands.
const PREDICTED: [Prediction; 10] = [
    ("reader", "p50", SECONDS, |told| told.reader_p50_ns),
    ("reader", "p99", SECONDS, |told| told.reader_p99_ns),
    ("writer", "p50", SECONDS, |told| told.commit_p50_ns),
    ("writer", "p99", SECONDS, |told| told.commit_p99_ns),
    ("", "completed_share", ONE, |told| told.completed_share),
    ("", "hold_base", SECONDS, |told| told.hold_base_ns),
    ("", "hold_per_mapper", SECONDS, |told| told.hold_per_mapper_ns),
    ("", "mappers", ONE, |told| {
        let mappers = f64::from(told.mappers);
        Estimate { value: mappers, low: mappers, high: mappers }
    }),
    ("", "utilisation", ONE, |told| told.utilisation),
    ("", "longest_wait", SECONDS, |told| told.longest_wait_ns),
];

/// Adds the rows of what each cure changed.
pub fn differences(sheet: &mut Sheet, source: &Source, what_if: &WhatIf, baseline: Option<&Run>) -> anyhow::Result<()> {
    let whole = Identity::of_what_if(source, what_if, baseline);
    for cure in &what_if.cures {
        let identity = cure.run.as_ref().map_or_else(|| whole.clone(), |run| whole.of_tried(run));
        for difference in &cure.differences {
            let (figure, unit) = figure_name(difference.figure);
            let side = |value: Option<f64>| number(if unit == ONE { value } else { value.map(seconds) });
            let [ratio, low, high] = interval(difference.ratio.value().copied());
            let cells = [
                cure.name.clone(),
                figure.to_owned(),
                unit.to_owned(),
                side(difference.before),
                side(difference.after),
                ratio,
                low,
                high,
                word(difference.change),
            ];
            sheet.row((&identity, Provenance::Measured), &[], cells)?;
        }
    }
    Ok(())
}

/// A key figure's name and unit, as they are exported.
pub fn figure_name(figure: KeyFigure) -> (&'static str, &'static str) {
    match figure {
        KeyFigure::ReaderP50Ns => ("reader_p50", SECONDS),
        KeyFigure::ReaderP99Ns => ("reader_p99", SECONDS),
        KeyFigure::CommitP50Ns => ("commit_p50", SECONDS),
        KeyFigure::CommitP99Ns => ("commit_p99", SECONDS),
        KeyFigure::CompletedShare => ("completed_share", ONE),
        KeyFigure::StalledNsPerS => ("stalled_time_per_s", SECONDS_PER_SECOND),
        KeyFigure::LongestFreezeNs => ("longest_freeze", SECONDS),
    }
}
