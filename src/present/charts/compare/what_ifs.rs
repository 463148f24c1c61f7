//! What each mitigation does on each machine: the figure divided by that of its own baseline, a row for every mitigation.

use super::origin_of_matched;
use crate::{
    conclude::{in_order::unique, wording::figure_name},
    present::charts::{Key, Look, Plot, forest, series},
    results::{KeyFigure, Part, PartComparison, PartDifference, PartValue},
    scenario::units::factor,
    stats::Estimate,
};

const FIGURES: [KeyFigure; 5] = [
    KeyFigure::ReaderP99Ns,
    KeyFigure::CommitP99Ns,
    KeyFigure::CommitP50Ns,
    KeyFigure::ReadersCompletedShare,
    KeyFigure::CommitsCompletedShare,
];
const COLUMNS: usize = 2;
/// Height of the row of a result, pixels.
const ROW: f64 = 16.0;

/// `None`: the results have no mitigation in common that has a ratio.
pub fn plot(comparison: &PartComparison) -> Option<Plot> {
    let results = comparison.results.len();
    let mitigations: Vec<&str> = unique(comparison.differences.iter().filter_map(|row| match &row.part {
        Part::Mitigation(name) => Some(&**name),
        _ => None,
    }));
    let rows = |figure: KeyFigure, mitigation: &str| {
        let is_it = |row: &&PartDifference| {
            row.figure == Some(figure) && matches!(&row.part, Part::Mitigation(name) if name == mitigation)
        };
        comparison.differences.iter().filter(is_it).collect::<Vec<_>>()
    };
    // The first result stands in every row, the others each in its own.
    let values = |figure: KeyFigure, mitigation: &str| -> Vec<(usize, &PartValue)> {
        let rows = rows(figure, mitigation);
        let first = rows.first().and_then(|row| Some((0, row.a.value()?)));
        let others = rows.into_iter().filter_map(|row| Some((row.other, row.b.value()?)));
        first.into_iter().chain(others).filter(|(_, value)| value.value > 0.0 && value.value.is_finite()).collect()
    };
    let has_any = |figure: &KeyFigure| mitigations.iter().any(|name| !values(*figure, name).is_empty());
    let figures: Vec<KeyFigure> = FIGURES.into_iter().filter(has_any).collect();
    let all = figures.iter().flat_map(|figure| mitigations.iter().flat_map(|name| values(*figure, name)));
    let ends = all.flat_map(|(_, value)| forest::ends(interval(value)));
    let axis = forest::axis("with the mitigation, as a multiple of its baseline", ends, COLUMNS);
    if figures.is_empty() {
        return None;
    }
    let names = comparison.names();
    let look = |place: usize| {
        let look = Look::new(series(place));
        if place.is_multiple_of(2) { look } else { look.hollow() }
    };
    let panel = |figure: &KeyFigure| {
        let height = ROW * results as f64 + 8.0;
        let mut panel = forest::panel(figure_name(*figure), mitigations.iter().copied(), height, &axis, 0.0);
        for (number, mitigation) in mitigations.iter().enumerate() {
            let found = values(*figure, mitigation);
            if found.is_empty() {
                let at = panel.row(number, 0.0);
                panel.text_in_row(format!("{mitigation}: no ratio"), "no ratio", at);
            }
            for (place, value) in found {
                let lower = ((place as f64 + 0.5) / results as f64 - 0.5) * 0.7;
                let title = format!("{mitigation} on {}: ×{}", names[place], factor(value.value));
                let at = panel.row(number, lower);
                forest::add(&mut panel, at, &title, interval(value), look(place), None);
            }
        }
        panel
    };
    let panels = figures.iter().map(panel).collect();
    let title = "What each mitigation does on each machine";
    let mut plot =
        Plot::new("comparison-mitigations", title, origin_of_matched(comparison), panels).in_columns(COLUMNS);
    plot.keys(names.iter().enumerate().map(|(place, name)| (Key::Mark(look(place)), name.clone())));
    plot.keys([(Key::Whisker, "interval, 95 %")]);
    plot.say(
        "At ×1 a mitigation changes nothing. Intervals come from what varied inside the runs: another run may differ by more. A point \
         without a line has no interval.",
    );
    Some(plot)
}

/// A value without an interval is a point.
fn interval(value: &PartValue) -> Estimate {
    value.estimate().unwrap_or(Estimate::around(value.value, 0.0))
}

#[cfg(test)]
mod tests {
    use crate::{
        conclude::compare_what_ifs,
        present::{
            charts::checks::{checked, expect, expect_described, names},
            what_if_comparison_charts,
        },
        results::{Availability, fixtures},
    };

    #[test]
    fn each_mitigation_has_a_point_for_each_result() {
        let none = || Availability::Unavailable { unavailable: "not here".to_owned() };
        let what_ifs = ["a", "b"].map(|name| (name.to_owned(), fixtures::what_if(), none()));
        let charts = checked(what_if_comparison_charts(&compare_what_ifs(&what_ifs, &[], 0.05)));
        assert_eq!(names(&charts), ["comparison-mitigations", "comparison-parts"]);
        let shown: &[&str] =
            &["read p99", "commit p50", "!commit p99", "read-only", "remap-when-needed", "A (a)", "B (b)"];
        expect(&charts, &[("comparison-mitigations", shown)]);
        let described: &[&str] = &["read-only on A (a): ×0.071", "read-only on B (b): ×0.071"];
        expect_described(&charts, &[("comparison-mitigations", described)]);
        // Without a mitigation there is nothing to draw.
        let bare = what_ifs.map(|(name, mut what_if, machine)| {
            what_if.mitigations.clear();
            (name, what_if, machine)
        });
        let charts = checked(what_if_comparison_charts(&compare_what_ifs(&bare, &[], 0.05)));
        assert!(!names(&charts).contains(&"comparison-mitigations"));
    }
}
