//! Rankings of runs, with a prediction among them, and of qualifications. Of thousands of results only what the ranking rests on is kept.

use std::path::Path;

use anyhow::{Context, bail};
use rayon::iter::Either;
use rayon::prelude::*;

use super::named::{Named, NamedResult};
use super::{Compare, Finished, admit, check_across, drawn};
use crate::cli::run::cost_model;
use crate::conclude::predicted::{Basis, obstacle, point};
use crate::conclude::{
    Baseline, CompareOptions, FitRun, LoadedRun, PredictedRow, RankedRun, SHOWN_ROWS, differing_keys, machine_in_short,
    objectives_of_runs, rank, rank_qualifications, with_unread,
};
use crate::experiment::what_if::{prediction, reader_cpu_ns};
use crate::present::ranking_charts;
use crate::results::{
    Availability, Compared, Cost, Environment, Machine, Qualification, Ranking, Run, UnreadResult, cpus_usable,
};
use crate::scenario::Clause;

/// What was read of a run, with the whole of it if that is kept.
type ReadRun = (RankedRun, Option<LoadedRun>);

/// Ranks runs. Errors: one that was named cannot be read, or the loads are not the same.
pub fn of_runs(arguments: &Compare, named: Named, options: &CompareOptions) -> anyhow::Result<Finished> {
    let is_against = arguments.baseline.is_some() || arguments.fail_on_regression.is_some();
    // A ranking that is shown as a whole has a chart of the response times of each run.
    let is_kept = is_against || named.results.len() <= SHOWN_ROWS;
    let load = |directory: &Path| match is_against {
        true => LoadedRun::load(directory),
        false => LoadedRun::load_without_blocks(directory),
    };
    // What was found and cannot be read is left out below.
    let runs = named.results.iter().filter_map(|result| Run::load(&result.directory).ok());
    let objectives = objectives_of_runs(runs, options);
    let read = |result: &NamedResult| -> anyhow::Result<ReadRun> {
        let side = load(&result.directory)?;
        Ok((RankedRun::of(&side, &objectives), is_kept.then_some(side)))
    };
    let (read, unread) = read_all(named, read)?;
    let (runs, sides): (Vec<RankedRun>, Vec<Option<LoadedRun>>) = read.into_iter().unzip();
    let sides: Vec<LoadedRun> = sides.into_iter().flatten().collect();
    let keys: Vec<_> = runs.iter().map(|run| &run.keys).collect();
    check_across(arguments, &keys)?;
    admit(arguments, &differing_keys(&keys, &arguments.across))?;
    let predicted = match &arguments.cost_model {
        Some(cost_model) => {
            let first = load(Path::new(&runs[0].directory))?;
            vec![predicted_row(cost_model, &first, &options.objectives)?]
        }
        None => Vec::new(),
    };
    // The baseline is the first of all; a regression is always against one.
    let baseline = is_against.then_some(Baseline { sides: &sides, place: 0 });
    let ranking = with_unread(rank(&runs, baseline, &predicted, &objectives, options), unread);
    Ok(finished(arguments, ranking, &sides))
}

/// What the cost model of another machine, or another system, predicts for the first run's load; the objectives are those of its scenario unless
/// others are given. The CPU time of a read comes from that run: the cost model of a commit does not contain it.
/// Errors: There is no such cost model in the result, or nothing can be predicted for this load: the message says why.
fn predicted_row(path: &Path, first: &LoadedRun, objectives: &[Clause]) -> anyhow::Result<PredictedRow> {
    let run = &first.run;
    let mut scenario = run.scenario.clone();
    if !objectives.is_empty() {
        scenario.slo.clauses = objectives.to_vec();
    }
    if let Some(why) = obstacle(&scenario) {
        bail!("--cost-model {}: nothing can be predicted for this load: {why}", path.display());
    }
    let commit = cost_model::from_file(path, &scenario)?;
    let machine = Cost::load(path)?;
    let usable = |machine: &Environment| cpus_usable(&machine.cpus_allowed, &machine.cpu_quota);
    let cpus = usable(&machine.environment)
        .or_else(|| usable(&run.environment))
        .with_context(|| format!("--cost-model {}: the machine's number of CPUs is unknown", path.display()))?;
    let reader_cpu_ns = reader_cpu_ns(run).with_context(|| {
        format!("{}: no read was completed, so what one costs is not known", first.directory.display())
    })?;
    let basis = Basis { cost_model: &commit, reader_cpu_ns, cpus };
    let clauses = point(&scenario, "readers.count", f64::from(scenario.readers.count), &basis);
    let unknown = || Availability::Unavailable { unavailable: "nothing was measured".to_owned() };
    let files = machine.rows.first().map_or_else(unknown, |row| row.file_system.clone());
    Ok(PredictedRow {
        label: machine_in_short(&Machine::with_files(&machine.environment, files)),
        directory: path.display().to_string(),
        figures: prediction(&scenario, &basis),
        clauses: clauses.map_or_else(Vec::new, |point| point.clauses),
    })
}

/// Ranks qualifications. Errors: one that was named cannot be read, or they are not for the same load.
pub fn of_qualifications(arguments: &Compare, named: Named, options: &CompareOptions) -> anyhow::Result<Finished> {
    let read = |result: &NamedResult| {
        let found = Qualification::load(&result.directory)?;
        Ok(FitRun::of(result.directory.display().to_string(), found))
    };
    let (found, unread) = read_all(named, read)?;
    let keys: Vec<_> = found.iter().map(|run| &run.keys).collect();
    admit(arguments, &differing_keys(&keys, &arguments.across))?;
    Ok(finished(arguments, with_unread(rank_qualifications(&found, options), unread), &[]))
}

fn finished(arguments: &Compare, ranking: Ranking, sides: &[LoadedRun]) -> Finished {
    Finished {
        charts: drawn(arguments, || ranking_charts(&ranking, sides)),
        has_regressed: !ranking.regressions.is_empty(),
        compared: Compared::Ranking(ranking),
    }
}

/// Reads results. One that was found and cannot be read is in the second list; one that was named is an error.
fn read_all<T: Send>(
    named: Named,
    read: impl Fn(&NamedResult) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<(Vec<T>, Vec<UnreadResult>)> {
    let outcome = |result: &NamedResult| match read(result) {
        Ok(value) => Ok(Either::Left(value)),
        Err(error) if result.is_found => Ok(Either::Right(UnreadResult {
            directory: result.directory.display().to_string(),
            reason: format!("{error:#}"),
        })),
        Err(error) => Err(error),
    };
    let all: Vec<Either<T, UnreadResult>> = named.results.par_iter().map(outcome).collect::<anyhow::Result<_>>()?;
    let (read, mut unread): (Vec<T>, Vec<UnreadResult>) = all.into_par_iter().partition_map(|either| either);
    if read.is_empty() {
        let why = unread.first().map_or_else(String::new, |first| format!("; the first: {}", first.reason));
        bail!("none of {} results can be read{why}", unread.len());
    }
    unread.extend(named.unread);
    Ok((read, unread))
}
