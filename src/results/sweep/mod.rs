//! Many runs with one purpose, as `sweep.json` keeps them: the points, each run's key figures, and what follows from them together.
//! Each run also has its own run directory.

mod knee;
mod responses;
mod run;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use knee::{
    Answer, Decision, Knee, KneeComparison, Predicted, PredictedClause, PredictedKnee, PredictedPoint, Throughput,
};
pub use responses::Responses;
#[cfg(test)]
pub use run::TopFinding;
pub use run::{SweptRun, Which};

use super::{Availability, Environment, OneFile, Quota, Run};
use crate::{
    os::platform::Platform,
    scenario::{Axis, Clause},
};

/// All of `sweep.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SweepReport {
    /// Version of this format.
    pub format_version: u32,
    /// Version of mapstorm.
    pub mapstorm_version: String,
    /// The command as it was typed.
    pub command: Vec<String>,
    /// What the runs are for.
    pub purpose: Purpose,
    /// The scenario's name. The whole scenario is in each run's `run.json`.
    pub scenario: String,
    /// The objectives that each run is judged by.
    pub objectives: Vec<Clause>,
    /// When the command began, UTC, ISO 8601.
    pub started: String,
    /// When the last run had ended, UTC, ISO 8601.
    pub ended: String,
    /// False if runs are missing, or one of them is incomplete itself.
    pub complete: bool,
    /// Why runs are missing; `null`: none are.
    pub stopped: Option<String>,
    /// The keys that were varied. In a search for the knee: one, with the loads that were tried, in their order.
    pub axes: Vec<Axis>,
    /// Runs of each point; of a search for the knee: valid ones of each load, at most.
    pub repeats: u32,
    /// Points times repeats; of a search for the knee: `null`, as it is not known beforehand.
    pub planned: Option<u32>,
    /// The seed that the order of the runs was drawn from, and of the first repeat's load.
    pub seed: u64,
    /// The machine, in short; `null`: nothing ran.
    pub machine: Option<Machine>,
    /// The runs, in the order in which they were made.
    pub runs: Vec<SweptRun>,
    /// The largest load that met the objectives; one for every value of the other axis. Empty: there were no objectives, or no
    /// axis is a load.
    pub knees: Vec<Knee>,
    /// How the readers' throughput scales with the load; one for every value of the other axis.
    pub throughput: Vec<Throughput>,
    /// What a commit's cost model alone predicts; one for every value of the other axis.
    pub predicted: Vec<Predicted>,
}

/// A result that a series of runs fills in, run by run.
pub trait OfSeries: OneFile {
    /// The directory of its runs' own results, inside its own.
    const RUNS: &str;
    fn parts(&mut self) -> SeriesParts<'_>;
}

/// What a series itself fills in.
pub struct SeriesParts<'r> {
    pub runs: &'r mut Vec<SweptRun>,
    pub planned: Option<u32>,
    pub machine: &'r mut Option<Machine>,
    pub stopped: &'r mut Option<String>,
    pub complete: &'r mut bool,
    pub ended: &'r mut String,
}

/// Gives the parts of a result that has them as fields of the same names.
macro_rules! parts_of_series {
    ($result:ty, $runs:literal) => {
        impl $crate::results::OfSeries for $result {
            const RUNS: &str = $runs;

            fn parts(&mut self) -> $crate::results::SeriesParts<'_> {
                $crate::results::SeriesParts {
                    runs: &mut self.runs,
                    planned: self.planned,
                    machine: &mut self.machine,
                    stopped: &mut self.stopped,
                    complete: &mut self.complete,
                    ended: &mut self.ended,
                }
            }
        }
    };
}

pub(in crate::results) use parts_of_series;
parts_of_series!(SweepReport, "points");

/// What many runs are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// To see every point.
    #[default]
    Sweep,
    /// To find the largest load that meets the objectives.
    Knee,
}

/// What two machines must share for their figures to be compared; all of it is in each run's `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// The host's name.
    pub host: String,
    /// Operating system.
    pub system: String,
    /// Kernel release.
    pub kernel: String,
    /// Architecture.
    pub architecture: String,
    /// What it is made of and how it is set up.
    pub platform: Platform,
    /// The processor's name.
    pub cpu_model: Availability<String>,
    /// The kind of the hypervisor, such as `KVM`; `none` on the bare machine.
    pub hypervisor: Availability<String>,
    /// CPUs that the runs could use by their affinity. A quota is not counted in.
    pub cpus_allowed: Availability<u64>,
    /// The tightest CPU quota that bound them; `null`: there was none.
    #[serde(default = "Quota::not_recorded")]
    pub cpu_quota: Quota,
    /// Memory, bytes.
    pub memory_bytes: Availability<u64>,
    /// The file system of the mapped files, such as `ext4`.
    pub file_system: Availability<String>,
}

impl Machine {
    pub fn of(run: &Run) -> Machine {
        Machine::of_environment(&run.environment)
    }

    pub fn of_environment(environment: &Environment) -> Machine {
        let kind = environment.file_system.known().map(|found| found.kind.clone());
        Machine::with_files(environment, kind.map_err(String::clone).into())
    }

    /// A machine in short whose mapped files were on such a file system.
    pub fn with_files(environment: &Environment, file_system: Availability<String>) -> Machine {
        let environment = environment.clone();
        Machine {
            host: environment.host,
            system: environment.system,
            kernel: environment.kernel,
            architecture: environment.architecture,
            platform: environment.platform,
            cpu_model: environment.cpu_model,
            hypervisor: environment.hypervisor,
            cpus_allowed: environment.cpus_allowed,
            cpu_quota: environment.cpu_quota,
            memory_bytes: environment.memory_bytes,
            file_system,
        }
    }
}
