//! What one commit costs now, and what a change would bring: all of it predicted from a cost model.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    results::{Availability, CommitModel},
    stats::Estimate,
};

/// What one commit costs now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommitCost {
    /// Processes whose mappings a commit has to walk.
    pub mappers: u32,
    /// The cost model of this machine; unavailable: none was given or measured.
    pub cost_model: Availability<CommitModel>,
    /// One commit with that many mappers, its syncs included, nanoseconds: predicted.
    pub commit_ns: Availability<Estimate>,
    /// The part of it that the mappers add, nanoseconds: predicted.
    pub of_mappers_ns: Availability<Estimate>,
    /// Share of the time for which the exclusive lock is held: commits a second times that.
    pub utilisation: Availability<Estimate>,
    /// From where on readers starve.
    pub limit: Availability<Limit>,
    /// What a change would bring: what lowers the cost most comes first.
    pub advice: Vec<PricedChange>,
}

impl CommitCost {
    /// What nothing is known of yet: why.
    pub fn unpriced(why: &str) -> CommitCost {
        fn unknown<T>(why: &str) -> Availability<T> {
            Err(why.to_owned()).into()
        }
        CommitCost {
            mappers: 0,
            cost_model: unknown(why),
            commit_ns: unknown(why),
            of_mappers_ns: unknown(why),
            utilisation: unknown(why),
            limit: unknown(why),
            advice: Vec::new(),
        }
    }
}

/// From where on commits come faster than they can be done, by the model; readers starve before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CommitLimit")]
pub struct Limit {
    /// Commits a second with the mappers of now.
    pub commits_per_s: Estimate,
    /// Mappers at the commits a second of now; `null`: nothing commits, or mappers add nothing.
    pub mappers: Option<Estimate>,
}

/// A change, and what one commit would cost with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PricedChange {
    /// The mitigation, by the name that `mapstorm run --what-if` takes.
    pub mitigation: String,
    /// What to do, in one sentence.
    pub what_to_do: String,
    /// One commit then, nanoseconds: predicted; unavailable: the cost model says nothing of this change.
    pub commit_ns: Availability<Estimate>,
}
