//! An observation: one figure of a result, in its base unit, with labels.
//! CSV prints it as a row, OpenMetrics as samples of a family; a few belong to one of the two only.

use std::{borrow::Cow, rc::Rc};

use serde::Serialize;

use super::{families::Family, source::Source};
use crate::{
    results::{Machine, Provenance},
    scenario::Setting,
    stats::Estimate,
};

pub const SECONDS: &str = "seconds";
pub const OPERATIONS: &str = "operations";
pub const PER_SECOND: &str = "operations/second";
/// Of stalled time: of all readers together, so that it may be over 1.
pub const SECONDS_PER_SECOND: &str = "seconds/second";
pub const BYTES: &str = "bytes";
/// Of shares, of yes (1) and no (0), and of what is counted otherwise.
pub const ONE: &str = "1";

const NS_A_SECOND: f64 = 1e9;

/// The subject of an observation. A label without a value counts as none.
#[derive(Clone, Default)]
pub struct Labels {
    names: Vec<(&'static str, String)>,
    /// Where it lies on the axes of a sweep.
    pub settings: Vec<Setting>,
}

impl Labels {
    /// Those of a result, measured on a machine that is unknown where nothing ran; each kind adds its load.
    pub fn of(source: &Source, machine: Option<&Machine>, started: &str) -> Labels {
        let labels = Labels::default().with("result", &source.name).with("kind", source.kind.name());
        let labels = labels.with("started", started).provenance(Provenance::Measured);
        let Some(Machine { host, system, kernel, .. }) = machine else { return labels };
        labels.with("host", host).with("system", system).with("kernel", kernel)
    }

    /// The same and one more, which takes the place of an earlier one of that name.
    pub fn with(&self, name: &'static str, value: impl ToString) -> Labels {
        let mut labels = self.clone();
        labels.names.push((name, value.to_string()));
        labels
    }

    pub fn provenance(&self, provenance: Provenance) -> Labels {
        self.with("provenance", provenance.name())
    }

    /// At settings of a sweep, which the label `name` spells out.
    pub fn at(&self, name: &'static str, settings: Vec<Setting>) -> Labels {
        let spelt: Vec<String> = settings.iter().map(Setting::to_string).collect();
        Labels { settings, ..self.with(name, spelt.join(",")) }
    }

    /// The value of a label; empty: there is none.
    pub fn get(&self, name: &str) -> &str {
        self.names.iter().rev().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Observations with these labels.
    pub fn on(self, observations: impl IntoIterator<Item = Observation>) -> impl Iterator<Item = Observation> {
        let labels = Rc::new(self);
        observations.into_iter().map(move |observation| Observation { labels: Rc::clone(&labels), ..observation })
    }
}

#[derive(Clone)]
pub struct Observation {
    pub labels: Rc<Labels>,
    pub statistic: Cow<'static, str>,
    pub unit: &'static str,
    /// In that unit; `None`: unavailable.
    pub value: Option<f64>,
    /// The ends of its interval; `None`: it has none.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Of which samples it is one in OpenMetrics; `None`: of none.
    pub family: Option<&'static Family>,
    /// Whether it is a row of CSV.
    pub is_row: bool,
}

impl Observation {
    pub fn new(
        statistic: impl Into<Cow<'static, str>>,
        unit: &'static str,
        value: impl Into<Option<f64>>,
    ) -> Observation {
        let (statistic, value) = (statistic.into(), value.into());
        Observation { labels: Rc::default(), statistic, unit, value, low: None, high: None, family: None, is_row: true }
    }

    /// A time that the result has in nanoseconds.
    pub fn time(statistic: &'static str, ns: impl Into<Option<f64>>) -> Observation {
        Observation::new(statistic, SECONDS, ns.into().map(seconds))
    }

    pub fn operations(statistic: &'static str, count: u64) -> Observation {
        Observation::new(statistic, OPERATIONS, count as f64)
    }

    /// Yes (1) or no (0).
    pub fn yes(statistic: impl Into<Cow<'static, str>>, value: impl Into<Option<bool>>) -> Observation {
        Observation::new(statistic, ONE, value.into().map(|value| f64::from(u8::from(value))))
    }

    /// A value with its interval; times are nanoseconds in the result.
    pub fn estimate(statistic: &'static str, unit: &'static str, estimate: Option<Estimate>) -> Observation {
        let estimate = estimate.map(|found| if unit == SECONDS { found.scaled(seconds(1.0)) } else { found });
        Observation::new(statistic, unit, None)
            .between(estimate.map(|found| [found.value, found.low, found.high].map(Some)))
    }

    /// The same with a value and the ends of its interval, each of which may be unknown.
    pub fn between(self, ends: Option<[Option<f64>; 3]>) -> Observation {
        let [value, low, high] = ends.unwrap_or_default();
        Observation { value, low, high, ..self }
    }

    /// A sample too.
    pub fn of(self, family: &'static Family) -> Observation {
        Observation { family: Some(family), ..self }
    }

    /// A sample, and no row.
    pub fn sample(self, family: &'static Family) -> Observation {
        Observation { is_row: false, ..self.of(family) }
    }

    /// The cell of a column, or the value of a sample's label.
    pub fn label(&self, name: &str) -> Cow<'_, str> {
        match name {
            "statistic" | "metric" | "figure" => Cow::Borrowed(&self.statistic),
            "unit" => Cow::Borrowed(self.unit),
            "value" | "value_seconds" | "load" | "ratio" => number(self.value).into(),
            "low" | "ratio_low" => number(self.low).into(),
            "high" | "ratio_high" => number(self.high).into(),
            // `objective lookup.p99 <= 50 ms`, `finding lock-convoy`.
            "objective" | "cause" => Cow::Borrowed(self.statistic.split_once(' ').map_or("", |(_, which)| which)),
            "percentile" => Cow::Borrowed(self.statistic.trim_start_matches('p')),
            "quantile" if self.labels.get("quantile").is_empty() => Cow::Borrowed(match &*self.statistic {
                "p50" => "0.5",
                "p90" => "0.9",
                "p99" => "0.99",
                "p99.9" => "0.999",
                // How Go, and so Prometheus, spells it.
                "max" => "1.0",
                _ => "",
            }),
            // Of a what-if; an inspection has mitigations that were not run.
            "mitigation" if self.labels.get(name).is_empty() => Cow::Borrowed(self.labels.get("run")),
            "write_size" => Cow::Borrowed(self.labels.get("write_size_bytes")),
            name => Cow::Borrowed(self.labels.get(name)),
        }
    }
}

/// A number that reads back as the same; empty if it is unavailable.
pub fn number(value: impl Into<Option<f64>>) -> String {
    value.into().filter(|value| value.is_finite()).map_or_else(String::new, |value| value.to_string())
}

pub fn seconds(ns: f64) -> f64 {
    ns / NS_A_SECOND
}

/// A choice, as the result's own JSON spells it.
pub fn word(choice: impl Serialize) -> String {
    let spelt = serde_json::to_value(choice).ok();
    spelt.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

#[test]
fn unavailable_values_are_empty_and_numbers_are_read_back() {
    assert_eq!(number(None), "");
    assert_eq!(number(f64::NAN), "");
    assert_eq!(number(0.0), "0");
    for ns in [1u64, 431, 2_014_207, 3_600_000_000_000] {
        let text = number(seconds(ns as f64));
        assert_eq!((text.parse::<f64>().unwrap() * 1e9).round() as u64, ns, "{text}");
        assert!(!text.contains('e'), "{text}");
    }
    assert_eq!(number(seconds(431.0)), "0.000000431");
}
