//! What each mapper adds to one update in every result: a panel for each update, a row for each file system and size of writes, in it a point
//! with its interval for each result. All panels have the same logarithmic axis. What is of an emulated machine is hollow and dashed.

use crate::{
    conclude::{
        compare::side_by_side::{ModelInResult, ModelInResults},
        cost::EMULATED_TIME,
    },
    present::charts::{Axis, DASHED, DOTTED, Key, Look, Mark, Panel, Plot, Stroke, distinct, series, with_interval},
    results::{CostComparison, Provenance},
    scenario::units::{format_bytes, short_ns},
};

/// Height of a point's line in a row, pixels; and of the space between rows.
const LINE: f64 = 11.0;
const SPACE: f64 = 10.0;
/// The axis spans at least this ratio, so that a lone point does not fill it.
const LEAST_RANGE: f64 = 100.0;

/// `None`: all that there is to be seen is in the ratios of a pair, or no mapper adds anything.
pub fn plot(comparison: &CostComparison) -> Option<Plot> {
    let models = comparison.models();
    let found = || models.iter().flat_map(|model| model.results.iter().flatten());
    let most = found().map(|found| found.per_mapper.high).fold(0.0, f64::max);
    let axis = Axis::logarithmic_times("what each mapper adds to one update", extents(found(), most), 9)?;
    let height = LINE * comparison.results.len() as f64 + SPACE;
    let mut panels = Vec::new();
    for update in distinct(models.iter().map(|model| model.first.update_and_mode())) {
        let of_update: Vec<_> = models.iter().filter(|model| model.first.update_and_mode() == update).collect();
        let names: Vec<String> = of_update.iter().map(|model| model.first.place()).collect();
        let mut panel = Panel::rows(&update, height, &axis, names.iter().map(String::as_str));
        for (row, (model, name)) in of_update.iter().zip(&names).enumerate() {
            add_row(&mut panel, (row, name), model, height);
        }
        panels.push(panel);
    }
    let origin = super::origin_of_matched(comparison);
    let mut plot =
        Plot::new("comparison-per-mapper", "What each mapper adds to one update, in all results", origin, panels);
    let is_emulated = |place: usize| {
        let mut of_result = models.iter().filter_map(|model| model.results[place].as_ref());
        of_result.any(|found| found.provenance == Provenance::Emulated)
    };
    // Also those of which there is no point: their colour is that of a dotted line.
    plot.legend.extend(comparison.names().into_iter().enumerate().map(|(place, name)| {
        let emulated = is_emulated(place);
        let words = if emulated { format!("{name}: {EMULATED_TIME}") } else { name };
        (Key::Mark(look(place, emulated)), words)
    }));
    plot.keys([(Key::Whisker, "95 % prediction interval")]);
    plot.say("Points: the slope of the fitted cost model; lines: its 95 % prediction interval for a repeat of the measurement.");
    plot.say_if(
        found().any(|found| found.provenance == Provenance::Emulated),
        "Hollow and dashed: emulated; no time there is a property of a real machine, and only its ratios to others of the same emulation mean anything.",
    );
    plot.say_if(
        found().any(|found| found.per_mapper.low <= 0.0),
        "Dotted: the interval includes 0; up to its upper end.",
    );
    plot.say(format!("Size of the folios: {}.", folios(&models)));
    Some(plot)
}

/// Colour and shape of a result; hollow if it is emulated.
fn look(place: usize, is_emulated: bool) -> Look {
    Look { is_hollow: is_emulated, ..Look::new(series(place)) }
}

fn add_row(panel: &mut Panel, (row, name): (usize, &str), model: &ModelInResults, height: f64) {
    let count = model.results.len() as f64;
    for (place, found) in model.results.iter().enumerate() {
        let Some(found) = found else { continue };
        let line = (place as f64 + 0.5) / count - 0.5;
        let at = panel.row(row, line * LINE * count / height);
        let is_emulated = found.provenance == Provenance::Emulated;
        let (look, slope) = (look(place, is_emulated), found.per_mapper);
        let title = format!("{name}: {}", with_interval(slope, short_ns));
        if slope.low > 0.0 {
            let stroke = Stroke::new(look.color, 1.5).dashed(is_emulated.then_some(DASHED));
            panel.interval(&title, (slope.value, at), ((slope.low, at), (slope.high, at)), look, stroke);
        } else if slope.high > 0.0 {
            let stroke = Stroke::new(look.color, 1.2).dashed(Some(DOTTED));
            panel.add(title, Mark::Whisker((panel.x.low(), at), (slope.high, at), stroke));
        }
    }
}

/// What must be on the axis. The lower end of a wide interval may lie beyond it.
fn extents<'c>(found: impl Iterator<Item = &'c ModelInResult<'c>>, most: f64) -> impl Iterator<Item = f64> {
    let of_one = |found: &ModelInResult| {
        let slope = found.per_mapper;
        let low = if slope.low > 0.0 { slope.low.max(slope.value / 10.0) } else { slope.high };
        [low, slope.high]
    };
    found.flat_map(of_one).filter(|ns| *ns > 0.0).chain([most / LEAST_RANGE])
}

/// The sizes by place and result, such as `ext4, written 1 MiB at a time: 4 KiB, 4 KiB, 1 MiB`.
fn folios(models: &[ModelInResults]) -> String {
    let of_model = |model: &ModelInResults| {
        let sizes = model.results.iter().map(|found| match found.as_ref().map(|found| found.folio_bytes.value()) {
            Some(Some(bytes)) => format_bytes(*bytes),
            _ => "unknown".to_owned(),
        });
        format!("{}: {}", model.first.place(), sizes.collect::<Vec<_>>().join(", "))
    };
    distinct(models.iter().map(of_model)).join("; ")
}

#[cfg(test)]
mod tests {
    use crate::{
        conclude::compare_costs,
        present::charts::{
            checks::{checked, words},
            cost_comparison_charts,
        },
        results::{Availability, fixtures::cost_on_file_systems},
    };

    #[test]
    fn every_result_has_a_point_and_emulated_time_is_marked() {
        let real = cost_on_file_systems(&[("ext4", 1 << 20), ("xfs", 1 << 20)]);
        let mut emulated = cost_on_file_systems(&[("ext4", 4096), ("xfs", 1 << 20)]);
        emulated.environment.hypervisor = Availability::Value("QEMU without KVM (TCG)".to_owned());
        let named = [emulated.clone(), emulated, real].map(|cost| ("result".to_owned(), cost));
        let comparison = compare_costs(&named, &[], 0.05);
        let charts = checked(cost_comparison_charts(&comparison));
        let chart = charts.iter().find(|chart| chart.name == "comparison-per-mapper").unwrap();
        let words = words(chart);
        assert_eq!(words.iter().filter(|line| line.contains("EMULATED TIME")).count(), 2, "{words:?}");
        let all = words.join(" ");
        assert!(all.contains("ext4, written 1 MiB at a time: 4 KiB, 4 KiB, 1 MiB"), "{all}");
        assert!(all.contains("no time there is a property of a real machine"), "{all}");
    }
}
