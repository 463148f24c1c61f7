//! Results over time: the answer, then each series: its changes, its chart, its segments, its runs.

use crate::{
    conclude::{
        history::{
            figures::{name, show},
            sentences::p_value,
        },
        wording::{or_none, within},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::parts::{facts_of, typed},
    },
    results::{FigureHistory, HISTORY_FILE, History, HistoryReport, HistorySeries, Segment},
    scenario::units::{factor, percent},
};

/// A history with these charts, the first of which is that of the first series.
pub(crate) fn document<'a>(report: &HistoryReport, charts: &'a [Chart]) -> Document<'a> {
    let history = &report.history;
    let all: usize = history.series.iter().map(|series| series.runs.len()).sum();
    let title = format!("Results over time in {}", report.directory);
    let mut document =
        Document::new("a history", HISTORY_FILE, title, format!("{all} runs in {} series", history.series.len()));
    document.page().section("changes", "Changes", "What changed");
    document.both().answer(format!("{}.", history.conclusion)).warnings(&history.warnings);
    for (place, series) in history.series.iter().enumerate() {
        of_series(&mut document, series, charts.get(place));
    }
    if (1..history.series.len()).contains(&charts.len()) {
        document.page().text("", format!("The {} longest series have charts.", charts.len()));
    }
    document.both().gap().items("  note: ", notes(history));
    if let Some(allowed) = history.allowed_regression {
        let over = format!("over {}", percent(allowed));
        let words = match history.regressions.as_slice() {
            [] => format!("none {over}"),
            some => format!("{over}: {}", some.join("; ")),
        };
        document.both().closing().text("Regression in the last segment: ", words);
    }
    let page = document.page().section("reproduce", "Reproduce", "How to reproduce it");
    page.code("The command as it was typed", typed(&report.command));
    document
}

fn of_series<'a>(document: &mut Document<'a>, series: &HistorySeries, chart: Option<&'a Chart>) {
    let machine: Vec<String> = series.machine.iter().map(|fact| format!("{} {}", fact.key, fact.value)).collect();
    document.terminal().gap().heading(&series.conclusion).text("Machine: ", machine.join("; "));
    document.page().article(&series.conclusion);
    document.both().items("- ", series.changes.iter().map(|change| format!("{}.", change.sentence)));
    document.page().figures(chart);
    document.both().table("Figures between their changes: runs by their number in the order of time", segments(series));
    document
        .page()
        .table("The machine, which is the same in all of its runs", facts_of(&series.machine))
        .table("Its runs", runs(series));
}

fn segments(series: &HistorySeries) -> Grid {
    let rows: Vec<(&FigureHistory, &Segment)> =
        series.figures.iter().flat_map(|figure| figure.segments.iter().map(move |segment| (figure, segment))).collect();
    let change = |(figure, segment): &(&FigureHistory, &Segment)| {
        let changes = series.changes.iter().filter(|change| change.after == segment.first);
        changes.flat_map(|change| &change.figures).find(|found| found.figure == figure.figure).copied()
    };
    Grid::of(&rows)
        .words("figure", |(figure, _)| name(figure.figure))
        .number("runs", |(_, segment)| format!("{} to {}", segment.first + 1, segment.last + 1))
        .number("median", |(figure, segment)| show(figure.figure, segment.median))
        .number("ratio", |row| change(row).and_then(|found| found.ratio).map_or_else(String::new, factor))
        .number("p", |row| change(row).map_or_else(String::new, |found| p_value(found.p)))
        .into()
}

fn runs(series: &HistorySeries) -> Grid {
    let rows: Vec<usize> = (0..series.runs.len()).collect();
    let grid = Grid::of(&rows)
        .number("run", |place| place + 1)
        .words("began (UTC)", |place| &series.runs[*place].began)
        .words("kernel", |place| &series.runs[*place].kernel)
        .words("mapstorm", |place| &series.runs[*place].mapstorm_version)
        .number("seed", |place| series.runs[*place].seed);
    let grid = series.figures.iter().fold(grid, |grid, figure| {
        let shown = move |value| show(figure.figure, value);
        grid.number(name(figure.figure), move |place| or_none(figure.values[*place], shown))
    });
    grid.words("directory", |place| &series.runs[*place].directory).into()
}

fn notes(history: &History) -> [String; 2] {
    [
        format!(
            "Changes are found by E-divisive and a permutation test, at a level of 5 % over all figures of a series; p is corrected for them. A \
             change of a median {} is none. It takes {} runs in a series, and more than one on either side of a change",
            within(history.least_effect),
            history.least_runs
        ),
        "Runs of one load on one machine are compared, whatever the kernel, the version of mapstorm and the seed. A change says when, not \
         why: what the host did meanwhile is among the reasons"
            .to_owned(),
    ]
}
