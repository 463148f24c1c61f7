//! Response times of the operations of a role, each and all together. They are added up from the histograms, not from percentiles.

use std::collections::{BTreeMap, BTreeSet};

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    results::{Role, Series, histogram_log::names_of},
    shm::SharedHistogram,
    stats::{Censored, supports},
};

/// The name under which all operations of a role go together.
pub const ALL: &str = "all";

/// Latencies by `role.operation.series`.
pub type Latencies = BTreeMap<String, Histogram<u64>>;

/// Response times, nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Responses {
    /// The role.
    pub role: Role,
    /// The operation, or `all`.
    pub operation: String,
    /// Operations that completed.
    pub count: u64,
    /// Operations that never did. Their ages are among the percentiles.
    pub unfinished: u64,
    /// From this quantile on (0 to 1) the percentiles are at least what is reported; `null`: none falls among those.
    pub at_least_from: Option<f64>,
    /// Median.
    pub p50_ns: u64,
    /// 90th percentile.
    pub p90_ns: u64,
    /// 99th percentile.
    pub p99_ns: u64,
    /// Largest value.
    pub max_ns: u64,
}

impl Responses {
    /// One of the percentiles that are kept, where enough values support it.
    pub fn supported(&self, q: f64) -> Option<u64> {
        let mut all = QUANTILES.into_iter().zip([self.p50_ns, self.p90_ns, self.p99_ns, self.max_ns]);
        let found = all.find(|(known, _)| *known == q).map(|(_, ns)| ns);
        found.filter(|_| supports(self.count + self.unfinished, q))
    }
}

/// Histograms of one series of a role, by operation.
fn series<'a>(role: Role, series: Series, latencies: &'a Latencies) -> Vec<(&'a str, &'a Histogram<u64>)> {
    let of_tag = |(tag, histogram): (&'a String, &'a Histogram<u64>)| {
        let (its_role, operation, its_series) = names_of(tag)?;
        (its_role == role && its_series == series && !histogram.is_empty()).then_some((operation, histogram))
    };
    latencies.iter().filter_map(of_tag).collect()
}

fn together<'a>(histograms: impl IntoIterator<Item = &'a (&'a str, &'a Histogram<u64>)>) -> Histogram<u64> {
    let mut sum = SharedHistogram::empty();
    for (_, histogram) in histograms {
        // All have the same layout: adding cannot fail.
        let _ = sum.add(*histogram);
    }
    sum
}

/// The quantiles of [`Responses`].
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 1.0];

pub fn responses(role: Role, latencies: &Latencies) -> Vec<Responses> {
    let [known, ages] = [Series::Response, Series::Unfinished].map(|of| series(role, of, latencies));
    let figures = |operation: &str, is_wanted: &dyn Fn(&str) -> bool| {
        let [known, ages] = [&known, &ages].map(|all| together(all.iter().filter(|(name, _)| is_wanted(name))));
        let times = Censored::new(known, &ages);
        let [p50_ns, p90_ns, p99_ns, max_ns] = QUANTILES.map(|q| times.at(q).map_or(0, |found| found.ns));
        Responses {
            role,
            operation: operation.to_owned(),
            count: times.known().len(),
            unfinished: times.unended(),
            at_least_from: times.at_least_from(&QUANTILES),
            p50_ns,
            p90_ns,
            p99_ns,
            max_ns,
        }
    };
    let operations: BTreeSet<&str> = known.iter().chain(&ages).map(|(operation, _)| *operation).collect();
    let mut responses: Vec<_> = operations.iter().map(|name| figures(name, &|other| other == *name)).collect();
    if !responses.is_empty() {
        responses.push(figures(ALL, &|_| true));
    }
    responses
}

/// So many quantiles of commits' times are kept, as in a cost model; fewer commits have none.
const SPREAD: usize = 33;
const LEAST_COMMITS: u64 = 64;

/// How long single commits took from their start on, as multiples of the median: evenly spaced quantiles, rising; empty: too few.
pub fn commit_spread(latencies: &Latencies) -> Vec<f64> {
    let times = together(&series(Role::Writer, Series::Service, latencies));
    let median = times.value_at_quantile(0.5).max(1) as f64;
    let quantile = |place: usize| times.value_at_quantile((place as f64 + 0.5) / SPREAD as f64) as f64 / median;
    if times.len() < LEAST_COMMITS { Vec::new() } else { (0..SPREAD).map(quantile).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: &[u64]) -> Histogram<u64> {
        let mut histogram = SharedHistogram::empty();
        values.iter().for_each(|&value| histogram.record(value).unwrap());
        histogram
    }

    fn latencies(all: &[(&str, &[u64])]) -> Latencies {
        all.iter().map(|(tag, values)| ((*tag).to_owned(), histogram(values))).collect()
    }

    #[test]
    fn all_operations_of_a_role_are_one_row() {
        let all = latencies(&[("reader.lookup.response", &[1000; 99]), ("reader.list.response", &[1_000_000])]);
        let rows = responses(Role::Reader, &all);
        let names: Vec<_> = rows.iter().map(|row| (&*row.operation, row.count)).collect();
        assert_eq!(names, [("list", 1), ("lookup", 99), ("all", 100)]);
        assert!(rows[2].p50_ns < 2000 && rows[2].max_ns >= 990_000);
        assert!(responses(Role::Writer, &all).is_empty());
    }

    #[test]
    fn the_spread_of_commits_is_that_of_their_service_times() {
        let times: Vec<u64> = (1..=100).map(|n| n * 1000).collect();
        let spread =
            commit_spread(&latencies(&[("writer.store.service", &times), ("writer.store.response", &[7; 100])]));
        assert_eq!(spread.len(), SPREAD);
        assert!(spread.is_sorted() && (spread[16] - 1.0).abs() < 0.02 && (spread[0] - 0.04).abs() < 0.01, "{spread:?}");
        assert!(commit_spread(&latencies(&[("writer.store.service", &times[..20])])).is_empty(), "too few");
    }
}
