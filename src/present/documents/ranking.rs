//! A ranking: of a few results every row, of many the first, the last and those around the boundary, with groups by machine type.

use super::comparison::{KEYS_DIFFER, LETTERS, begin, charts_and_figures, compared, conclusion};
use crate::{
    conclude::{
        compare::{sentences::circumstances, shown::Stretch},
        wording::{NONE, capital, count, freeze, judgement, known, or_none},
    },
    present::{Chart, Grid, document::Document},
    results::{Judgement, MachineGroup, Ranked, RankedFigure, Ranking, Spread, VerdictCounts, cpus_in_short},
    scenario::{
        Metric,
        units::{factor, format_duration_ns, number, percent},
    },
};

const INVALID: &str = "INVALID";
/// Of fewer rows there are no groups.
const GROUPED: usize = 8;
/// So many groups are shown.
const GROUPS: usize = 20;

pub(super) fn document<'a>(ranking: &Ranking, charts: &'a [Chart]) -> Document<'a> {
    let best = ranking.rows.first().map_or_else(String::new, |row| format!("best: {} {}", row.letter, row.label));
    let mut document = begin(format!("{} results, ranked", ranking.rows.len()), best, "Best first");
    let shown = ranking.shown();
    conclusion(&mut document, &ranking.conclusion, &[]);
    document.terminal().text("Ranked ", ranking.order());
    document.both().warnings(&ranking.warnings);
    if ranking.is_long() {
        document.both().text("Verdicts: ", verdicts(ranking));
    }
    let has_groups = ranking.rows.len() >= GROUPED && ranking.groups.iter().any(|group| group.hosts > 1);
    if has_groups {
        groups(&mut document, ranking);
    }
    if let Some(sentence) = &shown.sentence {
        document.both().text("Rows: ", format!("{sentence}."));
    }
    for stretch in &shown.stretches {
        if !stretch.heading.is_empty() {
            document.terminal().heading(capital(&stretch.heading));
        }
        document.terminal().table("", table(ranking, stretch));
    }
    for row in shown.rows() {
        document.terminal().text(format!("{}: ", row.letter), row.words());
        document.page().items("", [format!("{}: {}", row.letter, row.words())]);
    }
    charts_and_figures(&mut document, charts);
    for stretch in &shown.stretches {
        let which = if stretch.heading.is_empty() { String::new() } else { format!(": {}", stretch.heading) };
        document.page().table(format!("Ranked {}{which}", ranking.order()), table(ranking, stretch));
    }
    let (differing, same) = (&ranking.environment, &ranking.same_environment);
    document.terminal().gap().remarks(circumstances(&ranking.scenario, differing, same)).remarks(ranking.notes());
    let which = Grid::of(shown.rows())
        .words("", |row| &row.letter)
        .words("which", |row| &row.label)
        .words("figures", |row| row.provenance.name())
        .words("results", |row| row.source.iter().chain(&row.directories).cloned().collect::<Vec<_>>().join(", "));
    compared(&mut document, (LETTERS, which.into()), KEYS_DIFFER, &ranking.scenario, (differing, same));
    document
}

/// What the verdicts are called.
fn names(ranking: &Ranking) -> [&'static str; 2] {
    match ranking.is_of_qualifications() {
        true => ["fit", "NOT FIT"],
        false => [Judgement::Met, Judgement::NotMet].map(judgement),
    }
}

fn verdicts(ranking: &Ranking) -> String {
    let [met, not_met] = names(ranking);
    let VerdictCounts { met: of_met, not_met: of_not_met, invalid, unjudged } = ranking.verdicts;
    let all = [(of_met, met), (of_not_met, not_met), (invalid, INVALID), (unjudged, "without objectives")];
    let counted = all.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}"));
    format!("{} of {}.", counted.collect::<Vec<_>>().join(", "), count(ranking.rows.len() as u64, "row"))
}

/// A row for each machine type.
fn groups(document: &mut Document<'_>, ranking: &Ranking) {
    let heading = format!("By machine type ({})", count(ranking.groups.len() as u64, "type"));
    document.terminal().heading(&heading);
    let (of_qualifications, [met, not_met]) = (ranking.is_of_qualifications(), names(ranking));
    let shown = &ranking.groups[..ranking.groups.len().min(GROUPS)];
    let grid = Grid::of(shown)
        .words("processor", |group| known(&group.processor, String::clone))
        .words("CPUs", |group| cpus_in_short(&group.cpus, &group.cpu_quota).replace(" CPUs", ""))
        .words("kernel", |group| format!("{} {}", group.system, group.kernel))
        .number("hosts", |group| group.hosts)
        .number(met, |group| group.verdicts.met)
        .number(not_met, |group| group.verdicts.not_met)
        .number(INVALID, |group| group.verdicts.invalid)
        .number_if(of_qualifications, "holds up to", |group| cell(group, RankedFigure::Load, load))
        .number("read p99", |group| cell(group, RankedFigure::ReaderP99Ns, time))
        .number("commit p99", |group| cell(group, RankedFigure::CommitP99Ns, time))
        .number("freeze", |group| cell(group, RankedFigure::LongestFreezeNs, of_freeze))
        .dispensable(&["commit p99", "hosts", "freeze"]);
    document.both().table(format!("{heading}, with the median and the range of each figure"), grid);
    let more = match ranking.groups.len() - shown.len() {
        0 => String::new(),
        more => format!(" {more} more types, each with fewer results, are in comparison.json alone."),
    };
    let words = "figures are medians over the results of the type that are not invalid, and their ranges.";
    document.both().text("Machine types: ", format!("{words}{more}"));
}

fn cell(group: &MachineGroup, figure: RankedFigure, show: fn(f64) -> String) -> String {
    or_none(group.figure(figure), |spread| match spread {
        Spread { median, least, most } if least == most => show(median),
        Spread { median, least, most } => format!("{} ({} to {})", show(median), show(least), show(most)),
    })
}

fn time(ns: f64) -> String {
    format_duration_ns(ns as u64)
}

fn of_freeze(ns: f64) -> String {
    if ns == 0.0 { freeze(0) } else { time(ns) }
}

fn load(load: f64) -> String {
    number(load.round())
}

/// A row for each result, or for its repeats together.
fn table(ranking: &Ranking, stretch: &Stretch<'_>) -> Grid {
    let of_repeats = |spread: Option<Spread>| or_none(spread, |spread| time(spread.median));
    let (of_qualifications, [met, not_met]) = (ranking.is_of_qualifications(), names(ranking));
    let verdict = |row: &Ranked| match row.verdict {
        Some(Judgement::Met) => met,
        Some(Judgement::NotMet) => not_met,
        Some(Judgement::Invalid) => INVALID,
        None => NONE,
    };
    let rows = Grid::of(stretch.rows.iter().copied()).words("", |row| &row.letter);
    let rows = match ranking.is_long() {
        true => rows.words("host", |row| row.machine.as_ref().map_or(NONE, |machine| &machine.host)),
        false => rows,
    };
    rows.number("verdict", verdict)
        .number_if(of_qualifications, "margin", |row| {
            or_none(row.qualified.as_ref().and_then(|found| found.margin), |margin| format!("{}×", factor(margin)))
        })
        .number_if(of_qualifications, "holds up to", holds_up_to)
        .number_if(!of_qualifications, "worst margin", |row| {
            or_none(row.worst.as_ref(), |worst| margin(worst.clause.metric, worst.margin))
        })
        .number("read p50", |row| of_repeats(row.reader_p50_ns))
        .number("p99", |row| of_repeats(row.reader_p99_ns))
        .number("max", |row| of_repeats(row.reader_max_ns))
        .number("commit p99", |row| of_repeats(row.commit_p99_ns))
        .number("completed", |row| or_none(row.completed_share, |share| percent(share.median)))
        .number("freeze", |row| match row.longest_freeze_ns {
            Some(spread) if spread.most == 0.0 => freeze(0),
            spread => of_repeats(spread),
        })
        .into()
}

/// The load up to which the objectives hold, with its bounds.
fn holds_up_to(row: &Ranked) -> String {
    let knee = row.qualified.as_ref().and_then(|found| found.knee);
    or_none(knee, |knee| match (knee.low, knee.high) {
        (Some(low), Some(high)) => format!("{} ({} to {})", load(knee.load), load(low), load(high)),
        (Some(low), None) => format!("at least {}", load(low)),
        _ => format!("below {}", load(knee.load)),
    })
}

/// Such as `35 % spare`, `2.5 times` the limit.
fn margin(metric: Metric, margin: f64) -> String {
    match margin {
        margin if margin >= 0.0 => format!("{:.0} % spare", margin * 100.0),
        // Ten times the limit reads better than 900 percent over it.
        margin if margin < -1.0 && !metric.is_rate() => format!("{} times", factor(1.0 - margin)),
        margin => format!("{:.0} % {}", -margin * 100.0, if metric.is_rate() { "short" } else { "over" }),
    }
}
