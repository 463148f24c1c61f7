//! What the runs of a series say together: the knee, throughput, and the prediction checked against them.

pub(crate) mod groups;
pub(crate) mod knee;
pub(crate) mod prediction_check;
pub(crate) mod scaling;
pub(crate) mod sentences;

use groups::groups;

use crate::{
    results::{CommitModel, SweepReport, cpus_usable},
    scenario::{Scenario, Setting},
};

/// Adds all that to a report. `scenario` has every setting but those that vary; `scenario_at` gives the one at a value of the other axis.
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
