//! The one home of words that several conclusions share: verdicts, machines in short, figures with their units. The same words stand in the terminal, in `comparison.json` and on charts.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::{
    mailboxes::Format,
    results::{
        Availability, ComparedFigure, Effect, Environment, Judgement, KeyFigure, Machine, MitigationStatus,
        cpus_in_short,
    },
    scenario::{
        Setting,
        units::{factor, format_duration_ns, short_ns},
    },
    stats::Estimate,
};

pub use super::sweep::knee::{knee_in_short, load};

pub const NONE: &str = "–";
pub const UNAVAILABLE: &str = "unavailable";

pub fn or_none<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), show)
}

pub fn or_unavailable<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| UNAVAILABLE.to_owned(), show)
}

pub fn known<T>(value: &Availability<T>, show: impl FnOnce(&T) -> String) -> String {
    or_unavailable(value.value(), show)
}

/// What stands beside every time of an emulated machine.
pub const EMULATED_TIME: &str = "EMULATED TIME";

/// What stands before what is said of times that were measured on this machine.
pub fn lead_of(machine: &Environment) -> String {
    if machine.is_emulated() { format!("{EMULATED_TIME}: ") } else { String::new() }
}

/// `1 run`, `7 runs`.
pub fn count(count: impl Into<u64>, one: &str) -> String {
    let count = count.into();
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

pub fn runs(runs: usize) -> String {
    count(runs as u64, "run")
}

/// Words as the beginning of a sentence.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The first few of some names; of more only the number.
pub fn first_of(names: &[String], most: usize) -> String {
    let named = names[..names.len().min(most)].join(", ");
    match names.len().saturating_sub(most) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// The names of formats.
pub fn formats(formats: &[Format]) -> String {
    formats.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
}

/// A figure, or that it is a lower bound.
pub fn at_least(is_bound: bool, figure: String) -> String {
    if is_bound { format!("at least {figure}") } else { figure }
}

pub fn incomplete(is_complete: bool) -> &'static str {
    if is_complete { "" } else { " (INCOMPLETE)" }
}

pub fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "NO" }
}

pub fn met(is_met: bool) -> &'static str {
    judgement(if is_met { Judgement::Met } else { Judgement::NotMet })
}

pub fn judgement(outcome: Judgement) -> &'static str {
    match outcome {
        Judgement::Met => "met",
        Judgement::NotMet => "NOT MET",
        Judgement::Invalid => "INVALID",
    }
}

pub fn status(status: MitigationStatus) -> &'static str {
    match status {
        MitigationStatus::Measured => "measured",
        MitigationStatus::Incomplete => "incomplete",
        MitigationStatus::NotApplicable => "does not apply",
        MitigationStatus::Refused => "refused",
        MitigationStatus::Failed => "failed",
        MitigationStatus::NotRun => "not run",
    }
}

/// A machine in one line: host, system, file system, CPUs.
pub fn machine_in_short(machine: &Machine) -> String {
    let files = machine.file_system.value().map_or("file system unavailable", String::as_str);
    let cpus = cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota);
    format!("{}, {} {}, {files}, {cpus}", machine.host, system(machine), machine.kernel)
}

/// What calls itself SunOS is known as illumos.
pub fn system(machine: &Machine) -> &str {
    if machine.system == "SunOS" { "illumos/SunOS" } else { &machine.system }
}

pub fn show(figure: ComparedFigure, value: f64) -> String {
    match figure {
        ComparedFigure::CompletedPerS if value >= 100.0 => format!("{value:.0}/s"),
        ComparedFigure::CompletedPerS => format!("{}/s", factor(value)),
        ComparedFigure::CompletedShare => format!("{:.1} %", value * 100.0),
        ComparedFigure::Failures | ComparedFigure::Freezes => format!("{value:.0}"),
        ComparedFigure::FrozenShare if value == 0.0 => "none".to_owned(),
        ComparedFigure::FrozenShare => format!("{} %", factor(value * 100.0)),
        ComparedFigure::LongestFreezeNs => freeze(value as u64),
        _ => format_duration_ns(value as u64),
    }
}

/// The length of the longest freeze; 0: there was none.
pub fn freeze(ns: u64) -> String {
    if ns == 0 { "none".to_owned() } else { format_duration_ns(ns) }
}

pub const KEY_FIGURES: [KeyFigure; 9] = {
    use KeyFigure::*;
    let [readers, commits] = [ReadersCompletedShare, CommitsCompletedShare];
    [ReaderP50Ns, ReaderP99Ns, CommitP50Ns, CommitP99Ns, readers, commits, StalledNsPerS, FrozenShare, LongestFreezeNs]
};

pub fn figure_name(figure: KeyFigure) -> &'static str {
    match figure {
        KeyFigure::ReaderP50Ns => "read p50",
        KeyFigure::ReaderP99Ns => "read p99",
        KeyFigure::CommitP50Ns => "commit p50",
        KeyFigure::CommitP99Ns => "commit p99",
        KeyFigure::ReadersCompletedShare => "reads completed",
        KeyFigure::CommitsCompletedShare => "commits completed",
        KeyFigure::StalledNsPerS => "stalled time",
        KeyFigure::FrozenShare => "time frozen",
        KeyFigure::LongestFreezeNs => "longest freeze",
    }
}

pub fn show_key_figure(figure: KeyFigure, value: f64) -> String {
    match figure {
        KeyFigure::ReadersCompletedShare | KeyFigure::CommitsCompletedShare | KeyFigure::FrozenShare => {
            format!("{:.1} %", value * 100.0)
        }
        KeyFigure::StalledNsPerS => format!("{} a second", format_duration_ns(value as u64)),
        KeyFigure::LongestFreezeNs => freeze(value as u64),
        _ => format_duration_ns(value as u64),
    }
}

pub fn ends(estimate: &Estimate, show: impl Fn(f64) -> String) -> String {
    format!("{} to {}", show(estimate.low), show(estimate.high))
}

pub fn estimate(estimate: Estimate, show: impl Fn(f64) -> String) -> String {
    format!("{} ({})", show(estimate.value), ends(&estimate, &show))
}

pub fn interval(ratio: &Estimate) -> String {
    ends(ratio, factor)
}

/// A ratio with its interval: `×0.50, 0.031 to 0.71`.
pub fn times(ratio: &Estimate) -> String {
    format!("×{}, {}", factor(ratio.value), interval(ratio))
}

/// An interval of a ratio in percent: `-20 to +35 %`.
pub fn percent(ratio: &Estimate) -> String {
    let end = |value: f64| match (value - 1.0) * 100.0 {
        percent if percent >= 1e6 => "ever more".to_owned(),
        percent if percent.abs() < 10.0 => format!("{percent:+.1}"),
        percent => format!("{percent:+.0}"),
    };
    format!("{} %", ends(ratio, end))
}

pub fn effect_word(effect: Effect, better: &'static str, worse: &'static str, unknown: &'static str) -> &'static str {
    match effect {
        Effect::Better => better,
        Effect::Worse => worse,
        Effect::Same => "same",
        Effect::Undecided => "undecided",
        Effect::Chance => "may be chance",
        Effect::Unknown => unknown,
    }
}

/// How many times as much, of what, would decide: `about 6 times as long would decide`.
pub fn more(factor: f64, as_what: &str) -> String {
    match factor {
        some if some <= 100.0 => format!("about {:.0} times {as_what} would decide", some.ceil()),
        _ => format!("it would take more than 100 times {as_what} to decide"),
    }
}

/// What is called the same, such as `within 5 %`.
pub fn within(least_effect: f64) -> String {
    format!("within {}", least(least_effect))
}

/// A least effect, such as `5 %`.
pub fn least(least_effect: f64) -> String {
    format!("{} %", (least_effect * 100.0 * 100.0).round() / 100.0)
}

/// Such as `6.4 µs`; where the interval includes 0, only its upper end behind `at_most`.
pub fn at_most(at_most: &str, estimate: &Estimate) -> String {
    if estimate.low > 0.0 {
        short_ns(estimate.value)
    } else {
        format!("{at_most} {}", short_ns(estimate.high.max(0.0)))
    }
}

pub fn settings(settings: &[Setting]) -> String {
    settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Of more results values have no letters.
const LETTERED: usize = 12;
/// So many different values are named.
const TALLIED: usize = 5;

/// Values, each with the letter of its result; of two, A → B; of many, how often each comes.
pub fn lettered(values: &[String]) -> String {
    match values {
        [a, b] => format!("{a} -> {b}"),
        values if values.len() > LETTERED => tallied(values),
        values => {
            let lettered = values.iter().enumerate().map(|(place, value)| format!("{} {value}", letter(place)));
            lettered.collect::<Vec<_>>().join(", ")
        }
    }
}

/// Values, each in its result, as a refusal names them; of many, how often each comes.
pub fn values(values: &[String]) -> String {
    if values.len() > LETTERED {
        return tallied(values);
    }
    let lettered = values.iter().enumerate().map(|(place, value)| format!("{value} in {}", letter(place)));
    lettered.collect::<Vec<_>>().join(", ")
}

/// How often each value comes, the most frequent first; of those that are many only how many there are.
pub fn tallied(values: &[String]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    values.iter().for_each(|value| *counts.entry(value).or_default() += 1);
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    let named = if counts.len() > TALLIED { TALLIED - 1 } else { counts.len() };
    let (named, others) = counts.split_at(named);
    if named.iter().all(|(_, count)| *count == 1) {
        return format!("{} different values in {} results", counts.len(), values.len());
    }
    let mut words: Vec<String> = named.iter().map(|(value, count)| format!("{value} in {count} results")).collect();
    if !others.is_empty() {
        let results: usize = others.iter().map(|(_, count)| count).sum();
        words.push(format!("{} other values in {results}", others.len()));
    }
    words.join(", ")
}

/// What stands for a result: A to Z, then A1, B1 and so on.
pub fn letter(place: usize) -> String {
    let letter = char::from(b'A' + (place % 26) as u8);
    if place < 26 { letter.to_string() } else { format!("{letter}{}", place / 26) }
}

/// The place of a result that a letter stands for.
pub fn place_of(letter: &str) -> usize {
    let (first, round) = letter.split_at_checked(1).unwrap_or(("A", ""));
    let in_round = first.bytes().next().map_or(0, |byte| byte.saturating_sub(b'A'));
    26 * round.parse::<usize>().unwrap_or(0) + usize::from(in_round)
}

/// A key or value in a table is cut to so many characters.
const WIDEST: usize = 13;

/// The end of a key or value that is too long for a column: what differs is there.
pub fn shortened(text: &str) -> String {
    match text.chars().count() {
        0..=WIDEST => text.to_owned(),
        length => format!("…{}", text.chars().skip(length - WIDEST + 1).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_stands_for_one_place() {
        for place in (0..60).chain([259, 260, 4000]) {
            assert_eq!(place_of(&letter(place)), place);
        }
        assert_eq!([0, 25, 27].map(letter), ["A", "Z", "B1"]);
    }

    #[test]
    fn values_of_many_results_are_counted() {
        let values = |of: &[(&str, usize)]| -> Vec<String> {
            of.iter().flat_map(|(value, count)| vec![(*value).to_owned(); *count]).collect()
        };
        assert_eq!(lettered(&values(&[("x", 1), ("y", 2)])), "A x, B y, C y");
        assert_eq!(lettered(&values(&[("x", 4), ("y", 9)])), "y in 9 results, x in 4 results");
        let many = values(&[("a", 3), ("b", 4), ("c", 5), ("d", 6), ("e", 1), ("f", 1)]);
        let expected = "d in 6 results, c in 5 results, b in 4 results, a in 3 results, 2 other values in 2";
        assert_eq!(lettered(&many), expected);
        let all: Vec<String> = (0..20).map(|host| format!("imap{host}")).collect();
        assert_eq!(lettered(&all), "20 different values in 20 results");
    }

    #[test]
    fn intervals_in_percent_keep_a_digit_near_nothing() {
        assert_eq!(percent(&Estimate { value: 1.0, low: 0.8, high: 1.35 }), "-20 to +35 %");
        assert_eq!(percent(&Estimate { value: 1.0, low: 0.985, high: 1.012 }), "-1.5 to +1.2 %");
    }
}
