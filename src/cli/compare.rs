//! `mapstorm compare RESULT…`: what differs between results, with confidence intervals. Nothing is measured.
//! Results whose loads are not the same are refused, unless the keys that differ are what is compared.

mod history;
mod output;
mod predicted;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use rayon::prelude::*;

use super::failure::{Failure, Outcome};
use super::run::common::command;
use super::{objectives, percent};
use crate::conclude::{
    CompareOptions, LoadedRun, compare_costs, compare_many, compare_pair, compare_shootdowns, compare_sweeps,
    compare_what_ifs, is_key, letter, on_common_axes, scenario_differences,
};
use crate::note;
use crate::present::{
    Chart, Reported, comparison_charts, comparison_report, matched_charts, ranking_charts, sweep_comparison_charts,
    what_if_comparison_charts,
};
use crate::results::{
    COMPARISON_FILE, Comparability, Compared, ComparisonReport, FORMAT_VERSION, KeyDifference, ResultKind,
};

#[derive(Debug, Args)]
pub struct Compare {
    /// Results of one kind. Two runs are compared figure by figure, more are ranked; of `mapstorm cost` and `mapstorm shootdown`,
    /// sweeps, searches for the knee and what-ifs, each is compared with the first, part by part
    #[arg(required_unless_present = "history", value_name = "RESULT")]
    results: Vec<PathBuf>,
    /// Instead of results that are named: search a directory for runs of the same load on the same machine, and report where their figures
    /// changed over time. With --fail-on-regression, the exit code is 4 if the last segment of a figure is worse than the one before by more than that
    #[arg(long, value_name = "DIR", conflicts_with_all = ["results", "baseline", "rank", "slo", "across", "cost_model", "force"])]
    history: Option<PathBuf>,
    /// Compare every result with this one
    #[arg(long, value_name = "RESULT")]
    baseline: Option<PathBuf>,
    /// Rank, though there are only two
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
    let compared = check(arguments).and_then(|kind| match kind {
        ResultKind::Run => runs(arguments),
        _ => parts(arguments),
    });
    let finished = compared.map_err(Failure::invalid)?;
    let report = ComparisonReport {
        format_version: FORMAT_VERSION,
        mapstorm_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command(),
        compared: finished.compared,
    };
    let json = serde_json::to_string_pretty(&report)? + "\n";
    if let Some(directory) = &arguments.out {
        let drawn = comparison_report(&report, finished.charts?);
        output::write(directory, (COMPARISON_FILE, &json), |inside| drawn.write(inside).map(|_| ()))?;
    }
    super::print(&if arguments.json { json } else { report.compared.to_string() })?;
    if let Some(directory) = &arguments.out {
        note!("comparison in {}", directory.display());
    }
    if finished.has_regressed { Err(Failure::NotMet) } else { Ok(()) }
}

/// All results, the baseline first. Of more than two, one that is named again (`--baseline results/a results/*`) counts once.
fn all(arguments: &Compare) -> Vec<&Path> {
    let named: Vec<&Path> = arguments.baseline.iter().chain(&arguments.results).map(PathBuf::as_path).collect();
    if named.len() == 2 {
        return named;
    }
    let mut seen = HashSet::new();
    // A path that does not exist is reported later.
    let is_new = |path: &&Path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.to_path_buf()));
    named.into_iter().filter(is_new).collect()
}

/// Checks what clap cannot check; the kind of all the results.
fn check(arguments: &Compare) -> Result<ResultKind, String> {
    let results = all(arguments);
    let mut kinds = Vec::new();
    for result in &results {
        // A qualification is compared by its search for the knee.
        kinds.push(match ResultKind::of(result).map_err(|error| format!("{error:#}"))?.0 {
            ResultKind::Qualify => ResultKind::Sweep,
            ResultKind::Ab => {
                return Err(format!(
                    "{0}: a result of `mapstorm ab` is a comparison already: `mapstorm report {0}` draws it; the runs in {0}/runs can be \
                     compared with others",
                    result.display()
                ));
            }
            kind => kind,
        });
    }
    let first = kinds[0];
    if let Some(place) = kinds.iter().position(|kind| *kind != first) {
        let [(a, kind_of_a), (b, kind_of_b)] = [0, place].map(|at| (results[at].display(), kinds[at].with_article()));
        return Err(format!(
            "{a} is the result of {kind_of_a}, {b} that of {kind_of_b}: only results of the same kind can be compared. \
             Name {kind_of_a} instead of {b}; `mapstorm list` shows which results there are, and of which kind"
        ));
    }
    if results.len() < 2 && arguments.cost_model.is_none() {
        return Err(
            "one result has nothing to be compared with: name another, a --baseline, or a --cost-model".to_owned()
        );
    }
    let options_of_runs = [
        ("--slo", !arguments.slo.is_empty()),
        ("--cost-model", arguments.cost_model.is_some()),
        ("--rank", arguments.rank),
        ("--fail-on-regression", arguments.fail_on_regression.is_some()),
    ];
    if let Some((option, _)) = options_of_runs.iter().find(|(_, given)| *given && first != ResultKind::Run) {
        return Err(format!(
            "{option}: goes with runs; {} is the result of {}",
            results[0].display(),
            first.with_article()
        ));
    }
    if let Some(directory) = &arguments.out {
        output::check(directory)?;
    }
    Ok(first)
}

fn runs(arguments: &Compare) -> Result<Finished, String> {
    let paths = all(arguments);
    let is_pair = paths.len() == 2 && !arguments.rank && arguments.cost_model.is_none();
    let resamples = is_pair || arguments.baseline.is_some() || arguments.fail_on_regression.is_some();
    let load = |path: &&Path| {
        let directory = ResultKind::of(path)?.1;
        if resamples { LoadedRun::load(&directory) } else { LoadedRun::load_without_blocks(&directory) }
    };
    let loaded: Result<Vec<LoadedRun>, _> = paths.par_iter().map(load).collect();
    let sides = loaded.map_err(|error| format!("{error:#}"))?;
    let options = CompareOptions {
        least_effect: arguments.min_effect,
        across: arguments.across.clone(),
        allowed_regression: arguments.fail_on_regression,
        objectives: objectives("--slo", &arguments.slo)?,
    };
    let scenarios: Vec<_> = sides.iter().map(|side| &side.run).collect();
    if let Some(key) = arguments.across.iter().find(|key| !is_key(&scenarios, key)) {
        return Err(format!("--across {key}: the scenarios have no such key; docs/scenario.md lists them"));
    }
    admit(arguments, &scenario_differences(&scenarios, &arguments.across))?;
    if let Some([a, b]) = is_pair.then_some(&sides[..]) {
        let comparison = compare_pair(a, b, &options);
        return Ok(Finished {
            charts: if arguments.out.is_some() { comparison_charts(&comparison, a, b) } else { Ok(Vec::new()) },
            has_regressed: !comparison.regressions.is_empty(),
            compared: Compared::Runs(Box::new(comparison)),
        });
    }
    let predicted = match &arguments.cost_model {
        Some(cost_model) => vec![predicted::row(cost_model, &sides, &options.objectives)?],
        None => Vec::new(),
    };
    // The baseline is the first of all; a regression is always against one.
    let baseline = (arguments.baseline.is_some() || arguments.fail_on_regression.is_some()).then_some(0);
    let ranking = compare_many(&sides, baseline, &predicted, &options);
    Ok(Finished {
        charts: if arguments.out.is_some() { ranking_charts(&ranking, &sides) } else { Ok(Vec::new()) },
        has_regressed: !ranking.regressions.is_empty(),
        compared: Compared::Ranking(ranking),
    })
}

/// Refuses what does not have the same load, or warns of it.
fn admit(arguments: &Compare, differences: &[KeyDifference]) -> Result<(), String> {
    let mismatches: Vec<&KeyDifference> =
        differences.iter().filter(|key| key.comparability == Comparability::Mismatch).collect();
    if mismatches.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = mismatches.iter().map(|key| format!("  {}: {}", key.key, values(&key.values))).collect();
    let keys: Vec<&str> = mismatches.iter().map(|key| key.key.as_str()).collect();
    let (differ, keys) = (format!("the loads are not the same:\n{}", lines.join("\n")), keys.join(","));
    if arguments.force {
        note!("WARNING: {differ}\nwhat the figures differ by may come from that");
        return Ok(());
    }
    Err(format!("Refused: {differ}\nIf that is what is to be compared: --across {keys}; --force compares all the same"))
}

fn values(values: &[String]) -> String {
    let lettered = values.iter().enumerate().map(|(place, value)| format!("{value} in {}", letter(place)));
    lettered.collect::<Vec<_>>().join(", ")
}

/// Results that are compared part by part, in what their JSON holds.
fn parts(arguments: &Compare) -> Result<Finished, String> {
    let load = |path: &&Path| {
        let (kind, directory) = ResultKind::of(path)?;
        Ok((directory.display().to_string(), Reported::load(kind, &directory)?))
    };
    let loaded: anyhow::Result<Vec<(String, Reported)>> = all(arguments).par_iter().map(load).collect();
    let (mut costs, mut shootdowns) = (Vec::new(), Vec::new());
    let (mut sweeps, mut what_ifs, mut verdicts) = (Vec::new(), Vec::new(), Vec::new());
    for (directory, found) in loaded.map_err(|error| format!("{error:#}"))? {
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
            // All are compared as one kind, and that is neither of these.
            Reported::Run(_) | Reported::Ab(_) => {}
        }
    }
    on_common_axes(&mut sweeps)?;
    let (across, least_effect) = (&arguments.across, arguments.min_effect);
    let compared = if !sweeps.is_empty() {
        let mut comparison = compare_sweeps(&sweeps, across, least_effect);
        comparison.sentences.splice(0..0, verdicts);
        Compared::Sweeps(comparison)
    } else if !what_ifs.is_empty() {
        Compared::WhatIfs(compare_what_ifs(&what_ifs, across, least_effect))
    } else if !shootdowns.is_empty() {
        Compared::Shootdowns(compare_shootdowns(&shootdowns, least_effect))
    } else {
        Compared::Costs(compare_costs(&costs, across, least_effect))
    };
    let plan = match &compared {
        Compared::Costs(comparison) => &comparison.plan,
        Compared::Shootdowns(comparison) => &comparison.plan,
        Compared::Sweeps(comparison) | Compared::WhatIfs(comparison) => &comparison.plan,
        Compared::Runs(_) | Compared::Ranking(_) => &Vec::new(),
    };
    let is_compared = |key: &KeyDifference| key.comparability == Comparability::Compared;
    if !across.is_empty() && !plan.iter().any(is_compared) {
        return Err(format!(
            "--across {}: the results do not differ in that, or their runs are not here to be asked",
            across.join(",")
        ));
    }
    admit(arguments, plan)?;
    let charts = match &compared {
        Compared::Costs(comparison) if arguments.out.is_some() => matched_charts(comparison),
        Compared::Shootdowns(comparison) if arguments.out.is_some() => matched_charts(comparison),
        Compared::Sweeps(comparison) if arguments.out.is_some() => sweep_comparison_charts(comparison, &sweeps),
        Compared::WhatIfs(comparison) if arguments.out.is_some() => what_if_comparison_charts(comparison),
        _ => Ok(Vec::new()),
    };
    Ok(Finished { charts, has_regressed: false, compared })
}
