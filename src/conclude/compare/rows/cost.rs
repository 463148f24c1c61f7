//! Parameters of cost models.

use super::{
    super::{conclusion::corrected, side_by_side::SideBySide},
    MatchedRow,
};
use crate::{
    conclude::{
        difference::{Sentence, differs},
        wording::{at_most, effect_word},
    },
    results::{CostComparison, CostDifference, CostFigure, Effect, Provenance, update_of},
    scenario::{
        MapMode,
        units::{format_bytes, short_ns},
    },
    stats::Estimate,
};

impl CostDifference {
    /// The update, as it is called.
    pub(in crate::conclude) fn update(&self) -> String {
        update_of(self.format, &self.method)
    }

    /// The same, with the file system where that tells it from others.
    fn update_there(&self) -> String {
        match &self.file_system {
            Some(system) => format!("{} on {system}", self.update()),
            None => self.update(),
        }
    }
}

impl MatchedRow for CostDifference {
    const PART: &'static str = "update";
    const CHART: [&'static str; 3] = [
        "comparison-costs",
        "What each mapper adds to one update: the ratio of every cost model",
        "the per-mapper cost of the other divided by that of A",
    ];

    fn other(&self) -> usize {
        self.other
    }

    fn table(&self) -> (usize, String) {
        let what = match self.figure {
            CostFigure::PerMapper => "What each mapper adds to one update",
            CostFigure::Base => "One update, without any mapper",
        };
        let place = match self.mode {
            MapMode::ReadWrite => 0,
            MapMode::ReadOnly => 1,
            MapMode::Dirty => 2,
        };
        (self.figure as usize * 3 + place, format!("{what}, mapped {}", self.mode.in_words()))
    }

    fn name(&self) -> String {
        format!("{}, {}", self.update_there(), format_bytes(self.write_size))
    }

    fn subject(&self) -> Option<(String, &'static str, bool)> {
        let (emulated, mode) = (self.emulated(" (emulated)"), self.mode.in_words());
        let what = match self.figure {
            CostFigure::PerMapper => "what each mapper adds to an update",
            CostFigure::Base => "an update without mappers",
        };
        let places = match self.file_system {
            Some(_) => "update methods, file systems and write sizes",
            None => "update methods and write sizes",
        };
        Some((format!("{what}, mapped {mode}{emulated},"), places, true))
    }

    fn full_name(&self) -> String {
        let (size, emulated) = (format_bytes(self.write_size), self.emulated(", emulated,"));
        match self.figure {
            CostFigure::PerMapper => {
                let (method, mode) = (self.update_there(), self.mode.in_words());
                format!("what each mapper adds to one {method} (mapped {mode}, written {size} at a time){emulated}")
            }
            CostFigure::Base => {
                format!("one {} without mappers (written {size} at a time){emulated}", self.update_there())
            }
        }
    }

    fn charted(&self) -> Option<String> {
        let (mode, size) = (self.mode.in_words(), format_bytes(self.write_size));
        let name = format!("{}{}, {mode}, {size}", self.update_there(), self.emulated(" (emulated)"));
        (self.figure == CostFigure::PerMapper).then_some(name)
    }

    fn values(&self) -> [String; 2] {
        [&self.a, &self.b].map(|estimate| match self.figure {
            CostFigure::PerMapper => at_most("<=", estimate),
            CostFigure::Base => short_ns(estimate.value),
        })
    }

    fn side_by_side(comparison: &CostComparison) -> Vec<SideBySide> {
        comparison.tables()
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
        self.provenances[0].max(self.provenances[1])
    }

    fn note(&self) -> &'static str {
        "are 95 % prediction intervals; that of a ratio is made of both, on a logarithmic scale. \
         Where one includes 0 there is no ratio, and only models whose intervals have no point in common differ."
    }

    fn sentence(&self, letter: &str) -> Option<Sentence> {
        if !self.effect.is_real() {
            return None;
        }
        let subject = self.full_name();
        let values = [&self.a, &self.b].map(|estimate| short_ns(estimate.value));
        Some(match (self.ratio.value(), self.effect) {
            (Some(ratio), _) => differs(&subject, letter, values, ratio, "95 % interval"),
            (None, Effect::Better) => {
                let b = at_most("at most", &self.b);
                Sentence::new(format!("{subject} is significantly lower in {letter}: {b}, {} in A", values[0]))
            }
            (None, _) => {
                let a = at_most("at most", &self.a);
                Sentence::new(format!("{subject} is significantly higher in {letter}: {}, {a} in A", values[1]))
            }
        })
    }
}
