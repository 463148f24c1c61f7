//! The axis across: the loads as numbers, or the values as names where they are words.
//! Marks are the values that were tried where there is room for their words, round numbers otherwise.

use super::{grid::panel_width, view::View};
use crate::present::charts::{Axis, SMALL};

/// What some keys count, as the label of an axis.
const NAMES: [(&str, &str); 4] = [
    ("readers.count", "readers (processes)"),
    ("writer.count", "writers (processes)"),
    ("instances.count", "instances (files)"),
    ("file.mailboxes", "mailboxes in the file (records)"),
];
pub const MAPPERS: &str = "mappers of one file (processes)";
/// Free between the words of two marks, pixels.
const APART: f64 = 10.0;
/// Something that is beyond the tried values by at most this factor is shown too.
const NEAR: f64 = 2.0;

/// The axis. Of `more` values, such as knees, those near the ones that were tried are on it. `is_wide`: logarithmic also where the loads
/// alone would not need it, as what is drawn over them does.
pub fn axis(view: &View, more: impl Iterator<Item = f64>, is_wide: bool) -> Axis {
    if !view.is_numeric() {
        return Axis::list(&view.across.key, &view.across.values);
    }
    let tried = each_once(view.stops().map(|stop| (stop.x, stop.name.to_owned())));
    numbers(&label(&view.across.key, &tried), tried, more, (panel_width(view), is_wide))
}

/// An axis of mappers instead.
pub fn mappers(view: &View, is_wide: bool) -> Axis {
    let tried = each_once(view.runs().map(|run| (f64::from(run.mappers), run.mappers.to_string())));
    numbers(MAPPERS, tried, std::iter::empty(), (panel_width(view), is_wide))
}

/// Values that were tried, with their words, rising.
pub fn each_once(tried: impl Iterator<Item = (f64, String)>) -> Vec<(f64, String)> {
    let mut tried: Vec<(f64, String)> = tried.collect();
    tried.sort_by(|a, b| a.0.total_cmp(&b.0));
    tried.dedup_by(|a, b| a.0 == b.0);
    tried
}

fn numbers(
    label: &str,
    tried: Vec<(f64, String)>,
    more: impl Iterator<Item = f64>,
    (width, is_wide): (f64, bool),
) -> Axis {
    let [least, most] = [tried.first(), tried.last()].map(|tried| tried.map_or(0.0, |(x, _)| *x));
    let near = more.filter(|x| *x >= least / NEAR && *x <= most * NEAR);
    let values: Vec<f64> = tried.iter().map(|(x, _)| *x).chain(near).collect();
    let marks = (width / 75.0) as usize;
    let wanted =
        if is_wide { Axis::logarithmic_numbers(label, values, marks) } else { Axis::numbers(label, values, marks) };
    // With 0 among the values only an axis from 0 has all of them.
    let has_all = |axis: &Axis| least > 0.0 || !axis.is_logarithmic;
    let axis = wanted.filter(has_all).unwrap_or_else(|| Axis::count(label, most, marks));
    marked(axis, tried, width)
}

/// Whether the words of values are numbers without units.
fn is_plain(tried: &[(f64, String)]) -> bool {
    tried.iter().all(|(_, name)| name.parse::<f64>().is_ok())
}

/// The axis, of this width in pixels, marked at the values that were tried where there is room for their words.
pub fn marked(axis: Axis, tried: Vec<(f64, String)>, width: f64) -> Axis {
    let fits = |marks: &[(f64, String)]| {
        let ends = |(x, name): &(f64, String)| {
            let (middle, half) = (axis.share(*x) * width, (SMALL.width(name) + APART) / 2.0);
            (middle - half, middle + half)
        };
        marks.windows(2).all(|pair| ends(&pair[0]).1 <= ends(&pair[1]).0)
    };
    if fits(&tried) && tried.len() > 1 {
        return axis.marked(tried);
    }
    if is_plain(&tried) {
        return axis;
    }
    // Round numbers would need their unit: then as many of the tried values as there is room for.
    let mut marks: Vec<(f64, String)> = Vec::new();
    for mark in tried {
        marks.push(mark);
        if !fits(&marks) {
            marks.pop();
        }
    }
    axis.marked(marks)
}

/// What the axis shows, and in which unit.
pub fn label(key: &str, tried: &[(f64, String)]) -> String {
    match NAMES.iter().find(|(known, _)| *known == key) {
        Some((_, name)) => (*name).to_owned(),
        None if is_plain(tried) => format!("{key} (number)"),
        None => format!("{key} (units at the marks)"),
    }
}
