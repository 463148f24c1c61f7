//! The alternative text of a plot: what the drawing shows, for those who do not see it. It is made from the same data as the drawing.

use std::collections::HashSet;

use super::plot::{Axis, Mark, Panel, Plot};
use crate::scenario::units::format_duration_ns;

/// The longest spans of a layer that are listed one by one, and the most lines about one panel.
const SPANS: usize = 10;
const LINES: usize = 200;

/// The caption, every panel with its axes and the titles of its marks, the legend, and where the data come from.
pub fn text(plot: &Plot) -> String {
    let mut lines = vec![format!("{}. {}", plot.origin.measured, plot.caption)];
    // Spans that go through all panels, and an axis that all have, are written once.
    let mut known = HashSet::new();
    let mut titles: Vec<String> = vec![String::new(); plot.columns.max(1)];
    for (number, panel) in plot.panels.iter().enumerate().filter(|(_, panel)| !panel.layers.is_empty()) {
        let title = &mut titles[number % plot.columns.max(1)];
        if !panel.title.is_empty() {
            title.clone_from(&panel.title);
        }
        describe(panel, title, &mut known, &mut lines);
    }
    if !plot.legend.is_empty() {
        let keys: Vec<&str> = plot.legend.iter().map(|(_, text)| text.as_str()).collect();
        lines.push(format!("Legend: {}.", keys.join("; ")));
    }
    lines.push(plot.origin.source.clone());
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn describe(panel: &Panel, title: &str, known: &mut HashSet<String>, lines: &mut Vec<String>) {
    let mut heading = if title.is_empty() { String::new() } else { format!("{title}. ") };
    panel.notes.iter().for_each(|note| heading.push_str(&format!("{}. ", note.text)));
    let why = panel.layers.iter().find_map(|layer| if let Mark::Absent(why) = &layer.mark { Some(why) } else { None });
    if let Some(why) = why {
        return lines.push(heading + why);
    }
    let axes = [("Across", &panel.x), ("Up", &panel.y)].map(|(way, axis)| range(way, axis));
    heading.push_str(&axes.into_iter().filter(|axis| known.insert(axis.clone())).collect::<String>());
    lines.push(heading.trim_end().to_owned());
    let mut own = Vec::new();
    for layer in panel.layers.iter().filter(|layer| !layer.title.is_empty()) {
        let line = match &layer.mark {
            Mark::Spans(spans, ..) | Mark::Unsampled(spans) => spans_in_words(&layer.title, spans),
            // What is too many for words: the lines of their percentiles say what they show.
            Mark::Cell(..) | Mark::Dot(..) => continue,
            _ if layer.is_model => format!("fitted: {}", layer.title),
            _ => layer.title.clone(),
        };
        let is_new = !own.contains(&line)
            && (!matches!(layer.mark, Mark::Spans(..) | Mark::Unsampled(_)) || known.insert(line.clone()));
        if is_new {
            own.push(line);
        }
    }
    if panel.y.is_list {
        let rows = panel.y.ticks.iter().zip(&panel.texts).map(|((_, name), (text, _))| format!("{name}: {text}"));
        let missing: Vec<String> = rows.filter(|row| !own.contains(row)).collect();
        own.extend(missing);
    }
    own.extend(panel.missing.iter().cloned());
    let more = own.len().saturating_sub(LINES);
    own.truncate(LINES);
    lines.append(&mut own);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
}

/// Such as `Up: response time, ms, 0 to 10. `; empty for an axis of names.
fn range(way: &str, axis: &Axis) -> String {
    let label = if axis.label.is_empty() { "" } else { &format!("{}, ", axis.label) };
    match (axis.ticks.first(), axis.ticks.last()) {
        (Some((_, first)), Some((_, last))) if !axis.is_list => format!("{way}: {label}{first} to {last}. "),
        _ => String::new(),
    }
}

/// How many spans there are, how long together, and the longest one by one.
fn spans_in_words(title: &str, spans: &[(f64, f64)]) -> String {
    if spans.is_empty() {
        return format!("{title}: none");
    }
    let length = |(start, end): &(f64, f64)| end - start;
    let whole = (spans.iter().map(length).sum::<f64>() * 1e9).round().max(0.0) as u64;
    let mut longest = spans.to_vec();
    longest.sort_by(|a, b| length(b).total_cmp(&length(a)));
    longest.truncate(SPANS);
    longest.sort_by(|a, b| a.0.total_cmp(&b.0));
    let listed: Vec<String> = longest.iter().map(|(start, end)| format!("{start:.3} s to {end:.3} s")).collect();
    let which = if spans.len() > SPANS { format!(", the longest {SPANS}") } else { String::new() };
    format!("{title}: {}, {} together{which}: {}", spans.len(), format_duration_ns(whole), listed.join("; "))
}
