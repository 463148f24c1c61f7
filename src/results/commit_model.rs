//! The cost model of one whole commit, which predictions rest on.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Measurement;
use crate::stats::{CostModel, CostPoint, Estimate, time_at};

/// Time of one whole commit under the lock, its syncs included = `base_ns` + `per_mapper_ns` · mappers; where that line fails, by `points`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommitModel {
    /// A commit without any mapper, nanoseconds.
    pub base_ns: Estimate,
    /// What each mapper adds, nanoseconds.
    pub per_mapper_ns: Estimate,
    /// Where a straight line fails: the time at numbers of mappers that rise from 0, with straight lines between them; empty: it does not.
    #[serde(default)]
    pub points: Vec<CostPoint>,
    /// Times of single commits as multiples of the typical time: evenly spaced quantiles, rising; empty: only the typical time is known.
    #[serde(default)]
    pub spread: Vec<f64>,
    /// Where the model comes from, to be shown with everything that follows from it.
    pub source: String,
}

impl CommitModel {
    /// A straight line, of which only the typical time is known.
    pub fn straight(base_ns: Estimate, per_mapper_ns: Estimate, source: String) -> CommitModel {
        CommitModel { base_ns, per_mapper_ns, points: Vec::new(), spread: Vec::new(), source }
    }

    /// That of commits that were measured apart: between two commits a server has other work, which evicts the caches.
    pub fn measured(found: &Measurement, source: String) -> CommitModel {
        let CostModel { base_ns, per_mapper_ns, points, .. } = found.apart.clone();
        CommitModel { base_ns, per_mapper_ns, points, spread: found.spread.clone(), source }
    }

    /// The means of two measurements some time apart, with intervals that contain both: machines that share their host with others vary
    /// with time.
    pub fn and(&self, later: &CommitModel) -> CommitModel {
        let both = |one: Estimate, other: Estimate| Estimate {
            value: one.value.midpoint(other.value),
            low: one.low.min(other.low),
            high: one.high.max(other.high),
        };
        CommitModel {
            spread: if later.spread.is_empty() { self.spread.clone() } else { later.spread.clone() },
            source: format!("{}; mean of before and after", self.source),
            ..CommitModel::combined(&[self, later], |found| both(found[0], found[1]))
        }
    }

    /// One model of several: `one_of` makes each parameter from theirs, and a point wherever any of them has one. Without spread and source.
    pub(super) fn combined(models: &[&CommitModel], one_of: impl Fn(&[Estimate]) -> Estimate) -> CommitModel {
        let of = |figure: &dyn Fn(&CommitModel) -> Estimate| {
            one_of(&models.iter().map(|model| figure(model)).collect::<Vec<_>>())
        };
        let at: BTreeSet<u32> =
            models.iter().flat_map(|model| model.points.iter().map(|point| point.mappers)).collect();
        let point = |&mappers: &u32| CostPoint { mappers, ns: of(&|model| model.commit_ns(f64::from(mappers))) };
        CommitModel {
            points: at.iter().map(point).collect(),
            ..CommitModel::straight(of(&|model| model.base_ns), of(&|model| model.per_mapper_ns), String::new())
        }
    }

    /// The same where every commit takes so many times as long, and why.
    pub fn scaled(mut self, by: f64, why: &str) -> CommitModel {
        let times = self.points.iter_mut().map(|point| &mut point.ns);
        times.chain([&mut self.base_ns, &mut self.per_mapper_ns]).for_each(|time| *time = time.scaled(by));
        self.source += &format!("; × {by:.2}, {why}");
        self
    }

    /// Time of one commit with this number of mappers, nanoseconds, at least 0. The interval's ends are those of both parameters together,
    /// so it is wider than 95 %.
    pub fn commit_ns(&self, mappers: f64) -> Estimate {
        time_at(self.base_ns, self.per_mapper_ns, &self.points, mappers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_measurements_are_one_with_an_interval_that_holds_both() {
        let around = Estimate::around;
        let cost_model = |value: f64| CommitModel::straight(around(value, 1.0), around(value, 2.0), "here".to_owned());
        let both = cost_model(10.0).and(&cost_model(20.0));
        assert_eq!(both.base_ns, Estimate { value: 15.0, low: 9.0, high: 21.0 });
        assert_eq!(both.per_mapper_ns, Estimate { value: 15.0, low: 8.0, high: 22.0 });
        assert_eq!(both.source, "here; mean of before and after");
        assert_eq!(both.commit_ns(2.0).value, 45.0);
        let point = |mappers: u32, value: f64| CostPoint { mappers, ns: around(value, 1.0) };
        let bent = CommitModel { points: vec![point(0, 30.0), point(10, 60.0)], ..cost_model(10.0) };
        let both = bent.and(&cost_model(20.0));
        // 30 and 60, against 20 and 220.
        assert_eq!([0.0, 10.0].map(|mappers| both.commit_ns(mappers).value), [25.0, 140.0]);
        let slower = both.scaled(2.0, "as today");
        assert_eq!(
            [slower.commit_ns(0.0).value, slower.commit_ns(10.0).value, slower.base_ns.value],
            [50.0, 280.0, 30.0]
        );
        assert_eq!(slower.source, "here; mean of before and after; × 2.00, as today");
    }
}
