//! What may be said of a sweep: the knee, the scalability of throughput, and the prediction, each labelled as what it is.

use crate::{
    conclude::wording::{Remark, runs},
    results::{
        Answer, Decision, Knee, Predicted, PredictedKnee, PredictedPoint, Purpose, SweepReport, SweptRun, Throughput,
    },
    scenario::{
        Setting,
        units::{number, short_ns},
    },
    stats::Estimate,
};

impl SweepReport {
    /// What was varied, how often, and whether all of it was.
    pub fn heading(&self) -> String {
        let keys: Vec<&str> = self.axes.iter().map(|axis| &*axis.key).collect();
        let what = match self.purpose {
            Purpose::Sweep => format!("{} by {}", self.scenario, keys.join(" and ")),
            Purpose::Knee => format!("{}: the largest {} that meets the objectives", self.scenario, keys.join(" and ")),
        };
        let planned = match self.planned {
            Some(planned) if planned as usize != self.runs.len() => format!("{} of {planned} runs", self.runs.len()),
            _ => runs(self.runs.len()),
        };
        format!("{what}: {planned}{}", if self.complete { "" } else { " (INCOMPLETE)" })
    }

    /// What a reader of the figures must know.
    pub fn warnings(&self) -> Vec<String> {
        self.first_warnings().chain(self.failed_runs()).collect()
    }

    /// Those that concern the whole.
    pub(crate) fn first_warnings(&self) -> impl Iterator<Item = String> {
        let stopped = self.stopped.iter().map(|why| format!("it ended before all runs were made: {why}"));
        self.emulated().into_iter().chain(stopped)
    }

    /// What the runs say together that differ in the load `key` only, at these values of the other axis.
    pub(crate) fn remarks(&self, key: &str, at: &[Setting]) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let mut remark = |lead: &str, words: &str| remarks.push(Remark::new(lead, words));
        for found in self.knees.iter().filter(|found| found.key == key && found.at == at) {
            knee(&mut remark, found);
        }
        for found in self.throughput.iter().filter(|found| found.key == key && found.at == at) {
            throughput(&mut remark, found);
        }
        if let Some(found) = self.predicted(key, at) {
            predicted(&mut remark, found, self.objectives.is_empty());
        }
        remarks
    }

    pub(crate) fn predicted(&self, key: &str, at: &[Setting]) -> Option<&Predicted> {
        self.predicted.iter().find(|found| found.key == key && found.at == at)
    }

    /// That some runs imitate another system.
    fn emulated(&self) -> Option<String> {
        let emulated: Vec<&SweptRun> = self.runs.iter().filter(|run| !run.emulate.is_nothing()).collect();
        let mut names: Vec<&str> = emulated.iter().map(|run| run.emulate.name()).collect();
        names.sort_unstable();
        names.dedup();
        let count = emulated.len();
        (count > 0).then(|| {
            format!(
                "EMULATED: {} of {} imitate another system at every commit ({}); no figure of them is a property of this system",
                count,
                runs(self.runs.len()),
                names.join(", ")
            )
        })
    }

    pub(crate) fn failed_runs(&self) -> Vec<String> {
        let mut failures = Vec::new();
        let failed: Vec<&SweptRun> = self.runs.iter().filter(|run| run.errors > 0).collect();
        if let Some(first) = failed.first() {
            failures.push(format!(
                "operations failed in {}, the first of them {}",
                runs(failed.len()),
                first.directory
            ));
        }
        let lost: Vec<&SweptRun> = self.runs.iter().filter(|run| !run.complete).collect();
        if let Some(first) = lost.first() {
            failures.push(format!("incomplete: {}, the first of them {}", runs(lost.len()), first.directory));
        }
        failures
    }
}

/// Settings in one line.
pub(crate) fn settings(settings: &[Setting]) -> String {
    settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A value with its interval.
pub(crate) fn estimate(Estimate { value, low, high }: Estimate, show: impl Fn(f64) -> String) -> String {
    format!("{} ({} to {})", show(value), show(low), show(high))
}

/// Small shares in digits that mean something.
fn coefficient(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 { format!("{value:.2e}") } else { format!("{value:.3}") }
}

fn knee(mut remark: impl FnMut(&str, &str), knee: &Knee) {
    let Knee { key, decisions, .. } = knee;
    let tried = |place: Option<&Decision>| place.map_or_else(String::new, |it| number(it.load));
    let at = knee.load.map(number).unwrap_or_default();
    let low = match knee.low {
        Some(low) => format!("all runs met them up to {}", number(low)),
        None => "at no load did all runs meet them".to_owned(),
    };
    let high = match knee.high {
        Some(high) => format!("none did at {}", number(high)),
        None => "at no load did all runs miss them".to_owned(),
    };
    let runs = format!("{} runs", knee.runs);
    let sentence = match knee.answer {
        Answer::Found => format!("{key} = {at} is the largest load that met every objective: {low}, {high} ({runs})"),
        Answer::Below => format!(
            "even the smallest {key} that was tried, {}, does not meet every objective ({runs}): there is no knee to be found above it",
            tried(decisions.first())
        ),
        Answer::Above => format!(
            "every objective is still met at the largest {key} that was tried, {}: the knee is beyond it ({runs})",
            tried(decisions.last())
        ),
        Answer::Undecided => match knee.load {
            Some(at) => {
                format!(
                    "the objectives are met up to {key} = {}; beyond it the runs do not decide ({runs})",
                    number(at)
                )
            }
            None => format!("the runs do not decide ({runs} were valid, {} not)", knee.invalid),
        },
    };
    remark("Knee, measured: ", &sentence);
    for note in &knee.notes {
        remark("  note: ", note);
    }
}

fn throughput(mut remark: impl FnMut(&str, &str), throughput: &Throughput) {
    let heading = "Throughput: ";
    let mut notes = throughput.notes.iter();
    match throughput.usl {
        Some(cost_model) => {
            let peak = match cost_model.peak_load {
                Some(peak) => format!("most throughput at {} = {}", throughput.key, estimate(peak, number)),
                None => "no peak within 100 times the largest load".to_owned(),
            };
            let sentence = format!(
                "Universal Scalability Law over {} runs: contention σ {}, coherence κ {}, λ {} a second at a load of 1; {peak}",
                throughput.runs,
                estimate(cost_model.sigma, coefficient),
                estimate(cost_model.kappa, coefficient),
                estimate(cost_model.lambda_per_s, number),
            );
            remark(heading, &sentence);
        }
        None => {
            let why = notes.next().map_or("no law was fitted", |why| why);
            remark(heading, why);
        }
    }
    for note in notes {
        remark("  note: ", note);
    }
}

fn predicted(mut remark: impl FnMut(&str, &str), predicted: &Predicted, no_objectives: bool) {
    let Some(cost_model) = &predicted.cost_model else {
        let why = predicted.notes.first().map_or("there is no cost model", |why| why);
        remark("Not predicted: ", why);
        return;
    };
    let sentence = format!(
        "a commit holds the lock for {} + {} for each mapper ({})",
        estimate(cost_model.base_ns, short_ns),
        estimate(cost_model.per_mapper_ns, short_ns),
        cost_model.source
    );
    remark("Cost model: ", &sentence);
    if let (Some(first), Some(last)) = (predicted.points.first(), predicted.points.last()) {
        let held = |point: &PredictedPoint| estimate(point.utilisation, |share| format!("{share:.2}"));
        let saturation = match predicted.saturation {
            Some(at) => {
                format!("; it would be held all the time at {} = {}", predicted.key, estimate(at, load_rounded))
            }
            None => String::new(),
        };
        let sentence = format!(
            "by that model the lock is held ρ = {} of the time at {}, {} at {}{saturation}",
            held(first),
            number(first.load),
            held(last),
            number(last.load)
        );
        remark("Lock, predicted: ", &sentence);
    }
    match &predicted.knee {
        Some(knee) => remark("Knee, predicted: ", &predicted_knee(&predicted.key, knee)),
        None if no_objectives => {
            remark("Knee: ", "there are no objectives; --slo 'lookup.p99<=50ms' asks where they stop to be met");
        }
        None => {}
    }
    if let Some(comparison) = &predicted.comparison {
        let by = comparison.difference.map_or_else(String::new, |difference| {
            let side = if difference < 0.0 { "below" } else { "above" };
            format!(" (predicted: {:.0} % {side} measured)", difference.abs() * 100.0)
        });
        remark("  so: ", &format!("{}{by}", comparison.sentence));
    }
    for note in &predicted.notes {
        remark("  note: ", note);
    }
}

fn load_rounded(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { number(value) }
}

fn predicted_knee(key: &str, knee: &PredictedKnee) -> String {
    let (from, to) = (load_rounded(knee.from), load_rounded(knee.to));
    match (knee.answer, knee.load) {
        (_, Some(at)) => format!("{key} = {}, from the cost model and queueing alone", estimate(at, load_rounded)),
        (Answer::Below, None) => format!("none: even {from} would not meet every objective"),
        _ => format!("none up to {to}: by the cost model and queueing alone every objective would still be met there"),
    }
}
