//! The words of comparisons: machines in short, figures with their units, a difference in a sentence.
//! The same words stand in the terminal, in `comparison.json` and on charts.

use crate::results::{ComparedFigure, CostDifference, CostFigure, Effect, FigureDifference};
use crate::{
    results::{Answer, Availability, KeyFigure, Knee, Machine, Provenance, cpus_in_short},
    scenario::units::{factor, format_bytes, format_duration_ns, short_ns},
    stats::Estimate,
};

/// There is no value.
pub const NONE: &str = "–";

pub fn or_none<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), show)
}

pub fn or_unavailable<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "unavailable".to_owned(), show)
}

pub fn known<T>(value: &Availability<T>, show: impl FnOnce(&T) -> String) -> String {
    or_unavailable(value.value(), show)
}

/// `1 run`, `7 runs`.
pub fn runs(count: usize) -> String {
    if count == 1 { "1 run".to_owned() } else { format!("{count} runs") }
}

/// A sentence or two, and what stands before them: what they are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// With colon and space; indented where it belongs to the remark above. May be empty.
    pub lead: String,
    pub words: String,
}

impl Remark {
    pub fn new(lead: impl Into<String>, words: impl Into<String>) -> Remark {
        Remark { lead: lead.into(), words: words.into() }
    }
}

/// A machine in one line: host, system, file system, CPUs.
pub fn machine_in_short(machine: &Machine) -> String {
    // What illumos calls itself, people call otherwise.
    let system = if machine.system == "SunOS" { "illumos/SunOS" } else { &machine.system };
    let files = machine.file_system.value().map_or("file system unavailable", String::as_str);
    let cpus = cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota);
    format!("{}, {system} {}, {files}, {cpus}", machine.host, machine.kernel)
}

pub fn show(figure: ComparedFigure, value: f64) -> String {
    match figure {
        ComparedFigure::CompletedPerS if value >= 100.0 => format!("{value:.0}/s"),
        ComparedFigure::CompletedPerS => format!("{}/s", factor(value)),
        ComparedFigure::FrozenShare if value == 0.0 => "none".to_owned(),
        ComparedFigure::FrozenShare => format!("{} %", factor(value * 100.0)),
        ComparedFigure::LongestFreezeNs if value == 0.0 => "none".to_owned(),
        _ => format_duration_ns(value as u64),
    }
}

pub fn figure_name(figure: KeyFigure) -> &'static str {
    match figure {
        KeyFigure::ReaderP50Ns => "read p50",
        KeyFigure::ReaderP99Ns => "read p99",
        KeyFigure::CommitP50Ns => "commit p50",
        KeyFigure::CommitP99Ns => "commit p99",
        KeyFigure::CompletedShare => "reached",
        KeyFigure::StalledNsPerS => "stalled time",
        KeyFigure::LongestFreezeNs => "longest freeze",
    }
}

pub fn show_key_figure(figure: KeyFigure, value: f64) -> String {
    match figure {
        KeyFigure::CompletedShare => format!("{:.1} %", value * 100.0),
        KeyFigure::StalledNsPerS => format!("{} a second", format_duration_ns(value as u64)),
        _ => format_duration_ns(value as u64),
    }
}

pub fn interval(ratio: &Estimate) -> String {
    format!("{} to {}", factor(ratio.low), factor(ratio.high))
}

/// An interval of a ratio in percent: `-20 to +35 %`.
pub fn percent(ratio: &Estimate) -> String {
    let end = |value: f64| match (value - 1.0) * 100.0 {
        percent if percent >= 1e6 => "ever more".to_owned(),
        percent if percent.abs() < 10.0 => format!("{percent:+.1}"),
        percent => format!("{percent:+.0}"),
    };
    format!("{} to {} %", end(ratio.low), end(ratio.high))
}

/// What is said of B in a word or three.
pub fn verdict(row: &FigureDifference) -> &'static str {
    let (better, worse) = match row.figure {
        ComparedFigure::CompletedPerS => ("more", "fewer"),
        ComparedFigure::FrozenShare => ("less", "more"),
        _ => ("faster", "slower"),
    };
    match row.effect {
        Effect::Better => better,
        Effect::Worse => worse,
        Effect::Same => "same",
        Effect::Undecided => "undecided",
        Effect::Unknown => "no interval",
    }
}

/// What is called the same, such as `within 5 %`.
pub fn within(least_effect: f64) -> String {
    format!("within {} %", rounded(least_effect * 100.0))
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A real difference in a sentence; `None`: it is none.
pub fn sentence(row: &FigureDifference) -> Option<String> {
    if !row.effect.is_real() {
        return None;
    }
    let (Availability::Value(a), Availability::Value(b)) = (&row.a, &row.b) else { return None };
    let (a, b) = (show(row.figure, *a), show(row.figure, *b));
    let Availability::Value(ratio) = &row.ratio else {
        return Some(format!("{} in B and none in A", what(row, &b)));
    };
    let change = match row.figure {
        ComparedFigure::CompletedPerS => amount(ratio.value, "as many", "more", "fewer"),
        ComparedFigure::FrozenShare => amount(ratio.value, "as much", "more", "less"),
        _ => amount(ratio.value, "as long", "longer", "shorter"),
    };
    let bounds = interval(ratio);
    Some(format!(
        "{} is {change} in B ({b}, {a} in A; B / A {}, 95 % interval {bounds})",
        name(row),
        factor(ratio.value)
    ))
}

fn what(row: &FigureDifference, b: &str) -> String {
    match row.figure {
        ComparedFigure::FrozenShare => format!("time frozen: {b} of the time"),
        _ => format!("{}: {b}", name(row)),
    }
}

pub fn name(row: &FigureDifference) -> String {
    let all = match row.subject.as_str() {
        "reader" => "readers'",
        "commit" => "commits'",
        other => other,
    };
    match row.figure {
        ComparedFigure::CompletedPerS => format!("{all} completed per second"),
        ComparedFigure::FrozenShare | ComparedFigure::LongestFreezeNs => row.figure.name().to_owned(),
        figure => format!("{all} response {}", figure.name()),
    }
}

/// The same, as short as a table wants it.
pub fn short_name(row: &FigureDifference) -> String {
    match row.figure {
        ComparedFigure::FrozenShare | ComparedFigure::LongestFreezeNs => row.figure.name().to_owned(),
        figure => format!("{} {}", row.subject, figure.name()),
    }
}

/// A ratio in words: `2.4 times as long`, `35 % longer`, `35 % shorter`, `8.3 times shorter`.
pub fn amount(ratio: f64, equally: &str, more: &str, less: &str) -> String {
    match ratio {
        ratio if ratio >= 2.0 => format!("{} times {equally}", factor(ratio)),
        ratio if ratio >= 1.0 => format!("{:.0} % {more}", (ratio - 1.0) * 100.0),
        ratio if ratio >= 0.5 => format!("{:.0} % {less}", (1.0 - ratio) * 100.0),
        ratio => format!("{} times {less}", factor(1.0 / ratio)),
    }
}

/// A real difference between two cost laws in a sentence; `None`: it is none.
pub fn cost_sentence(row: &CostDifference, letter: &str) -> Option<String> {
    if !row.effect.is_real() {
        return None;
    }
    let (a, b) = (short_ns(row.a.value), short_ns(row.b.value));
    let where_from = format!("mapped {}, written {} at a time", row.mode.in_words(), format_bytes(row.write_size));
    let change = match row.ratio.value() {
        None => match row.effect {
            Effect::Better => format!("surely less in {letter}: {}, {} in A", at_most(&row.b), a),
            _ => format!("surely more in {letter}: {b}, {} in A", at_most(&row.a)),
        },
        Some(ratio) => format!(
            "{} in {letter} ({b}, {a} in A; {letter} / A {}, 95 % interval {})",
            amount(ratio.value, "as much", "more", "less"),
            factor(ratio.value),
            interval(ratio)
        ),
    };
    let subject = match row.figure {
        CostFigure::PerMapper => format!("what each mapper adds to one {} ({where_from})", row.method),
        CostFigure::Base => {
            format!("one {} that nobody maps (written {} at a time)", row.method, format_bytes(row.write_size))
        }
    };
    let emulated = if row.provenance == Provenance::Emulated { ", emulated," } else { "" };
    Some(format!("{subject}{emulated} is {change}"))
}

/// Such as `6.4 µs`, `at most 0.12 µs`.
pub fn at_most(estimate: &Estimate) -> String {
    if estimate.low > 0.0 { short_ns(estimate.value) } else { format!("at most {}", short_ns(estimate.high.max(0.0))) }
}

/// Values, each with the letter of its result; of two, A → B.
pub fn each(values: &[String]) -> String {
    match values {
        [a, b] => format!("{a} -> {b}"),
        values => {
            let lettered = values.iter().enumerate().map(|(place, value)| format!("{} {value}", letter(place)));
            lettered.collect::<Vec<_>>().join(", ")
        }
    }
}

/// What stands for a result: A to Z, then A1, B1 and so on.
pub fn letter(place: usize) -> String {
    let letter = char::from(b'A' + (place % 26) as u8);
    if place < 26 { letter.to_string() } else { format!("{letter}{}", place / 26) }
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

/// A load, with about three digits unless it is whole.
pub fn load(value: f64) -> String {
    match value {
        whole if whole.fract() == 0.0 => format!("{whole:.0}"),
        large if large.abs() >= 100.0 => format!("{large:.0}"),
        some if some.abs() >= 1.0 => format!("{some:.1}"),
        small => format!("{small:.2e}"),
    }
}

/// Where the measured knee is, short enough for a panel.
pub fn knee_in_short(knee: &Knee) -> String {
    let tried = |place: Option<f64>| place.map_or_else(|| "any load".to_owned(), load);
    let loads = || knee.decisions.iter().map(|decision| decision.load);
    match (knee.answer, knee.load) {
        (Answer::Found, Some(at)) => {
            let low = knee.low.map_or_else(|| "below all tried".to_owned(), load);
            let high = knee.high.map_or_else(|| "beyond all tried".to_owned(), load);
            format!("{} ({low} to {high})", load(at))
        }
        (Answer::Above, _) => format!("none up to {}, all met", tried(loads().reduce(f64::max))),
        (Answer::Below, _) => format!("below {}, not met there", tried(loads().reduce(f64::min))),
        (_, Some(at)) => format!("not decided; met up to {}", load(at)),
        (_, None) => "not decided by these runs".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(figure: ComparedFigure, a: f64, b: f64, ratio: Option<[f64; 3]>, effect: Effect) -> FigureDifference {
        let ratio = ratio.map(|[value, low, high]| Estimate { value, low, high }).ok_or_else(|| "none".to_owned());
        let (role, subject) = match figure {
            ComparedFigure::FrozenShare => ("workers", "workers"),
            ComparedFigure::CompletedPerS => ("writer", "commit"),
            _ => ("reader", "lookup"),
        };
        FigureDifference {
            role: role.to_owned(),
            subject: subject.to_owned(),
            figure,
            a: Availability::Value(a),
            b: Availability::Value(b),
            counts: [9, 9],
            effective: [None; 2],
            ratio: ratio.into(),
            effect,
        }
    }

    #[test]
    fn differences_are_plain_sentences() {
        let say = |figure, a, b, ratio, effect| sentence(&row(figure, a, b, ratio, effect)).unwrap_or_default();
        let p99 = ComparedFigure::ResponseP99Ns;
        assert_eq!(
            say(p99, 24e6, 58e6, Some([2.41, 1.9, 3.1]), Effect::Worse),
            "lookup response p99 is 2.4 times as long in B (58 ms, 24 ms in A; B / A 2.4, 95 % interval 1.90 to 3.1)"
        );
        assert!(say(p99, 58e6, 40e6, Some([0.69, 0.6, 0.8]), Effect::Better).contains("is 31 % shorter in B"));
        assert!(say(p99, 58e6, 5e6, Some([0.086, 0.07, 0.1]), Effect::Better).contains("is 12 times shorter in B"));
        let completed = say(ComparedFigure::CompletedPerS, 10.0, 6.5, Some([0.65, 0.6, 0.7]), Effect::Worse);
        assert!(completed.starts_with("commits' completed per second is 35 % fewer in B (6.5/s, 10/s"), "{completed}");
        assert_eq!(
            say(ComparedFigure::FrozenShare, 0.0, 0.12, None, Effect::Worse),
            "time frozen: 12 % of the time in B and none in A"
        );
        assert_eq!(say(p99, 1.0, 1.2, Some([1.2, 0.8, 1.7]), Effect::Undecided), "");
    }

    #[test]
    fn intervals_in_percent_keep_a_digit_near_nothing() {
        assert_eq!(percent(&Estimate { value: 1.0, low: 0.8, high: 1.35 }), "-20 to +35 %");
        assert_eq!(percent(&Estimate { value: 1.0, low: 0.985, high: 1.012 }), "-1.5 to +1.2 %");
        assert_eq!((letter(0), letter(25), letter(27)), ("A".to_owned(), "Z".to_owned(), "B1".to_owned()));
    }
}
