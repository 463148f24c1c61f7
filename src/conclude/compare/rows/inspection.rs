//! Figures of live servers.

use super::{
    super::{conclusion::corrected, inspection::is_counted},
    MatchedRow,
};
use crate::{
    conclude::{
        difference::{Sentence, differs},
        wording::{at_most, effect_word},
    },
    results::{Effect, InspectionDifference, InspectionFigure, Provenance},
    scenario::units::{format_bytes, short_ns},
    stats::Estimate,
};

impl InspectionFigure {
    fn what(self) -> &'static str {
        match self {
            InspectionFigure::Commit => "one commit (predicted)",
            InspectionFigure::OfMappers => "of a commit by mappers (predicted)",
            InspectionFigure::Hold => "a commit holds the lock",
            InspectionFigure::CommitsPerS => "commits a second",
            InspectionFigure::Mappers => "mappers that a commit visits",
            InspectionFigure::PageTables => "page tables",
            InspectionFigure::LockWaiters => "most waiters for a lock",
            InspectionFigure::CpusUsed => "CPUs used",
            InspectionFigure::CpusWaitedFor => "CPUs waited for",
        }
    }

    fn shown(self, value: &Estimate) -> String {
        match self {
            InspectionFigure::Commit | InspectionFigure::OfMappers | InspectionFigure::Hold => at_most("<=", value),
            InspectionFigure::PageTables => format_bytes(value.value as u64),
            InspectionFigure::Mappers | InspectionFigure::LockWaiters => format!("{:.0}", value.value),
            InspectionFigure::CommitsPerS | InspectionFigure::CpusUsed | InspectionFigure::CpusWaitedFor => {
                format!("{:.2}", value.value)
            }
        }
    }
}

impl MatchedRow for InspectionDifference {
    const PART: &'static str = "figure";
    const CHART: [&'static str; 3] = [
        "comparison-inspections",
        "A live server: the ratio of every figure",
        "a figure of the other result divided by that of A",
    ];

    fn other(&self) -> usize {
        self.other
    }

    fn table(&self) -> (usize, String) {
        (0, "What was seen, and what a commit costs".to_owned())
    }

    fn name(&self) -> String {
        self.figure.what().to_owned()
    }

    fn subject(&self) -> Option<(String, &'static str, bool)> {
        (!is_counted(self.figure)).then(|| (self.name(), "figures", true))
    }

    fn full_name(&self) -> String {
        self.name()
    }

    fn charted(&self) -> Option<String> {
        Some(self.name())
    }

    fn values(&self) -> [String; 2] {
        [&self.a, &self.b].map(|value| self.figure.shown(value))
    }

    fn ratio(&self) -> Option<(f64, Option<Estimate>)> {
        let ratio = self.ratio.value()?;
        Some((ratio.value, (!is_counted(self.figure)).then_some(*ratio)))
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn adjusted_p(&self) -> Option<f64> {
        self.adjusted_p
    }

    fn correct(&mut self, adjusted_p: Option<f64>) {
        (self.adjusted_p, self.effect) = (adjusted_p, corrected(self.effect, adjusted_p));
    }

    fn verdict(&self) -> &'static str {
        if is_counted(self.figure) { "counted" } else { effect_word(self.effect, "lower", "higher", "unknown") }
    }

    fn provenance(&self) -> Provenance {
        match self.figure {
            InspectionFigure::Commit | InspectionFigure::OfMappers => Provenance::Predicted,
            _ => Provenance::Measured,
        }
    }

    fn note(&self) -> &'static str {
        "are 95 % intervals; that of a ratio is made of both, on a logarithmic scale. What was counted at two moments has none."
    }

    fn sentence(&self, letter: &str) -> Option<Sentence> {
        let ratio = self.ratio.value().filter(|_| self.effect.is_real())?;
        let values = [&self.a, &self.b].map(|estimate| short_ns(estimate.value));
        Some(differs(self.figure.what(), letter, values, ratio, "95 % interval"))
    }
}
