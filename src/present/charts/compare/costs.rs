//! What each mapper adds to one update in every result: a panel for each update, a row for each file system and size of writes, in it a point
//! with its interval for each result. All panels have the same logarithmic axis. What is of an emulated machine is hollow and dashed.

use crate::{
    conclude::{
        compare::side_by_side::{ModelInResult, ModelInResults},
        wording::EMULATED_TIME,
    },
    present::charts::{
        DASHED, Key, Look, Panel, Plot, series,
        slopes::{self, Slope},
        unique, with_interval,
    },
    results::{CostComparison, Provenance},
    scenario::units::{format_bytes, short_ns},
};

/// `None`: all that there is to be seen is in the ratios of a pair, or no mapper adds anything.
pub fn plot(comparison: &CostComparison) -> Option<Plot> {
    let models = comparison.models();
    let found = || models.iter().flat_map(|model| model.results.iter().flatten());
    let axis = slopes::axis("what each mapper adds to one update", found().map(slope))?;
    let mut panels = Vec::new();
    for update in unique(models.iter().map(|model| model.first.update_and_mode())) {
        let of_update: Vec<_> = models.iter().filter(|model| model.first.update_and_mode() == update).collect();
        let names = of_update.iter().map(|model| model.first.place());
        let mut panel = slopes::panel(&update, names, comparison.results.len(), &axis);
        of_update.into_iter().enumerate().for_each(|(row, model)| add_row(&mut panel, row, model));
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

fn slope(found: &ModelInResult) -> Slope {
    Slope { estimate: found.per_mapper, is_significant: found.per_mapper.low > 0.0 }
}

fn add_row(panel: &mut Panel, row: usize, model: &ModelInResults) {
    for (place, found) in model.results.iter().enumerate() {
        let Some(found) = found else { continue };
        let at = slopes::line(panel, row, (place, model.results.len()));
        let is_emulated = found.provenance == Provenance::Emulated;
        let look = look(place, is_emulated);
        let title = format!("{}: {}", model.first.place(), with_interval(found.per_mapper, short_ns));
        slope(found).add_to(panel, at, &title, (look, is_emulated.then_some(DASHED)), look.color);
    }
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
    unique(models.iter().map(of_model)).join("; ")
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
