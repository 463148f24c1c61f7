//! Panels on common axes: a column for every value of the other axis, a row for every figure.
//! More columns than fit go into further lines, or onto further sheets.

use super::{
    captions,
    view::{Group, View},
};
use crate::present::charts::{
    axis::Axis,
    canvas::Stroke,
    legend::Key,
    page::{MARGIN, Page, WIDTH},
    palette::{self, DASHED, FAINT},
    plot::{Note, Panel, Plot},
};

const COLUMNS: usize = 3;

/// A figure: its axes, the same in all panels.
pub struct Row {
    pub x: Axis,
    pub y: Axis,
    /// Of a frame, pixels.
    pub height: f64,
}

/// Figures of a sweep, ready to be drawn.
pub struct Drawing<'a> {
    pub view: &'a View<'a>,
    /// Stem of the charts' names.
    pub stem: &'static str,
    pub page: Page,
    pub sentences: String,
    pub rows: Vec<Row>,
}

impl Drawing<'_> {
    /// The charts: with one figure two lines of panels fit on a sheet, with more one. `notes` are those above a group's panels,
    /// `draw` adds what a row says of a group.
    pub fn plots(mut self, notes: impl Fn(&Group) -> Vec<Note>, draw: impl Fn(&mut Panel, usize, &Group)) -> Vec<Plot> {
        if self.view.groups.iter().any(Group::is_emulated) {
            self.page.legend.push((Key::Hatched(FAINT), "emulated: no property of this system".to_owned()));
        }
        let sheets = self.view.groups.chunks(if self.rows.len() > 1 { COLUMNS } else { 2 * COLUMNS }).enumerate();
        let plots = sheets.map(|(number, groups)| {
            let columns = columns(groups.len());
            let mut panels = Vec::new();
            for line in groups.chunks(columns) {
                for (place, row) in self.rows.iter().enumerate() {
                    panels.extend(line.iter().map(|group| {
                        let mut panel = Panel::new("", row.height, row.x.clone(), row.y.clone());
                        panel.is_hatched = group.is_emulated();
                        if place == 0 {
                            let emulated = if group.is_emulated() && !group.at.is_empty() { "EMULATED: " } else { "" };
                            panel.title = format!("{emulated}{}", group.title());
                            panel.notes = notes(group);
                        }
                        draw(&mut panel, place, group);
                        panel
                    }));
                    panels.resize_with(panels.len().next_multiple_of(columns), Panel::default);
                }
            }
            Plot {
                name: if number == 0 { self.stem.to_owned() } else { format!("{}-{}", self.stem, number + 1) },
                page: self.page.clone(),
                origin: captions::origin(self.view),
                sentences: vec![self.sentences.clone()],
                columns,
                panels,
            }
        });
        plots.collect()
    }
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

pub fn predicted_stroke(width: f64) -> Stroke {
    Stroke { color: palette::series(3).0, width, dash: Some(DASHED) }
}
