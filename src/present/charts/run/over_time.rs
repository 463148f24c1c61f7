//! Latency over time: how many operations of each latency ended when, as a heat map; median and 99th percentile on it.
//! Commits are mostly too few for one: then each is a point.

use super::{
    captions::{behind, measured_where, origin},
    columns::MOST,
    freezes::Freezes,
    grid::{COLUMNS, Grid, Latencies},
};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::Stroke,
        legend::Key,
        page::Page,
        palette::{DASHED, INK, PAPER, PARTS, series},
        plot::{Look, Mark, Panel, Plot, steps},
    },
    results::TimeSeries,
    scenario::units::{format_duration_ns, short_ns},
};

/// With fewer commits each is a point.
const LEAST_FOR_CELLS: u64 = 3000;
/// Role, title and height of each panel, pixels.
const ROLES: [(&str, &str, f64); 2] =
    [("reader", "readers' response time", 270.0), ("writer", "writers' response time", 150.0)];
const MEDIAN: Stroke = Stroke { color: INK, width: 1.6, dash: None };
const P99: Stroke = Stroke { color: PARTS[0], width: 1.6, dash: Some(DASHED) };

/// What is drawn of a role.
struct Figure {
    title: String,
    latencies: Latencies,
    axis: Axis,
    /// `None`: points.
    grid: Option<Grid>,
}

/// `None`: nothing completed.
pub fn plot(time_series: &TimeSeries) -> Option<Plot> {
    let time = Axis::span("seconds since measuring began", time_series.run.summary.measured_ns as f64 / 1e9, 12);
    let freezes = Freezes::of(&time_series.run.diagnosis.freezes);
    let (mut figures, mut panels) = (Vec::new(), Vec::new());
    for (role, title, height) in ROLES {
        let Some(figure) = figure(time_series, role, title) else { continue };
        let mut panel = Panel::new(figure.title.as_str(), height, time.clone(), figure.axis.clone());
        panel.keys = figure.keys();
        match &figure.grid {
            Some(grid) => {
                figure.add_cells(&mut panel, grid);
                figure.add_line(&mut panel, 0.99, P99);
                figure.add_line(&mut panel, 0.5, MEDIAN);
            }
            None => figure.add_points(&mut panel),
        }
        freezes.mark(&mut panel);
        panels.push(panel);
        figures.push(figure);
    }
    if panels.is_empty() {
        return None;
    }
    Some(Plot {
        name: "latency-over-time".to_owned(),
        page: page(time_series, &figures),
        origin: origin(time_series),
        sentences: figures.iter().map(Figure::in_words).collect(),
        columns: 1,
        panels,
    })
}

fn figure(time_series: &TimeSeries, role: &str, title: &str) -> Option<Figure> {
    let is_dense = role == "reader" || time_series.run.summary.writers.completed >= LEAST_FOR_CELLS;
    let latencies = Latencies::of(time_series, role, if is_dense { COLUMNS } else { MOST });
    let axis = Axis::logarithmic_times("time", latencies.values(), if role == "reader" { 9 } else { 6 })?;
    let count = latencies.count();
    let grid = is_dense.then(|| Grid::of(&latencies, &axis));
    Some(Figure { title: format!("{title} (n = {count})"), latencies, axis, grid })
}

impl Figure {
    fn add_cells(&self, panel: &mut Panel, grid: &Grid) {
        let spans = &self.latencies.spans;
        for patch in grid.patches() {
            let from = spans[patch.columns.start].start;
            let to = spans.get(patch.columns.end).map_or(spans[patch.columns.end - 1].end, |next| next.start);
            let [low, high] = [patch.rows.start, patch.rows.end].map(|row| Grid::edge(&self.axis, row));
            let title = format!("{from:.1} s, {}: {} in a cell", short_ns(low), grid.range(patch.step));
            panel.add(title, Mark::Cell((from, low), (to, high), grid.color(patch.step)));
        }
    }

    /// A quantile from column to column, broken where nothing ended.
    fn add_line(&self, panel: &mut Panel, quantile: f64, stroke: Stroke) {
        let title = format!("p{:.0}, {}", quantile * 100.0, self.ends(quantile));
        let halo = Stroke { color: PAPER, width: stroke.width + 1.6, dash: None };
        for part in steps(&self.latencies.spans, &self.latencies.quantile(quantile)) {
            panel.behind(Mark::Line(part.clone(), halo));
            panel.add(title.clone(), Mark::Line(part, stroke));
        }
    }

    fn add_points(&self, panel: &mut Panel) {
        for (span, column) in self.latencies.spans.iter().zip(&self.latencies.columns) {
            for (ns, _) in column {
                let at = ((span.start + span.end) / 2.0, (*ns).max(1) as f64);
                panel.add(format!("{:.1} s: {}", at.0, short_ns(at.1)), Mark::Dot(at, series(0).0));
            }
        }
    }

    fn keys(&self) -> Vec<(Key, String)> {
        let Some(grid) = &self.grid else { return vec![(Key::Mark(Look::new(series(0))), "commits".to_owned())] };
        let mut keys = vec![
            (Key::Line(MEDIAN), "p50".to_owned()),
            (Key::Line(P99), "p99".to_owned()),
            (Key::Heading, "in a cell:".to_owned()),
        ];
        for step in 0..grid.steps.len() {
            keys.push((Key::Area(grid.color(step), 1.0), grid.range(step)));
        }
        keys
    }

    fn ends(&self, quantile: f64) -> String {
        let values = || self.latencies.quantile(quantile).into_iter().flatten();
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
        format!("from {} to {}", short_ns(low), short_ns(high))
    }

    fn in_words(&self) -> String {
        format!(
            "{}: from column to column the median goes {}, the 99th percentile {}.",
            self.title,
            self.ends(0.5),
            self.ends(0.99)
        )
    }
}

fn page(time_series: &TimeSeries, figures: &[Figure]) -> Page {
    let group = time_series.timeline.len().div_ceil(COLUMNS).max(1) as u64;
    let length = format_duration_ns(time_series.run.scenario.run.interval_ns * group);
    let mut caption = format!(
        "Each cell is a column of about {length} (longer where the look was late) and a range of latencies; the stronger its colour, the more \
         operations ended there. A gap is a time in which none ended.",
    );
    if !time_series.run.diagnosis.freezes.is_empty() {
        caption.push_str(" Marks above: freezes.");
    }
    if time_series.run.scenario.instances.count > 1
        && time_series.run.diagnosis.freezes.iter().any(|freeze| freeze.instance.is_some())
    {
        caption.push_str(" Grey ones: of single instances.");
    }
    if figures.iter().any(|figure| figure.grid.is_none()) {
        caption.push_str(" Commits are points in the middle of the interval in which they ended.");
    }
    let roles = [("readers", "No operation of a reader completed."), ("writers", "No commit completed.")];
    for (role, sentence) in roles {
        if !figures.iter().any(|figure| figure.title.starts_with(role)) {
            caption.push_str(&format!(" {sentence}"));
        }
    }
    caption.push(' ');
    caption.push_str(&behind(time_series));
    Page { title: "Latency over time".to_owned(), subtitle: measured_where(time_series), legend: Vec::new(), caption }
}
