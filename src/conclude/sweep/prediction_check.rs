//! The prediction beside what was measured: the law from the runs themselves where none is given, and what it means where the two
//! disagree.

#[cfg(test)]
mod tests;

use super::{groups::Group, scaling::KEPT_UP};
use crate::{
    conclude::predicted::{self, Basis},
    results::{Answer, CommitModel, Judgement, Knee, KneeComparison, Predicted, PredictedKnee, SweptRun},
    scenario::Scenario,
    stats::{self, CurvatureVerdict, Estimate, Observation},
};

/// Knees that differ by less are the same: the model is no better than that.
const LEAST_DIFFERENCE: f64 = 0.15;
/// The predicted knee is looked for up to so many times the largest load that was run, and down to so small a share of the smallest.
const BEYOND: f64 = 8.0;
/// Below this utilisation, the lock alone makes nobody wait for long.
const BUSY: f64 = 0.7;

/// The prediction for a group of runs; `None`: nobody could expect one, as its key is nothing that the law knows.
pub(crate) fn prediction_check(
    group: &Group<'_>,
    scenario: &Scenario,
    knee: Option<&Knee>,
    given: Option<&CommitModel>,
    cpus: Option<f64>,
) -> Option<Predicted> {
    if !["readers.count", "readers.rate", "writer.rate", "writer.count"].contains(&&*group.key) {
        return None;
    }
    let mut predicted = Predicted {
        key: group.key.clone(),
        at: group.at.clone(),
        cost_model: None,
        reader_cpu_ns: reader_cpu_ns(group),
        cpus: cpus.map(|cpus| cpus / f64::from(scenario.instances.count)),
        points: Vec::new(),
        saturation: None,
        knee: None,
        comparison: None,
        notes: Vec::new(),
    };
    if let Some(obstacle) = predicted::obstacle(scenario) {
        predicted.notes.push(obstacle.to_owned());
        return Some(predicted);
    }
    predicted.cost_model = match given {
        Some(cost_model) => Some(cost_model.clone()),
        None => model_of_runs(group, &mut predicted.notes),
    };
    let Some(cost_model) = &predicted.cost_model else { return Some(predicted) };
    let (Some(reader_cpu_ns), Some(cpus)) = (predicted.reader_cpu_ns, cpus) else {
        predicted.notes.push("readers' CPU time or the number of CPUs is unavailable".to_owned());
        return Some(predicted);
    };
    let basis = Basis { cost_model, reader_cpu_ns, cpus };
    let loads = group.loads();
    predicted.points = loads.iter().filter_map(|load| predicted::point(scenario, &group.key, *load, &basis)).collect();
    if group.key == "readers.count" {
        predicted.saturation = predicted::saturation(scenario, cost_model);
    }
    let from = loads.first().copied().unwrap_or(1.0) / BEYOND;
    let to = loads.last().copied().unwrap_or(1.0) * BEYOND;
    let from = if group.key.ends_with("count") { from.max(1.0).floor() } else { from };
    predicted.knee = predicted::predicted_knee(scenario, &group.key, &basis, from..=to.max(from));
    if let (Some(measured), Some(it)) = (knee, &predicted.knee) {
        predicted.comparison = compare(measured, it, &predicted, group);
    }
    Some(predicted)
}

/// The law from the runs' own commits: below the knee, where queues and CPUs do not yet make them costlier; or if those do not tell, from
/// all of them.
fn model_of_runs(group: &Group<'_>, notes: &mut Vec<String>) -> Option<CommitModel> {
    let is_below = |run: &SweptRun| match run.judgement() {
        Some(judgement) => judgement == Judgement::Met,
        None => run.readers_completed_share().is_none_or(|completed_share| completed_share >= KEPT_UP),
    };
    let whole = |(_, run): &&(f64, &SweptRun)| run.complete && run.errors == 0;
    let below: Vec<&SweptRun> = group.runs.iter().filter(whole).map(|it| it.1).filter(|run| is_below(run)).collect();
    let all: Vec<&SweptRun> = group.runs.iter().filter(whole).map(|it| it.1).collect();
    let source = |fitted: &stats::CostModel, which: &str| {
        format!("{} runs {which}, {} numbers of mappers up to {}", fitted.rounds, fitted.levels, fitted.most_mappers)
    };
    let (fitted, which) = match (fit(&below), fit(&all)) {
        (Ok(fitted), _) => (fitted, "below the knee"),
        (Err(_), Ok(fitted)) => {
            notes.push("too few runs are below the knee: the law is from all runs, and so rather too dear".to_owned());
            (fitted, "of this sweep, also beyond the knee")
        }
        (Err(_), Err(error)) => {
            notes.push(format!("the runs give no cost law: {error}"));
            return None;
        }
    };
    if fitted.per_mapper_ns.contains(0.0) {
        notes.push(
            "whether mappers make a commit dearer does not show: the interval of what each adds holds 0".to_owned(),
        );
    } else if fitted.is_flat() {
        notes.push("mappers add next to nothing to a commit here".to_owned());
    }
    if matches!(fitted.curvature.verdict, CurvatureVerdict::Upward | CurvatureVerdict::Downward) {
        notes.push("a commit's cost is no straight line in the number of mappers: beyond the loads that were run the law is a guess".to_owned());
    }
    Some(CommitModel { base_ns: fitted.base_ns, per_mapper_ns: fitted.per_mapper_ns, source: source(&fitted, which) })
}

/// Runs are independent of each other, each with files and processes of its own: so each is a round.
fn fit(runs: &[&SweptRun]) -> Result<stats::CostModel, stats::FitError> {
    let observation = |(round, run): (u32, &&SweptRun)| {
        let ns = run.hold_ns?;
        Some(Observation { round, mappers: run.mappers, ns })
    };
    stats::fit(&(0..).zip(runs).filter_map(observation).collect::<Vec<_>>())
}

/// What a reader's operation took by itself where there was least to wait for: the median over the runs at the smallest load that has any.
fn reader_cpu_ns(group: &Group<'_>) -> Option<f64> {
    let known: Vec<(f64, f64)> =
        group.runs.iter().filter_map(|(load, run)| Some((*load, run.reader_own_ns?))).collect();
    let smallest = known.first()?.0;
    let mut own: Vec<f64> = known.iter().filter(|(load, _)| *load == smallest).map(|(_, own)| *own).collect();
    own.sort_by(f64::total_cmp);
    own.get(own.len() / 2).copied()
}

/// Measured and predicted knee; `None`: one of them lies outside of what was looked at, and no difference can be told.
fn compare(measured: &Knee, it: &PredictedKnee, predicted: &Predicted, group: &Group<'_>) -> Option<KneeComparison> {
    let load = measured.load.or(measured.high)?;
    let measured_at = match measured.answer {
        Answer::Found => {
            Estimate { value: load, low: measured.low.unwrap_or(0.0), high: measured.high.unwrap_or(f64::INFINITY) }
        }
        // All that is known is an end.
        Answer::Above => Estimate { value: load, low: load, high: f64::INFINITY },
        Answer::Below => Estimate { value: load, low: 0.0, high: load },
        Answer::Undecided => return None,
    };
    let predicted_at = match (it.answer, it.load) {
        (_, Some(load)) => load,
        (Answer::Above, None) => Estimate { value: it.to, low: it.to, high: f64::INFINITY },
        (Answer::Below, None) => Estimate { value: it.from, low: 0.0, high: it.from },
        _ => return None,
    };
    let difference = predicted_at.value / load - 1.0;
    let differs = !measured_at.overlaps(&predicted_at) && difference.abs() > LEAST_DIFFERENCE;
    let is_bound = it.load.is_none() || measured.answer != Answer::Found || measured.high.is_none();
    let sentence = match (differs, difference > 0.0) {
        (false, _) if is_bound => "prediction and measurement do not contradict each other".to_owned(),
        (false, _) => "prediction and measurement agree within their intervals, or to 15 %".to_owned(),
        (true, true) => format!("prediction and measurement DISAGREE: the knee comes {}", earlier(measured, predicted, group)),
        (true, false) => "prediction and measurement DISAGREE: the machine carries more than the law allows. Commits cost less at that \
                          load than the law says, or fewer readers come while the lock is held than if they came at random"
            .to_owned(),
    };
    Some(KneeComparison { difference: (!is_bound).then_some(difference), differs, sentence })
}

/// What it suggests that the knee comes at a smaller load than the lock alone would bring it.
fn earlier(measured: &Knee, predicted: &Predicted, group: &Group<'_>) -> String {
    let beyond = measured.high.or(measured.load).unwrap_or(0.0);
    let point = predicted.points.iter().find(|point| point.load >= beyond).or(predicted.points.last());
    let held = point.map_or(0.0, |point| point.utilisation.value);
    let failing = group.runs.iter().map(|(_, run)| *run).filter(|run| run.judgement() == Some(Judgement::NotMet));
    let mut causes: Vec<(String, usize)> = Vec::new();
    let mut runs = 0;
    for run in failing {
        runs += 1;
        let Some(finding) = &run.finding else { continue };
        match causes.iter_mut().find(|(cause, _)| *cause == finding.cause) {
            Some((_, count)) => *count += 1,
            None => causes.push((finding.cause.clone(), 1)),
        }
    }
    causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let lock = if held < BUSY {
        format!(
            "although commits would hold the lock only {:.0} % of the time there. That points at something other than commits",
            held * 100.0
        )
    } else {
        format!(
            "although the model finds a lock that is held {:.0} % of the time still good enough. That points at more than the typical commit",
            held * 100.0
        )
    };
    match causes.first() {
        Some((cause, count)) => format!("earlier, {lock}: {count} of the {runs} runs that failed name `{cause}`"),
        None => {
            format!("earlier, {lock}, such as the CPU time of the herd that wakes up after each commit, or the disk")
        }
    }
}
