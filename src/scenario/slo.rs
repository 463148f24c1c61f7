//! Service level objectives: a metric, a comparison and a limit, as in `commit.p99<=1s`. Whether a run met them is judged elsewhere.
//! Durations are bounded from above, the rate from below; the other way round is refused as a slip.

mod metric;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use metric::{Metric, Percentile, RateOf, Subject};

use super::closest::closest;
use super::units::{self, format_duration_ns};

/// One objective.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Clause {
    /// The figure.
    pub metric: Metric,
    /// How it must stand to the limit.
    pub comparison: Comparison,
    /// The limit, in the metric's own unit.
    pub limit: Limit,
}

/// How a figure must stand to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Comparison {
    /// At most.
    #[serde(rename = "<=")]
    AtMost,
    /// Less than.
    #[serde(rename = "<")]
    Below,
    /// At least.
    #[serde(rename = ">=")]
    AtLeast,
    /// More than.
    #[serde(rename = ">")]
    Above,
}

/// The limit of an objective.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// For latencies and freezes: nanoseconds.
    DurationNs(u64),
    /// For the rate: 0 to 1.
    Fraction(f64),
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClauseError {
    #[error("an objective is a metric, a comparison and a limit, as in `lookup.p99<=50ms`")]
    NoComparison,
    #[error("unknown metric `{name}`{}; metrics are {}", did_you_mean(.meant), Metric::ALLOWED)]
    UnknownMetric { name: String, meant: Option<String> },
    /// A latency bounded from below, or a rate from above.
    #[error("`{metric}` is bounded from {}: write {}", if .metric.is_rate() { "below" } else { "above" }, 
            if .metric.is_rate() { "`>=` or `>`" } else { "`<=` or `<`" })]
    WrongDirection { metric: Metric },
    #[error("{0}")]
    BadDuration(#[from] units::UnitError),
    #[error("`{0}` is not a fraction from 0 to 1, as in `rate>=0.99`")]
    BadFraction(String),
}

fn did_you_mean(meant: &Option<String>) -> String {
    meant.as_ref().map(|meant| format!(" (did you mean `{meant}`?)")).unwrap_or_default()
}

impl Comparison {
    /// Every comparison; a spelling that begins another comes after it.
    pub const ALL: [Self; 4] = [Self::AtMost, Self::AtLeast, Self::Below, Self::Above];

    pub const fn symbol(self) -> &'static str {
        match self {
            Self::AtMost => "<=",
            Self::Below => "<",
            Self::AtLeast => ">=",
            Self::Above => ">",
        }
    }

    pub fn holds(self, figure: f64, limit: f64) -> bool {
        match self {
            Self::AtMost => figure <= limit,
            Self::Below => figure < limit,
            Self::AtLeast => figure >= limit,
            Self::Above => figure > limit,
        }
    }
}

impl Limit {
    /// Nanoseconds, or a fraction.
    pub fn value(self) -> f64 {
        match self {
            Self::DurationNs(ns) => ns as f64,
            Self::Fraction(fraction) => fraction,
        }
    }
}

impl Clause {
    /// Reads an objective such as `lookup.p99<=50ms`, `freeze.longest<=200ms` or `rate>=0.99`; white space is free.
    /// Errors: No comparison, an unknown metric, a bound from the wrong side, or a limit that is not in the metric's unit.
    pub fn parse(text: &str) -> Result<Self, ClauseError> {
        let at = text.find(['<', '>']).ok_or(ClauseError::NoComparison)?;
        let (name, rest) = (text[..at].trim(), &text[at..]);
        let found = Comparison::ALL.into_iter().find_map(|c| Some((c, rest.strip_prefix(c.symbol())?.trim())));
        let (comparison, limit) = found.ok_or(ClauseError::NoComparison)?;
        let metric = Metric::from_name(name).ok_or_else(|| ClauseError::UnknownMetric {
            name: name.to_owned(),
            meant: closest(name, Metric::usual().map(|metric| metric.to_string())),
        })?;
        let from_below = matches!(comparison, Comparison::AtLeast | Comparison::Above);
        if from_below != metric.is_rate() {
            return Err(ClauseError::WrongDirection { metric });
        }
        let limit = match metric {
            Metric::Latency { .. } | Metric::LongestFreeze => Limit::DurationNs(units::parse_duration(limit)?),
            Metric::Rate(_) => match limit.parse::<f64>() {
                Ok(fraction) if (0.0..=1.0).contains(&fraction) => Limit::Fraction(fraction),
                _ => return Err(ClauseError::BadFraction(limit.to_owned())),
            },
        };
        Ok(Self { metric, comparison, limit })
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.metric, self.comparison.symbol())?;
        match self.limit {
            Limit::DurationNs(ns) => f.write_str(&format_duration_ns(ns)),
            Limit::Fraction(fraction) => write!(f, "{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_read_by_its_name_and_keeps_it() {
        for metric in Metric::usual() {
            let text = if metric.is_rate() { format!("{metric} >= 0.99") } else { format!("{metric}<=50ms") };
            let clause = Clause::parse(&text).unwrap();
            assert_eq!(clause.metric, metric);
            assert_eq!(Clause::parse(&clause.to_string()), Ok(clause));
            let json = serde_json::to_string(&clause).unwrap();
            assert_eq!(serde_json::from_str::<Clause>(&json).unwrap(), clause, "{json}");
        }
        assert_eq!(Metric::usual().count(), 52);
    }

    #[test]
    fn any_percentile_can_be_limited_and_nothing_else_is_one() {
        for (name, quantile) in [("p95", 0.95), ("p5", 0.05), ("p97.5", 0.975), ("p99.999", 0.99999), ("p99.90", 0.999)]
        {
            let at = Percentile::from_name(name).unwrap();
            assert!((at.quantile() - quantile).abs() < 1e-12, "{name}");
            assert_eq!(Percentile::from_name(&at.to_string()), Some(at), "{name}");
        }
        for name in ["p100", "p0", "p", "p.5", "p99.", "p99.9999", "p-1", "p1e1", "99", "p 9", "maximum"] {
            assert_eq!(Percentile::from_name(name), None, "{name}");
        }
        assert_eq!(Percentile::from_name("p99.90"), Some(Percentile::P99_9));
    }

    #[test]
    fn the_serialised_form_names_its_unit() {
        let json = |text| serde_json::to_string(&Clause::parse(text).unwrap()).unwrap();
        assert_eq!(
            json("lookup.p99.9 < 50ms"),
            r#"{"metric":"lookup.p99.9","comparison":"<","limit":{"duration_ns":50000000}}"#
        );
        assert_eq!(json("rate>0.5"), r#"{"metric":"rate","comparison":">","limit":{"fraction":0.5}}"#);
    }

    #[test]
    fn errors_say_what_was_meant() {
        let error = |text| Clause::parse(text).unwrap_err().to_string();
        insta::assert_snapshot!(error("lookup.p99"), @r#"an objective is a metric, a comparison and a limit, as in `lookup.p99<=50ms`"#);
        insta::assert_snapshot!(error("lokup.p99<=50ms"), @r#"unknown metric `lokup.p99` (did you mean `lookup.p99`?); metrics are `<lookup|list|noop|reader|store|replace|delete|commit>.<p50|p90|p95|p99|p99.9|max>` (or any other percentile), `freeze.longest`, `reader.rate`, `commit.rate` and `rate` (the lower of the two)"#);
        insta::assert_snapshot!(error("lookup.p99>=50ms"), @r#"`lookup.p99` is bounded from above: write `<=` or `<`"#);
        insta::assert_snapshot!(error("rate<=0.9"), @r#"`rate` is bounded from below: write `>=` or `>`"#);
        insta::assert_snapshot!(error("commit.max<=1"), @r#"`1` is not a duration: a duration needs a unit; units are ns, us, ms, s, min and h, as in `50ms`, `1.5s` or `2min`"#);
        insta::assert_snapshot!(error("rate>=99%"), @r#"`99%` is not a fraction from 0 to 1, as in `rate>=0.99`"#);
    }
}
