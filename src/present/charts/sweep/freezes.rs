//! Freezes against the load: the longest of each run, how many there were, and the load average.
//! A load average that climbs past the knee was the third sign of the freeze of 2007.

use super::{
    captions,
    grid::{self, Row},
    layers::{self, Series},
    view::View,
};
use crate::{
    present::charts::{Axis, Plot, axis::NONE},
    results::SweptRun,
    scenario::Metric,
};

const HEIGHT: f64 = 165.0;
const LONGEST: &str = "longest freeze";
/// A load average says something of runs of so many seconds: it is a mean of about the last minute.
const LEAST_FOR_LOAD_S: f64 = 59.9;

/// Draws the charts: one, or more where there are many groups. None if no run froze.
pub fn plots(view: &View) -> Vec<Plot> {
    if view.runs().all(|run| run.freezes == 0) {
        return Vec::new();
    }
    // A run without a freeze has a longest one of 0: the axis has a place for "none" there.
    let longest = Series::new(LONGEST, (0, 2.4, None), time_or_none, |run| {
        run.longest_freeze_ns.or((run.freezes == 0).then_some(0)).map(|ns| ns as f64)
    });
    let count = Series::new("freezes", (1, 2.4, None), captions::load, |run: &SweptRun| Some(run.freezes as f64));
    let load = Series::new("load average", (2, 2.4, None), captions::load, |run: &SweptRun| run.load_average);
    let limits = view.objectives(|clause| clause.metric == Metric::LongestFreeze);
    let limit_values = limits.iter().map(|clause| clause.limit.value());
    let lengths = longest.values(view).into_iter().chain(limit_values);
    let counts = Axis::numbers("freezes of a run (number)", count.values(view), 5).map(|axis| {
        let mut axis = axis.with_none();
        axis.ticks.retain(|(value, text)| value.fract() == 0.0 || text == NONE);
        axis
    });
    let loads = Axis::numbers("load average, 1 min (processes)", load.values(view), 5);
    let has_load = loads.is_some();
    let is_short = view.runs().filter_map(measured_s).any(|seconds| seconds < LEAST_FOR_LOAD_S);
    let loads = loads.filter(|_| !is_short);
    let lengths = Axis::times(LONGEST, lengths, 5).map(Axis::with_none);
    let row = |series, y| Row::new(view, y, HEIGHT, vec![series]);
    let mut rows: Vec<Row> = Vec::new();
    rows.extend(lengths.map(|y| Row { limits, ..row(longest, y) }));
    rows.extend(counts.map(|y| row(count, y)));
    rows.extend(loads.map(|y| row(load, y)));
    grid::plots(view, ["sweep-freezes", "Freezes"], &rows, layers::knee_notes, |plot| {
        let (frozen, all) = (view.runs().filter(|run| run.freezes > 0).count(), view.runs().count());
        plot.say(format!(
            "A freeze: work was due and next to nothing completed, of one instance or of all. {frozen} of {all} runs froze."
        ));
        plot.say(match (has_load, is_short) {
            (false, _) => "Load average: unavailable, the system does not report it.",
            (true, true) => {
                "Load average: not drawn. It is a mean of about the last minute, so runs shorter than that show the run before them too."
            }
            (true, false) => "The load average is that of the last minute when a run ended.",
        });
    })
}

/// How long a run was measured, seconds. `None`: nothing was scheduled.
fn measured_s(run: &SweptRun) -> Option<f64> {
    let scheduled = [&run.readers, &run.writers].into_iter().find(|totals| totals.due > 0 && totals.due_per_s > 0.0);
    scheduled.map(|totals| totals.due as f64 / totals.due_per_s)
}

fn time_or_none(ns: f64) -> String {
    if ns == 0.0 { "none".to_owned() } else { captions::time(ns) }
}
