//! A diagnosis: freezes, findings, and the verdict, worked out in `diagnose` and `conclude`.
//! It is in `run.json`, and line by line in `stalls.jsonl`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{driver::outcome::Role, scenario::Clause};

/// Did the workers freeze, why, and is this machine fit?
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// By scope, then begin.
    pub freezes: Vec<Freeze>,
    /// By share of the stalled time, largest first.
    pub findings: Vec<Finding>,
    /// Time of readers and writers in slow operations, nanoseconds, added up over all of them: what the findings' shares are of. Each part of it
    /// has one cause, so the shares add up to at most 1.
    pub stalled_ns: u64,
    /// Whether the objectives were met; `null`: there were none.
    pub verdict: Option<Verdict>,
    /// What limits the diagnosis: evidence that was unavailable, records that had no room.
    pub caveats: Vec<String>,
}

impl Diagnosis {
    /// The longest freeze, nanoseconds; `None`: there was none.
    pub fn longest_freeze_ns(&self) -> Option<u64> {
        self.freezes.iter().map(|freeze| freeze.end_ns.saturating_sub(freeze.start_ns)).max()
    }
}

/// A span in which work was due and (nearly) nothing completed: see docs/diagnosis.md. Times are nanoseconds since measuring
/// began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Freeze {
    /// The instance; `null`: all workers together.
    pub instance: Option<u32>,
    /// The role, if only the operations of one were due and not completed; `null` or missing: those of both.
    #[serde(default)]
    pub role: Option<Role>,
    /// Begin.
    pub start_ns: u64,
    /// End.
    pub end_ns: u64,
    /// Operations that came due in it.
    pub due: u64,
    /// Operations that completed in it.
    pub completed: u64,
    /// Operations that were due and not done at its end.
    pub waiting: u64,
    /// Workers with a record of an operation that overlaps it: a lower bound.
    pub workers: u64,
    /// What the noise probes did meanwhile.
    pub noise_probes: Vec<During>,
    /// What the writers of the instance did meanwhile.
    pub writer: Vec<During>,
}

impl Freeze {
    /// Whether it is one of all workers, of every instance and of both roles.
    pub fn is_of_all(&self) -> bool {
        self.instance.is_none() && self.role.is_none()
    }
}

/// Something that went on during a span.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct During {
    /// A phase of a commit, `start-delay`, `idle`; or a noise probe's name.
    pub what: String,
    /// Share of the span, 0 to 1. For a noise probe: the share in which it could not tick.
    pub share: f64,
}

/// A named cause, what it rests on, and what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The cause's name, one of those in docs/diagnosis.md.
    pub cause: String,
    /// What happened, in one sentence.
    pub statement: String,
    /// From what was seen to what is behind it.
    pub chain: Vec<String>,
    /// Share of the stalled time, 0 to 1.
    pub share: f64,
    /// The figures that it rests on.
    pub figures: Vec<Figure>,
    /// The strength of the evidence.
    pub confidence: Confidence,
    /// What to do about it.
    pub advice: Vec<String>,
}

/// A figure, with that of the control span.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// What it is, with its unit.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// The same in the control span; `null`: unknown, or it has none.
    pub control: Option<f64>,
}

/// The name of the figure of a finding that says what each mapper costs a commit: CPU time of the syncs, the median of the commits.
pub const PER_MAPPER_US: &str = "µs of CPU time that a commit's syncs cost for each mapper, median";

/// The strength of a finding's evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// What is left when everything else is ruled out, or from evidence that is incomplete.
    Low,
    /// From indirect evidence.
    Medium,
    /// Seen directly, and far above the control span.
    High,
    /// Seen in the kernel stacks of those that were stalled.
    Seen,
}

/// Whether this run met its objectives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The answer.
    pub outcome: Judgement,
    /// Why it is invalid, if it is.
    pub reasons: Vec<String>,
    /// Each objective.
    pub clauses: Vec<JudgedClause>,
}

/// The answer of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// Every objective was met.
    Met,
    /// At least one was not.
    NotMet,
    /// The run says nothing about the machine: it was incomplete, or its generator could not keep its own schedule.
    Invalid,
}

/// One objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgedClause {
    /// The objective.
    pub clause: Clause,
    /// What was measured: nanoseconds, or 0 to 1 for the rate; `null`: nothing was.
    pub figure: Option<f64>,
    /// Whether the figure is a lower bound, because it falls among operations that never completed.
    pub at_least: bool,
    /// Whether it was met; without a figure it was not.
    pub met: bool,
    /// How far the figure is on the right side of the limit, as a share of the limit; negative: on the wrong side.
    pub margin: Option<f64>,
    /// Values that the figure rests on.
    pub samples: u64,
    /// Of a percentile, their effective sample size: so many independent values would be as certain; `null`: as many as there are, the run
    /// is too short to tell.
    #[serde(default)]
    pub effective: Option<f64>,
    /// Whether that is enough to decide with 95 % confidence on which side of the limit the figure is.
    pub enough: bool,
}
