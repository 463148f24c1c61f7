//! Update time against mappers: the fitted cost models, where those of a repeat would fall, and the medians that were measured; below
//! each panel what was measured as a multiple of the model. Both axes are linear, so that a straight model is straight and a bend is seen.

use std::collections::BTreeSet;

use super::{
    families::{Facet, Sheet},
    site::{MODES, Site},
};
use crate::{
    conclude::cost::pieces,
    present::charts::{
        Axis, DASHED, DOTTED, Dash, FAINT, GREY, Key, Look, Mark, Panel, Plot, Shape, Stroke, axis::range, curve,
        residuals, with_interval,
    },
    results::{CostLevel, CostRow, Measurement},
    scenario::{MapMode, units::short_ns},
    stats::CostModel,
};

/// Height of all panels with times together, and of one at least, pixels; a line goes through so many places.
const HEIGHT: f64 = 330.0;
const LEAST_HEIGHT: f64 = 120.0;
const STEPS: u32 = 40;
/// Panels whose longest times differ less have one axis.
const SAME_SCALE: f64 = 4.0;

/// `None`: none of its times is over 0.
pub fn plot(site: &Site, sheet: &Sheet) -> Option<Plot> {
    let rows: Vec<&CostRow> = sheet.panels.iter().flat_map(|panel| panel.rows.iter().copied()).collect();
    let measured: Vec<&Measurement> = rows.iter().filter_map(|row| row.measured()).collect();
    let most =
        measured.iter().map(|found| found.cost_model.most_mappers).chain(site.cost.plan.levels.iter().copied()).max();
    let across = Axis::count(site.mappers(), f64::from(most.unwrap_or(0)), 12 / sheet.columns.max(2));
    let lines = sheet.panels.len().div_ceil(sheet.columns);
    let longest = |facet: &Facet| facet.measured().flat_map(|(_, found)| extent(found)).fold(0.0, f64::max);
    let tops: Vec<f64> = sheet.panels.iter().map(longest).collect();
    let (least_of_all, most_of_all) = range(tops.iter().copied())?;
    let has_one_scale = most_of_all < SAME_SCALE * least_of_all;
    let up = |top: f64| {
        let top = if has_one_scale { most_of_all } else { top };
        Axis::linear_times("time of one update", [top], if lines > 1 { 4 } else { 8 })
    };
    let residuals = residuals::axis(sheet.panels.iter().flat_map(Facet::measured).flat_map(|(_, found)| {
        found.levels.iter().map(|level| residuals::ratio(level.median_ns, model(found, level)))
    }));
    let height = LEAST_HEIGHT.max(HEIGHT / lines as f64);
    let mut panels = Vec::new();
    for (facets, tops) in sheet.panels.chunks(sheet.columns).zip(tops.chunks(sheet.columns)) {
        for (facet, top) in facets.iter().zip(tops) {
            panels.push(up(*top).map_or_else(Panel::default, |up| {
                panel(site, facet, Panel::new(facet.title.as_str(), height, &across, up))
            }));
        }
        panels.resize_with(panels.len().next_multiple_of(sheet.columns), Panel::default);
        panels.extend(facets.iter().map(|facet| match facet.rows.is_empty() {
            true => Panel::default(),
            false => residual_panel(site, facet, residuals::panel(&across, &residuals)),
        }));
        panels.resize_with(panels.len().next_multiple_of(sheet.columns), Panel::default);
    }
    let title = format!("{}: update time against mappers", sheet.title);
    let mut plot = site.plot(&sheet.stem, &title, panels).in_columns(sheet.columns);
    plot.legend = keys(site, &rows);
    plot.keys([(Key::Hatched(FAINT), "emulated: no property of this system")]);
    plot.say(format!(
        "Points: medians that were measured. Lines: the fitted cost model, base + slope · mappers, or where that fails the time at each \
         number of mappers. Bands: 95 % prediction intervals of those of a repeat (of a straight line the ends of base's and slope's \
         intervals together, so rather too wide). {}",
        residuals::READING
    ));
    plot.say_if(!has_one_scale, "Each panel has its own scale of time.");
    site.say_behind(&mut plot, &rows, "line");
    let bent = site.bent(&rows).join(", ");
    plot.say_if(!bent.is_empty(), format!("No straight line: {bent}."));
    site.say_left_out(&mut plot, |method| rows.iter().any(|row| row.method == method));
    Some(plot)
}

/// Times that must be on the axis.
fn extent(found: &Measurement) -> impl Iterator<Item = f64> {
    let lines = places(&found.cost_model).map(|mappers| found.cost_model.update_ns(mappers).high);
    found.levels.iter().map(|level| level.median_ns).chain(lines)
}

/// Where a cost model is drawn: in small steps, or where it bends.
fn places(model: &CostModel) -> impl DoubleEndedIterator<Item = f64> + Clone + use<> {
    let most = f64::from(model.most_mappers);
    let places: Vec<f64> = match &*model.points {
        [] => (0..=STEPS).map(|step| most * f64::from(step) / f64::from(STEPS)).collect(),
        points => points.iter().map(|point| f64::from(point.mappers)).collect(),
    };
    places.into_iter()
}

/// What the model of a measurement gives for the mappers of one of its levels.
fn model(found: &Measurement, level: &CostLevel) -> f64 {
    found.cost_model.update_ns(f64::from(level.mappers)).value
}

fn panel(site: &Site, facet: &Facet, mut panel: Panel) -> Panel {
    panel.is_hatched = facet.rows.iter().any(|row| row.emulated);
    for (row, Measurement { cost_model, .. }) in facet.measured() {
        let (color, places) = (site.look(row.write_size).0, places(cost_model));
        let low = |mappers: f64| cost_model.update_ns(mappers).low;
        let high = |mappers: f64| cost_model.update_ns(mappers).high;
        panel.band(places.clone().map(|x| (x, cost_model.update_ns(x))), color, 0.14);
        let edges = [curve(&panel.y, places.clone(), low), curve(&panel.y, places, high)];
        edges.into_iter().for_each(|edge| panel.line("", edge, Stroke::new(color, 0.5)));
    }
    for (row, Measurement { cost_model, .. }) in facet.measured() {
        let stroke = Stroke::new(site.look(row.write_size).0, 2.0).dashed(dash(row.mode));
        let slope = match pieces(&cost_model.points) {
            Some(pieces) => format!("; {pieces}"),
            None => format!(" + {} a mapper", with_interval(cost_model.per_mapper_ns, short_ns)),
        };
        let base = with_interval(cost_model.update_ns(0.0), short_ns);
        let title = format!("{}: {base}{slope}", site.name(row));
        panel.model(&title, places(cost_model), |mappers| cost_model.update_ns(mappers).value, stroke);
    }
    for (row, found) in facet.measured() {
        for level in &found.levels {
            let (median, mappers) = (short_ns(level.median_ns), level.mappers);
            let title = format!("{}: median {median} with {mappers} mappers", site.name(row));
            panel.add(title, Mark::Point((f64::from(mappers), level.median_ns), 0.0, look(site, row)));
        }
    }
    panel
}

fn residual_panel(site: &Site, facet: &Facet, mut panel: Panel) -> Panel {
    panel.is_hatched = facet.rows.iter().any(|row| row.emulated);
    for (row, found) in facet.measured() {
        for level in &found.levels {
            let title = format!("{} with {} mappers", site.name(row), level.mappers);
            let values = [level.median_ns, model(found, level)];
            residuals::add(&mut panel, &title, f64::from(level.mappers), values, look(site, row));
        }
    }
    panel
}

fn look(site: &Site, row: &CostRow) -> Look {
    Look { is_hollow: row.mode == MapMode::ReadOnly, ..Look::new(site.look(row.write_size)) }
}

fn dash(mode: MapMode) -> Option<Dash> {
    match mode {
        MapMode::ReadWrite => None,
        MapMode::ReadOnly => Some(DASHED),
        MapMode::Dirty => Some(DOTTED),
    }
}

/// Colours for sizes, dashes for open modes.
fn keys(site: &Site, rows: &[&CostRow]) -> Vec<(Key, String)> {
    let sizes: BTreeSet<u64> = rows.iter().map(|row| row.write_size).collect();
    let size = |size: u64| {
        let (color, shape) = site.look(size);
        (Key::Curve(Stroke::new(color, 2.0), Look::new((color, shape))), site.size(size))
    };
    let mode = |mode: MapMode| {
        let look = Look { is_hollow: mode == MapMode::ReadOnly, ..Look::new((GREY, Shape::Circle)) };
        (Key::Curve(Stroke::new(GREY, 2.0).dashed(dash(mode)), look), format!("mapped {}", mode.in_words()))
    };
    let modes = MODES.into_iter().filter(|mode| rows.iter().any(|row| row.mode == *mode));
    let band = (Key::Area(GREY, 0.25), "where a repeat's line falls".to_owned());
    sizes.into_iter().map(size).chain(modes.map(mode)).chain([band]).collect()
}
