//! A series of runs over time: each figure run by run, the median of each segment, the changes, and the kernels.

use super::axis::NONE;
use super::{
    Axis, Chart, DASHED, FAINT, GREY, INK_ON_COLOR, Key, Mark, Note, Origin, Panel, Plot, RAMP, SMALL, Stroke, Text,
    color, from_to, rendered, unique,
};
use crate::{
    conclude::history::figures::{is_share, name, show},
    results::{Fact, FigureHistory, History, HistoryRun, HistorySeries},
};

/// Heights of a panel and of the row of kernels, pixels.
const HEIGHT: f64 = 96.0;
const ROW: f64 = 20.0;
/// Marks of the axes.
const MARKS: usize = 6;
/// The narrowest that all runs together are drawn, pixels: what words beside a run have room in.
const LEAST_WIDTH: f64 = 640.0;
/// Of so many series charts are drawn, the longest.
const MOST: usize = 20;

/// Draws a chart for each series. None where there is not enough history.
pub fn history_charts(history: &History) -> anyhow::Result<Vec<Chart>> {
    rendered(history.series.iter().take(MOST).zip(1..).map(|(series, number)| plot(number, series)))
}

fn plot(number: usize, series: &HistorySeries) -> Plot {
    let x = across(&series.runs);
    let drawn: Vec<&FigureHistory> =
        series.figures.iter().filter(|figure| figure.values.iter().any(Option::is_some)).collect();
    let mut panels: Vec<Panel> = drawn.iter().map(|figure| panel(series, figure, &x)).collect();
    panels.push(kernels(&series.runs, &x));
    let title = format!("{}: {} runs over time", series.scenario, series.runs.len());
    let mut plot = Plot::new(format!("history-{number}"), title, origin(series), panels);
    plot.keys([(Key::Line(MEDIAN), "median of a segment"), (Key::Line(CHANGE), "significant change")]);
    plot.say("A point for each run, in the order of their start, equally far apart. A change is significant by a permutation test (E-divisive).");
    let missing = series.figures.iter().filter(|figure| !drawn.contains(figure)).map(|figure| name(figure.figure));
    let missing = missing.collect::<Vec<_>>().join(", ");
    plot.say_if(!missing.is_empty(), format!("Unavailable in all runs: {missing}."));
    plot
}

const MEDIAN: Stroke = Stroke::new(color(1), 2.0);

const CHANGE: Stroke = Stroke::new(GREY, 1.2).dashed(Some(DASHED));

/// Places of runs: that of number n (from 0) is at n + 0.5. A few are marked with their date, or with the time where all are of a day.
fn across(runs: &[HistoryRun]) -> Axis {
    let days = unique(runs.iter().map(|run| run.began.get(..10))).len();
    let part = if days > MARKS { 0..10 } else { 5..16 };
    let shown = |run: &HistoryRun| run.began.get(part.clone()).unwrap_or(&run.began).replace('T', " ");
    let marked = runs.iter().enumerate().step_by(runs.len().div_ceil(MARKS).max(1));
    let marked = marked.map(|(place, run)| (place as f64 + 0.5, shown(run)));
    Axis::span("runs, by the time at which they began (UTC)", runs.len() as f64, MARKS).marked(marked.collect())
}

fn panel(series: &HistorySeries, figure: &FigureHistory, x: &Axis) -> Panel {
    let mut panel = Panel::new(name(figure.figure), HEIGHT, x, up(figure));
    let values = figure.values.iter().zip(&series.runs).enumerate();
    for (place, (value, run)) in values {
        if let Some(value) = value {
            let title = format!("{}: {}", run.began, show(figure.figure, *value));
            panel.add(title, Mark::Dot((place as f64 + 0.5, *value), color(0)));
        }
    }
    if figure.segments.is_empty() {
        let text = format!("not analysed: too few runs have it ({})", figure.values.iter().flatten().count());
        panel.notes.push(Note { text, sample: None });
    }
    for segment in &figure.segments {
        let ends = [segment.first as f64, segment.last as f64 + 1.0].map(|place| (place, segment.median));
        let title = format!("median of {} runs: {}", segment.runs, show(figure.figure, segment.median));
        panel.add(title, Mark::Line(ends.to_vec(), MEDIAN));
    }
    for change in &series.changes {
        for found in change.figures.iter().filter(|found| found.figure == figure.figure) {
            let [before, after] = [found.before, found.after].map(|value| show(found.figure, value));
            let (one, other) = (&series.runs[change.before].began, &series.runs[change.after].began);
            let title = format!("change from {before} to {after} between {one} and {other}");
            // In the middle, where runs between the two do not have the figure.
            let place = (change.before + change.after + 1) as f64 / 2.0;
            panel.add(title, Mark::Upright(place, CHANGE));
        }
    }
    panel
}

/// The axis of a figure, with a place for none where it can be 0.
fn up(figure: &FigureHistory) -> Axis {
    let values = || figure.values.iter().flatten().copied();
    if is_share(figure.figure) {
        return Axis::shares("", values(), 3);
    }
    match Axis::times("time", values(), 3) {
        // Nothing but 0.
        None => Axis::span("", 0.0, 1).marked(vec![(0.0, NONE.to_owned())]),
        Some(axis) if values().any(|value| value == 0.0) => axis.with_none(),
        Some(axis) => axis,
    }
}

/// Which kernel each run had: neighbours with the same one are one bar, with its name where there is room.
fn kernels(runs: &[HistoryRun], x: &Axis) -> Panel {
    let mut panel = Panel::rows("", ROW, x, ["kernel"]);
    let mut first = 0;
    for (number, same) in runs.chunk_by(|one, other| one.kernel == other.kernel).enumerate() {
        let (begin, end) = (first as f64, (first + same.len()) as f64);
        let title = format!("{}: runs {} to {}", same[0].kernel, first + 1, first + same.len());
        let color = [FAINT, RAMP[0]][number % 2];
        panel.add(title, Mark::Bar((begin, 0.1), (end, 0.9), color, 1.0));
        let words = SMALL.color(INK_ON_COLOR);
        if words.width(&same[0].kernel) + 8.0 < (end - begin) / x.high * LEAST_WIDTH {
            panel.behind(Mark::Text(Text::new(&same[0].kernel, (begin, 0.5), (4.0, 0.0), words)));
        }
        first += same.len();
    }
    panel
}

fn origin(series: &HistorySeries) -> Origin {
    let fact = |key: &str| series.machine.iter().find(|fact| fact.key == key).map_or("", |fact: &Fact| &fact.value);
    let measured = format!("{}, {}; {}", fact("host"), fact("processor"), series.provenance.name());
    let seeds = from_to(series.runs.iter().map(|run| run.seed));
    let versions = unique(series.runs.iter().map(|run| run.mapstorm_version.as_str())).join(", ");
    let dates = series.runs.first().zip(series.runs.last());
    let dates = dates.map_or_else(String::new, |(first, last)| format!("{} to {}", first.began, last.began));
    let source = format!("{}, {}, {dates}, seed {seeds}, mapstorm {versions}", series.scenario, fact("host"));
    Origin { measured, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conclude::history::tests::sample,
        present::charts::checks::{checked, expect, expect_described},
    };

    #[test]
    fn a_series_shows_its_change_its_medians_and_its_kernels() {
        let charts = checked(history_charts(&sample()));
        assert_eq!(charts.len(), 1);
        expect(
            &charts,
            &[
                ("history-1", &["small: 30 runs over time", "read p99", "longest freeze", "2026-01-01"]),
                ("history-1", &["Linux 6.12.9", "Linux 6.18.1", "median of a segment", "significant change"]),
            ],
        );
        let unavailable = "Unavailable in all runs: lock hold, per-mapper cost.";
        let described = ["median of 18 runs: ", "median of 12 runs: ", "change from ", unavailable];
        expect_described(&charts, &[("history-1", &described)]);
    }

    #[test]
    fn without_enough_history_there_is_no_chart() {
        let mut history = sample();
        history.series.clear();
        assert_eq!(history_charts(&history).unwrap(), []);
    }

    #[test]
    fn a_series_within_a_day_has_times_and_few_values_are_not_analysed() {
        let mut history = sample();
        let series = &mut history.series[0];
        for (place, run) in series.runs.iter_mut().enumerate() {
            run.began = format!("2026-01-05T{:02}:30:00.000Z", place % 24);
            run.kernel = format!("Linux 6.{place}");
        }
        series.figures[0].segments.clear();
        series.changes.clear();
        let charts = checked(history_charts(&history));
        expect(
            &charts,
            &[("history-1", &["01-05 00:30", "not analysed: too few runs have it (30)", "!significant change"])],
        );
    }
}
