//! What a comparison says first: one sentence, and what differs besides, the most important first.
//! Of many 95 % intervals one in twenty leaves out 1 by chance. So the figures that are compared are a family, corrected by Holm's method: the
//! probability that anything at all is called different by chance is at most 5 %, whatever the figures have in common. (The method of
//! Benjamini and Hochberg would find more, but lets one in twenty of what it finds be chance: too many where one is enough to decide against
//! a machine.) What the correction takes back is said to be that.

#[cfg(test)]
mod tests;

use crate::{
    conclude::{
        difference::Sentence,
        in_order::grouped,
        wording::{self, count, within},
    },
    results::Effect,
    scenario::units::factor,
    stats::{Estimate, LEVEL, at_least, holm, more_needed},
};

/// A figure, as it is tested with the others of its family.
pub struct Test<S> {
    /// What it is about; figures of one subject may be evidence together.
    pub subject: S,
    /// Whether the figures of the subject rest on measurements of their own.
    pub are_independent: bool,
    /// Of its own interval; `None`: there is none that promises 95 %.
    pub p: Option<f64>,
    /// By its own interval.
    pub effect: Effect,
}

/// The adjusted p-values of a family. That several independent figures of a subject agree is one more hypothesis (a binomial test: half of
/// what leaves out 1 by chance does so on either side); where that is significant it is so for each that agrees.
pub fn adjusted<S: PartialEq>(family: &[Test<S>]) -> Vec<Option<f64>> {
    let tested = || family.iter().enumerate().filter(|(_, test)| test.p.is_some());
    let groups = grouped(tested().filter(|(_, test)| test.are_independent).map(|(place, test)| (&test.subject, place)));
    let mut p: Vec<f64> = tested().filter_map(|(_, test)| test.p).collect();
    let alone = p.len();
    let mut agreeing: Vec<Vec<usize>> = Vec::new();
    for (_, places) in groups.into_iter().filter(|(_, places)| places.len() > 1) {
        let with = |effect| places.iter().copied().filter(|place| family[*place].effect == effect).collect::<Vec<_>>();
        let all = [Effect::Better, Effect::Worse].map(with);
        let [better, worse] = all;
        let most = if better.len() > worse.len() { better } else { worse };
        p.push(if most.len() > 1 { (2.0 * at_least(most.len(), places.len(), 0.025)).min(1.0) } else { 1.0 });
        agreeing.push(most);
    }
    let p = holm(&p);
    let mut found = vec![None; family.len()];
    tested().zip(&p).for_each(|((place, _), p)| found[place] = Some(*p));
    for (places, together) in agreeing.iter().zip(&p[alone..]) {
        places.iter().for_each(|place| found[*place] = found[*place].map(|own| own.min(*together)));
    }
    found
}

/// The effect of a figure in its family.
pub fn corrected(effect: Effect, adjusted_p: Option<f64>) -> Effect {
    if effect.is_real() && adjusted_p.is_some_and(|p| p > LEVEL) { Effect::Chance } else { effect }
}

/// A figure, at one place or at several: at the loads of a sweep, of several update methods.
pub struct Subject {
    pub name: String,
    /// What its rows are, such as `loads`.
    pub places: &'static str,
    pub rows: Vec<Stated>,
}

/// One row of a comparison, as far as a conclusion rests on it.
#[derive(Clone, Debug)]
pub struct Stated {
    /// With its place.
    pub name: String,
    /// In its family.
    pub effect: Effect,
    /// `None`: there is no ratio with an interval.
    pub ratio: Option<Estimate>,
    /// `None`: it was not tested.
    pub adjusted_p: Option<f64>,
    /// `None`: it is no real difference.
    pub sentence: Option<Sentence>,
}

/// What is said of one result against another: a clause, which begins small unless with a name, and what differs, in sentences.
pub struct Answer {
    pub clause: String,
    pub sentences: Vec<String>,
}

/// What is compared, where it is not the results themselves that are better or worse.
#[derive(Clone, Copy)]
pub struct Verbs {
    pub better: &'static str,
    pub worse: &'static str,
    /// What is undecided, of two names.
    pub whether: fn(&str, &str) -> String,
}

pub const RESULTS: Verbs =
    Verbs { better: "is better than", worse: "is worse than", whether: |a, b| format!("whether {a} or {b} is better") };

impl Answer {
    /// Of one and the same result twice.
    pub fn identical([a, b]: [&str; 2]) -> Answer {
        Answer::alone(format!("{a} and {b} are the same result: all figures are identical"))
    }

    /// Of two whose figures have nothing to do with each other.
    pub fn incomparable([a, b]: [&str; 2], why: &str) -> Answer {
        Answer::alone(format!("nothing can be concluded of {a} and {b}: {why}"))
    }

    /// Without any difference.
    pub fn alone(clause: String) -> Answer {
        Answer { clause, sentences: Vec::new() }
    }
}

impl Subject {
    fn with(&self, effect: Effect) -> impl Iterator<Item = &Stated> {
        self.rows.iter().filter(move |row| row.effect == effect)
    }

    /// Its rows with this effect in one sentence.
    fn sentence(&self, effect: Effect, letter: &str) -> Option<Sentence> {
        let rows: Vec<&Stated> = self.with(effect).collect();
        let ratios: Vec<f64> = rows.iter().filter_map(|row| Some(row.ratio?.value)).collect();
        let [first, _, ..] = &rows[..] else { return rows.first()?.sentence.clone() };
        let direction = if first.ratio.is_none_or(|ratio| ratio.value > 1.0) { "higher" } else { "lower" };
        let of = match rows.len() {
            all if all == self.rows.len() => format!("all {all}"),
            some => format!("{some} of {}", self.rows.len()),
        };
        let words = format!("{} is {direction} in {letter} at {of} {}", self.name, self.places);
        let [least, most] = [f64::min, f64::max].map(|end| ratios.iter().copied().reduce(end).map(factor));
        let range = least.zip(most).map_or_else(String::new, |(least, most)| {
            let to = if least == most { String::new() } else { format!(" to {most}") };
            format!(" ({letter} / A {least}{to})")
        });
        Some(Sentence { words, evidence: range })
    }
}

/// What may be concluded of the results that are called `a` and `b`, from what their comparison found, the most important subject first.
pub fn answer([a, b]: [&str; 2], letter: &str, verbs: Verbs, subjects: &[Subject], least_effect: f64) -> Answer {
    let held: Vec<(&Subject, Effect)> = subjects
        .iter()
        .flat_map(|subject| [Effect::Better, Effect::Worse].map(|effect| (subject, effect)))
        .filter(|(subject, effect)| subject.with(*effect).next().is_some())
        .collect();
    let lead = |wanted: Effect| {
        let mut sentences = held.iter().filter(|(_, effect)| *effect == wanted);
        sentences.find_map(|(subject, effect)| subject.sentence(*effect, letter)).map(|sentence| sentence.words)
    };
    let clause = match (lead(Effect::Better), lead(Effect::Worse)) {
        (Some(better), Some(worse)) => {
            format!("{b} {} {a} in some figures, and worse in others: {better}, but {worse}", verbs.better)
        }
        (Some(better), None) => {
            format!("{b} {} {a}: {better}; {}none is worse", verbs.better, besides(&held, "better"))
        }
        (None, Some(worse)) => format!("{b} {} {a}: {worse}; {}none is better", verbs.worse, besides(&held, "worse")),
        (None, None) => no_difference([a, b], verbs, subjects, least_effect),
    };
    let sentences = held.iter().filter_map(|(subject, effect)| subject.sentence(*effect, letter));
    Answer { clause, sentences: sentences.map(|sentence| sentence.to_string()).collect() }
}

/// How many other figures are as the lead is.
fn besides(held: &[(&Subject, Effect)], word: &str) -> String {
    match held.len() - 1 {
        0 => String::new(),
        1 => format!("1 more figure is {word}, "),
        more => format!("{more} more figures are {word}, "),
    }
}

fn no_difference([a, b]: [&str; 2], verbs: Verbs, all: &[Subject], least_effect: f64) -> String {
    let rows = || all.iter().flat_map(|subject| &subject.rows);
    let with = |effect: Effect| rows().filter(move |row| row.effect == effect);
    let whether = (verbs.whether)(a, b);
    let (intervals, chance) = (rows().filter(|row| row.adjusted_p.is_some()).count(), with(Effect::Chance).count());
    if all.is_empty() {
        return format!("nothing can be concluded: {a} and {b} have nothing in common that could be compared");
    }
    if chance > 0 {
        let says = if chance == 1 { "shows" } else { "show" };
        return format!(
            "it is undecided {whether}: {chance} of {intervals} intervals {says} a difference, which chance may do"
        );
    }
    // The most important subject is the first.
    let first = &all[0];
    if first.rows.iter().all(|row| row.effect == Effect::Unknown) {
        return format!("it is undecided {whether}: {} has no ratio with an interval", first.name);
    }
    if let Some(first) = with(Effect::Undecided).next() {
        let decides = |ratio: &Estimate| wording::more(more_needed(ratio, least_effect), "as much measuring");
        let decides =
            |ratio: &Estimate| first.adjusted_p.map_or_else(String::new, |_| format!(" ({})", decides(ratio)));
        let could = |ratio: Estimate| format!(" could be {}{}", wording::percent(&ratio), decides(&ratio));
        let could = first.ratio.map_or_else(String::new, could);
        return format!("it is undecided {whether}: no difference is significant; {}{could}", first.name);
    }
    // That neither froze says nothing where nothing else is known.
    if rows().all(|row| row.ratio.is_none()) {
        return format!("it is undecided {whether}: no figure of both has an interval");
    }
    let same = count(with(Effect::Same).count() as u64, "figure");
    match with(Effect::Unknown).count() {
        0 => format!("{a} and {b} are the same {} in every figure", within(least_effect)),
        unknown => format!(
            "{a} and {b} are the same {} in the {same} that can be compared; {unknown} more have no interval",
            within(least_effect)
        ),
    }
}
