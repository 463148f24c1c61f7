//! What may be said of a sweep: the knee, the scalability of throughput, and the prediction, each labelled as what it is.

use crate::{
    conclude::{
        claim::Remark,
        in_order::unique,
        sweep::knee::{load, tally},
        wording::{estimate, incomplete, runs},
    },
    results::{
        Answer, Decision, Knee, Predicted, PredictedKnee, PredictedPoint, Purpose, SweepReport, SweptRun, Throughput,
    },
    scenario::{
        Setting,
        units::{number, short_ns},
    },
};

impl SweepReport {
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
        format!("{what}: {planned}{}", incomplete(self.complete))
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
        for found in self.knees.iter().filter(|found| found.key == key && found.at == at) {
            remarks.push(Remark::new("Knee, measured: ", knee(found)));
            remarks.extend(notes(&found.notes));
        }
        for found in self.throughput.iter().filter(|found| found.key == key && found.at == at) {
            remarks.extend(throughput(found));
        }
        remarks
            .extend(self.predicted(key, at).into_iter().flat_map(|found| predicted(found, self.objectives.is_empty())));
        remarks
    }

    pub(crate) fn predicted(&self, key: &str, at: &[Setting]) -> Option<&Predicted> {
        self.predicted.iter().find(|found| found.key == key && found.at == at)
    }

    fn emulated(&self) -> Option<String> {
        let emulated: Vec<&SweptRun> = self.runs.iter().filter(|run| !run.emulate.is_nothing()).collect();
        let mut names: Vec<&str> = unique(emulated.iter().map(|run| run.emulate.name()));
        names.sort_unstable();
        (!emulated.is_empty()).then(|| {
            format!(
                "EMULATED: {} of {} imitate another system at every commit ({}); no figure of them is a property of this system",
                emulated.len(),
                runs(self.runs.len()),
                names.join(", ")
            )
        })
    }

    pub(crate) fn failed_runs(&self) -> Vec<String> {
        let sentence = |lead: &str, is_so: fn(&&SweptRun) -> bool| {
            let found: Vec<&SweptRun> = self.runs.iter().filter(is_so).collect();
            let first = found.first()?;
            Some(format!("{lead} {}, the first of them {}", runs(found.len()), first.directory))
        };
        let failed = sentence("operations failed in", |run| run.errors > 0);
        failed.into_iter().chain(sentence("incomplete:", |run| !run.complete)).collect()
    }
}

fn notes<'n>(notes: impl IntoIterator<Item = &'n String>) -> impl Iterator<Item = Remark> {
    notes.into_iter().map(|note| Remark::new("  note: ", note))
}

/// Small shares in digits that mean something.
fn coefficient(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 { format!("{value:.2e}") } else { format!("{value:.3}") }
}

/// Each load is decided by most of its valid runs; what all of them said stands behind it.
fn knee(knee: &Knee) -> String {
    let Knee { key, decisions, .. } = knee;
    let tried = |place: Option<&Decision>| place.map_or_else(String::new, |decision| load(decision.load));
    let seen = tally(decisions);
    match (knee.answer, knee.load.map(load)) {
        (Answer::Found, at) => {
            let at = at.unwrap_or_default();
            format!(
                "{key} = {at} is the largest load at which most runs met every objective, below any at which most missed one: {seen}"
            )
        }
        (Answer::Below, _) => format!(
            "even at the smallest {key} that was tried, {}, most runs missed an objective, so the knee is below it: {seen}",
            tried(decisions.first())
        ),
        (Answer::Above, _) => format!(
            "even at the largest {key} that was tried, {}, most runs met every objective, so the knee is beyond it: {seen}",
            tried(decisions.last())
        ),
        (Answer::Undecided, Some(at)) => {
            format!("most runs met every objective at {key} = {at}; beyond it the runs do not decide: {seen}")
        }
        (Answer::Undecided, None) => {
            format!("the runs do not decide ({} were valid, {} not): {seen}", knee.runs, knee.invalid)
        }
    }
}

fn throughput(throughput: &Throughput) -> Vec<Remark> {
    let mut others = throughput.notes.iter();
    let sentence = match throughput.usl {
        Some(usl) => {
            let peak = match usl.peak_load {
                Some(peak) => format!("most throughput at {} = {}", throughput.key, estimate(peak, number)),
                None => "no peak within 100 times the largest load".to_owned(),
            };
            format!(
                "Universal Scalability Law over {} runs: contention σ {}, coherence κ {}, λ {} a second at a load of 1; {peak}",
                throughput.runs,
                estimate(usl.sigma, coefficient),
                estimate(usl.kappa, coefficient),
                estimate(usl.lambda_per_s, number),
            )
        }
        None => others.next().map_or("no scalability model was fitted", |why| why).to_owned(),
    };
    std::iter::once(Remark::new("Throughput: ", sentence)).chain(notes(others)).collect()
}

fn predicted(predicted: &Predicted, no_objectives: bool) -> Vec<Remark> {
    let Some(cost_model) = &predicted.cost_model else {
        let why = predicted.notes.first().map_or("there is no cost model", |why| why);
        return vec![Remark::new("Not predicted: ", why)];
    };
    let mut remarks = Vec::new();
    let mut remark = |lead: &str, words: String| remarks.push(Remark::new(lead, words));
    let (base, per_mapper) = (estimate(cost_model.base_ns, short_ns), estimate(cost_model.per_mapper_ns, short_ns));
    let source = &cost_model.source;
    remark("Cost model: ", format!("a commit holds the lock for {base} + {per_mapper} for each mapper ({source})"));
    if let (Some(first), Some(last)) = (predicted.points.first(), predicted.points.last()) {
        let held = |point: &PredictedPoint| estimate(point.utilisation, |share| format!("{share:.2}"));
        let saturation = predicted.saturation.map_or_else(String::new, |at| {
            format!("; it would be held all the time at {} = {}", predicted.key, estimate(at, load_rounded))
        });
        let sentence = format!(
            "by that model the lock is held ρ = {} of the time at {}, {} at {}{saturation}",
            held(first),
            number(first.load),
            held(last),
            number(last.load)
        );
        remark("Lock, predicted: ", sentence);
    }
    match &predicted.knee {
        Some(knee) => remark("Knee, predicted: ", predicted_knee(&predicted.key, knee)),
        None if no_objectives => {
            let how = "there are no objectives; --slo 'lookup.p99<=50ms' asks where they stop to be met";
            remark("Knee: ", how.to_owned());
        }
        None => {}
    }
    if let Some(comparison) = &predicted.comparison {
        let by = comparison.difference.map_or_else(String::new, |difference| {
            let side = if difference < 0.0 { "below" } else { "above" };
            format!(" (predicted: {:.0} % {side} measured)", difference.abs() * 100.0)
        });
        remark("  so: ", format!("{}{by}", comparison.sentence));
    }
    remarks.extend(notes(&predicted.notes));
    remarks
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
