//! A sweep as charts see it: stops along one axis, and a group of runs for every value of the other axis.
//! Which key goes across was decided where the knee, the throughput or the prediction was worked out.

use crate::{
    conclude::{compare::fleet, sweep::along, wording::settings},
    present::charts::Shape,
    results::{Judgement, Knee, Predicted, Provenance, Spread, SweepReport, SweptRun, Throughput},
    scenario::{Axis as Varied, Clause, Setting},
};

pub struct View<'a> {
    pub report: &'a SweepReport,
    /// The axis that goes across.
    pub across: &'a Varied,
    /// One for every value of the other axis, in its order; one if there is no other axis.
    pub groups: Vec<Group<'a>>,
}

/// Runs that differ in what goes across (and by repeat) only, and what was found from them together.
pub struct Group<'a> {
    /// The other axis's value, if there is another axis.
    pub at: Vec<Setting>,
    /// Whether numbers go across, so that a line between two stops means something.
    pub is_numeric: bool,
    pub stops: Vec<Stop<'a>>,
    /// The measured knee; `None`: there were no objectives, or it is no load.
    pub knee: Option<&'a Knee>,
    pub throughput: Option<&'a Throughput>,
    pub predicted: Option<&'a Predicted>,
}

pub struct Stop<'a> {
    /// Its place across: the number, or for words that of a list.
    pub x: f64,
    pub name: &'a str,
    pub runs: Vec<&'a SweptRun>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Unjudged,
    Met,
    NotMet,
    /// Invalid or incomplete: the run has no part in a median.
    Invalid,
}

impl Verdict {
    pub fn of(run: &SweptRun) -> Verdict {
        match run.judgement() {
            _ if !run.complete => Verdict::Invalid,
            Some(Judgement::Invalid) => Verdict::Invalid,
            Some(Judgement::NotMet) => Verdict::NotMet,
            Some(Judgement::Met) => Verdict::Met,
            None => Verdict::Unjudged,
        }
    }

    /// The shape of a run's point, and its words in a legend and after a run's value.
    pub fn look(self) -> (Shape, [&'static str; 2]) {
        match self {
            Verdict::Unjudged => (Shape::Circle, ["a run", ""]),
            Verdict::Met => (Shape::Circle, ["a run that met every objective", ", met"]),
            Verdict::NotMet => (Shape::Wedge, ["a run that missed an objective", ", not met"]),
            Verdict::Invalid => (Shape::Diamond, ["a run that is invalid or incomplete", ", invalid or incomplete"]),
        }
    }
}

impl<'a> View<'a> {
    /// The view of a sweep. `None`: nothing was varied, or nothing ran.
    pub fn of(report: &'a SweepReport) -> Option<View<'a>> {
        let known = report.knees.first().map(|knee| &knee.key).or(report.predicted.first().map(|found| &found.key));
        let known = known.or(report.throughput.first().map(|found| &found.key));
        let across = known.and_then(|key| report.axes.iter().find(|axis| axis.key == *key)).or(report.axes.last())?;
        View::along(report, &across.key)
    }

    /// The view with this axis across. `None`: there is no such axis, or nothing ran.
    pub fn along(report: &'a SweepReport, key: &str) -> Option<View<'a>> {
        let across = report.axes.iter().find(|axis| axis.key == key)?;
        let group = |(at, runs): (Vec<Setting>, Vec<&'a SweptRun>)| Group {
            knee: report.knees.iter().find(|found| found.key == key && found.at == at),
            throughput: report.throughput.iter().find(|found| found.key == key && found.at == at),
            predicted: report.predicted.iter().find(|found| found.key == key && found.at == at),
            at,
            is_numeric: across.numbers.is_some(),
            stops: stops(across, runs),
        };
        let groups: Vec<Group> =
            along(report, key).into_iter().map(group).filter(|group| !group.stops.is_empty()).collect();
        (!groups.is_empty()).then_some(View { report, across, groups })
    }

    /// Whether numbers go across.
    pub fn is_numeric(&self) -> bool {
        self.across.numbers.is_some()
    }

    /// The objectives of this kind.
    pub fn objectives(&self, is_wanted: impl Fn(&Clause) -> bool) -> Vec<&'a Clause> {
        self.report.objectives.iter().filter(|clause| is_wanted(clause)).collect()
    }

    pub fn stops(&self) -> impl Iterator<Item = &Stop<'a>> + Clone {
        self.groups.iter().flat_map(|group| &group.stops)
    }

    pub fn runs(&self) -> impl Iterator<Item = &'a SweptRun> + Clone {
        self.stops().flat_map(|stop| stop.runs.iter().copied())
    }
}

/// Where a value goes: its number, or the middle of its place in a list. `None`: it is no value of the axis.
fn place(across: &Varied, setting: &Setting) -> Option<f64> {
    if across.numbers.is_some() {
        return setting.number.filter(|number| number.is_finite());
    }
    across.values.iter().position(|value| *value == setting.value).map(|place| place as f64 + 0.5)
}

/// Runs with the same value of the axis together, by place, then in the order in which they were made.
fn stops<'a>(across: &Varied, runs: Vec<&'a SweptRun>) -> Vec<Stop<'a>> {
    let placed = runs.into_iter().filter_map(|run| {
        let setting = run.settings.iter().find(|setting| setting.key == across.key)?;
        Some((place(across, setting)?, setting.value.as_str(), run))
    });
    let mut placed: Vec<(f64, &str, &SweptRun)> = placed.collect();
    placed.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.2.repeat, a.2.order).cmp(&(b.2.repeat, b.2.order))));
    let stop = |placed: &[(f64, &'a str, &'a SweptRun)]| {
        let (x, name, _) = placed[0];
        Stop { x, name, runs: placed.iter().map(|(.., run)| *run).collect() }
    };
    placed.chunk_by(|a, b| a.0 == b.0).map(stop).collect()
}

impl<'a> Group<'a> {
    /// Whether all of its runs imitate another system.
    pub fn is_emulated(&self) -> bool {
        let mut runs = self.stops.iter().flat_map(|stop| &stop.runs);
        runs.all(|run| run.provenance() == Provenance::Emulated)
    }

    /// The other axis's value in words; empty if there is no other axis.
    pub fn title(&self) -> String {
        settings(&self.at)
    }

    pub fn runs(&self) -> impl Iterator<Item = &'a SweptRun> + Clone {
        self.stops.iter().flat_map(|stop| stop.runs.iter().copied())
    }
}

/// Median, least and most of a figure over the valid runs that have it. `None`: there are none.
pub fn spread(runs: &[&SweptRun], figure: impl Fn(&SweptRun) -> Option<f64>) -> Option<Spread> {
    let valid = runs.iter().filter(|run| Verdict::of(run) != Verdict::Invalid);
    fleet::spread(valid.filter_map(|run| figure(run)).filter(|value| value.is_finite()).collect())
}
