//! The figures an objective can be about, each with one spelling.
//! Latencies are response times: from when an operation was due.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{ReaderOperation, WriterOperation};

/// A figure of a run that an objective can limit. Serialised as it is spelt: `lookup.p99`, `freeze.longest`, `rate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Metric {
    /// A percentile of response time, nanoseconds.
    Latency { of: Subject, at: Percentile },
    /// The longest freeze, nanoseconds (0 without any).
    LongestFreeze,
    /// The fraction of the due operations that completed, 0 to 1.
    Rate,
}

/// The operations that a latency is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Reader(ReaderOperation),
    AllReaders,
    Writer(WriterOperation),
    AllCommits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Percentile {
    P50,
    P90,
    P99,
    P99_9,
    /// The slowest of all.
    Max,
}

impl Subject {
    /// In stable order.
    pub const ALL: [Self; 8] = [
        Self::Reader(ReaderOperation::Lookup),
        Self::Reader(ReaderOperation::List),
        Self::Reader(ReaderOperation::Noop),
        Self::AllReaders,
        Self::Writer(WriterOperation::Store),
        Self::Writer(WriterOperation::Replace),
        Self::Writer(WriterOperation::Delete),
        Self::AllCommits,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Reader(operation) => operation.name(),
            Self::AllReaders => "reader",
            Self::Writer(operation) => operation.name(),
            Self::AllCommits => "commit",
        }
    }
}

impl Percentile {
    pub const ALL: [Self; 5] = [Self::P50, Self::P90, Self::P99, Self::P99_9, Self::Max];

    pub const fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P99 => "p99",
            Self::P99_9 => "p99.9",
            Self::Max => "max",
        }
    }

    /// The fraction at or below, 0 to 1; 1 for the maximum.
    pub const fn quantile(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P90 => 0.9,
            Self::P99 => 0.99,
            Self::P99_9 => 0.999,
            Self::Max => 1.0,
        }
    }
}

impl Metric {
    /// What can be written, for messages and documentation.
    pub const ALLOWED: &'static str = "`<lookup|list|noop|reader|store|replace|delete|commit>.<p50|p90|p99|p99.9|max>`, \
                                       `freeze.longest` and `rate`";

    /// Every metric, in stable order.
    pub fn all() -> impl Iterator<Item = Self> {
        let latencies = |of| Percentile::ALL.into_iter().map(move |at| Self::Latency { of, at });
        let latencies = Subject::ALL.into_iter().flat_map(latencies);
        latencies.chain([Self::LongestFreeze, Self::Rate])
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|metric| metric.to_string() == name)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency { of: subject, at } => write!(f, "{}.{}", subject.name(), at.name()),
            Self::LongestFreeze => f.write_str("freeze.longest"),
            Self::Rate => f.write_str("rate"),
        }
    }
}

impl From<Metric> for String {
    fn from(metric: Metric) -> Self {
        metric.to_string()
    }
}

impl TryFrom<String> for Metric {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::from_name(&name).ok_or_else(|| format!("unknown metric `{name}`; metrics are {}", Self::ALLOWED))
    }
}
