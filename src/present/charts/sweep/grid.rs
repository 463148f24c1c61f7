//! Panels on common axes: a column for every value of the other axis, a row for every figure.
//! More columns than fit go into further lines, or onto further sheets.

use super::{
    captions,
    layers::{self, Series},
    view::{Group, Stop, View},
    x_axis,
};
use crate::{
    present::charts::{Axis, FAINT, Key, Note, Panel, Plot, WIDTH, page::MARGIN},
    scenario::Clause,
};

const COLUMNS: usize = 3;

/// Draws on a frame what a group has to show there.
pub type Draw<'a> = Box<dyn Fn(&mut Panel, &Group) + 'a>;

/// Figures on the same axes in the panels of all groups.
pub struct Row<'a> {
    pub x: Axis,
    pub y: Axis,
    /// Of a frame, pixels.
    pub height: f64,
    pub has_knee: bool,
    pub limits: Vec<&'a Clause>,
    pub series: Vec<Series<'a>>,
    /// What stands where no run has the first figure; empty: nothing does.
    pub gap: &'static str,
    /// Where a stop goes.
    pub place: fn(&Stop) -> f64,
    /// Draws what is between limits and series.
    pub models: Draw<'a>,
}

impl<'a> Row<'a> {
    /// With the knee, over the loads.
    pub fn new(view: &View, y: Axis, height: f64, series: Vec<Series<'a>>) -> Row<'a> {
        let x = x_axis::axis(view, layers::knee_loads(view), false);
        Row { has_knee: true, ..Row::over(x, y, height, series) }
    }

    pub fn over(x: Axis, y: Axis, height: f64, series: Vec<Series<'a>>) -> Row<'a> {
        Row {
            x,
            y,
            height,
            has_knee: false,
            limits: Vec::new(),
            series,
            gap: "",
            place: |stop| stop.x,
            models: Box::new(|_, _| {}),
        }
    }

    fn panel(&self, group: &Group) -> Panel {
        let mut panel = Panel::new("", self.height, &self.x, self.y.clone());
        panel.is_hatched = group.is_emulated();
        if self.has_knee {
            layers::add_knee(&mut panel, group);
        }
        layers::add_limits(&mut panel, &self.limits);
        (self.models)(&mut panel, group);
        if let Some((first, others)) = self.series.split_first().filter(|_| !self.gap.is_empty()) {
            first.add_gaps(&mut panel, group, self.gap, others, self.place);
        }
        self.series.iter().for_each(|series| series.add_to(&mut panel, group, self.place));
        panel
    }
}

/// The charts: with one row two lines of panels fit on a sheet, with more one. `notes` are those above a group's panels, `finish` adds
/// what else is in legend and caption.
pub fn plots(
    view: &View,
    [name, title]: [&str; 2],
    rows: &[Row],
    notes: impl Fn(&Group) -> Vec<Note>,
    finish: impl Fn(&mut Plot),
) -> Vec<Plot> {
    if rows.is_empty() {
        return Vec::new();
    }
    let sheets = view.groups.chunks(if rows.len() > 1 { COLUMNS } else { 2 * COLUMNS }).enumerate();
    let plots = sheets.map(|(number, groups)| {
        let columns = columns(groups.len());
        let mut panels = Vec::new();
        for line in groups.chunks(columns) {
            for (place, row) in rows.iter().enumerate() {
                panels.extend(line.iter().map(|group| {
                    let mut panel = row.panel(group);
                    if place == 0 {
                        let emulated = if group.is_emulated() && !group.at.is_empty() { "EMULATED: " } else { "" };
                        panel.title = format!("{emulated}{}", group.title());
                        panel.notes = notes(group);
                    }
                    panel
                }));
                panels.resize_with(panels.len().next_multiple_of(columns), Panel::default);
            }
        }
        let name = if number == 0 { name.to_owned() } else { format!("{name}-{}", number + 1) };
        let mut plot =
            Plot::new(name, captions::title(view, title), captions::origin(view), panels).in_columns(columns);
        plot.legend = layers::run_keys(view, rows.iter().flat_map(|row| &row.series));
        captions::behind(view, &mut plot);
        finish(&mut plot);
        if rows.iter().any(|row| row.has_knee) {
            plot.keys(layers::knee_keys());
        }
        plot.keys([(Key::Hatched(FAINT), "emulated: no property of this system")]);
        plot
    });
    plots.collect()
}

/// Width of the panels of a sweep, pixels, for marks on the axis across: rather too narrow.
pub fn panel_width(view: &View) -> f64 {
    let columns = columns(view.groups.len()) as f64;
    (f64::from(WIDTH) - 2.0 * MARGIN - 80.0 - 20.0 * (columns - 1.0)) / columns
}

/// Four panels are two and two.
fn columns(groups: usize) -> usize {
    if groups == 4 { 2 } else { groups.clamp(1, COLUMNS) }
}
