//! What the runs of a series say together: the knee, throughput, and the prediction checked against them. They are sorted by load first:
//! one of the axes is the load, and for every value of the other axis there is one group of runs.

pub(crate) mod knee;
pub(crate) mod prediction_check;
pub(crate) mod scaling;
pub(crate) mod sentences;

use crate::{
    conclude::in_order::grouped,
    results::{CommitModel, SweepReport, SweptRun, cpus_usable},
    scenario::{Scenario, Setting},
};

/// Keys of which more is more load. Of two axes the one that stands first here is the load.
const LOADS: [&str; 6] =
    ["readers.count", "readers.rate", "writer.rate", "writer.count", "file.mailboxes", "file.size"];

/// Runs that differ in their load (and repeat) only.
pub(crate) struct Group<'a> {
    pub key: String,
    pub at: Vec<Setting>,
    /// By load, rising.
    pub runs: Vec<(f64, &'a SweptRun)>,
}

impl Group<'_> {
    pub(crate) fn loads(&self) -> Vec<f64> {
        let mut loads: Vec<f64> = self.runs.iter().map(|(load, _)| *load).collect();
        loads.dedup();
        loads
    }
}

/// Runs that differ in `key` (and repeat) only, in the order of the report: one group for every value of the other axis, in its order.
pub(crate) fn along<'a>(report: &'a SweepReport, key: &str) -> Vec<(Vec<Setting>, Vec<&'a SweptRun>)> {
    let at = |run: &SweptRun| run.settings.iter().filter(|setting| setting.key != key).cloned().collect();
    let mut groups: Vec<(Vec<Setting>, _)> = grouped(report.runs.iter().map(|run| (at(run), run)));
    let place = |setting: &Setting| {
        let axis = report.axes.iter().find(|axis| axis.key == setting.key)?;
        axis.values.iter().position(|value| *value == setting.value)
    };
    groups.sort_by_key(|(at, _)| at.first().and_then(place));
    groups
}

/// The groups by load; none if no axis is a load.
pub(crate) fn groups(report: &SweepReport) -> Vec<Group<'_>> {
    let Some(key) = LOADS.into_iter().find(|key| report.axes.iter().any(|axis| axis.key == *key)) else {
        return Vec::new();
    };
    let load =
        |run: &SweptRun| run.settings.iter().find(|setting| setting.key == key).and_then(|setting| setting.number);
    let groups = along(report, key).into_iter().map(|(at, runs)| {
        let mut runs: Vec<(f64, &SweptRun)> = runs.into_iter().filter_map(|run| Some((load(run)?, run))).collect();
        runs.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.order.cmp(&other.1.order)));
        Group { key: key.to_owned(), at, runs }
    });
    groups.filter(|group| !group.runs.is_empty()).collect()
}

/// Adds what the runs say together to a report. `scenario` has every setting but those that vary; `scenario_at` gives the one at a value of the other axis.
pub(crate) fn add(
    report: &mut SweepReport,
    scenario_at: &dyn Fn(&[Setting]) -> Option<Scenario>,
    cost_model: Option<&CommitModel>,
) {
    let cpus = report.machine.as_ref().and_then(|machine| cpus_usable(&machine.cpus_allowed, &machine.cpu_quota));
    let (mut knees, mut throughput, mut predictions) = (Vec::new(), Vec::new(), Vec::new());
    for group in groups(report) {
        let Some(scenario) = scenario_at(&group.at) else { continue };
        let knee = knee::knee(&group);
        throughput.extend(scaling::throughput(&group, &scenario));
        predictions.extend(prediction_check::prediction_check(&group, &scenario, knee.as_ref(), cost_model, cpus));
        knees.extend(knee);
    }
    (report.knees, report.throughput, report.predicted) = (knees, throughput, predictions);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{results::fixtures, scenario::Axis};

    #[test]
    fn the_load_is_found_among_two_axes_and_the_other_one_divides() {
        let mut report = fixtures::sweep(vec![]);
        let mut order = 0;
        for (load, open) in [(200.0, "read-only"), (100.0, "read-write"), (100.0, "read-only"), (200.0, "read-write")] {
            order += 1;
            let mut run = fixtures::swept(order, load, 1, None);
            let other = Setting { key: "readers.open".to_owned(), value: open.to_owned(), number: None };
            run.settings.insert(0, other);
            report.runs.push(run);
        }
        let values = ["read-write", "read-only"].map(str::to_owned).to_vec();
        report.axes.insert(0, Axis { key: "readers.open".to_owned(), values, numbers: None });
        let groups = groups(&report);
        let found: Vec<_> = groups.iter().map(|group| (&*group.key, &*group.at[0].value, group.loads())).collect();
        let expected = ["read-write", "read-only"].map(|open| ("readers.count", open, vec![100.0, 200.0]));
        assert_eq!(found, expected);
    }

    #[test]
    fn words_are_no_load() {
        let mut report = fixtures::sweep(vec![fixtures::swept(1, 100.0, 1, None)]);
        report.axes[0].key = "readers.open".to_owned();
        assert!(groups(&report).is_empty());
    }
}
