//! Results whose parts are matched: cost models, points of sweeps, mitigations of what-ifs; and what is said of each part.
//! Text, page and chart are the same for all of them; what is emulated is marked where it stands.

use super::machine::{qualification, sorted_out};
use crate::{
    conclude::wording::{
        NONE, at_most, differs, effect_word, figure_name, freeze, letter, settings, shortened, show_key_figure,
    },
    results::{
        Availability, CostDifference, CostFigure, Effect, Fact, KeyFigure, Machine, Matched, Part, PartDifference,
        PartValue, Provenance,
    },
    scenario::{
        MapMode,
        units::{factor, format_bytes, short_ns},
    },
    stats::Estimate,
};

pub trait MatchedRow {
    const PART: &'static str;
    /// Name and title of the chart, and what a point of it is.
    const CHART: [&'static str; 3];

    /// The other result: its place among all, 1 for B.
    fn other(&self) -> usize;
    /// The table that it stands in: its place among all, and its caption.
    fn table(&self) -> (usize, String);
    fn name(&self) -> String;
    /// The figure and the part, on the chart; `None`: it is not drawn.
    fn charted(&self) -> Option<String>;
    fn values(&self) -> [String; 2];
    /// The other divided by the first, and its interval.
    fn ratio(&self) -> Option<(f64, Option<Estimate>)>;
    fn effect(&self) -> Effect;
    fn verdict(&self) -> &'static str;
    fn provenance(&self) -> Provenance;
    /// Where neither result has anything of it to show: the figure, and why. It stands in no table.
    fn absent(&self) -> Option<(String, String)> {
        None
    }
    fn note(&self) -> &'static str;
    /// A real difference in a sentence, `letter` standing for the other result; `None`: it is none.
    fn sentence(&self, letter: &str) -> Option<String>;

    /// `mark` if it is emulated.
    fn emulated(&self, mark: &'static str) -> &'static str {
        if self.provenance() == Provenance::Emulated { mark } else { "" }
    }
}

pub struct MatchedResult {
    pub directory: String,
    pub machine: Availability<Machine>,
    /// Facts of the machine; empty: unavailable.
    pub environment: Vec<Fact>,
    pub plan: Vec<Fact>,
    pub is_complete: bool,
}

/// Results with their differences; `part` is what they are matched by.
pub fn matched<D: MatchedRow>(
    results: Vec<MatchedResult>,
    part: &str,
    least_effect: f64,
    differences: Vec<D>,
) -> Matched<D> {
    let plans: Vec<_> = results.iter().map(|result| result.plan.clone()).collect();
    let environments: Vec<_> = results.iter().map(|result| result.environment.clone()).collect();
    let (environment, same_environment) = sorted_out(&environments);
    let qualification = qualification(&environments);
    let incomplete = results.iter().enumerate().filter(|(_, result)| !result.is_complete);
    let incomplete = incomplete
        .map(|(place, _)| format!("{} is incomplete: it was interrupted, or workers were lost", letter(place)));
    let mut warnings: Vec<String> = qualification.into_iter().chain(incomplete).collect();
    if differences.is_empty() {
        warnings.push(format!("the results have no {part} in common"));
    }
    Matched {
        least_effect,
        plan: sorted_out(&plans).0,
        environment,
        same_environment,
        warnings,
        sentences: differences.iter().filter_map(|row| row.sentence(&letter(row.other()))).collect(),
        differences,
        directories: results.iter().map(|result| result.directory.clone()).collect(),
        machines: results.into_iter().map(|result| result.machine).collect(),
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
        self.figure.map_or("largest load that met the objectives", figure_name)
    }

    fn show(&self, value: &Availability<PartValue>) -> String {
        match (value, &self.part, self.figure) {
            (Availability::Unavailable { unavailable }, Part::Knee { .. }, _) => unavailable.clone(),
            (Availability::Unavailable { .. }, ..) => NONE.to_owned(),
            (Availability::Value(found), Part::Mitigation(_), _) => format!("×{}", factor(found.value)),
            (Availability::Value(found), _, Some(KeyFigure::LongestFreezeNs)) => freeze(found.value as u64),
            (Availability::Value(found), _, Some(figure)) => show_key_figure(figure, found.value),
            (Availability::Value(found), _, None) => found.value.to_string(),
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
        let name = self.figure.map_or_else(String::new, |figure| format!("{}, ", figure_name(figure)));
        Some(format!("{name}{}{}", self.part, self.emulated(" (emulated)")))
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
        let unknown = if self.ratio.value().is_some() { "no interval" } else { "no ratio" };
        effect_word(self.effect, "better", "worse", unknown)
    }

    fn provenance(&self) -> Provenance {
        self.provenance
    }

    fn absent(&self) -> Option<(String, String)> {
        let is_none = |value: &Availability<PartValue>| value.value().is_none_or(|value| value.value == 0.0);
        let Availability::Unavailable { unavailable } = &self.ratio else { return None };
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
        let ratio = self.ratio.value().and_then(PartValue::estimate).filter(|_| self.effect.is_real())?;
        let (subject, kind) = match &self.part {
            part @ Part::Knee { .. } => (part.to_string(), "interval"),
            Part::Mitigation(name) => (format!("what {name} leaves of {}", self.figure_name()), "95 % interval"),
            part => (format!("{} at {part}", self.figure_name()), "95 % interval"),
        };
        Some(differs(&format!("{subject}{}", self.emulated(", emulated,")), letter, self.values(), &ratio, kind))
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
        format!("{}, {}", self.method, format_bytes(self.write_size))
    }

    fn charted(&self) -> Option<String> {
        let (mode, size) = (self.mode.in_words(), format_bytes(self.write_size));
        let name = format!("{}{}, {mode}, {size}", self.method, self.emulated(" (emulated)"));
        (self.figure == CostFigure::PerMapper).then_some(name)
    }

    fn values(&self) -> [String; 2] {
        [&self.a, &self.b].map(|estimate| match self.figure {
            CostFigure::PerMapper => at_most("<=", estimate),
            CostFigure::Base => short_ns(estimate.value),
        })
    }

    fn ratio(&self) -> Option<(f64, Option<Estimate>)> {
        self.ratio.value().map(|ratio| (ratio.value, Some(*ratio)))
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn verdict(&self) -> &'static str {
        effect_word(self.effect, "lower", "higher", "unknown")
    }

    fn provenance(&self) -> Provenance {
        self.provenance
    }

    fn note(&self) -> &'static str {
        "are 95 % prediction intervals; that of a ratio is made of both, on a logarithmic scale. \
         Where one includes 0 there is no ratio, and only models whose intervals have no point in common differ."
    }

    fn sentence(&self, letter: &str) -> Option<String> {
        if !self.effect.is_real() {
            return None;
        }
        let size = format_bytes(self.write_size);
        let subject = match self.figure {
            CostFigure::PerMapper => {
                let mode = self.mode.in_words();
                format!("what each mapper adds to one {} (mapped {mode}, written {size} at a time)", self.method)
            }
            CostFigure::Base => format!("one {} without mappers (written {size} at a time)", self.method),
        };
        let subject = format!("{subject}{}", self.emulated(", emulated,"));
        let values = [&self.a, &self.b].map(|estimate| short_ns(estimate.value));
        Some(match (self.ratio.value(), self.effect) {
            (Some(ratio), _) => differs(&subject, letter, values, ratio, "95 % interval"),
            (None, Effect::Better) => {
                let b = at_most("at most", &self.b);
                format!("{subject} is significantly lower in {letter}: {b}, {} in A", values[0])
            }
            (None, _) => {
                let a = at_most("at most", &self.a);
                format!("{subject} is significantly higher in {letter}: {}, {a} in A", values[1])
            }
        })
    }
}
