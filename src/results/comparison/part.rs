//! Parts of results that hold many runs: points and knees of sweeps, baselines and mitigations of what-ifs.
//! A figure has an interval only where the result itself gives one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Effect, Matched, MatchedRow,
    words::{amount, interval},
};
use crate::{
    law::Estimate,
    results::{KeyFigure, Known, Provenance, shortened, what_if_text},
    scenario::Setting,
};

/// Sweeps, or what-ifs.
pub type PartComparison = Matched<PartDifference>;

/// A figure of a part, in the first result and in another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartDifference {
    /// The other result: its place among all, 1 for B.
    pub other: usize,
    /// What both have.
    pub part: Part,
    /// Whether one of the two imitates another system.
    pub provenance: Provenance,
    /// Which figure; `null`: of a knee, the load.
    pub figure: Option<KeyFigure>,
    /// In the first; of a mitigation, the figure divided by that of its baseline.
    pub a: Known<PartValue>,
    /// In the other.
    pub b: Known<PartValue>,
    /// The other divided by the first; or why there is none.
    pub ratio: Known<PartValue>,
    /// What it says of the other.
    pub effect: Effect,
}

/// What results that hold many runs are matched by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A point of a sweep.
    Point(Vec<Setting>),
    /// The knee of a sweep along a key.
    Knee {
        /// The key that is the load.
        key: String,
        /// The other axis's value, if there is another axis.
        at: Vec<Setting>,
    },
    /// The baseline of a what-if.
    Baseline,
    /// A mitigation of a what-if, by its name.
    Mitigation(String),
}

/// A value, with its interval if there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartValue {
    /// The value, in the unit of its figure.
    pub value: f64,
    /// Both ends of its interval; or why there is none.
    pub interval: Known<[f64; 2]>,
}

impl PartValue {
    /// With such an interval.
    pub fn of(estimate: Estimate) -> PartValue {
        PartValue { value: estimate.value, interval: Known::Value([estimate.low, estimate.high]) }
    }

    /// Without an interval, and why.
    pub fn alone(value: f64, why: &str) -> PartValue {
        PartValue { value, interval: Known::Unavailable { unavailable: why.to_owned() } }
    }

    /// The same, if there is an interval.
    pub fn estimate(&self) -> Option<Estimate> {
        self.interval.value().map(|&[low, high]| Estimate { value: self.value, low, high })
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let settings = |settings: &[Setting]| settings.iter().map(Setting::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Part::Point(at) => f.write_str(&settings(at)),
            Part::Knee { key, at } if at.is_empty() => write!(f, "knee of {key}"),
            Part::Knee { key, at } => write!(f, "knee of {key} at {}", settings(at)),
            Part::Baseline => f.write_str("baseline"),
            Part::Mitigation(name) => f.write_str(name),
        }
    }
}

impl PartDifference {
    fn figure_name(&self) -> &'static str {
        self.figure.map_or("largest load that met the objectives", what_if_text::name)
    }

    fn show(&self, value: &Known<PartValue>) -> String {
        let it = match (value, &self.part) {
            (Known::Value(it), _) => it,
            (Known::Unavailable { unavailable }, Part::Knee { .. }) => return unavailable.clone(),
            _ => return "–".to_owned(),
        };
        match (&self.part, self.figure) {
            (Part::Mitigation(_), _) => format!("×{}", what_if_text::factor(it.value)),
            (_, Some(KeyFigure::LongestFreezeNs)) if it.value == 0.0 => "none".to_owned(),
            (_, Some(figure)) => what_if_text::show(figure, it.value),
            (_, None) => it.value.to_string(),
        }
    }
}

impl MatchedRow for PartDifference {
    const PART: &'static str = "part";
    const CHART: [&'static str; 3] =
        ["comparison-parts", "Every figure's ratio", "the figure of the other divided by that of A"];

    fn other(&self) -> usize {
        self.other
    }

    fn table(&self) -> (usize, String) {
        let (name, place) = (self.figure_name(), self.figure.map_or(0, |figure| figure as usize));
        match &self.part {
            Part::Knee { key, .. } => (0, format!("The largest {key} that met the objectives")),
            Part::Baseline => (1, "The baselines, without a mitigation".to_owned()),
            Part::Point(at) => {
                let keys: Vec<&str> = at.iter().map(|setting| &*setting.key).collect();
                (2 + place, format!("By {}: {name}", keys.join(" and ")))
            }
            Part::Mitigation(_) => (2 + place, format!("With each mitigation, compared with its baseline: {name}")),
        }
    }

    fn name(&self) -> String {
        match &self.part {
            Part::Baseline => self.figure_name().to_owned(),
            Part::Mitigation(name) => name.clone(),
            Part::Knee { at, .. } if at.is_empty() => "knee".to_owned(),
            Part::Point(at) | Part::Knee { at, .. } => {
                at.iter().map(|setting| shortened(&setting.value)).collect::<Vec<_>>().join(", ")
            }
        }
    }

    fn charted(&self) -> Option<String> {
        let name = self.figure.map_or_else(String::new, |figure| format!("{}, ", what_if_text::name(figure)));
        let emulated = if self.provenance == Provenance::Emulated { " (emulated)" } else { "" };
        Some(format!("{name}{}{emulated}", self.part))
    }

    fn values(&self) -> [String; 2] {
        [self.show(&self.a), self.show(&self.b)]
    }

    fn ratio(&self) -> Option<(f64, Option<Estimate>)> {
        self.ratio.value().map(|ratio| (ratio.value, ratio.estimate()))
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn verdict(&self) -> &'static str {
        match (self.effect, self.ratio.value()) {
            (Effect::Better, _) => "better",
            (Effect::Worse, _) => "worse",
            (Effect::Same, _) => "same",
            (Effect::Undecided, _) => "undecided",
            (Effect::Unknown, Some(_)) => "no interval",
            (Effect::Unknown, None) => "no ratio",
        }
    }

    fn provenance(&self) -> Provenance {
        self.provenance
    }

    fn absent(&self) -> Option<(String, String)> {
        let is_none = |value: &Known<PartValue>| value.value().is_none_or(|value| value.value == 0.0);
        let Known::Unavailable { unavailable } = &self.ratio else { return None };
        let about = if self.part == Part::Baseline { "baselines" } else { self.figure_name() };
        (is_none(&self.a) && is_none(&self.b)).then(|| (about.to_owned(), unavailable.clone()))
    }

    fn note(&self) -> &'static str {
        match self.part {
            Part::Point(_) => {
                "of points: values are medians of the valid runs, intervals are of 95 % and come from how the repeats differ \
                 (Student's t on a logarithmic scale). One run at a point, or a repeat of 0, has no interval. Of many \
                 intervals one in 20 misses the truth by chance."
            }
            Part::Knee { .. } => {
                "of knees: from the largest load that all runs met to the smallest that none met; they are no 95 % intervals."
            }
            Part::Baseline => "of baselines: a what-if runs each once, so there are none.",
            Part::Mitigation(_) => {
                "of mitigations: made of the 95 % intervals of both ratios, which come from what varied inside each run. How \
                 one run differs from the next is not in them. Where one includes 0 there is none."
            }
        }
    }

    fn sentence(&self, letter: &str) -> Option<String> {
        let (ratio, Some(bounds)) = self.ratio().filter(|_| self.effect.is_real())? else { return None };
        let (subject, kind) = match &self.part {
            part @ Part::Knee { .. } => (part.to_string(), "interval"),
            Part::Mitigation(name) => (format!("what {name} leaves of {}", self.figure_name()), "95 % interval"),
            part => (format!("{} at {part}", self.figure_name()), "95 % interval"),
        };
        let emulated = if self.provenance == Provenance::Emulated { ", emulated," } else { "" };
        let ([a, b], change) = (self.values(), amount(ratio, "as much", "more", "less"));
        let (ratio, bounds) = (what_if_text::factor(ratio), interval(&bounds));
        Some(format!(
            "{subject}{emulated} is {change} in {letter} ({b}, {a} in A; {letter} / A {ratio}, {kind} {bounds})"
        ))
    }
}
