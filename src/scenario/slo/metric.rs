//! The figures an objective can be about, each with one spelling.
//! Latencies are response times: from when an operation was due.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{ReaderOperation, WriterOperation};

const LONGEST_FREEZE: &str = "freeze.longest";

/// A figure of a run that an objective can limit. Serialised as it is spelt: `lookup.p99`, `freeze.longest`, `commit.rate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Metric {
    /// A percentile of response time, nanoseconds.
    Latency { of: Subject, at: Percentile },
    /// The longest freeze, nanoseconds (0 without any).
    LongestFreeze,
    /// The fraction of the due operations that completed, 0 to 1.
    Rate(RateOf),
}

/// The operations that a rate is taken over. Readers and writers are never pooled: a few thousand lookups would hide that no commit
/// completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RateOf {
    Readers,
    Commits,
    /// The lower of the two.
    Lower,
}

/// The operations that a latency is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Reader(ReaderOperation),
    AllReaders,
    Writer(WriterOperation),
    AllCommits,
}

/// A percentile over 0 and below 100 with at most three decimals, or the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Percentile {
    /// Thousandths of a percent.
    thousandths: u32,
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
    pub const P50: Self = Self { thousandths: 50_000 };
    pub const P90: Self = Self { thousandths: 90_000 };
    pub const P95: Self = Self { thousandths: 95_000 };
    pub const P99: Self = Self { thousandths: 99_000 };
    pub const P99_9: Self = Self { thousandths: 99_900 };
    /// The slowest of all.
    pub const MAX: Self = Self { thousandths: 100_000 };

    /// The usual ones, which messages suggest.
    pub const USUAL: [Self; 6] = [Self::P50, Self::P90, Self::P95, Self::P99, Self::P99_9, Self::MAX];

    /// Reads `p99`, `p99.9` or `max`; `None`: it is none.
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "max" {
            return Some(Self::MAX);
        }
        let number = name.strip_prefix('p')?;
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits(whole) || !are_digits(decimals) || whole.len() > 2 || decimals.len() > 3 {
            return None;
        }
        let thousandths = whole.parse::<u32>().ok()? * 1000 + format!("{decimals:0<3}").parse::<u32>().ok()?;
        (thousandths > 0).then_some(Self { thousandths })
    }

    /// The fraction at or below, over 0 to 1; 1 for the maximum.
    pub fn quantile(self) -> f64 {
        f64::from(self.thousandths) / 100_000.0
    }
}

impl fmt::Display for Percentile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::MAX => f.write_str("max"),
            Self { thousandths } => write!(f, "p{}", f64::from(thousandths) / 1000.0),
        }
    }
}

impl RateOf {
    pub const ALL: [Self; 3] = [Self::Readers, Self::Commits, Self::Lower];

    const fn name(self) -> &'static str {
        match self {
            Self::Readers => "reader.rate",
            Self::Commits => "commit.rate",
            Self::Lower => "rate",
        }
    }
}

impl Metric {
    /// What can be written, for messages and documentation.
    pub const ALLOWED: &'static str = "`<lookup|list|noop|reader|store|replace|delete|commit>.<p50|p90|p95|p99|p99.9|max>` (or any other \
                                       percentile), `freeze.longest`, `reader.rate`, `commit.rate` and `rate` (the lower of the two)";

    /// Every metric, with the usual percentiles, in stable order.
    pub fn usual() -> impl Iterator<Item = Self> {
        let latencies = |of| Percentile::USUAL.into_iter().map(move |at| Self::Latency { of, at });
        let latencies = Subject::ALL.into_iter().flat_map(latencies);
        latencies.chain([Self::LongestFreeze]).chain(RateOf::ALL.map(Self::Rate))
    }

    pub fn from_name(name: &str) -> Option<Self> {
        if name == LONGEST_FREEZE {
            return Some(Self::LongestFreeze);
        }
        if let Some(of) = RateOf::ALL.into_iter().find(|of| of.name() == name) {
            return Some(Self::Rate(of));
        }
        let (subject, percentile) = name.split_once('.')?;
        let of = Subject::ALL.into_iter().find(|of| of.name() == subject)?;
        Some(Self::Latency { of, at: Percentile::from_name(percentile)? })
    }

    /// Whether it is a fraction, which is bounded from below; all others are durations.
    pub fn is_rate(self) -> bool {
        matches!(self, Self::Rate(_))
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency { of: subject, at } => write!(f, "{}.{at}", subject.name()),
            Self::LongestFreeze => f.write_str(LONGEST_FREEZE),
            Self::Rate(of) => f.write_str(of.name()),
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
