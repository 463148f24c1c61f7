//! What one whole commit costs under the file's lock, as a model of the number of mappers, and the source of that model.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// Time of one whole commit under the lock, its syncs included = `base_ns` + `per_mapper_ns` · mappers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommitModel {
    /// A commit without any mapper, nanoseconds.
    pub base_ns: Estimate,
    /// What each mapper adds, nanoseconds.
    pub per_mapper_ns: Estimate,
    /// Where the model comes from, to be shown with everything that follows from it.
    pub source: String,
}

impl CommitModel {
    /// The means of two measurements some time apart, with intervals that contain both: machines that share their host with others vary
    /// with time.
    pub fn and(&self, later: &CommitModel) -> CommitModel {
        let both = |one: Estimate, other: Estimate| Estimate {
            value: one.value.midpoint(other.value),
            low: one.low.min(other.low),
            high: one.high.max(other.high),
        };
        CommitModel {
            base_ns: both(self.base_ns, later.base_ns),
            per_mapper_ns: both(self.per_mapper_ns, later.per_mapper_ns),
            source: format!("{}; mean of before and after", self.source),
        }
    }

    /// Time of one commit with so many mappers, nanoseconds, at least 0. The interval's ends are those of both numbers together,
    /// so it is wider than 95 %.
    pub fn commit_ns(&self, mappers: f64) -> Estimate {
        let at = |base: f64, per_mapper: f64| (base + per_mapper * mappers).max(0.0);
        Estimate {
            value: at(self.base_ns.value, self.per_mapper_ns.value),
            low: at(self.base_ns.low, self.per_mapper_ns.low),
            high: at(self.base_ns.high, self.per_mapper_ns.high),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_measurements_are_one_with_an_interval_that_holds_both() {
        let cost_model = |value: f64| CommitModel {
            base_ns: Estimate { value, low: value - 1.0, high: value + 1.0 },
            per_mapper_ns: Estimate { value, low: value - 2.0, high: value + 2.0 },
            source: "here".to_owned(),
        };
        let both = cost_model(10.0).and(&cost_model(20.0));
        assert_eq!(both.base_ns, Estimate { value: 15.0, low: 9.0, high: 21.0 });
        assert_eq!(both.per_mapper_ns, Estimate { value: 15.0, low: 8.0, high: 22.0 });
        assert_eq!(both.source, "here; mean of before and after");
        assert_eq!(both.commit_ns(2.0).value, 45.0);
    }
}
