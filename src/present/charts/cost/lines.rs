//! Update time against mappers: the fitted laws, where a repeat's would fall, and the medians that were measured.
//! Panels of one chart share both axes, so that they can be compared.

use plotters::style::text_anchor::HPos;

use super::{
    families::{Panel, Sheet},
    site::{MODES, Site},
    words,
};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::{Canvas, Stroke, Words, paint},
        chart::Chart,
        frame::Frame,
        legend::Key,
        page::{HEIGHT, LABEL, MARGIN, PANEL_TITLE, Page, Room, SMALL, WIDTH},
        palette::{DASHED, DOTTED, Dash},
    },
    results::{CostRow, Measurement},
    scenario::MapMode,
    stats::CostLaw,
};

/// Above a panel, for its title; below, for the marks; between two of them.
const ABOVE: f64 = 24.0;
const BELOW: f64 = 20.0;
const BETWEEN: f64 = 22.0;

/// Draws a sheet. `None`: none of its times is over 0.
pub fn chart(site: &Site, sheet: &Sheet) -> anyhow::Result<Option<Chart>> {
    let rows: Vec<&CostRow> = sheet.panels.iter().flat_map(|panel| panel.rows.iter().copied()).collect();
    let measured: Vec<&Measurement> = rows.iter().filter_map(|row| row.measured()).collect();
    let most = measured.iter().map(|found| found.law.most_mappers).chain(site.cost.plan.levels.iter().copied()).max();
    let across = Axis::count(words::mappers(site), f64::from(most.unwrap_or(0)), 12 / sheet.columns.max(2));
    let lines = sheet.panels.len().div_ceil(sheet.columns);
    let times = measured.iter().flat_map(|found| extent(found));
    let Some(up) = Axis::times("time of one update", times, if lines > 1 { 6 } else { 9 }) else { return Ok(None) };
    let page = page(site, sheet, &rows, &up);
    let svg = paint((WIDTH, HEIGHT), |canvas| {
        let room = page.draw(canvas, HEIGHT)?;
        panels(canvas, site, sheet, room, (&across, &up))
    })?;
    let name = format!("cost-{}-{}", sheet.stem, site.stem);
    let description = format!("{}. {}\n{}", page.subtitle, page.caption, words::sentences(site, &rows));
    Ok(Some(Chart::new(name, page.title, description, (WIDTH, HEIGHT), &svg)))
}

/// Times that must be on the axis.
fn extent(found: &Measurement) -> impl Iterator<Item = f64> + Clone {
    let (law, most) = (found.law, f64::from(found.law.most_mappers));
    let ends = [law.update_ns(0.0), law.update_ns(most), band(&law, 0.0).1, band(&law, most).1];
    found.levels.iter().map(|level| level.median_ns).chain(ends)
}

/// Where the law of a repeat falls at so many mappers: both intervals' ends together, which is never too narrow.
fn band(law: &CostLaw, mappers: f64) -> (f64, f64) {
    let end = |base: f64, slope: f64| base + slope * mappers;
    (end(law.base_ns.low, law.per_mapper_ns.low), end(law.base_ns.high, law.per_mapper_ns.high))
}

fn panels(canvas: &Canvas, site: &Site, sheet: &Sheet, room: Room, axes: (&Axis, &Axis)) -> anyhow::Result<()> {
    let (across, up) = axes;
    let marks = up.ticks.iter().map(|(_, text)| SMALL.width(text)).fold(0.0, f64::max);
    let left = MARGIN + 26.0 + marks;
    let right = f64::from(WIDTH) - MARGIN - 6.0;
    let bottom = room.bottom - 20.0;
    let (columns, lines) = (sheet.columns as f64, sheet.panels.len().div_ceil(sheet.columns) as f64);
    let width = (right - left - BETWEEN * (columns - 1.0)) / columns;
    let height = (bottom - room.top) / lines;
    for (number, panel) in sheet.panels.iter().enumerate() {
        if panel.rows.is_empty() {
            continue;
        }
        let (column, line) = ((number % sheet.columns) as f64, (number / sheet.columns) as f64);
        let (x, y) = (left + column * (width + BETWEEN), room.top + line * height);
        let frame = Frame { left: x, top: y + ABOVE, right: x + width, bottom: y + height - BELOW, x: across, y: up };
        canvas.words(&panel.title, (x, y + ABOVE / 2.0 + 2.0), PANEL_TITLE.fitted(&panel.title, width))?;
        draw_panel(canvas, site, panel, &frame, column == 0.0)?;
    }
    canvas.words(&across.label, ((left + right) / 2.0, bottom + 8.0), LABEL)?;
    let middle = (room.top + bottom) / 2.0;
    canvas.words(&up.label, (MARGIN + 4.0, middle), Words { upward: true, ..LABEL.end(HPos::Center) })
}

fn draw_panel(canvas: &Canvas, site: &Site, panel: &Panel, frame: &Frame, leftmost: bool) -> anyhow::Result<()> {
    if panel.rows.iter().any(|row| row.emulated) {
        frame.hatch(canvas)?;
    }
    frame.draw(canvas, leftmost)?;
    let found = || panel.rows.iter().filter_map(|row| row.measured().map(|found| (row, found)));
    for (row, Measurement { law, .. }) in found() {
        let look = (site.look(row.write_size).0, 0.14);
        let most = f64::from(law.most_mappers);
        frame.band(canvas, most, |mappers| band(law, mappers), look)?;
        let edge = Stroke { color: look.0, width: 0.5, dash: None };
        frame.curve(canvas, most, |mappers| band(law, mappers).0, edge)?;
        frame.curve(canvas, most, |mappers| band(law, mappers).1, edge)?;
    }
    for (row, Measurement { law, .. }) in found() {
        let stroke = Frame::stroke(site.look(row.write_size).0, dash(row.mode));
        frame.curve(canvas, f64::from(law.most_mappers), |mappers| law.update_ns(mappers), stroke)?;
    }
    for (row, found) in found() {
        let (color, shape) = site.look(row.write_size);
        for level in found.levels.iter().filter(|level| frame.y.holds(level.median_ns)) {
            let place = frame.place(f64::from(level.mappers), level.median_ns);
            canvas.point(place, shape, color, row.mode == MapMode::ReadOnly)?;
        }
    }
    Ok(())
}

fn dash(mode: MapMode) -> Option<Dash> {
    match mode {
        MapMode::ReadWrite => None,
        MapMode::ReadOnly => Some(DASHED),
        MapMode::Dirty => Some(DOTTED),
    }
}

fn page(site: &Site, sheet: &Sheet, rows: &[&CostRow], up: &Axis) -> Page {
    let mut sizes: Vec<u64> = rows.iter().map(|row| row.write_size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let mut legend: Vec<(Key, String)> = Vec::new();
    for size in sizes {
        let (color, shape) = site.look(size);
        legend.push((Key::Point(color, shape), site.size(size)));
    }
    for mode in MODES.into_iter().filter(|mode| rows.iter().any(|row| row.mode == *mode)) {
        let key = Key::Line { dash: dash(mode), hollow: mode == MapMode::ReadOnly };
        legend.push((key, format!("mapped {}", mode.in_words())));
    }
    legend.push((Key::Band, "where a repeat's line falls".to_owned()));
    if rows.iter().any(|row| row.emulated) {
        legend.push((Key::Hatch, "emulated: no property of this system".to_owned()));
    }
    Page {
        title: words::title(site, &format!("{}: update time against mappers", sheet.title)),
        subtitle: words::measured_where(site),
        legend,
        caption: caption(site, sheet, rows, up),
    }
}

fn caption(site: &Site, sheet: &Sheet, rows: &[&CostRow], up: &Axis) -> String {
    let measured = || rows.iter().filter_map(|row| row.measured());
    let curve = if up.is_logarithmic() { " (a straight line is a curve on this axis)" } else { "" };
    let mut caption = format!(
        "Points: medians that were measured. Lines: the fitted law, base + slope · mappers{curve}. Bands: the line of a repeat of \
         the measurement falls there at least 19 times of 20 (ends of base's and slope's intervals together). {}",
        words::behind(site, rows, "line")
    );
    let ends = |found: &Measurement| [0.0, f64::from(found.law.most_mappers)].map(|at| band(&found.law, at).0);
    if measured().flat_map(ends).any(|low| !up.holds(low)) {
        caption.push_str(" What falls below the axis is cut off.");
    }
    let bent: Vec<String> = rows
        .iter()
        .filter(|row| row.measured().is_some_and(Measurement::bends))
        .map(|row| format!("{} ({}, {})", row.method, row.mode.in_words(), site.size(row.write_size)))
        .collect();
    if !bent.is_empty() {
        caption.push_str(&format!(" No straight line, so the slope is a mean: {}.", bent.join(", ")));
    }
    let here = |method: &str| sheet.panels.iter().flat_map(|panel| &panel.rows).any(|row| row.method == method);
    caption + &words::left_out(site, here)
}
