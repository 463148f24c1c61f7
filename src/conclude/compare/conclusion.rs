//! What a comparison says first: one sentence, and what differs besides, the most important first.
//! Of many 95 % intervals one in twenty leaves out 1 by chance. What is concluded holds for all of them together; what is not more than
//! chance would give is said to be that.

#[cfg(test)]
mod tests;

use crate::{
    conclude::{
        difference::Sentence,
        wording::{self, count, within},
    },
    results::Effect,
    scenario::units::factor,
    stats::{Estimate, Tails, at_least, widening},
};

/// A figure, at one place or at several: at the loads of a sweep, of several update methods.
pub struct Subject {
    pub name: String,
    /// What its rows are, such as `loads`.
    pub places: &'static str,
    /// Whether its rows rest on measurements of their own, so that several that agree are evidence together.
    pub are_independent: bool,
    pub rows: Vec<Stated>,
}

/// One row of a comparison, as far as a conclusion rests on it.
#[derive(Clone, Debug)]
pub struct Stated {
    /// With its place.
    pub name: String,
    pub effect: Effect,
    /// `None`: there is no ratio with an interval.
    pub ratio: Option<Estimate>,
    /// How its interval was made; `None`: it is no interval of 95 % but has all that is possible.
    pub tails: Option<Tails>,
    /// `None`: it is no real difference.
    pub sentence: Option<Sentence>,
}

/// What is said of one result against another: a clause, and what differs, in sentences.
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

impl Stated {
    /// Whether it would be a difference too if `intervals` of 95 % were to hold together.
    fn holds_among(&self, intervals: usize) -> bool {
        let (Some(ratio), Some(tails)) = (self.ratio, self.tails) else { return self.effect.is_real() };
        let factor = widening(intervals, tails);
        // On a logarithmic scale; an end at 0 stays there.
        let [low, high] = [ratio.low, ratio.high].map(|end| ratio.value * (end / ratio.value).powf(factor));
        self.effect.is_real() && (ratio.value == 0.0 || low > 1.0 || high < 1.0)
    }

    fn is_tested(&self) -> bool {
        self.ratio.is_some() && self.tails.is_some()
    }
}

impl Subject {
    fn with(&self, effect: Effect) -> impl Iterator<Item = &Stated> {
        self.rows.iter().filter(move |row| row.effect == effect)
    }

    /// Whether what its rows say is more than chance would give among so many intervals of so many subjects.
    fn holds(&self, effect: Effect, intervals: usize, subjects: usize) -> bool {
        let tested = self.rows.iter().filter(|row| row.is_tested()).count();
        let agreeing = self.with(effect).filter(|row| row.is_tested()).count();
        // Half of what leaves out 1 by chance does so on either side.
        let chance = at_least(agreeing, tested, 0.025) * 2.0 * subjects as f64;
        self.with(effect).any(|row| row.holds_among(intervals))
            || self.are_independent && agreeing > 1 && chance <= 0.05
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
    let rows = || subjects.iter().flat_map(|subject| &subject.rows);
    let intervals = rows().filter(|row| row.is_tested()).count();
    let held: Vec<(&Subject, Effect)> = subjects
        .iter()
        .flat_map(|subject| [Effect::Better, Effect::Worse].map(|effect| (subject, effect)))
        .filter(|(subject, effect)| subject.holds(*effect, intervals, subjects.len()))
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
            format!("{b} {} {a}: {better}{}", verbs.better, besides(subjects, &held, Effect::Better))
        }
        (None, Some(worse)) => format!("{b} {} {a}: {worse}{}", verbs.worse, besides(subjects, &held, Effect::Worse)),
        (None, None) => no_difference([a, b], verbs, subjects, intervals, least_effect),
    };
    let sentences = held.iter().filter_map(|(subject, effect)| subject.sentence(*effect, letter));
    Answer { clause, sentences: sentences.map(|sentence| sentence.to_string()).collect() }
}

/// What stands behind the lead: how many other figures are as it is, and whether any is not.
fn besides(subjects: &[Subject], held: &[(&Subject, Effect)], effect: Effect) -> String {
    let (word, opposite, opposite_word) = match effect {
        Effect::Better => ("better", Effect::Worse, "worse"),
        _ => ("worse", Effect::Better, "better"),
    };
    let more = held.len() - 1;
    let others = match more {
        0 => String::new(),
        1 => format!("1 more figure is {word}, "),
        more => format!("{more} more figures are {word}, "),
    };
    let against = subjects.iter().flat_map(|subject| subject.with(opposite)).count();
    let tested = subjects.iter().flat_map(|subject| &subject.rows).filter(|row| row.is_tested()).count();
    match against {
        0 => format!("; {others}none is {opposite_word}"),
        some => format!("; {others}{some} of {tested} intervals say the opposite, which chance may do"),
    }
}

fn no_difference([a, b]: [&str; 2], verbs: Verbs, all: &[Subject], intervals: usize, least_effect: f64) -> String {
    let rows = || all.iter().flat_map(|subject| &subject.rows);
    let with = |effect: Effect| rows().filter(move |row| row.effect == effect);
    let whether = (verbs.whether)(a, b);
    let real = rows().filter(|row| row.effect.is_real()).count();
    if all.is_empty() {
        return format!("Nothing can be concluded: {a} and {b} have nothing in common that could be compared");
    }
    if real > 0 {
        let says = if real == 1 { "shows" } else { "show" };
        return format!(
            "It is undecided {whether}: {real} of {intervals} intervals {says} a difference, which chance may do"
        );
    }
    // The most important subject is the first.
    let first = &all[0];
    if first.rows.iter().all(|row| row.effect == Effect::Unknown) {
        return format!("It is undecided {whether}: {} has no ratio with an interval", first.name);
    }
    if let Some(first) = with(Effect::Undecided).next() {
        let could = first.ratio.map_or_else(String::new, |ratio| format!(" could be {}", wording::percent(&ratio)));
        return format!("It is undecided {whether}: no difference is significant; {}{could}", first.name);
    }
    // That neither froze says nothing where nothing else is known.
    if rows().all(|row| row.ratio.is_none()) {
        return format!("It is undecided {whether}: no figure of both has an interval");
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
