//! What every row of every table begins with: which result it is of, which load, which machine, and whether it was measured.
//! A cell is empty where the result does not tell.

use super::source::Source;
use crate::results::{Cost, Provenance, Run, SweepReport, SweptRun, Tried, WhatIf};

/// A column: its name and what it means.
pub type Column = (&'static str, &'static str);

/// The columns.
pub const COLUMNS: [Column; 10] = [
    ("result", "name of the result's directory; where two have the same, the path as it was given"),
    ("kind", "`run`, `sweep`, `what-if` or `cost`"),
    ("scenario", "the scenario's name; a cost result has none"),
    ("scenario_hash", "SHA-256 of the scenario: rows with the same hash had the same load"),
    ("seed", "the seed of everything random"),
    ("started", "when the command began, UTC, ISO 8601"),
    ("host", "the host's name"),
    ("system", "operating system"),
    ("kernel", "kernel release"),
    (
        "provenance",
        "`measured`, `emulated` (measured, but of something that imitates another system) or `predicted` (never run)",
    ),
];

/// The cells of one result, or of one run in it.
#[derive(Clone, Default)]
pub struct Identity {
    result: String,
    kind: &'static str,
    scenario: String,
    scenario_hash: String,
    seed: String,
    started: String,
    host: String,
    system: String,
    kernel: String,
    provenance: Option<Provenance>,
}

impl Identity {
    /// Of a run.
    pub fn of_run(source: &Source, run: &Run) -> Identity {
        Identity {
            scenario: run.scenario.name.clone(),
            scenario_hash: run.scenario_hash.clone(),
            seed: run.scenario.run.seed.to_string(),
            started: run.started.clone(),
            host: run.environment.host.clone(),
            system: run.environment.system.clone(),
            kernel: run.environment.kernel.clone(),
            provenance: Some(run.provenance()),
            ..Identity::of(source)
        }
    }

    /// Of a sweep as a whole.
    pub fn of_sweep(source: &Source, sweep: &SweepReport) -> Identity {
        let machine = sweep.machine.as_ref();
        Identity {
            scenario: sweep.scenario.clone(),
            seed: sweep.seed.to_string(),
            started: sweep.started.clone(),
            host: machine.map_or_else(String::new, |machine| machine.host.clone()),
            system: machine.map_or_else(String::new, |machine| machine.system.clone()),
            kernel: machine.map_or_else(String::new, |machine| machine.kernel.clone()),
            ..Identity::of(source)
        }
    }

    /// Of one run of it.
    pub fn of_swept(&self, run: &SweptRun) -> Identity {
        Identity {
            scenario_hash: run.scenario_hash.clone(),
            seed: run.seed.to_string(),
            provenance: Some(run.provenance()),
            ..self.clone()
        }
    }

    /// Of a what-if as a whole; its machine is that of the baseline.
    pub fn of_what_if(source: &Source, what_if: &WhatIf, baseline: Option<&Run>) -> Identity {
        let machine = baseline.map(|run| &run.environment);
        Identity {
            scenario: what_if.scenario.clone(),
            seed: what_if.seed.to_string(),
            started: what_if.started.clone(),
            host: machine.map_or_else(String::new, |machine| machine.host.clone()),
            system: machine.map_or_else(String::new, |machine| machine.system.clone()),
            kernel: machine.map_or_else(String::new, |machine| machine.kernel.clone()),
            ..Identity::of(source)
        }
    }

    /// Of one run of it.
    pub fn of_tried(&self, tried: &Tried) -> Identity {
        let provenance = Some(tried.settings.provenance());
        Identity { scenario_hash: tried.scenario_hash.clone(), provenance, ..self.clone() }
    }

    /// Of a cost law.
    pub fn of_cost(source: &Source, cost: &Cost) -> Identity {
        Identity {
            seed: cost.plan.seed.to_string(),
            started: cost.started.clone(),
            host: cost.environment.host.clone(),
            system: cost.environment.system.clone(),
            kernel: cost.environment.kernel.clone(),
            ..Identity::of(source)
        }
    }

    fn of(source: &Source) -> Identity {
        Identity { result: source.name.clone(), kind: source.kind.name(), ..Identity::default() }
    }

    /// Of what was run here.
    pub fn provenance(&self) -> Provenance {
        self.provenance.unwrap_or(Provenance::Measured)
    }

    /// The cells, in the order of the columns.
    pub fn cells(&self, provenance: Provenance) -> [&str; COLUMNS.len()] {
        [
            &self.result,
            self.kind,
            &self.scenario,
            &self.scenario_hash,
            &self.seed,
            &self.started,
            &self.host,
            &self.system,
            &self.kernel,
            provenance.name(),
        ]
    }
}
