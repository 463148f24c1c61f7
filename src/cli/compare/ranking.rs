//! Rankings of runs and of qualifications. Each result is read once, and of thousands only what the ranking rests on is kept.

use std::path::Path;

use rayon::iter::Either;
use rayon::prelude::*;

use super::named::{Named, NamedResult};
use super::{Compare, Finished, admit, predicted};
use crate::conclude::{
    Baseline, CompareOptions, FitRun, LoadedRun, RankedRun, SHOWN_ROWS, differing_keys, is_key, objectives_of_runs,
    rank, rank_qualifications, with_unread,
};
use crate::present::ranking_charts;
use crate::results::{Compared, Qualification, Ranking, Run, UnreadResult};

/// What was read of a run, with the whole of it if that is kept.
type ReadRun = (RankedRun, Option<LoadedRun>);

/// Ranks runs. Errors: one that was named cannot be read, or the loads are not the same.
pub fn of_runs(arguments: &Compare, named: Named, options: &CompareOptions) -> Result<Finished, String> {
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
    if let Some(key) = arguments.across.iter().find(|key| !is_key(&keys, key)) {
        return Err(super::no_such_key(key));
    }
    admit(arguments, &differing_keys(&keys, &arguments.across))?;
    let predicted = match &arguments.cost_model {
        Some(cost_model) => {
            let first = load(Path::new(&runs[0].directory)).map_err(|error| format!("{error:#}"))?;
            vec![predicted::row(cost_model, &first, &options.objectives)?]
        }
        None => Vec::new(),
    };
    // The baseline is the first of all; a regression is always against one.
    let baseline = is_against.then_some(Baseline { sides: &sides, place: 0 });
    let ranking = with_unread(rank(&runs, baseline, &predicted, &objectives, options), unread);
    Ok(finished(arguments, ranking, &sides))
}

/// Ranks qualifications. Errors: one that was named cannot be read, or they are not for the same load.
pub fn of_qualifications(arguments: &Compare, named: Named, options: &CompareOptions) -> Result<Finished, String> {
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
        charts: if arguments.out.is_some() { ranking_charts(&ranking, sides) } else { Ok(Vec::new()) },
        has_regressed: !ranking.regressions.is_empty(),
        compared: Compared::Ranking(ranking),
    }
}

/// Reads results. One that was found and cannot be read is in the second list; one that was named is an error.
fn read_all<T: Send>(
    named: Named,
    read: impl Fn(&NamedResult) -> anyhow::Result<T> + Sync,
) -> Result<(Vec<T>, Vec<UnreadResult>), String> {
    let outcome = |result: &NamedResult| match read(result) {
        Ok(value) => Ok(Either::Left(value)),
        Err(error) if result.is_found => Ok(Either::Right(UnreadResult {
            directory: result.directory.display().to_string(),
            reason: format!("{error:#}"),
        })),
        Err(error) => Err(format!("{error:#}")),
    };
    let all: Vec<Either<T, UnreadResult>> = named.results.par_iter().map(outcome).collect::<Result<_, String>>()?;
    let (read, mut unread): (Vec<T>, Vec<UnreadResult>) = all.into_par_iter().partition_map(|either| either);
    if read.is_empty() {
        let why = unread.first().map_or_else(String::new, |first| format!("; the first: {}", first.reason));
        return Err(format!("none of {} results can be read{why}", unread.len()));
    }
    unread.extend(named.unread);
    Ok((read, unread))
}
