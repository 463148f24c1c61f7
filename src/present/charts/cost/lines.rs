//! Update time against mappers: the fitted laws, where a repeat's would fall, and the medians that were measured.
//! Panels of one chart share both axes, so that they can be compared.

use super::{
    captions,
    families::{self, Sheet},
    site::{MODES, Site},
};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::Stroke,
        legend::Key,
        page::Page,
        palette::{DASHED, DOTTED, Dash, FAINT, GREY, Shape},
        plot::{At, Look, Mark, Panel, Plot, curve},
    },
    results::{CostRow, Measurement},
    scenario::{MapMode, units::short_ns},
    stats::CostModel,
};

/// Height of all panels together, pixels; a line goes through so many places.
const HEIGHT: f64 = 350.0;
const STEPS: u32 = 80;

/// `None`: none of its times is over 0.
pub fn plot(site: &Site, sheet: &Sheet) -> Option<Plot> {
    let rows: Vec<&CostRow> = sheet.panels.iter().flat_map(|panel| panel.rows.iter().copied()).collect();
    let measured: Vec<&Measurement> = rows.iter().filter_map(|row| row.measured()).collect();
    let most =
        measured.iter().map(|found| found.cost_model.most_mappers).chain(site.cost.plan.levels.iter().copied()).max();
    let across = Axis::count(captions::mappers(site), f64::from(most.unwrap_or(0)), 12 / sheet.columns.max(2));
    let lines = sheet.panels.len().div_ceil(sheet.columns);
    let times = measured.iter().flat_map(|found| extent(found));
    let up = Axis::times("time of one update", times, if lines > 1 { 6 } else { 9 })?;
    let height = HEIGHT / lines as f64;
    let panels = sheet.panels.iter().map(|it| match it.rows.is_empty() {
        true => Panel::new("", 0.0, across.clone(), up.clone()),
        false => panel(site, it, Panel::new(it.title.as_str(), height, across.clone(), up.clone())),
    });
    Some(Plot {
        name: format!("cost-{}-{}", sheet.stem, site.stem),
        panels: panels.collect(),
        page: page(site, sheet, &rows, &up),
        origin: captions::origin(site),
        sentences: vec![captions::sentences(site, &rows)],
        columns: sheet.columns,
    })
}

/// Times that must be on the axis.
fn extent(found: &Measurement) -> impl Iterator<Item = f64> + Clone {
    let (cost_model, most) = (found.cost_model, f64::from(found.cost_model.most_mappers));
    let ends =
        [cost_model.update_ns(0.0), cost_model.update_ns(most), band(&cost_model, 0.0).1, band(&cost_model, most).1];
    found.levels.iter().map(|level| level.median_ns).chain(ends)
}

/// Where the law of a repeat falls at so many mappers: both intervals' ends together, which is never too narrow.
fn band(cost_model: &CostModel, mappers: f64) -> (f64, f64) {
    let end = |base: f64, slope: f64| base + slope * mappers;
    (
        end(cost_model.base_ns.low, cost_model.per_mapper_ns.low),
        end(cost_model.base_ns.high, cost_model.per_mapper_ns.high),
    )
}

/// Close together near 0, where a law is steep on a logarithmic axis.
fn places(most: f64) -> impl DoubleEndedIterator<Item = f64> {
    (0..=STEPS).map(move |step| most * (f64::from(step) / f64::from(STEPS)).powi(2))
}

fn panel(site: &Site, of: &families::Panel, mut panel: Panel) -> Panel {
    panel.is_hatched = of.rows.iter().any(|row| row.emulated);
    let found = || of.rows.iter().filter_map(|row| row.measured().map(|found| (row, found)));
    for (row, Measurement { cost_model, .. }) in found() {
        let (color, most) = (site.look(row.write_size).0, f64::from(cost_model.most_mappers));
        let lower = places(most).map(|mappers| (mappers, band(cost_model, mappers).0));
        let upper = places(most).rev().map(|mappers| (mappers, band(cost_model, mappers).1));
        panel.behind(Mark::Area(lower.chain(upper).collect(), color, 0.14));
        let edge = Stroke { color, width: 0.5, dash: None };
        let ends: [fn(&CostModel, f64) -> f64; 2] =
            [|cost_model, mappers| band(cost_model, mappers).0, |cost_model, mappers| band(cost_model, mappers).1];
        for end in ends {
            for part in curve(&panel.y, places(most), |mappers| end(cost_model, mappers)) {
                panel.behind(Mark::Line(part, edge));
            }
        }
    }
    let name = |row: &CostRow| format!("{}, {}, {}", row.method, row.mode.in_words(), site.size(row.write_size));
    for (row, Measurement { cost_model, .. }) in found() {
        let stroke = Stroke { color: site.look(row.write_size).0, width: 2.0, dash: dash(row.mode) };
        let title = format!(
            "{}: {} + {} a mapper",
            name(row),
            short_ns(cost_model.base_ns.value),
            short_ns(cost_model.per_mapper_ns.value)
        );
        let parts: Vec<Vec<At>> =
            curve(&panel.y, places(f64::from(cost_model.most_mappers)), |mappers| cost_model.update_ns(mappers));
        parts.into_iter().for_each(|part| panel.add(title.clone(), Mark::Line(part, stroke)));
    }
    for (row, found) in found() {
        let look = Look { is_hollow: row.mode == MapMode::ReadOnly, ..Look::new(site.look(row.write_size)) };
        for level in &found.levels {
            let title = format!("{}: median {} with {} mappers", name(row), short_ns(level.median_ns), level.mappers);
            panel.add(title, Mark::Point((f64::from(level.mappers), level.median_ns), 0.0, look));
        }
    }
    panel
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
        let key = Key::Curve(Stroke::new(color, 2.0), Look::new((color, shape)));
        legend.push((key, site.size(size)));
    }
    for mode in MODES.into_iter().filter(|mode| rows.iter().any(|row| row.mode == *mode)) {
        let look = Look { is_hollow: mode == MapMode::ReadOnly, ..Look::new((GREY, Shape::Circle)) };
        let key = Key::Curve(Stroke::new(GREY, 2.0).dashed(dash(mode)), look);
        legend.push((key, format!("mapped {}", mode.in_words())));
    }
    legend.push((Key::Area(GREY, 0.25), "where a repeat's line falls".to_owned()));
    if rows.iter().any(|row| row.emulated) {
        legend.push((Key::Hatched(FAINT), "emulated: no property of this system".to_owned()));
    }
    Page {
        title: captions::title(site, &format!("{}: update time against mappers", sheet.title)),
        subtitle: captions::measured_where(site),
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
        captions::behind(site, rows, "line")
    );
    let ends =
        |found: &Measurement| [0.0, f64::from(found.cost_model.most_mappers)].map(|at| band(&found.cost_model, at).0);
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
    caption + &captions::left_out(site, here)
}
