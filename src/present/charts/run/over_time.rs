//! Latency over time: how many operations of each latency ended when, as a heat map; median and 99th percentile on it.
//! Commits are mostly too few for one: then each is a point.

use super::{
    columns::{MOST, Steps, time_axis},
    freezes::Freezes,
    grid::{COLUMNS, Grid, Latencies},
};
use crate::{
    conclude::claim::needed,
    present::charts::{Axis, DASHED, INK, Key, Look, Mark, PAPER, Panel, Plot, Stroke, axis::range, color, series},
    results::{Role, TimeSeries},
    scenario::units::{format_duration_ns, short_ns},
};

/// With fewer commits each is a point.
const LEAST_FOR_CELLS: u64 = 3000;
/// Role, title and height of each panel, pixels.
const ROLES: [(Role, &str, f64); 2] =
    [(Role::Reader, "readers' response time", 270.0), (Role::Writer, "writers' response time", 150.0)];
const MEDIAN: Stroke = Stroke::new(INK, 1.6);
const P99: Stroke = Stroke::new(color(1), 1.6).dashed(Some(DASHED));

/// What is drawn of a role.
struct Figure {
    latencies: Latencies,
    axis: Axis,
    /// `None`: points.
    grid: Option<Grid>,
}

/// `None`: nothing completed.
pub fn plot(time_series: &TimeSeries) -> Option<Plot> {
    let (time, diagnosis) = (time_axis(time_series), &time_series.run.diagnosis);
    let freezes = Freezes::of(&diagnosis.freezes);
    let (mut panels, mut has_points) = (Vec::new(), false);
    for (role, title, height) in ROLES {
        let Some(figure) = figure(time_series, role) else { continue };
        let title = format!("{title} (n = {})", figure.latencies.count());
        let mut panel = Panel::new(title, height, &time, figure.axis.clone());
        match &figure.grid {
            Some(grid) => figure.add_cells(&mut panel, grid),
            None => figure.add_points(&mut panel),
        }
        has_points |= figure.grid.is_none();
        freezes.mark(&mut panel);
        panels.push(panel);
    }
    if panels.is_empty() {
        return None;
    }
    let group = time_series.timeline.len().div_ceil(COLUMNS).max(1) as u64;
    let length = format_duration_ns(time_series.run.scenario.run.interval_ns * group);
    let caption = format!(
        "Each cell is a column of about {length} (longer where a sample was delayed) and a range of latencies; the stronger its \
         colour, the more operations ended there. A gap is a time in which none ended; a line has one where too few ended for its \
         percentile (p50 takes {}, p99 {}).",
        needed(0.5),
        needed(0.99)
    );
    let several = time_series.run.scenario.instances.count > 1;
    let mut plot = super::plot(time_series, ["latency-over-time", "Latency over time", &caption], panels);
    plot.say_if(!diagnosis.freezes.is_empty(), "Marks above: freezes.");
    let of_single = diagnosis.freezes.iter().any(|freeze| freeze.instance.is_some());
    plot.say_if(several && of_single, "Grey ones: of single instances.");
    plot.say_if(has_points, "Commits are points in the middle of the interval in which they ended.");
    Some(plot)
}

fn figure(time_series: &TimeSeries, role: Role) -> Option<Figure> {
    let is_dense = role == Role::Reader || time_series.run.summary.writers.completed >= LEAST_FOR_CELLS;
    let latencies = Latencies::of(time_series, role, if is_dense { COLUMNS } else { MOST });
    let axis = Axis::logarithmic_times("time", latencies.values(), if role == Role::Reader { 9 } else { 6 })?;
    let grid = is_dense.then(|| Grid::of(&latencies, &axis));
    Some(Figure { latencies, axis, grid })
}

impl Figure {
    fn add_cells(&self, panel: &mut Panel, grid: &Grid) {
        let spans = &self.latencies.spans;
        for patch in grid.patches() {
            let from = spans[patch.columns.start].start;
            let to = spans.get(patch.columns.end).map_or(spans[patch.columns.end - 1].end, |next| next.start);
            let [low, high] = [patch.row, patch.row + 1].map(|row| Grid::edge(&self.axis, row));
            let title = format!("{from:.1} s, {}: {} in a cell", short_ns(low), grid.range(patch.step));
            panel.add(title, Mark::Cell((from, low), (to, high), grid.color(patch.step)));
        }
        for (quantile, name, stroke) in [(0.99, "p99", P99), (0.5, "p50", MEDIAN)] {
            if self.add_line(panel, quantile, stroke) {
                panel.keys.insert(0, (Key::Line(stroke), name.to_owned()));
            }
        }
        panel.keys.push((Key::Heading, "in a cell:".to_owned()));
        let steps = 0..grid.steps.len();
        panel.keys.extend(steps.map(|step| (Key::Area(grid.color(step), 1.0), grid.range(step))));
    }

    /// A quantile from column to column, broken where too few operations ended; whether there is any.
    fn add_line(&self, panel: &mut Panel, quantile: f64, stroke: Stroke) -> bool {
        let steps = Steps { spans: self.latencies.spans.clone(), values: self.latencies.quantile(quantile) };
        let Some((least, most)) = range(steps.values.iter().flatten().copied()) else { return false };
        let title = format!("p{:.0}, from {} to {}", quantile * 100.0, short_ns(least), short_ns(most));
        let halo = Stroke::new(PAPER, stroke.width + 1.6);
        for stretch in steps.stretches() {
            panel.behind(Mark::Line(stretch.clone(), halo));
            panel.add(title.clone(), Mark::Line(stretch, stroke));
        }
        true
    }

    fn add_points(&self, panel: &mut Panel) {
        for (span, column) in self.latencies.spans.iter().zip(&self.latencies.columns) {
            for (ns, _) in column.values() {
                let at = ((span.start + span.end) / 2.0, (*ns).max(1) as f64);
                panel.add(format!("{:.1} s: {}", at.0, short_ns(at.1)), Mark::Dot(at, color(0)));
            }
        }
        panel.keys = vec![(Key::Mark(Look::new(series(0))), "commits".to_owned())];
    }
}
