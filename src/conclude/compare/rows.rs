//! Results whose parts are matched: cost models, points of sweeps, mitigations of what-ifs. Text, page and chart are the same for all of
//! them; what is emulated is marked where it stands. Which parts a kind of result has, and what is said of each, is in the file of the kind.

use super::{
    conclusion::{Answer, Stated, Subject, Test, Verbs, adjusted, answer, corrected},
    machine::{qualification, sorted_out},
    matching,
    names::{Unnamed, names},
    side_by_side::SideBySide,
};
use crate::{
    conclude::{
        claim::{SAME, effect_of},
        difference::Sentence,
        in_order::grouped,
        letter,
        wording::effect_word,
    },
    results::{
        Availability, CostDifference, Effect, Environment, Fact, InspectionDifference, KeyDifference, Matched,
        MatchedResult, PartDifference, Provenance, ShootdownDifference,
    },
    stats::{Estimate, Tails, p_value},
};

/// What every row has, whatever its figure.
pub trait Judged {
    /// The other result: its place among all, 1 for B.
    fn other(&self) -> usize;
    fn effect(&self) -> Effect;
    fn adjusted_p(&self) -> Option<f64>;
    /// In the family of all figures of the two results.
    fn correct(&mut self, adjusted_p: Option<f64>);
}

macro_rules! judged {
    ($($row:ty),*) => {
        $(impl Judged for $row {
            fn other(&self) -> usize {
                self.other
            }

            fn effect(&self) -> Effect {
                self.effect
            }

            fn adjusted_p(&self) -> Option<f64> {
                self.adjusted_p
            }

            fn correct(&mut self, adjusted_p: Option<f64>) {
                (self.adjusted_p, self.effect) = (adjusted_p, corrected(self.effect, adjusted_p));
            }
        })*
    };
}

judged!(CostDifference, InspectionDifference, PartDifference, ShootdownDifference);

pub trait MatchedRow: Judged {
    const PART: &'static str;
    /// Name and title of the chart, and what a point of it is.
    const CHART: [&'static str; 3];

    /// The table that it stands in: its place among all, and its caption.
    fn table(&self) -> (usize, String);
    fn name(&self) -> String;
    /// What a conclusion is about, what its places are, and whether these were measured independently of each other. `None`: nothing is
    /// concluded from it.
    fn subject(&self) -> Option<(String, &'static str, bool)>;
    /// The subject at this place.
    fn full_name(&self) -> String {
        self.name()
    }
    /// The figure and the part, on the chart; `None`: it is not drawn.
    fn charted(&self) -> Option<String>;
    fn values(&self) -> [String; 2];
    /// The other divided by the first, and its interval.
    fn ratio(&self) -> Option<(f64, Option<Estimate>)>;
    /// How the interval was made; `None`: it has all that is possible.
    fn tails(&self) -> Option<Tails> {
        Some(Tails::Normal)
    }
    fn verdict(&self) -> &'static str {
        effect_word(self.effect(), "lower", "higher", "unknown")
    }
    fn provenance(&self) -> Provenance;
    /// Where neither result has anything of it to show: the figure, and why. It stands in no table.
    fn absent(&self) -> Option<(String, String)> {
        None
    }
    fn note(&self) -> &'static str;
    /// Tables of all results next to each other, before those of each pair; empty: these show the same.
    fn side_by_side(_: &Matched<Self>) -> Vec<SideBySide>
    where
        Self: Sized,
    {
        Vec::new()
    }
    /// A real difference in a sentence, `letter` standing for the other result; `None`: it is none.
    fn sentence(&self, letter: &str) -> Option<Sentence>;

    /// `mark` if it is emulated.
    fn emulated(&self, mark: &'static str) -> &'static str {
        if self.provenance() == Provenance::Emulated { mark } else { "" }
    }
}

/// How figures of two results are compared.
#[derive(Clone, Copy)]
pub struct Pairing {
    pub is_same: bool,
    /// Why their times have nothing to do with each other; `None`: they do.
    pub incomparable: Option<&'static str>,
    pub least_effect: f64,
}

impl Pairing {
    pub fn of_machines([a, b]: [&Environment; 2], is_same: bool, least_effect: f64) -> Pairing {
        let is_one = a.is_emulated() != b.is_emulated();
        let why = "the time of an emulated machine is not compared with that of a real one";
        Pairing { is_same, incomparable: is_one.then_some(why), least_effect }
    }

    /// The ratio of two estimates of what is better when it is less, and its effect.
    pub fn of_both(self, a: &Estimate, b: &Estimate) -> (Availability<Estimate>, Effect) {
        if let Some(why) = self.incomparable {
            return (Err(why.to_owned()).into(), Effect::Unknown);
        }
        let ratio = if self.is_same { Some(SAME) } else { a.ratio_to(b) };
        let effect = ratio.map_or_else(|| apart(a, b), |ratio| effect_of(&ratio, self.least_effect, false));
        (ratio.ok_or_else(|| "an interval includes 0".to_owned()).into(), effect)
    }
}

/// Without a ratio, only intervals without a common point show a difference.
fn apart(a: &Estimate, b: &Estimate) -> Effect {
    match (a.overlaps(b), b.value < a.value) {
        (true, _) => Effect::Undecided,
        (false, true) => Effect::Better,
        (false, false) => Effect::Worse,
    }
}

/// A result, and what is compared of it besides its parts.
pub struct Gathered {
    pub result: MatchedResult,
    /// Facts of the machine; empty: unavailable.
    pub environment: Vec<Fact>,
    pub plan: Vec<Fact>,
    pub is_complete: bool,
    /// With the first result.
    pub pairing: Pairing,
}

/// What is compared of all results together.
pub struct Whole {
    /// What they are matched by, such as `point`.
    pub part: &'static str,
    pub verbs: Verbs,
    /// Keys of the scenarios that differ.
    pub scenario: Vec<KeyDifference>,
    /// Why the loads may differ, where no key is known; and what may not be concluded then.
    pub doubts: Vec<String>,
    pub least_effect: f64,
}

/// Results with their differences, and the conclusion from them.
pub fn matched<D: MatchedRow>(all: Vec<Gathered>, whole: Whole, mut differences: Vec<D>) -> Matched<D> {
    let plans: Vec<_> = all.iter().map(|one| one.plan.clone()).collect();
    let environments: Vec<_> = all.iter().map(|one| one.environment.clone()).collect();
    let (environment, same_environment) = sorted_out(&environments);
    let incomplete = all.iter().enumerate().filter(|(_, one)| !one.is_complete);
    let mut warnings: Vec<String> = matching::mismatch(&whole.scenario)
        .into_iter()
        .chain(qualification(&environments))
        .chain(whole.doubts.clone())
        .collect();
    warnings.extend(
        incomplete
            .map(|(place, _)| format!("{} is incomplete: it was interrupted, or workers were lost", letter(place))),
    );
    if differences.is_empty() {
        warnings.push(format!("the results have no {} in common", whole.part));
    }
    let (pairings, results): (Vec<_>, Vec<_>) = all.into_iter().map(|one| (one.pairing, one.result)).unzip();
    (1..results.len()).for_each(|other| correct(&mut differences, other));
    let names = names(&unnamed(&results, &whole.scenario));
    let (mut clauses, mut sentences) = (Vec::new(), Vec::new());
    for (other, name) in names.iter().enumerate().skip(1) {
        let subjects = subjects(differences.iter().filter(|row| row.other() == other));
        let pair = [&*names[0], name];
        let found = match pairings[other] {
            Pairing { is_same: true, .. } => Answer::identical(pair),
            Pairing { incomparable: Some(why), .. } => Answer::incomparable(pair, why),
            _ => answer(pair, &letter(other), whole.verbs, &subjects, whole.least_effect),
        };
        clauses.push(found.clause);
        sentences.extend(found.sentences);
    }
    Matched {
        conclusion: matching::hedged(&whole.scenario, whole.doubts.is_empty(), &clauses.join("; ")),
        plan: whole.scenario.into_iter().chain(sorted_out(&plans).0).collect(),
        results,
        least_effect: whole.least_effect,
        environment,
        same_environment,
        warnings,
        sentences,
        differences,
    }
}

fn unnamed<'r>(results: &'r [MatchedResult], scenario: &[KeyDifference]) -> Vec<Unnamed<'r>> {
    let unnamed = results.iter().enumerate().map(|(place, result)| Unnamed {
        directory: &result.directory,
        machine: result.machine.value(),
        across: matching::across(scenario, place),
    });
    unnamed.collect()
}

/// Corrects what is concluded of one result: its figures are tested together.
fn correct<D: MatchedRow>(differences: &mut [D], other: usize) {
    let mut rows: Vec<&mut D> = differences.iter_mut().filter(|row| row.other() == other).collect();
    let test = |row: &D| {
        let (subject, _, are_independent) = row.subject()?;
        let bounds = row.ratio().and_then(|(_, bounds)| bounds);
        let p = bounds.zip(row.tails()).map(|(ratio, tails)| p_value(&ratio, tails));
        Some(Test { subject, are_independent, p, effect: row.effect() })
    };
    rows.retain(|row| row.subject().is_some());
    let family: Vec<Test<String>> = rows.iter().filter_map(|row| test(row)).collect();
    rows.into_iter().zip(adjusted(&family)).for_each(|(row, p)| row.correct(p));
}

/// The rows of one comparison by what they are about.
fn subjects<'d, D: MatchedRow + 'd>(rows: impl Iterator<Item = &'d D>) -> Vec<Subject> {
    let subjects = grouped(rows.filter_map(|row| {
        let stated = Stated {
            name: row.full_name(),
            effect: row.effect(),
            ratio: row.ratio().and_then(|(_, bounds)| bounds),
            adjusted_p: row.adjusted_p(),
            sentence: row.sentence(&letter(row.other())),
        };
        let (name, places, _) = row.subject()?;
        Some(((name, places), stated))
    }));
    let subject = |((name, places), rows)| Subject { name, places, rows };
    subjects.into_iter().map(subject).collect()
}

impl<D> Matched<D> {
    /// What each result is called.
    pub fn names(&self) -> Vec<String> {
        names(&unnamed(&self.results, &self.plan))
    }
}
