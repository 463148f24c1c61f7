//! Points and knees of sweeps, baselines and mitigations of what-ifs.

use super::MatchedRow;
use crate::{
    conclude::{
        difference::{Sentence, differs},
        wording::{NONE, effect_word, figure_name, settings, shortened, show_key_figure},
    },
    results::{Availability, Part, PartDifference, PartValue, Provenance},
    scenario::units::factor,
    stats::{Estimate, Tails},
};

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
            (Availability::Value(found), _, Some(figure)) => show_key_figure(figure, found.value),
            (Availability::Value(found), _, None) => found.value.to_string(),
        }
    }
}

impl MatchedRow for PartDifference {
    const PART: &'static str = "part";
    const CHART: [&'static str; 3] =
        ["comparison-parts", "Every figure's ratio", "the figure of the other divided by that of A"];

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

    fn subject(&self) -> Option<(String, &'static str, bool)> {
        let emulated = self.emulated(", emulated,");
        match &self.part {
            Part::Knee { key, .. } => Some((format!("the knee of {key}{emulated}"), "values of the other axis", true)),
            Part::Point(at) => {
                let places = if at.len() == 1 { "loads" } else { "points" };
                Some((format!("{}{emulated}", self.figure_name()), places, true))
            }
            // Mitigations have one baseline in common.
            Part::Mitigation(_) => Some((self.full_name(), "mitigations", false)),
            // Each was run once, under its own load.
            Part::Baseline => None,
        }
    }

    fn full_name(&self) -> String {
        let emulated = self.emulated(", emulated,");
        match &self.part {
            part @ Part::Knee { .. } => format!("the {part}{emulated}"),
            Part::Mitigation(name) => {
                format!("{} with {name}{emulated}, as a multiple of its baseline,", self.figure_name())
            }
            part => format!("{} at {part}{emulated}", self.figure_name()),
        }
    }

    fn tails(&self) -> Option<Tails> {
        match self.part {
            Part::Knee { .. } => None,
            Part::Point(_) => Some(Tails::Repeats),
            Part::Baseline | Part::Mitigation(_) => Some(Tails::Normal),
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
                 (Student's t on a logarithmic scale). One run at a point, or a repeat of 0, has no interval."
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

    fn sentence(&self, letter: &str) -> Option<Sentence> {
        let ratio = self.ratio.value().and_then(PartValue::estimate).filter(|_| self.effect.is_real())?;
        let kind = if self.tails().is_some() { "95 % interval" } else { "interval" };
        Some(differs(&self.full_name(), letter, self.values(), &ratio, kind))
    }
}
