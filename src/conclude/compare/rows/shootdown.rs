//! Parameters of models of shootdowns.

use super::{super::conclusion::corrected, MatchedRow};
use crate::{
    conclude::{
        difference::{Sentence, differs},
        wording::{at_most, effect_word},
    },
    results::{Effect, Provenance, ShootdownDifference, ShootdownFigure},
    scenario::units::short_ns,
    stats::Estimate,
};

impl ShootdownFigure {
    fn what(self) -> &'static str {
        match self {
            ShootdownFigure::PerCpu => "what each interrupted CPU adds to an operation",
            ShootdownFigure::ResponderLost => "what a responder loses each time",
            ShootdownFigure::PerPage => "what each page adds to an operation",
        }
    }
}

impl MatchedRow for ShootdownDifference {
    const PART: &'static str = "operation";
    const CHART: [&'static str; 3] = [
        "comparison-shootdowns",
        "What each interrupted CPU adds to one operation: the ratio of every model",
        "what a CPU adds in the other divided by that of A",
    ];

    fn other(&self) -> usize {
        self.other
    }

    fn table(&self) -> (usize, String) {
        let what = self.figure.what();
        (self.figure as usize, format!("{}{}", what[..1].to_uppercase(), &what[1..]))
    }

    fn name(&self) -> String {
        format!("{}, {}", self.method, self.kind.in_words())
    }

    fn subject(&self) -> Option<(String, &'static str, bool)> {
        Some((self.figure.what().to_owned(), "operations", true))
    }

    fn full_name(&self) -> String {
        format!("{} ({}, responders are {})", self.figure.what(), self.method, self.kind.in_words())
    }

    fn charted(&self) -> Option<String> {
        (self.figure == ShootdownFigure::PerCpu).then(|| self.name())
    }

    fn values(&self) -> [String; 2] {
        [&self.a, &self.b].map(|estimate| at_most("<=", estimate))
    }

    fn ratio(&self) -> Option<(f64, Option<Estimate>)> {
        self.ratio.value().map(|ratio| (ratio.value, Some(*ratio)))
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
        effect_word(self.effect, "lower", "higher", "unknown")
    }

    fn provenance(&self) -> Provenance {
        Provenance::Measured
    }

    fn note(&self) -> &'static str {
        "are 95 % prediction intervals; that of a ratio is made of both, on a logarithmic scale. Where one includes 0 there is no ratio."
    }

    fn sentence(&self, letter: &str) -> Option<Sentence> {
        let ratio = self.ratio.value().filter(|_| self.effect.is_real())?;
        let values = [&self.a, &self.b].map(|estimate| short_ns(estimate.value));
        Some(differs(&self.full_name(), letter, values, ratio, "95 % interval"))
    }
}
