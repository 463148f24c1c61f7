//! Latency by percentile, as HdrHistogram draws it: the nines evenly apart, so that the slowest few are as wide as the rest.
//! Every value is in a curve, which ends at its largest value, where its count ends too.

use super::plot::{At, DOTTED, Dash, INK, Key, Look, Mark, Panel, Stroke, series};
use crate::{conclude::claim::supports, scenario::units::short_ns, stats::Counts};

/// Percentiles that are marked, where enough values support them.
const MARKED: [(f64, &str); 4] = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9")];

/// How a curve is to be read.
pub const READING: &str =
    "Each point of a curve: that share of the operations took at most so long, from when they were due.";
pub const LIMIT: Stroke = Stroke::new(INK, 1.4).dashed(Some(DOTTED));

/// The response or service times of something.
pub struct Curve {
    /// Whose, and what.
    pub name: String,
    pub look: Look,
    pub dash: Option<Dash>,
    /// Nanoseconds.
    pub values: Counts,
}

impl Curve {
    /// In the colour of this number; hollow points on a dashed line.
    pub fn new(name: String, number: usize, dash: Option<Dash>, values: Counts) -> Curve {
        let look = Look { is_hollow: dash.is_some(), ..Look::new(series(number)) };
        Curve { name, look, dash, values }
    }

    pub fn stroke(&self) -> Stroke {
        Stroke::new(self.look.color, 2.0).dashed(self.dash)
    }

    pub fn key(&self) -> (Key, String) {
        (Key::Curve(self.stroke(), self.look), format!("{} (n = {})", self.name, self.values.count()))
    }

    /// The smallest and the largest value, both over 0 for a logarithmic axis.
    pub fn ends(&self) -> impl Iterator<Item = f64> {
        self.values.ends().map(|ns| ns.max(1) as f64)
    }

    /// A value holds from the share below it to the share up to it: a step. The last one is its own quantile's end.
    fn points(&self) -> Vec<At> {
        let total = self.values.count();
        let x = |before: u64| total as f64 / (total - before.min(total - 1)) as f64;
        let mut before = 0;
        let mut points = Vec::new();
        for (ns, count) in self.values.values() {
            points.extend([(x(before), *ns as f64), (x(before + count), *ns as f64)]);
            before += count;
        }
        points
    }

    fn marks(&self) -> impl Iterator<Item = (f64, &'static str, u64)> {
        let supported = MARKED.into_iter().filter(|(quantile, _)| supports(self.values.count(), *quantile));
        supported.filter_map(|(quantile, name)| Some((quantile, name, self.values.quantile(quantile)?)))
    }

    /// Draws it, with points at the percentiles that are marked.
    pub fn add_to(&self, panel: &mut Panel) {
        let Some(slowest) = self.values.ends().last() else { return };
        panel.add(self.in_words(), Mark::Line(self.points(), self.stroke()));
        for (quantile, name, ns) in self.marks() {
            let title = format!("{}, {name}: {}", self.name, short_ns(ns as f64));
            panel.add(title, Mark::Point((1.0 / (1.0 - quantile), ns as f64), 0.0, self.look));
        }
        let title = format!("{}, slowest: {}", self.name, short_ns(slowest as f64));
        panel.add(title, Mark::Point((self.values.count() as f64, slowest as f64), 0.0, self.look));
    }

    pub fn in_words(&self) -> String {
        let marks = self.marks().map(|(_, name, ns)| format!("{name} {}", short_ns(ns as f64)));
        let slowest = self.values.ends().last().unwrap_or(0);
        let figures: Vec<String> = marks.chain([format!("max {}", short_ns(slowest as f64))]).collect();
        format!("{} (n = {}): {}.", self.name, self.values.count(), figures.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_steps_to_its_slowest_and_marks_what_its_count_supports() {
        let curve = Curve::new("lookup".to_owned(), 0, None, Counts::of([(1000, 90), (5000, 9), (90_000, 1)]));
        assert_eq!(curve.points().last(), Some(&(100.0, 90_000.0)));
        assert_eq!(curve.points()[2], (10.0, 5000.0));
        let marks: Vec<_> = curve.marks().map(|(_, name, ns)| (name, ns)).collect();
        assert_eq!(marks.first(), Some(&("p50", 1000)));
        assert!(marks.iter().all(|(name, _)| *name != "p99.9"), "100 values: {marks:?}");
        assert!(curve.in_words().ends_with("max 90 µs."), "{}", curve.in_words());
    }
}
