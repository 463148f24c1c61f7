//! `mapstorm compare RESULT…`: what differs between results, with confidence intervals. Nothing is measured.
//! Results whose loads are not the same are refused, unless the keys that differ are what is compared.

mod history;
mod named;
mod output;
mod ranking;

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Error, bail};
use clap::Args;
use rayon::prelude::*;

use self::named::{Named, NamedResult};
use super::failure::{Failure, Outcome};
use super::steps::command;
use super::{objectives, percent};
use crate::conclude::{
    CompareOptions, LoadedRun, compare_costs, compare_inspections, compare_pair, compare_shootdowns, compare_sweeps,
    compare_what_ifs, differing_keys, is_key, letter, on_common_axes, scenario_keys, values_in_words,
};
use crate::note;
use crate::present::{
    Chart, Reported, comparison_charts, comparison_report, cost_comparison_charts, matched_charts,
    sweep_comparison_charts, what_if_comparison_charts,
};
use crate::results::{
    COMPARISON_FILE, Comparability, Compared, ComparisonReport, FORMAT_VERSION, KeyDifference, MAPSTORM_VERSION,
    ResultKind,
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm compare results/before results/after                 two runs, figure by figure
  mapstorm compare fleet --out ranking                          all results below fleet/, ranked; page and charts in ranking/
  mapstorm compare new --baseline old --fail-on-regression 10%  exit code 4 if it became worse by more than that
  mapstorm compare --history results                            the same load on the same machine over time")]
pub struct Compare {
    /// Results of one kind, or directories in which all results are compared. Two runs are compared figure by figure, more are ranked,
    /// and so are more than eight results of `mapstorm qualify`; of `mapstorm cost`, `shootdown` and `inspect`, sweeps, searches for the
    /// knee and what-ifs, each is compared with the first, part by part
    #[arg(required_unless_present = "history", value_name = "RESULT")]
    results: Vec<PathBuf>,
    /// Instead of results that are named: search a directory for runs of the same load on the same machine, and report where their figures
    /// changed over time. With --fail-on-regression, the exit code is 4 if the last segment of a figure is worse than the one before by more than that
    #[arg(long, value_name = "DIR", conflicts_with_all = ["results", "baseline", "rank", "slo", "across", "cost_model", "force"])]
    history: Option<PathBuf>,
    /// Compare every result with this one
    #[arg(long, value_name = "RESULT")]
    baseline: Option<PathBuf>,
    /// Rank, though there are only two runs, or few results of `mapstorm qualify`
    #[arg(long)]
    rank: bool,
    /// Rank by these objectives, such as 'lookup.p99<=50ms,rate>=0.99' [default: those of the scenario]
    #[arg(long, value_name = "CLAUSES")]
    slo: Vec<String>,
    /// Keys of the scenario that differ on purpose, such as readers.open, or whole tables of them
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    across: Vec<String>,
    /// A smaller effect counts as no difference, even if it is significant
    #[arg(long, value_name = "PERCENT", default_value = "5%", value_parser = |text: &str| percent(text, 0.0..=1000.0))]
    min_effect: f64,
    /// Exit with 4 if a latency (p50, p90 or p99 of readers or commits), what completed, failures, the number of freezes or the time
    /// frozen is worse than the baseline's (without --baseline: the first result's) by more than this, and significantly; or if failures
    /// or freezes are new, or the longest freeze is twice as long. What could have been found is reported
    #[arg(long, value_name = "PERCENT", value_parser = |text: &str| percent(text, 0.0..=1000.0))]
    fail_on_regression: Option<f64>,
    /// Rank a prediction too, from the cost model in this result of `mapstorm cost`, such as that of another machine
    #[arg(long, value_name = "RESULT")]
    cost_model: Option<PathBuf>,
    /// Compare although the loads are not the same
    #[arg(long)]
    force: bool,
    /// Write comparison.json (with --history: history.json), report.html and charts into this directory; one that holds an earlier comparison is replaced
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print comparison.json, or history.json, instead of the text
    #[arg(long)]
    json: bool,
}

struct Finished {
    compared: Compared,
    charts: anyhow::Result<Vec<Chart>>,
    has_regressed: bool,
}

pub fn run(arguments: &Compare) -> Outcome {
    if let Some(directory) = &arguments.history {
        return history::run(arguments, directory);
    }
    let finished = compared(arguments).map_err(Failure::invalid)?;
    let report = ComparisonReport {
        format_version: FORMAT_VERSION,
        mapstorm_version: MAPSTORM_VERSION.to_owned(),
        command: command(),
        compared: finished.compared,
    };
    let charts = finished.charts?;
    output::leave(arguments, COMPARISON_FILE, &report, &report.compared, || Ok(comparison_report(&report, charts)))?;
    if finished.has_regressed { Err(Failure::NotMet) } else { Ok(()) }
}

fn compared(arguments: &Compare) -> anyhow::Result<Finished> {
    // The baseline comes first.
    let named = Named::of(arguments.baseline.iter().chain(&arguments.results))?;
    match check(arguments, &named)? {
        How::Runs => runs(arguments, named),
        How::Qualifications => ranking::of_qualifications(arguments, named, &options(arguments)?),
        How::Parts => parts(arguments, named),
    }
}

/// Up to so many qualifications are compared point by point: a chart has a line for each.
const BY_POINTS: usize = 8;

/// How results are compared.
enum How {
    Runs,
    /// Ranked by their verdicts.
    Qualifications,
    /// Part by part, each with the first.
    Parts,
}

fn options(arguments: &Compare) -> anyhow::Result<CompareOptions> {
    Ok(CompareOptions {
        least_effect: arguments.min_effect,
        across: arguments.across.clone(),
        allowed_regression: arguments.fail_on_regression,
        objectives: objectives("--slo", &arguments.slo).map_err(Error::msg)?,
    })
}

/// Checks what clap cannot check.
fn check(arguments: &Compare, named: &Named) -> anyhow::Result<How> {
    let results: Vec<&PathBuf> = named.results.iter().map(|result| &result.path).collect();
    let mut kinds = Vec::new();
    for result in &named.results {
        kinds.push(match result.kind {
            // A qualification is compared by its search for the knee, or ranked.
            ResultKind::Qualify => ResultKind::Sweep,
            ResultKind::Ab => bail!(
                "{0}: a result of `mapstorm ab` is a comparison already: `mapstorm report {0}` draws it; the runs in {0}/runs can be \
                 compared with others",
                result.path.display()
            ),
            kind => kind,
        });
    }
    let first = kinds[0];
    if let Some(place) = kinds.iter().position(|kind| *kind != first) {
        let [(a, kind_of_a), (b, kind_of_b)] = [0, place].map(|at| (results[at].display(), kinds[at].with_article()));
        bail!(
            "{a} is the result of {kind_of_a}, {b} that of {kind_of_b}: only results of the same kind can be compared. \
             Name {kind_of_a} instead of {b}; `mapstorm list` shows which results there are, and of which kind"
        );
    }
    if results.len() < 2 && arguments.cost_model.is_none() {
        bail!("one result has nothing to be compared with: name another, a --baseline, or a --cost-model");
    }
    let are_qualifications = named.results.iter().all(|result| result.kind == ResultKind::Qualify);
    let options_of_runs = [
        ("--slo", !arguments.slo.is_empty()),
        ("--cost-model", arguments.cost_model.is_some()),
        ("--rank", arguments.rank && !are_qualifications),
        ("--fail-on-regression", arguments.fail_on_regression.is_some()),
    ];
    if let Some((option, _)) = options_of_runs.iter().find(|(_, given)| *given && first != ResultKind::Run) {
        bail!("{option}: goes with runs; {} is the result of {}", results[0].display(), first.with_article());
    }
    if let Some(directory) = &arguments.out {
        output::check(directory)?;
    }
    Ok(match first {
        ResultKind::Run => How::Runs,
        // With a baseline each is compared with that.
        _ if are_qualifications && (arguments.rank || arguments.baseline.is_none() && results.len() > BY_POINTS) => {
            How::Qualifications
        }
        _ => How::Parts,
    })
}

/// Checks the keys of `--across` against those of all results.
fn check_across(arguments: &Compare, keys: &[impl Borrow<BTreeMap<String, String>>]) -> anyhow::Result<()> {
    if let Some(key) = arguments.across.iter().find(|key| !is_key(keys, key)) {
        bail!("--across {key}: the scenarios have no such key; docs/scenario.md lists them");
    }
    Ok(())
}

/// Compares two figure by figure, or ranks them.
fn runs(arguments: &Compare, named: Named) -> anyhow::Result<Finished> {
    let options = options(arguments)?;
    let [a, b] = match &named.results[..] {
        [a, b] if !arguments.rank && arguments.cost_model.is_none() => [&a.directory, &b.directory].map(PathBuf::clone),
        _ => return ranking::of_runs(arguments, named, &options),
    };
    named.warn();
    let (a, b) = rayon::join(|| LoadedRun::load(&a), || LoadedRun::load(&b));
    let (a, b) = (a?, b?);
    let keys = [&a, &b].map(|side| scenario_keys(&side.run));
    check_across(arguments, &keys)?;
    admit(arguments, &differing_keys(&keys, &arguments.across))?;
    let comparison = compare_pair(&a, &b, &options);
    Ok(Finished {
        charts: drawn(arguments, || comparison_charts(&comparison, &a, &b)),
        has_regressed: !comparison.regressions.is_empty(),
        compared: Compared::Runs(Box::new(comparison)),
    })
}

/// Charts are only drawn if they are to be written.
fn drawn(arguments: &Compare, charts: impl FnOnce() -> anyhow::Result<Vec<Chart>>) -> anyhow::Result<Vec<Chart>> {
    if arguments.out.is_some() { charts() } else { Ok(Vec::new()) }
}

/// Refuses what does not have the same load, or warns of it.
fn admit(arguments: &Compare, differences: &[KeyDifference]) -> anyhow::Result<()> {
    let mismatches: Vec<&KeyDifference> =
        differences.iter().filter(|key| key.comparability == Comparability::Mismatch).collect();
    if mismatches.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> =
        mismatches.iter().map(|key| format!("  {}: {}", key.key, values_in_words(&key.values))).collect();
    let keys: Vec<&str> = mismatches.iter().map(|key| key.key.as_str()).collect();
    let (differ, keys) = (format!("the loads are not the same:\n{}", lines.join("\n")), keys.join(","));
    if arguments.force {
        note!("WARNING: {differ}\nwhat the figures differ by may come from that");
        return Ok(());
    }
    bail!("Refused: {differ}\nIf that is what is to be compared: --across {keys}; --force compares all the same")
}

/// Results that are compared part by part, in what their JSON holds.
fn parts(arguments: &Compare, named: Named) -> anyhow::Result<Finished> {
    named.warn();
    let load = |result: &NamedResult| {
        Ok((result.directory.display().to_string(), Reported::load(result.kind, &result.directory)?))
    };
    let loaded: anyhow::Result<Vec<(String, Reported)>> = named.results.par_iter().map(load).collect();
    let (mut costs, mut shootdowns, mut inspections) = (Vec::new(), Vec::new(), Vec::new());
    let (mut sweeps, mut what_ifs, mut verdicts) = (Vec::new(), Vec::new(), Vec::new());
    for (directory, found) in loaded? {
        match found {
            Reported::Cost(cost, _) => costs.push((directory, *cost)),
            Reported::Sweep(sweep) => sweeps.push((directory, *sweep)),
            Reported::WhatIf(what_if, machine) => what_ifs.push((directory, *what_if, *machine)),
            // Compared by their searches for the knee, with the verdicts first.
            Reported::Qualify(found) => {
                verdicts.push(format!("{}: {}", letter(sweeps.len()), found.statement));
                let inside = Path::new(&directory).join("knee").display().to_string();
                sweeps.extend(found.search.map(|search| (inside, search)));
            }
            Reported::Shootdown(found) => shootdowns.push((directory, *found)),
            Reported::Inspection(found) => inspections.push((directory, *found)),
            // All are compared as one kind, and that is neither of these.
            Reported::Run(_) | Reported::Ab(_) => {}
        }
    }
    on_common_axes(&mut sweeps).map_err(Error::msg)?;
    let (across, least_effect) = (&arguments.across, arguments.min_effect);
    let compared = if !sweeps.is_empty() {
        let mut comparison = compare_sweeps(&sweeps, across, least_effect);
        comparison.sentences.splice(0..0, verdicts);
        Compared::Sweeps(comparison)
    } else if !what_ifs.is_empty() {
        Compared::WhatIfs(compare_what_ifs(&what_ifs, across, least_effect))
    } else if !shootdowns.is_empty() {
        Compared::Shootdowns(compare_shootdowns(&shootdowns, least_effect))
    } else if !inspections.is_empty() {
        Compared::Inspections(compare_inspections(&inspections, least_effect))
    } else {
        Compared::Costs(compare_costs(&costs, across, least_effect))
    };
    let plan = match &compared {
        Compared::Costs(comparison) => &comparison.plan,
        Compared::Shootdowns(comparison) => &comparison.plan,
        Compared::Inspections(comparison) => &comparison.plan,
        Compared::Sweeps(comparison) | Compared::WhatIfs(comparison) => &comparison.plan,
        Compared::Runs(_) | Compared::Ranking(_) => &Vec::new(),
    };
    let is_compared = |key: &KeyDifference| key.comparability == Comparability::Compared;
    if !across.is_empty() && !plan.iter().any(is_compared) {
        bail!(
            "--across {}: the results do not differ in that, or their runs are not here to be asked",
            across.join(",")
        );
    }
    admit(arguments, plan)?;
    let charts = drawn(arguments, || match &compared {
        Compared::Costs(comparison) => cost_comparison_charts(comparison),
        Compared::Shootdowns(comparison) => matched_charts(comparison),
        Compared::Inspections(comparison) => matched_charts(comparison),
        Compared::Sweeps(comparison) => sweep_comparison_charts(comparison, &sweeps),
        Compared::WhatIfs(comparison) => what_if_comparison_charts(comparison),
        Compared::Runs(_) | Compared::Ranking(_) => Ok(Vec::new()),
    });
    Ok(Finished { charts, has_regressed: false, compared })
}
