//! What updates cost in two or more results of `mapstorm cost`: base and slope of every law that both have.
//! The intervals promise a repeat, so what is called different would be so again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Effect, Matched, MatchedRow, words::cost_sentence};
use crate::{
    results::{Known, Provenance, cost_text::short_ns, of_mode},
    scenario::{MapMode, units::format_bytes},
    stats::Estimate,
};

/// Results of `mapstorm cost`: slope and base of every law that a result has in common with the first.
pub type CostComparison = Matched<CostDifference>;

/// One number of one law, in the first result and in another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostDifference {
    /// The other result: its place among all, 1 for B.
    pub other: usize,
    /// The update method.
    pub method: String,
    /// How mappers had the file mapped.
    pub mode: MapMode,
    /// Bytes per `write(2)` that the file was made with.
    pub write_size: u64,
    /// The file systems of the two.
    pub file_systems: [Known<String>; 2],
    /// Whether the method imitates another system.
    pub provenance: Provenance,
    /// Which number.
    pub figure: CostFigure,
    /// In the first, nanoseconds.
    pub a: Estimate,
    /// In the other, nanoseconds.
    pub b: Estimate,
    /// The other divided by the first, with its 95 % interval; or why there is none.
    pub ratio: Known<Estimate>,
    /// What it says of the other.
    pub effect: Effect,
    /// Rounds behind the two.
    pub rounds: [u32; 2],
}

/// A number of a cost law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostFigure {
    /// What each mapper adds.
    PerMapper,
    /// An update that nobody maps.
    Base,
}

impl MatchedRow for CostDifference {
    const PART: &'static str = "update";
    const CHART: [&'static str; 3] = [
        "comparison-costs",
        "What each mapper adds to one update: every law's ratio",
        "the slope of the law of the other divided by that of A",
    ];

    fn other(&self) -> usize {
        self.other
    }

    /// Slopes, then bases, by open mode.
    fn table(&self) -> (usize, String) {
        let of = match self.figure {
            CostFigure::PerMapper => "What each mapper adds to one update",
            CostFigure::Base => "One update, without any mapper",
        };
        let place = match self.mode {
            MapMode::ReadWrite => 0,
            MapMode::ReadOnly => 1,
            MapMode::Dirty => 2,
        };
        (self.figure as usize * 3 + place, format!("{of}, mapped {}", of_mode(self.mode)))
    }

    fn name(&self) -> String {
        format!("{}, {}", self.method, format_bytes(self.write_size))
    }

    fn charted(&self) -> Option<String> {
        let emulated = if self.provenance == Provenance::Emulated { " (emulated)" } else { "" };
        let (mode, size) = (of_mode(self.mode), format_bytes(self.write_size));
        (self.figure == CostFigure::PerMapper).then(|| format!("{}{emulated}, {mode}, {size}", self.method))
    }

    fn values(&self) -> [String; 2] {
        [&self.a, &self.b].map(|estimate| match self.figure {
            CostFigure::PerMapper if estimate.low <= 0.0 => format!("<= {}", short_ns(estimate.high.max(0.0))),
            _ => short_ns(estimate.value),
        })
    }

    fn ratio(&self) -> Option<(f64, Option<Estimate>)> {
        self.ratio.value().map(|ratio| (ratio.value, Some(*ratio)))
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn verdict(&self) -> &'static str {
        match self.effect {
            Effect::Better => "cheaper",
            Effect::Worse => "dearer",
            Effect::Same => "same",
            Effect::Undecided => "undecided",
            Effect::Unknown => "not told",
        }
    }

    fn provenance(&self) -> Provenance {
        self.provenance
    }

    fn absent(&self) -> Option<(String, String)> {
        None
    }

    fn note(&self) -> &'static str {
        "hold a repeat of the measurement 19 times of 20; that of a ratio is made of both, on a logarithmic scale. \
         Where one includes 0 there is no ratio, and only laws whose intervals have no point in common differ."
    }

    fn sentence(&self, letter: &str) -> Option<String> {
        cost_sentence(self, letter)
    }
}
