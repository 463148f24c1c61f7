//! The percentiles of an operation, series by series. What never completed counts with its age, as a lower bound.

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    driver::outcome::{Measured, Role, Tag},
    results::Series,
    shm::SharedHistogram,
    stats::{Censored, supports},
};

/// One series of one operation, in nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The role.
    pub role: Role,
    /// The operation.
    pub operation: String,
    /// `response`, `service`, `start-delay`, or a phase.
    pub series: Series,
    /// Values behind the mean: of responses, those of completed operations.
    pub count: u64,
    /// Mean.
    pub mean_ns: f64,
    /// Median.
    pub p50_ns: u64,
    /// 90th percentile.
    pub p90_ns: u64,
    /// 99th percentile.
    pub p99_ns: u64,
    /// 99.9th percentile.
    pub p999_ns: u64,
    /// Largest value.
    pub max_ns: u64,
    /// Responses: operations that never completed. Their ages are among the percentiles.
    pub unfinished: u64,
    /// From this quantile on (0 to 1) the percentiles are at least what is reported: they fall among operations that never
    /// completed; `null`: none does.
    pub at_least_from: Option<f64>,
}

/// The quantiles that a [`Row`] keeps.
const QUANTILES: [f64; 5] = [0.5, 0.9, 0.99, 0.999, 1.0];

impl Row {
    /// One of the percentiles that are kept; `None`: it is none of them.
    pub fn quantile(&self, q: f64) -> Option<u64> {
        let all = [self.p50_ns, self.p90_ns, self.p99_ns, self.p999_ns, self.max_ns];
        QUANTILES.into_iter().zip(all).find(|(known, _)| *known == q).map(|(_, ns)| ns)
    }

    /// The same, where enough values support it.
    pub fn supported(&self, q: f64) -> Option<u64> {
        self.quantile(q).filter(|_| supports(self.count + self.unfinished, q))
    }

    /// `ages`: of the operations that never completed.
    fn of(tag: Tag, known: &Histogram<u64>, ages: &Histogram<u64>) -> Row {
        let times = Censored::new(known.clone(), ages);
        let [p50_ns, p90_ns, p99_ns, p999_ns, max_ns] = QUANTILES.map(|q| times.at(q).map_or(0, |found| found.ns));
        Row {
            role: tag.role,
            operation: tag.operation.to_owned(),
            series: tag.series,
            count: known.len(),
            mean_ns: known.mean(),
            p50_ns,
            p90_ns,
            p99_ns,
            p999_ns,
            max_ns,
            unfinished: times.unended(),
            at_least_from: times.at_least_from(&QUANTILES),
        }
    }

    /// Every series that has values, and the responses of operations that none completed of.
    pub fn all(measured: &[Measured]) -> Vec<Row> {
        let find = |tag: Tag| measured.iter().find(|measured| measured.tag == tag).map(|measured| &measured.histogram);
        let nothing = SharedHistogram::empty();
        let rows = measured.iter().flat_map(|Measured { tag, histogram }| match tag.series {
            Series::Response => {
                let ages = find(Tag { series: Series::Unfinished, ..*tag });
                vec![Row::of(*tag, histogram, ages.unwrap_or(&nothing))]
            }
            Series::Unfinished => {
                let responses = Tag { series: Series::Response, ..*tag };
                let lonely = find(responses).is_none().then(|| Row::of(responses, &nothing, histogram));
                lonely.into_iter().chain([Row::of(*tag, histogram, &nothing)]).collect()
            }
            _ => vec![Row::of(*tag, histogram, &nothing)],
        });
        rows.collect()
    }
}
