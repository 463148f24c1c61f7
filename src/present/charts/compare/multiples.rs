//! One small panel for every row of a ranking, all on the same axes: latency by percentile, and completed per second.
//! What is predicted has points where a prediction has figures, hollow, and no curve.

use plotters::style::text_anchor::HPos;

use super::{percentiles, time};
use crate::conclude::compare::side::Side;
use crate::{
    present::charts::{
        axis::Axis,
        canvas::{Canvas, Stroke, Words, paint, wrapped},
        chart::Chart,
        frame::Frame,
        legend::Key,
        page::{LABEL, MARGIN, PANEL_TITLE, Page, SMALL, WIDTH},
        palette::{DASHED, Dash, GREY, Shape, series},
    },
    results::{Judgement, Provenance, Ranked, Ranking, Spread},
    scenario::units::format_duration_ns,
};

const COLUMNS: usize = 3;
/// Height of a panel with all that belongs to it; above it, for its lines of title; below it, for marks.
const PANEL: f64 = 209.0;
/// The same where there is one line of them.
const PANEL_ALONE: f64 = 360.0;
const ABOVE: f64 = 69.0;
const BELOW: f64 = 24.0;
const BETWEEN: f64 = 18.0;
/// Below all panels, for the label.
const FOOT: f64 = 22.0;
const TITLE: Words = Words { size: 12.0, ..PANEL_TITLE };
const TITLE_LINES: usize = 3;
const UNDER: Words = Words::of_size(11.0).color(GREY);

/// What a panel draws.
struct Grid<'a> {
    ranking: &'a Ranking,
    sides: &'a [Side],
    page: Page,
    across: Axis,
    up: Axis,
}

/// Draws the rows of a ranking as small multiples; `sides` are the runs that it was made from.
///
/// # Errors
/// The drawing library fails; then the fault is in here.
pub fn ranking_charts(ranking: &Ranking, sides: &[Side]) -> anyhow::Result<Vec<Chart>> {
    let mut charts = Vec::new();
    if sides.iter().any(|side| side.left_out.is_some()) {
        return Ok(charts);
    }
    charts.extend(latencies(ranking, sides)?);
    charts.extend(rates(ranking, sides)?);
    Ok(charts)
}

/// The runs of a row.
fn runs<'s>(row: &Ranked, sides: &'s [Side]) -> impl Iterator<Item = &'s Side> {
    let named = |side: &&Side| {
        row.provenance != Provenance::Predicted
            && row.directories.iter().any(|directory| *directory == side.directory.display().to_string())
    };
    sides.iter().filter(named).collect::<Vec<_>>().into_iter()
}

fn latencies(ranking: &Ranking, sides: &[Side]) -> anyhow::Result<Option<Chart>> {
    let operations = || sides.iter().flat_map(|side| [0, 1].into_iter().filter_map(|role| side.of_role(role)));
    let of_predictions = ranking.rows.iter().flat_map(points).map(|(_, spread)| spread.median);
    let ends = operations().flat_map(|operation| operation.all.ends().map(|value| value as f64));
    let Some(up) = Axis::logarithmic_times("response time", ends.chain(of_predictions), 6) else { return Ok(None) };
    let across = percentiles::axis(operations().map(|operation| operation.all.count()).max().unwrap_or(0), 4);
    let mut legend: Vec<(Key, String)> = vec![
        (Key::Line { dash: None, hollow: false }, "readers".to_owned()),
        (Key::Line { dash: Some(DASHED), hollow: false }, "commits".to_owned()),
    ];
    if ranking.rows.iter().any(|row| row.provenance == Provenance::Predicted) {
        legend.push((Key::Line { dash: None, hollow: true }, "predicted: readers' p50 and p99".to_owned()));
    }
    let counts: Vec<String> = ranking.rows.iter().map(|row| format!("{} {}", row.letter, behind(row))).collect();
    let caption = format!(
        "Best first. All panels have the same axes. Each point of a curve: that share of the operations took at most so long, from \
         when they were due; a curve for each run. Reads behind the curves: {}.",
        counts.join(", ")
    );
    let page =
        Page { title: "Response time by percentile, result by result".to_owned(), legend, ..page(ranking, caption) };
    let grid = Grid { ranking, sides, page, across, up };
    grid.chart("ranking-latency-by-percentile", |canvas, row, frame| {
        for side in runs(row, sides) {
            for (role, look) in LOOKS.iter().enumerate() {
                if let Some(operation) = side.of_role(role) {
                    percentiles::curve(canvas, frame, operation, Frame::stroke(series(role).0, *look))?;
                }
            }
        }
        for (q, spread) in points(row) {
            let x = 1.0 / (1.0 - q);
            let ends = [spread.least, spread.most].map(|value| frame.place(x, value));
            canvas.line(&ends, Stroke { color: series(0).0, width: 1.5, dash: Some((3.0, 2.0)) })?;
            canvas.point(frame.place(x, spread.median), Shape::Circle, series(0).0, true)?;
        }
        Ok(())
    })
    .map(Some)
}

/// Readers and commits.
const LOOKS: [Option<Dash>; 2] = [None, Some(DASHED)];

/// What a prediction says of readers.
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

fn rates(ranking: &Ranking, sides: &[Side]) -> anyhow::Result<Option<Chart>> {
    let longest_ns = sides.iter().map(|side| side.run.summary.measured_ns).max().unwrap_or(0);
    let interval_ns = sides.iter().map(|side| side.run.scenario.run.interval_ns).max().unwrap_or(1);
    let bin_ns = time::bin_ns(longest_ns, interval_ns);
    let most = sides.iter().map(|side| time::most(&[time::rates(side, 0, bin_ns)])).fold(0.0, f64::max);
    if most == 0.0 {
        return Ok(None);
    }
    let caption = format!(
        "Best first. All panels have the same axes. Reads that ended, in bins of {}, a line for each run. A prediction has no course.",
        format_duration_ns(bin_ns)
    );
    let title = "Reads completed per second as time went by, result by result".to_owned();
    let page = Page { title, ..page(ranking, caption) };
    let (across, up) = (time::seconds(longest_ns, 5), Axis::count("reads completed per second", most * 1.02, 4));
    let grid = Grid { ranking, sides, page, across, up };
    let drawn = grid.chart("ranking-completed", |canvas, row, frame| {
        let mut any = false;
        for side in runs(row, sides) {
            let places = time::steps(frame, &time::rates(side, 0, bin_ns), bin_ns, side.run.summary.measured_ns);
            canvas.line(&places, Stroke { color: series(0).0, width: 1.3, dash: None })?;
            any = true;
        }
        let middle = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
        if any { Ok(()) } else { canvas.words("predicted: no course", middle, SMALL.color(GREY).end(HPos::Center)) }
    });
    drawn.map(Some)
}

fn page(ranking: &Ranking, caption: String) -> Page {
    let measured = ranking.rows.iter().filter(|row| row.provenance != Provenance::Predicted).count();
    let predicted = ranking.rows.len() - measured;
    let also = if predicted > 0 { format!(", {predicted} predicted") } else { String::new() };
    let order = match ranking.objectives.as_slice() {
        [] => "ranked by the readers' p99".to_owned(),
        clauses => {
            format!("ranked by {}", clauses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    };
    Page { title: String::new(), subtitle: format!("{measured} measured{also}; {order}"), legend: Vec::new(), caption }
}

impl Grid<'_> {
    fn chart(
        &self,
        name: &str,
        panel: impl Fn(&Canvas, &Ranked, &Frame) -> anyhow::Result<()>,
    ) -> anyhow::Result<Chart> {
        let lines = self.ranking.rows.len().div_ceil(COLUMNS);
        let tall = if lines == 1 { PANEL_ALONE } else { PANEL };
        let height = (self.page.around() + tall * lines as f64 + FOOT).ceil() as u32;
        let svg = paint((WIDTH, height), |canvas| {
            let room = self.page.draw(canvas, height)?;
            let marked = self.up.ticks.iter().map(|(_, text)| SMALL.width(text)).fold(0.0, f64::max);
            let (left, right) = (MARGIN + 24.0 + marked, f64::from(WIDTH) - MARGIN - 6.0);
            let width = (right - left - BETWEEN * (COLUMNS as f64 - 1.0)) / COLUMNS as f64;
            for (place, row) in self.ranking.rows.iter().enumerate() {
                let (column, line) = ((place % COLUMNS) as f64, (place / COLUMNS) as f64);
                let (x, y) = (left + column * (width + BETWEEN), room.top + line * tall);
                let frame = Frame {
                    left: x,
                    top: y + ABOVE,
                    right: x + width,
                    bottom: y + tall - BELOW,
                    x: &self.across,
                    y: &self.up,
                };
                let (title, under) = titles(row);
                for (line, text) in wrapped(&title, TITLE, width).iter().take(TITLE_LINES).enumerate() {
                    canvas.words(text, (x, y + 10.0 + 15.0 * line as f64), TITLE.fitted(text, width))?;
                }
                canvas.words(&under, (x, y + 58.0), UNDER.fitted(&under, width))?;
                frame.draw(canvas, place % COLUMNS == 0)?;
                panel(canvas, row, &frame)?;
            }
            canvas.words(&self.across.label, ((left + right) / 2.0, room.bottom - FOOT / 2.0), LABEL)?;
            let middle = (room.top + room.bottom - FOOT) / 2.0;
            let upward = Words { upward: true, ..LABEL.end(HPos::Center) };
            let upward = upward.fitted(&self.up.label, tall * lines as f64 - ABOVE);
            canvas.words(&self.up.label, (MARGIN + 4.0, middle + ABOVE / 2.0), upward)
        })?;
        let told: Vec<String> = self.ranking.rows.iter().map(|row| described(row, self.sides)).collect();
        let description = format!("{}. {}\n{}", self.page.subtitle, self.page.caption, told.join("\n"));
        Ok(Chart::new(name.to_owned(), self.page.title.clone(), description, (WIDTH, height), &svg))
    }
}

/// Of a panel: which result, and how it stands.
fn titles(row: &Ranked) -> (String, String) {
    let time =
        |spread: Option<Spread>| spread.map_or_else(|| "–".to_owned(), |it| format_duration_ns(it.median as u64));
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

fn described(row: &Ranked, sides: &[Side]) -> String {
    let (title, under) = titles(row);
    let means: Vec<String> = runs(row, sides)
        .map(|side| format!("{:.1} reads/s completed", side.run.summary.readers.completed_per_s))
        .collect();
    let means = if means.is_empty() { String::new() } else { format!("; {}", means.join(", ")) };
    format!("{title}. {under}{means}.")
}
