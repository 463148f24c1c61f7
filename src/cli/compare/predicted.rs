//! `--cost-model`: what the cost model of another machine, or another system, predicts for the same load, as a row of the ranking.
//! The CPU time of a read comes from the first run: the cost model of a commit does not contain it.

use std::path::Path;

use crate::cli::run::cost_model;
use crate::conclude::predicted::{Basis, obstacle, point};
use crate::conclude::{LoadedRun, PredictedRow, machine_in_short};
use crate::experiment::what_if::{prediction, reader_cpu_ns};
use crate::results::{Availability, Cost, Environment, Machine, cpus_usable};
use crate::scenario::Clause;

/// Predicts the first run's load; the objectives are those of its scenario unless others are given.
/// Errors: There is no such cost model in the result, or nothing can be predicted for this load: the message says why.
pub fn row(path: &Path, first: &LoadedRun, objectives: &[Clause]) -> Result<PredictedRow, String> {
    let run = &first.run;
    let mut scenario = run.scenario.clone();
    if !objectives.is_empty() {
        scenario.slo.clauses = objectives.to_vec();
    }
    if let Some(why) = obstacle(&scenario) {
        return Err(format!("--cost-model {}: nothing can be predicted for this load: {why}", path.display()));
    }
    let in_cost_model = |error: anyhow::Error| format!("{error:#}");
    let commit = cost_model::from_file(path, &scenario).map_err(in_cost_model)?;
    let machine = Cost::load(path).map_err(in_cost_model)?;
    let usable = |machine: &Environment| cpus_usable(&machine.cpus_allowed, &machine.cpu_quota);
    let cpus = usable(&machine.environment).or_else(|| usable(&run.environment));
    let cpus =
        cpus.ok_or_else(|| format!("--cost-model {}: the machine's number of CPUs is unknown", path.display()))?;
    let reader_cpu_ns = reader_cpu_ns(run).ok_or_else(|| {
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
