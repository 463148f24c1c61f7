//! What is said of the parts that results are matched by: laws of cost results, points of sweeps, mitigations of what-ifs.
//! Text, page and chart are the same for all of them; what is emulated is marked where it stands.

use crate::{
    conclude::wording::{amount, cost_sentence, figure_name, interval, shortened, show_key_figure},
    results::{
        Availability, CostDifference, CostFigure, Effect, KeyFigure, Part, PartDifference, PartValue, Provenance,
    },
    scenario::{
        MapMode, Setting,
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
    fn absent(&self) -> Option<(String, String)>;
    fn note(&self) -> &'static str;
    /// A real difference in a sentence, `letter` standing for the other result; `None`: it is none.
    fn sentence(&self, letter: &str) -> Option<String>;
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
        self.figure.map_or("largest load that met the objectives", figure_name)
    }

    fn show(&self, value: &Availability<PartValue>) -> String {
        let it = match (value, &self.part) {
            (Availability::Value(it), _) => it,
            (Availability::Unavailable { unavailable }, Part::Knee { .. }) => return unavailable.clone(),
            _ => return "–".to_owned(),
        };
        match (&self.part, self.figure) {
            (Part::Mitigation(_), _) => format!("×{}", factor(it.value)),
            (_, Some(KeyFigure::LongestFreezeNs)) if it.value == 0.0 => "none".to_owned(),
            (_, Some(figure)) => show_key_figure(figure, it.value),
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
        let name = self.figure.map_or_else(String::new, |figure| format!("{}, ", figure_name(figure)));
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
        let (ratio, Some(bounds)) = self.ratio().filter(|_| self.effect.is_real())? else { return None };
        let (subject, kind) = match &self.part {
            part @ Part::Knee { .. } => (part.to_string(), "interval"),
            Part::Mitigation(name) => (format!("what {name} leaves of {}", self.figure_name()), "95 % interval"),
            part => (format!("{} at {part}", self.figure_name()), "95 % interval"),
        };
        let emulated = if self.provenance == Provenance::Emulated { ", emulated," } else { "" };
        let ([a, b], change) = (self.values(), amount(ratio, "as much", "more", "less"));
        let (ratio, bounds) = (factor(ratio), interval(&bounds));
        Some(format!(
            "{subject}{emulated} is {change} in {letter} ({b}, {a} in A; {letter} / A {ratio}, {kind} {bounds})"
        ))
    }
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
        (self.figure as usize * 3 + place, format!("{of}, mapped {}", self.mode.in_words()))
    }

    fn name(&self) -> String {
        format!("{}, {}", self.method, format_bytes(self.write_size))
    }

    fn charted(&self) -> Option<String> {
        let emulated = if self.provenance == Provenance::Emulated { " (emulated)" } else { "" };
        let (mode, size) = (self.mode.in_words(), format_bytes(self.write_size));
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
