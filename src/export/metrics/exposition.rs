//! The document: samples under their families, labels escaped, `# EOF` at the end.
//!
//! node_exporter's textfile collector reads Prometheus's text format, not OpenMetrics. There every line that begins with `#` is a comment
//! unless `HELP` or `TYPE` follows (<https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information>),
//! so `# UNIT` and `# EOF` do no harm; but it skips a whole file that has a timestamp on a sample
//! (<https://github.com/prometheus/node_exporter/issues/1284>), and knows no types but those that are used here.

use std::{collections::BTreeMap, fmt::Write as _};

use super::families::{ALL, Family, Kind};
use crate::stats::Estimate;

/// Labels of a sample, in the order in which they are written.
#[derive(Clone, Debug, Default)]
pub struct Labels(Vec<(&'static str, String)>);

impl Labels {
    /// The name of the result, where there are several.
    pub fn of_result(name: Option<&str>) -> Labels {
        Labels(name.map(|name| ("result", name.to_owned())).into_iter().collect())
    }

    /// The same and one more. An empty value is as good as no label, so there is none.
    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Labels {
        let value = value.into();
        let mut labels = self.clone();
        if !value.is_empty() {
            labels.0.push((name, value));
        }
        labels
    }
}

/// The samples.
#[derive(Default)]
pub struct Exposition {
    of_family: BTreeMap<&'static str, String>,
}

impl Exposition {
    /// Adds a sample; none if the value is unavailable.
    pub fn add(&mut self, family: &Family, labels: &Labels, value: impl Into<Option<f64>>) {
        self.sample(family, "", labels, value.into());
    }

    /// Adds a value and the ends of its interval, told apart by the label `estimate`; nothing if it is unavailable.
    pub fn estimate(&mut self, family: &Family, labels: &Labels, estimate: Option<Estimate>) {
        let Some(Estimate { value, low, high }) = estimate else { return };
        for (end, value) in [("value", value), ("low", low), ("high", high)] {
            self.add(family, &labels.with("estimate", end), value);
        }
    }

    /// Adds a summary: its quantiles, then how many values and their sum where those are known.
    pub fn summary(
        &mut self,
        family: &Family,
        labels: &Labels,
        quantiles: &[(&'static str, Option<f64>)],
        count: Option<u64>,
        sum: Option<f64>,
    ) {
        for (quantile, value) in quantiles {
            self.sample(family, "", &labels.with("quantile", *quantile), *value);
        }
        self.sample(family, "_count", labels, count.map(|count| count as f64));
        self.sample(family, "_sum", labels, sum);
    }

    fn sample(&mut self, family: &Family, suffix: &str, labels: &Labels, value: Option<f64>) {
        let Some(value) = value.filter(|value| value.is_finite()) else { return };
        let labels: Vec<String> =
            labels.0.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let samples = self.of_family.entry(family.name).or_default();
        let _ = writeln!(samples, "{}{suffix}{{{}}} {value}", family.name, labels.join(","));
    }

    /// The text. Families without a sample are left out.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for family in ALL {
            let Some(samples) = self.of_family.get(family.name) else { continue };
            let kind = match family.kind {
                Kind::Gauge => "gauge",
                Kind::Summary => "summary",
            };
            let _ = writeln!(text, "# HELP {} {}", family.name, family.help);
            let _ = writeln!(text, "# TYPE {} {kind}", family.name);
            if !family.unit.is_empty() {
                let _ = writeln!(text, "# UNIT {} {}", family.name, family.unit);
            }
            text.push_str(samples);
        }
        text.push_str("# EOF\n");
        text
    }
}

/// A label's value between its quotes.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::families, *};

    /// Reads a label's value as the specification says: three escapes, all else as it is.
    fn unescaped(text: &str) -> String {
        let mut value = String::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => match letters.next() {
                    Some('n') => value.push('\n'),
                    Some(other) => value.push(other),
                    None => panic!("{text}: ends within an escape"),
                },
                '"' | '\n' => panic!("{text}: the value would end here"),
                other => value.push(other),
            }
        }
        value
    }

    proptest! {
        #[test]
        fn labels_come_back(value in any::<String>(), nasty in "[\\\\\"\n a-c{},=]{0,20}") {
            prop_assert_eq!(unescaped(&escaped(&value)), value);
            prop_assert_eq!(unescaped(&escaped(&nasty)), nasty);
        }
    }

    #[test]
    fn what_is_unavailable_has_no_sample_and_no_family() {
        let mut exposition = Exposition::default();
        let labels = Labels::of_result(None).with("scenario", "a \"b\"\\\n").with("host", "");
        exposition.add(&families::SLO_MET, &labels, None);
        exposition.add(&families::LOAD_AVERAGE, &labels, f64::NAN);
        exposition.add(&families::PAGE_TABLES, &labels, 4096.0);
        let expected = "# HELP mapstorm_page_table_bytes ";
        let text = exposition.text();
        assert!(text.starts_with(expected), "{text}");
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "# TYPE mapstorm_page_table_bytes gauge",
                "# UNIT mapstorm_page_table_bytes bytes",
                "mapstorm_page_table_bytes{scenario=\"a \\\"b\\\"\\\\\\n\"} 4096",
                "# EOF"
            ]
        );
    }
}
