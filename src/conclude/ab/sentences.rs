//! What the pairs say in words: the statement, what limits it, and the cells of tables.

use super::{LEAST_EFFECT, LEAST_PAIRS};
use crate::{
    conclude::{
        difference::ratio_in_words,
        wording::{
            count, effect_word, ends, figure_name, first_of, interval, lettered, or_none, runs, show_key_figure, times,
            within,
        },
    },
    results::{Ab, AbArm, AbFigure, Effect, KeyFigure, Provenance, SweptRun},
    scenario::units::{factor, format_duration_ns},
};

/// So many figures the statement names besides the first.
const NAMED: usize = 3;
/// With fewer pairs an interval is several times as long as with six.
const FEW_PAIRS: usize = 4;

/// An arm in a line: its scenario, and its own overrides.
pub fn arm(arm: &AbArm) -> String {
    [std::slice::from_ref(&arm.scenario), &arm.overrides].concat().join(" ")
}

/// What is said of B in a word or three.
pub fn effect(row: &AbFigure) -> &'static str {
    let (better, worse) = if row.figure.quantile().is_some() { ("faster", "slower") } else { ("better", "worse") };
    effect_word(row.effect, better, worse, "no interval")
}

/// A change with its interval, for a table.
pub fn change(row: &AbFigure) -> String {
    or_none(row.change.value(), |change| match row.is_ratio {
        _ if change.low == change.high => "none".to_owned(),
        true => times(change),
        false => format!("{}, {}", signed(row.figure, change.value), ends(change, |end| signed(row.figure, end))),
    })
}

/// A value of a figure, for a table.
pub fn value(figure: KeyFigure, value: f64) -> String {
    match figure {
        KeyFigure::StalledNsPerS => format!("{}/s", format_duration_ns(value as u64)),
        _ => show_key_figure(figure, value),
    }
}

/// A difference with its sign, in the figure's unit.
fn signed(figure: KeyFigure, difference: f64) -> String {
    let sign = if difference < 0.0 { "-" } else { "+" };
    match figure {
        KeyFigure::LongestFreezeNs => format!("{sign}{}", format_duration_ns(difference.abs() as u64)),
        _ => format!("{sign}{}", value(figure, difference.abs())),
    }
}

/// Its change with the interval; `None`: it has none.
fn against(row: &AbFigure) -> Option<String> {
    row.change.value().map(|change| match row.is_ratio {
        true => format!("B/A {}, {}", factor(change.value), interval(change)),
        false => format!("B - A {}", self::change(row)),
    })
}

fn evidence(row: &AbFigure) -> String {
    let against = against(row).map_or_else(String::new, |against| format!(" ({against})"));
    format!("{}{against}", figure_name(row.figure))
}

fn lead(row: &AbFigure) -> String {
    let name = figure_name(row.figure);
    let Some((change, against)) = row.change.value().zip(against(row)) else { return name.to_owned() };
    let pairs = format!("in {} of {} pairs", row.agreeing, row.each.len());
    let value = |found| or_none(found, |found| value(row.figure, found));
    let is = match row.is_ratio {
        true => ratio_in_words(change.value),
        false => format!("{} in B and {} in A", value(row.b), value(row.a)),
    };
    format!("{name} is {is} ({against}), {pairs}")
}

/// The answer in one sentence.
pub fn statement(found: &Ab) -> String {
    let with =
        |effect: Effect| found.figures.iter().filter(move |row| row.effect == effect).collect::<Vec<&AbFigure>>();
    let [better, worse, same] = [Effect::Better, Effect::Worse, Effect::Same].map(with);
    let open = [Effect::Undecided, Effect::Chance].into_iter().flat_map(with).collect::<Vec<_>>();
    let compared = better.len() + worse.len() + same.len() + open.len();
    let within = within(LEAST_EFFECT);
    if found.pairs.len() < LEAST_PAIRS {
        let whole = count(found.pairs.len() as u64, "whole pair");
        return format!("Nothing can be concluded: there is {whole}, and it takes at least {LEAST_PAIRS}");
    }
    let rest = match (&*open, &*same) {
        ([], []) => String::new(),
        ([], [_]) => format!("; 1 other figure is the same {within}"),
        ([], same) => format!("; {} other figures are the same {within}", same.len()),
        (open, _) => format!("; undecided: {}", undecided(open)),
    };
    match (&*better, &*worse) {
        ([], []) if compared == 0 => "Nothing can be concluded: no figure can be compared".to_owned(),
        ([], []) if !open.is_empty() => format!("undecided: {}", undecided(&open)),
        ([], []) if compared == found.figures.len() => format!("A and B are the same {within} in every figure"),
        ([], []) => {
            format!("A and B are the same {within} in the {} that can be compared", count(compared as u64, "figure"))
        }
        (rows, []) => format!("B is {} than A: {}{rest}", comparative(rows), led(rows)),
        ([], rows) => format!("B is {} than A: {}{rest}", comparative(rows), led(rows)),
        (better, worse) => {
            format!("B is better than A in some figures and worse in others: {}, but {}{rest}", led(better), led(worse))
        }
    }
}

fn comparative(rows: &[&AbFigure]) -> &'static str {
    match (rows.iter().all(|row| row.figure.quantile().is_some()), rows[0].effect) {
        (true, Effect::Better) => "faster",
        (true, _) => "slower",
        (false, Effect::Better) => "better",
        (false, _) => "worse",
    }
}

/// The most significant figure, then the others.
fn led(rows: &[&AbFigure]) -> String {
    let mut rows = rows.to_vec();
    rows.sort_by(|one, other| one.p.unwrap_or(1.0).total_cmp(&other.p.unwrap_or(1.0)));
    let others: Vec<String> = rows[1..].iter().map(|row| evidence(row)).collect();
    let others = if others.is_empty() { String::new() } else { format!("; so is {}", first_of(&others, NAMED)) };
    format!("{}{others}", lead(rows[0]))
}

/// Each with the pairs that would decide it: those of the figure that varies most would say nothing of the others.
fn undecided(open: &[&AbFigure]) -> String {
    let row = |row: &&AbFigure| {
        let more = match row.more_pairs {
            Some(more) => format!("{} would decide", count(more, "more pair")),
            None => "over 1000 more pairs would decide".to_owned(),
        };
        let against = against(row).map_or_else(String::new, |against| format!("{against}; "));
        format!("{} ({against}{more})", figure_name(row.figure))
    };
    first_of(&open.iter().map(row).collect::<Vec<_>>(), NAMED)
}

/// What limits the answer.
pub fn notes(found: &Ab) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(why) = &found.stopped {
        notes.push(format!("it ended early: {why}"));
    }
    if found.pairs.len() < FEW_PAIRS {
        notes.push(format!("{} show large differences only: raise --pairs", count(found.pairs.len() as u64, "pair")));
    }
    let bounds = |row: &AbFigure| {
        let (role, q) = row.figure.quantile()?;
        let is_bound =
            |run: &&SweptRun| run.all(role).is_some_and(|all| all.at_least_from.is_some_and(|from| from <= q));
        let bounds = found.runs.iter().filter(is_bound).count();
        (bounds > 0).then(|| {
            format!("{} is a lower bound in {}: operations never completed", figure_name(row.figure), runs(bounds))
        })
    };
    notes.extend(found.figures.iter().filter_map(bounds));
    let is_emulated = |arm: &&str| {
        let of_arm = (1..=found.runs.len() as u32).filter_map(|pair| found.run(arm, pair));
        of_arm.map(SweptRun::provenance).any(|provenance| provenance == Provenance::Emulated)
    };
    let emulated = ["A", "B"].into_iter().filter(is_emulated);
    notes.extend(emulated.map(|arm| format!("{arm} is emulated: it imitates another system, and is not this machine")));
    notes.extend(drift(found));
    notes
}

/// How the figures moved over the session, and what of that the order of the runs leaves in B / A.
fn drift(found: &Ab) -> Option<String> {
    let rows: Vec<_> = found.figures.iter().filter_map(|row| Some((row.figure, row.drift?))).collect();
    let left =
        rows.iter().map(|(_, drift)| drift.left).max_by(|one, other| one.ln().abs().total_cmp(&other.ln().abs()))?;
    let clear: Vec<String> = rows
        .iter()
        .filter(|(_, drift)| !drift.a.contains(1.0) && !drift.b.contains(1.0))
        .map(|(figure, drift)| format!("{} (A {}; B {})", figure_name(*figure), times(&drift.a), times(&drift.b)))
        .collect();
    let moved = match clear.is_empty() {
        true => "no figure drifted significantly in both A and B over the session".to_owned(),
        false => format!("over the session drifted {}", first_of(&clear, NAMED)),
    };
    let left = match (left.ln().abs() < 1e-9, left) {
        (true, _) => "the order of the runs cancels a steady drift".to_owned(),
        (false, left) => format!("the order of the runs leaves at most ×{left:.3} of a steady drift in B/A"),
    };
    Some(format!("{moved}; {left}"))
}

/// What the scenarios differ in.
pub fn differs(found: &Ab) -> Vec<String> {
    found.keys.iter().map(|key| format!("{}: {}", key.key, lettered(&key.values))).collect()
}
