//! Results as OpenMetrics 1.0 text, for Prometheus: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.
//! Samples follow their families, labels are escaped, `# EOF` is the end.
//!
//! node_exporter's textfile collector reads Prometheus's text format, not OpenMetrics. There every line that begins with `#` is a comment
//! unless `HELP` or `TYPE` follows (<https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information>),
//! so `# UNIT` and `# EOF` do no harm; but it skips a whole file that has a timestamp on a sample
//! (<https://github.com/prometheus/node_exporter/issues/1284>), and knows no types but gauges and summaries.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    ExportError, ExportTable,
    families::{ALL, Family, Kind},
    observation::Observation,
    observations,
    source::Source,
};

/// Labels that samples of any family have, where they have a value.
const LABELS: [&str; 7] = ["result", "scenario", "host", "provenance", "point", "repeat", "mitigation"];

/// One document of all results: each family once.
pub fn document(sources: &[Source]) -> Result<Vec<u8>, ExportError> {
    // The label of a single result would change with each run: its directory's name contains the time.
    let mut samples = Samples { has_result: sources.len() > 1, ..Samples::default() };
    for source in sources {
        let content = source.content()?;
        for table in [ExportTable::Summary, ExportTable::Knees, ExportTable::Differences] {
            if ExportTable::of(source.kind).contains(&table) {
                observations(source, &content, table, 0)?.for_each(|observation| samples.add(&observation));
            }
        }
    }
    Ok(samples.text().into_bytes())
}

#[derive(Default)]
struct Samples {
    has_result: bool,
    of_family: BTreeMap<&'static str, String>,
}

impl Samples {
    /// Adds the samples of an observation; none where its value is unavailable.
    fn add(&mut self, observation: &Observation) {
        let Some(family) = observation.family else { return };
        let suffix = match &*observation.statistic {
            "count" => "_count",
            "sum" => "_sum",
            _ => "",
        };
        let ends = [("value", observation.value), ("low", observation.low), ("high", observation.high)];
        for (end, value) in &ends[..if family.has_interval() { 3 } else { 1 }] {
            let Some(value) = value.filter(|value| value.is_finite()) else { continue };
            let names = LABELS.iter().filter(|name| self.has_result || **name != "result").chain(family.labels);
            let value_of = |name: &str| if name == "estimate" { (*end).into() } else { observation.label(name) };
            let labels = names.map(|name| (name, value_of(name)));
            let labels = labels.filter(|(_, value)| !value.is_empty());
            let labels: Vec<String> = labels.map(|(name, value)| format!("{name}=\"{}\"", escaped(&value))).collect();
            let samples = self.of_family.entry(family.name).or_default();
            let _ = writeln!(samples, "{}{suffix}{{{}}} {value}", family.name, labels.join(","));
        }
    }

    /// The text. Families without a sample are left out.
    fn text(&self) -> String {
        let mut text = String::new();
        for Family { name, kind, unit, help, .. } in ALL {
            let Some(samples) = self.of_family.get(name) else { continue };
            let kind = match kind {
                Kind::Gauge => "gauge",
                Kind::Summary => "summary",
            };
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            if !unit.is_empty() {
                let _ = writeln!(text, "# UNIT {name} {unit}");
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

    use super::{
        super::{families, observation::Labels},
        *,
    };

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
    fn unavailable_values_have_no_sample_and_no_family() {
        let labels = Labels::default().with("scenario", "a \"b\"\\\n").with("host", "");
        let mut samples = Samples::default();
        let all = [
            Observation::yes("slo_met", None).of(&families::SLO_MET),
            Observation::new("load_average", "1", f64::NAN).of(&families::LOAD_AVERAGE),
            Observation::new("page_tables", "bytes", 4096.0).of(&families::PAGE_TABLES),
        ];
        labels.on(all).for_each(|observation| samples.add(&observation));
        let expected = "# HELP mapstorm_page_table_bytes ";
        let text = samples.text();
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
