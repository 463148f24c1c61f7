//! Two scenarios whose runs took turns, as `ab.json` keeps them: both, their runs, and how B differs from A figure by figure. Each run also
//! has a result of its own in the same directory.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Availability, Effect, KeyDifference, KeyFigure, Machine, SweptRun, sweep::parts_of_series};
use crate::stats::Estimate;

/// The key of the setting that says whether a run is one of A or of B.
pub const ARM: &str = "arm";

/// All of `ab.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ab {
    /// Version of this format.
    pub format_version: u32,
    /// Version of mapstorm.
    pub mapstorm_version: String,
    /// The command as it was typed.
    pub command: Vec<String>,
    /// A, what B is compared with.
    pub a: AbArm,
    /// B.
    pub b: AbArm,
    /// Keys of the scenario that differ between the two.
    pub keys: Vec<KeyDifference>,
    /// When the command began, UTC, ISO 8601.
    pub started: String,
    /// When the last run had ended, UTC, ISO 8601.
    pub ended: String,
    /// False if runs are missing, or one of them is incomplete itself.
    pub complete: bool,
    /// Why runs are missing; `null`: none are.
    pub stopped: Option<String>,
    /// Runs that were to be made: two for each pair.
    pub planned: Option<u32>,
    /// The seed of the first pair. Both runs of a pair have the same; the next pair's is 1000003 more.
    pub seed: u64,
    /// The machine, in short; `null`: nothing ran.
    pub machine: Option<Machine>,
    /// The runs, in the order in which they were made: A B B A A B B A and so on. `settings` says whether a run is one of A or of B, `repeat`
    /// is the number of its pair.
    pub runs: Vec<SweptRun>,
    /// Numbers of the pairs that are compared: both runs are complete and not invalid, and no operation failed.
    pub pairs: Vec<u32>,
    /// How B differs from A in each figure that a run has.
    pub figures: Vec<AbFigure>,
    /// The answer in one sentence.
    pub statement: String,
    /// What limits this answer.
    pub notes: Vec<String>,
    /// By how much a figure of B may be worse, as a share, before it is a regression; `null`: not asked for.
    pub allowed_regression: Option<f64>,
    /// Figures that are significantly worse in B, and by more than that.
    pub regressions: Vec<KeyFigure>,
}

/// One of the two.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AbArm {
    /// The scenario's name.
    pub scenario: String,
    /// The overrides of this one alone.
    pub overrides: Vec<String>,
}

/// A figure of A and of B. Times are compared by their ratio B / A; what can be 0 by the difference B − A, in its own unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AbFigure {
    /// Which figure.
    pub figure: KeyFigure,
    /// Mean of A's runs, of times the geometric one; `null`: there is none.
    pub a: Option<f64>,
    /// Mean of B's runs.
    pub b: Option<f64>,
    /// Whether `each`, `change` and `least` are ratios (no change: 1), and not differences (no change: 0).
    pub is_ratio: bool,
    /// B against A in each pair, in the order of `pairs`.
    pub each: Vec<f64>,
    /// Their mean with its 95 % interval by Student's t over the pairs; or why there is none.
    pub change: Availability<Estimate>,
    /// The smallest change that counts: less, on either side, is the same.
    pub least: f64,
    /// How probable so large a change is by chance alone, corrected for the number of figures by Holm's method; `null`: nothing was to be
    /// tested.
    pub p: Option<f64>,
    /// Pairs of `each` that changed in the direction of their mean.
    pub agreeing: u32,
    /// What that says: `better` or `worse` if `p` is at most 0.05 and the change counts; `same` if two one-sided tests at 5 % say that it does not;
    /// else `undecided`; `unknown`: no pair could be compared.
    pub effect: Effect,
    /// So many pairs more would probably (in four of five repetitions) decide an undecided one; `null`: it is decided, or more than a thousand would not.
    pub more_pairs: Option<u32>,
    /// How the figure moved over the session; `null`: it is no time, there are fewer than three pairs, or they
    /// are too far apart.
    pub drift: Option<AbDrift>,
}

/// How a figure moved from the first run to the last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AbDrift {
    /// Of A: at the end divided by at the begin, with its 95 % interval.
    pub a: Estimate,
    /// Of B.
    pub b: Estimate,
    /// What a steady drift of both leaves in B / A: 1 where A and B stand in the same places on average.
    pub left: f64,
}

parts_of_series!(Ab, "runs");

impl Ab {
    /// What the result is called: both scenarios, or the one that both are.
    pub fn name(&self) -> String {
        let [a, b] = [&self.a, &self.b].map(|arm| arm.scenario.as_str());
        if a == b { a.to_owned() } else { format!("{a} / {b}") }
    }

    /// The order in which runs are made, each with the number of its pair and its arm: A B B A A B B A and so on, in which a steady drift
    /// cancels after every second pair.
    pub fn turns(pairs: u32) -> impl Iterator<Item = (u32, &'static str)> {
        (1..=pairs).flat_map(|pair| if pair % 2 == 1 { ["A", "B"] } else { ["B", "A"] }.map(|arm| (pair, arm)))
    }

    /// The run of an arm, `A` or `B`, in a pair.
    pub fn run(&self, arm: &str, pair: u32) -> Option<&SweptRun> {
        self.runs.iter().find(|run| run.repeat == pair && run.settings.iter().any(|setting| setting.value == arm))
    }
}
