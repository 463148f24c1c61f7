//! The prediction compared with what was measured: the cost model is that of the runs themselves where none is given. Where the two
//! disagree, what that points at.

#[cfg(test)]
mod tests;

use super::Group;
use crate::{
    conclude::{
        in_order::grouped,
        predicted::{self, Basis, Contention},
        run::KEPT_UP,
    },
    results::{Answer, CommitModel, Decision, Judgement, Knee, KneeComparison, Predicted, PredictedKnee, SweptRun},
    scenario::Scenario,
    stats::{self, CurvatureVerdict, Estimate, Observation},
};

/// Knees that differ by less are the same: the model is no better than that.
const LEAST_DIFFERENCE: f64 = 0.15;
/// The predicted knee is sought up to so many times the largest load that was run, and down to so small a share of the smallest.
const BEYOND: f64 = 8.0;
/// Below this utilisation, no long wait comes from the lock alone.
const BUSY: f64 = 0.7;

/// The prediction for a group of runs; `None`: its key is none that the cost model knows.
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
    let instances = f64::from(scenario.instances.count);
    predicted.cost_model = match given {
        Some(cost_model) => Some(cost_model.clone()),
        None => {
            let alone = |run: &SweptRun| match (predicted.reader_cpu_ns, cpus) {
                (Some(reader_cpu_ns), Some(cpus)) => {
                    let readers = run.readers.due_per_s * reader_cpu_ns / 1e9;
                    1.0 / Contention::of(readers, 0.0, instances, cpus).commit
                }
                _ => 1.0,
            };
            model_of_runs(group, alone, &mut predicted.notes)
        }
    };
    let Some(cost_model) = &mut predicted.cost_model else { return Some(predicted) };
    let (Some(reader_cpu_ns), Some(cpus)) = (predicted.reader_cpu_ns, cpus) else {
        predicted.notes.push("readers' CPU time or the number of CPUs is unavailable".to_owned());
        return Some(predicted);
    };
    if given.is_some()
        && let Some(by) = calibrated(group, instances, &Basis { cost_model, reader_cpu_ns, cpus })
    {
        *cost_model = cost_model.clone().scaled(by, "as at the smallest load");
        if (by - 1.0).abs() > LEAST_DIFFERENCE {
            predicted.notes.push(format!(
                "at the smallest load commits took {by:.2} times what the cost model says of them: the machine was not as it was when the \
                 model was measured, or commits in a run differ. The prediction is from the model times that"
            ));
        }
    }
    if let Some(spread) = spread_at_smallest(group) {
        cost_model.spread = spread;
    }
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
    if let (Some(measured), Some(expected)) = (knee, &predicted.knee) {
        predicted.comparison = compare(measured, expected, &predicted, group);
    }
    Some(predicted)
}

/// A figure of the runs at the smallest load at which any has it.
fn at_smallest<'a, T>(group: &Group<'a>, figure: impl Fn(&'a SweptRun) -> Option<T>) -> Option<Vec<T>> {
    let known = group.runs.iter().filter_map(|(load, run)| Some((*load, figure(run)?)));
    grouped(known).into_iter().next().map(|(_, figures)| figures)
}

/// How many times longer commits take at the smallest load than a cost model from before the runs says, by the median of its runs.
fn calibrated(group: &Group<'_>, instances: f64, basis: &Basis<'_>) -> Option<f64> {
    let of_run = |run: &SweptRun| {
        let is_enough = run.complete && run.writers.completed >= predicted::LEAST_COMMITS;
        let hold_ns = run.hold_ns.filter(|_| is_enough)?;
        predicted::calibration(hold_ns, f64::from(run.mappers), run.readers.due_per_s, instances, basis)
    };
    at_smallest(group, of_run).map(stats::median)
}

/// How single commits vary at the smallest load, the mean of its runs: more than among mappers that sleep, and not by queues yet.
fn spread_at_smallest(group: &Group<'_>) -> Option<Vec<f64>> {
    let all = at_smallest(group, |run| Some(&run.commit_spread).filter(|spread| run.complete && !spread.is_empty()))?;
    let mean = |place: usize| all.iter().map(|one| one[place]).sum::<f64>() / all.len() as f64;
    let length = all.iter().map(|one| one.len()).min().unwrap_or(0);
    Some((0..length).map(mean).collect())
}

/// The cost model of the runs' own commits: of those below the knee, where queues and CPUs add least to the cost; or if those are too
/// few, of all of them. `alone`: what share of its time a commit of a run would take if nothing else wanted the CPUs.
fn model_of_runs(group: &Group<'_>, alone: impl Fn(&SweptRun) -> f64, notes: &mut Vec<String>) -> Option<CommitModel> {
    let is_below = |run: &SweptRun| match run.judgement() {
        Some(judgement) => judgement == Judgement::Met,
        None => [&run.readers, &run.writers]
            .iter()
            .filter_map(|totals| totals.completed_share())
            .all(|share| share >= KEPT_UP),
    };
    let whole = |(_, run): &&(f64, &SweptRun)| run.complete && run.errors == 0;
    let all: Vec<&SweptRun> = group.runs.iter().filter(whole).map(|(_, run)| *run).collect();
    let below: Vec<&SweptRun> = all.iter().copied().filter(|run| is_below(run)).collect();
    let (fitted, which) = match (fit(&below, &alone), fit(&all, &alone)) {
        (Ok(fitted), _) => (fitted, "below the knee"),
        (Err(_), Ok(fitted)) => {
            notes.push(
                "too few runs are below the knee: the cost model is from all runs, so its costs are rather too high"
                    .to_owned(),
            );
            (fitted, "of this sweep, also beyond the knee")
        }
        (Err(_), Err(error)) => {
            notes.push(format!("the runs give no cost model: {error}"));
            return None;
        }
    };
    if fitted.per_mapper_ns.contains(0.0) {
        notes.push("no significant per-mapper cost: its interval includes 0".to_owned());
    } else if fitted.is_flat() {
        notes.push("mappers add next to nothing to a commit here".to_owned());
    }
    if matches!(fitted.curvature.verdict, CurvatureVerdict::Upward | CurvatureVerdict::Downward) {
        let what = "a commit's cost is no straight line in the number of mappers: beyond the loads that were run the model is a guess";
        notes.push(what.to_owned());
    }
    let (rounds, levels, most) = (fitted.rounds, fitted.levels, fitted.most_mappers);
    let source = format!("{rounds} runs {which}, {levels} numbers of mappers up to {most}");
    let straight = CommitModel::straight(fitted.base_ns, fitted.per_mapper_ns, source);
    Some(CommitModel { points: fitted.points, ..straight })
}

/// Runs are independent of each other, each with files and processes of its own: so each is a round.
fn fit(runs: &[&SweptRun], alone: impl Fn(&SweptRun) -> f64) -> Result<stats::CostModel, stats::FitError> {
    let observation = |(round, run): (u32, &&SweptRun)| {
        let ns = run.hold_ns? * alone(run);
        Some(Observation { round, mappers: run.mappers, ns })
    };
    stats::fit(&(0..).zip(runs).filter_map(observation).collect::<Vec<_>>())
}

/// CPU time of a reader each time that it gets a CPU: the median of what the herds of all runs showed, and no less than what an operation
/// takes without its wait for the lock at the smallest load, where no other process takes anything from it.
fn reader_cpu_ns(group: &Group<'_>) -> Option<f64> {
    let own = stats::median(at_smallest(group, |run| run.reader_own_ns)?);
    let turns: Vec<f64> = group.runs.iter().filter_map(|(_, run)| run.reader_turn_ns).collect();
    Some(if turns.is_empty() { own } else { own.max(stats::median(turns)) })
}

/// Measured and predicted knee; `None`: one of them lies outside of the loads that were tried, so no difference is known.
fn compare(measured: &Knee, knee: &PredictedKnee, predicted: &Predicted, group: &Group<'_>) -> Option<KneeComparison> {
    let load = measured.load.or(measured.high)?;
    let measured_at = match measured.answer {
        Answer::Found => within_majorities(measured, load),
        // All that is known is an end.
        Answer::Above => Estimate { value: load, low: load, high: f64::INFINITY },
        Answer::Below => Estimate { value: load, low: 0.0, high: load },
        Answer::Undecided => return None,
    };
    let predicted_at = match (knee.answer, knee.load) {
        (_, Some(load)) => load,
        (Answer::Above, None) => Estimate { value: knee.to, low: knee.to, high: f64::INFINITY },
        (Answer::Below, None) => Estimate { value: knee.from, low: 0.0, high: knee.from },
        _ => return None,
    };
    let difference = predicted_at.value / load - 1.0;
    let is_near = difference.abs() <= LEAST_DIFFERENCE;
    let differs = !measured_at.overlaps(&predicted_at) && !is_near;
    let is_bound = knee.load.is_none() || measured.answer != Answer::Found;
    let sentence = match (differs, difference > 0.0) {
        (false, _) if is_bound => "of one of them only a bound is known, which the other does not contradict".to_owned(),
        (false, _) if is_near => "prediction and measurement agree to 15 %".to_owned(),
        (false, _) => "whether prediction and measurement agree is UNDECIDED: their intervals overlap, and they are more than 15 % apart"
            .to_owned(),
        (true, true) => format!("prediction and measurement DISAGREE: the knee comes {}", earlier(measured, predicted, group)),
        (true, false) => "prediction and measurement DISAGREE: the machine carries more than the cost model allows. Commits cost less at \
                          that load than the model says, or fewer readers come while the lock is held than with random arrivals"
            .to_owned(),
    };
    Some(KneeComparison { difference: (!is_bound).then_some(difference), differs, sentence })
}

/// A measured knee, between the loads at which all runs agree; where there are none, between the outermost at which most do.
fn within_majorities(measured: &Knee, load: f64) -> Estimate {
    let mut decisions = measured.decisions.iter();
    let most_met = decisions.find(|decision| decision.meets() == Some(true));
    let most_missed = decisions.rfind(|decision| decision.meets() == Some(false));
    let end = |decision: Option<&Decision>| decision.map(|decision| decision.load);
    Estimate {
        value: load,
        low: measured.low.or(end(most_met)).unwrap_or(0.0),
        high: measured.high.or(end(most_missed)).unwrap_or(f64::INFINITY),
    }
}

/// What a knee at a smaller load than the lock alone explains points at.
fn earlier(measured: &Knee, predicted: &Predicted, group: &Group<'_>) -> String {
    let beyond = measured.high.or(measured.load).unwrap_or(0.0);
    let point = predicted.points.iter().find(|point| point.load >= beyond).or(predicted.points.last());
    let held = point.map_or(0.0, |point| point.utilisation.value);
    let failing = group.runs.iter().map(|(_, run)| *run).filter(|run| run.judgement() == Some(Judgement::NotMet));
    let failing: Vec<&SweptRun> = failing.collect();
    let causes = failing.iter().filter_map(|run| run.finding.as_ref()).map(|finding| (&finding.cause, ()));
    let mut causes = grouped(causes);
    causes.sort_by_key(|(_, runs)| std::cmp::Reverse(runs.len()));
    let percent = held * 100.0;
    let lock = match held < BUSY {
        true => format!(
            "although commits would hold the lock only {percent:.0} % of the time there. That points at something other than commits"
        ),
        false => format!(
            "although the model finds a lock that is held {percent:.0} % of the time still good enough. That points at more than the typical \
             commit"
        ),
    };
    match causes.first() {
        Some((cause, named)) => {
            format!("earlier, {lock}: {} of the {} runs that failed name `{cause}`", named.len(), failing.len())
        }
        None => {
            format!("earlier, {lock}, such as the disk, or a machine that was slower than when the model was measured")
        }
    }
}
