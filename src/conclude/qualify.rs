//! Whether a machine is fit: from the longer run at the wanted load, and from the loads that the search tried.
//! The longer run decides. Where a short run contradicts it, the machine or its surroundings changed meanwhile, and nothing is decided.

#[cfg(test)]
mod tests;

use crate::{
    conclude::{sweep::knee::decision, wording::first_of},
    diagnose::CAUSES,
    results::{Availability, Decision, FitKnee, FitLimit, Fitness, Judgement, Qualification, SweptRun},
    scenario::units::number,
};

/// So many missed objectives the sentence names.
const NAMED: usize = 2;

/// Fills in the verdict, its sentence, the knee, the limit and the notes.
pub fn conclude(found: &mut Qualification) {
    found.reasons = invalid(found);
    found.knee = knee(found);
    let met = found.confirmation.as_ref().and_then(SweptRun::judgement);
    found.verdict = match met {
        _ if !found.reasons.is_empty() => Fitness::Invalid,
        Some(Judgement::Met) => Fitness::Fit,
        _ => Fitness::NotFit,
    };
    found.limit = limit(found);
    found.notes = notes(found);
    found.statement = found.sentence();
}

fn wanted(found: &Qualification) -> f64 {
    found.wanted as f64
}

fn load(run: &SweptRun) -> Option<f64> {
    run.settings.iter().find_map(|setting| setting.number)
}

/// Every load of the search with its verdicts, rising.
fn decisions(found: &Qualification) -> Vec<Decision> {
    let runs = || found.search.iter().flat_map(|search| &search.runs);
    let mut loads: Vec<f64> = runs().filter_map(load).collect();
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    loads.into_iter().map(|at| decision(at, runs().filter(|run| load(run) == Some(at)))).collect()
}

/// Whether the search's runs at the wanted load met the objectives; `None`: there is none, or it is undecided.
fn short(found: &Qualification) -> Option<bool> {
    decisions(found).iter().find(|decision| decision.load == wanted(found)).and_then(Decision::meets)
}

/// Why the measurement says nothing.
fn invalid(found: &Qualification) -> Vec<String> {
    let mut reasons: Vec<String> = found.stopped.iter().map(|why| format!("it ended early: {why}")).collect();
    let Some(run) = &found.confirmation else {
        if reasons.is_empty() {
            reasons.push("the longer run at the wanted load was not made".to_owned());
        }
        return reasons;
    };
    match &run.verdict {
        None => reasons.push("there are no objectives".to_owned()),
        Some(verdict) => reasons.extend(verdict.reasons.iter().cloned()),
    }
    if run.judgement() == Some(Judgement::Met) && short(found) == Some(false) {
        reasons.push(format!(
            "the runs at {} processes contradict each other: a short one missed the objectives, the longer one met them; repeat it on a \
             quiet machine, or with a larger --budget",
            found.wanted
        ));
    }
    reasons
}

/// The bracket of the search; the longer run counts as a load too.
fn knee(found: &Qualification) -> Option<FitKnee> {
    let judgement = found.confirmation.as_ref().and_then(SweptRun::judgement);
    let longer = judgement.filter(|judgement| *judgement != Judgement::Invalid);
    let longer = longer.map(|judgement| (wanted(found), judgement == Judgement::Met));
    let short = decisions(found).into_iter().filter_map(|decision| Some((decision.load, decision.meets()?)));
    // Where both were at the wanted load, the longer one is the better answer.
    let short = short.filter(|(load, _)| longer.is_none_or(|(known, _)| known != *load));
    let all: Vec<(f64, bool)> = short.chain(longer).collect();
    let loads = |is_met: bool| all.iter().filter(move |(_, met)| *met == is_met).map(|(load, _)| *load);
    let high = loads(false).reduce(f64::min);
    let low = loads(true).filter(|load| high.is_none_or(|high| *load < high)).reduce(f64::max);
    let load = match (low, high) {
        (Some(low), Some(high)) => (low * high).sqrt(),
        (one, other) => one.or(other)?,
    };
    Some(FitKnee { load, low, high })
}

/// The longer run if it missed objectives, or else the run at the lowest load above it that did.
fn limit(found: &Qualification) -> Option<FitLimit> {
    let missed = |run: &&SweptRun| run.judgement() == Some(Judgement::NotMet);
    let longer = found.confirmation.as_ref().filter(missed);
    let lowest = found.knee.and_then(|knee| knee.high);
    let mut short = found.search.iter().flat_map(|search| &search.runs).filter(missed);
    let run = longer.or_else(|| short.find(|run| load(run) == lowest))?;
    let load = load(run)?;
    let clauses = run.verdict.iter().flat_map(|verdict| &verdict.clauses).filter(|clause| !clause.met);
    let missed: Vec<String> = clauses.map(|clause| format!("{} is {}", clause.clause, clause.figure_text())).collect();
    let cause = run.finding.as_ref().map(|finding| finding.cause.clone());
    let meaning = cause.as_ref().and_then(|cause| CAUSES.iter().find(|known| known.name == cause));
    let at = number(load);
    let statement = match (&run.finding, meaning) {
        (Some(finding), Some(cause)) => {
            format!("{}: {:.0} % of the stalled time at {at} processes", cause.meaning, finding.share * 100.0)
        }
        _ => format!("unexplained: nothing in the evidence says why objectives were missed at {at} processes"),
    };
    Some(FitLimit { load, missed, cause, statement })
}

fn notes(found: &Qualification) -> Vec<String> {
    let mut notes = Vec::new();
    if found.verdict == Fitness::NotFit && short(found) == Some(true) {
        notes.push(format!(
            "a short run at {} processes met the objectives; only the longer one missed them",
            found.wanted
        ));
    }
    let clauses = found.confirmation.iter().flat_map(|run| &run.verdict).flat_map(|verdict| &verdict.clauses);
    for clause in clauses.filter(|clause| !clause.enough) {
        notes.push(format!(
            "{} rests on {} values, too few to be significant: a larger --budget decides",
            clause.clause.metric,
            clause.values_text()
        ));
    }
    if let Availability::Unavailable { unavailable } = &found.cost_model {
        notes.push(format!("no cost model of a commit: {unavailable}"));
    }
    notes
}

impl Qualification {
    /// The knee divided by the wanted load; `None`: there is no knee, or no load met the objectives.
    pub fn margin(&self) -> Option<f64> {
        self.knee.filter(|knee| knee.low.is_some()).map(|knee| knee.load / self.wanted as f64)
    }

    fn sentence(&self) -> String {
        let (wanted, verdict) = (self.wanted, self.verdict.words());
        match self.verdict {
            Fitness::Invalid => {
                format!("{verdict}: {}; this says nothing about the machine", self.reasons.join("; "))
            }
            Fitness::Fit => format!("{verdict} for {wanted} processes: {}", self.holds_up_to()),
            Fitness::NotFit => {
                let missed = self.limit.as_ref().map_or(&[][..], |limit| &limit.missed);
                let missed =
                    if missed.is_empty() { "objectives were missed".to_owned() } else { first_of(missed, NAMED) };
                let limit =
                    self.limit.as_ref().map_or_else(String::new, |limit| format!("; the limit: {}", limit.statement));
                format!("{verdict} for {wanted} processes: {missed}; {}{limit}", self.holds_up_to())
            }
        }
    }

    fn holds_up_to(&self) -> String {
        let Some(knee @ FitKnee { load, .. }) = self.knee else { return "the knee was not found".to_owned() };
        let margin = load / self.wanted as f64;
        match (knee.low, knee.high) {
            (Some(low), Some(high)) => format!(
                "objectives hold up to {} ({} to {}), margin {margin:.2}×",
                number(load.round()),
                number(low),
                number(high)
            ),
            (Some(low), None) => {
                format!("objectives hold up to at least {}, margin at least {margin:.2}×", number(low))
            }
            _ => format!("objectives hold at no load that was tried, down to {}", number(load)),
        }
    }
}
