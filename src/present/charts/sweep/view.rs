//! A sweep as charts see it: stops along one axis, and a group of runs for every value of the other axis.
//! Which key goes across was decided where the knee, the throughput or the prediction was worked out.

use crate::{
    conclude::sweep::groups::along,
    present::charts::palette::Shape,
    results::{Judgement, Knee, Predicted, Provenance, Spread, SweepReport, SweptRun, Throughput},
    scenario::{Axis as Varied, Setting},
    stats::median,
};

pub struct View<'a> {
    pub report: &'a SweepReport,
    /// The axis that goes across.
    pub across: &'a Varied,
    /// One for every value of the other axis, in its order; one if there is no other axis.
    pub groups: Vec<Group<'a>>,
}

/// Runs that differ in what goes across (and by repeat) only, and what is said of them together.
pub struct Group<'a> {
    /// The other axis's value, if there is another axis.
    pub at: Vec<Setting>,
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
pub enum Mark {
    Unjudged,
    Met,
    NotMet,
    /// It was invalid or is incomplete: it says nothing.
    Invalid,
}

impl Mark {
    pub fn of(run: &SweptRun) -> Mark {
        match run.judgement() {
            _ if !run.complete => Mark::Invalid,
            Some(Judgement::Invalid) => Mark::Invalid,
            Some(Judgement::NotMet) => Mark::NotMet,
            Some(Judgement::Met) => Mark::Met,
            None => Mark::Unjudged,
        }
    }

    pub fn shape(self) -> Shape {
        match self {
            Mark::Unjudged | Mark::Met => Shape::Circle,
            Mark::NotMet => Shape::Wedge,
            Mark::Invalid => Shape::Diamond,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Mark::Unjudged => "a run",
            Mark::Met => "a run that met every objective",
            Mark::NotMet => "a run that did not",
            Mark::Invalid => "a run that says nothing (invalid or incomplete)",
        }
    }
}

impl<'a> View<'a> {
    /// The view of a sweep. `None`: nothing was varied, or nothing ran.
    pub fn of(report: &'a SweepReport) -> Option<View<'a>> {
        let known = report.knees.first().map(|knee| &knee.key).or(report.predicted.first().map(|it| &it.key));
        let known = known.or(report.throughput.first().map(|it| &it.key));
        let across = known.and_then(|key| report.axes.iter().find(|axis| axis.key == *key)).or(report.axes.last())?;
        let mut groups: Vec<Group<'a>> = Vec::new();
        for (at, runs) in along(report, &across.key) {
            let mut group = Group::new(report, across, at);
            for run in runs {
                let Some(setting) = run.settings.iter().find(|setting| setting.key == across.key) else { continue };
                let Some(x) = place(across, setting) else { continue };
                group.add(x, &setting.value, run);
            }
            group.stops.sort_by(|one, other| one.x.total_cmp(&other.x));
            group.stops.iter_mut().for_each(|stop| stop.runs.sort_by_key(|run| (run.repeat, run.order)));
            if !group.stops.is_empty() {
                groups.push(group);
            }
        }
        (!groups.is_empty()).then_some(View { report, across, groups })
    }

    /// Whether what goes across are numbers, so that a line between two of them means something.
    pub fn is_numeric(&self) -> bool {
        self.across.numbers.is_some()
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

impl<'a> Group<'a> {
    /// Whether all of it imitates another system.
    pub fn is_emulated(&self) -> bool {
        let mut runs = self.stops.iter().flat_map(|stop| &stop.runs);
        runs.all(|run| run.provenance() == Provenance::Emulated)
    }

    fn new(report: &'a SweepReport, across: &Varied, at: Vec<Setting>) -> Group<'a> {
        let key = &across.key;
        Group {
            knee: report.knees.iter().find(|it| it.key == *key && it.at == at),
            throughput: report.throughput.iter().find(|it| it.key == *key && it.at == at),
            predicted: report.predicted.iter().find(|it| it.key == *key && it.at == at),
            at,
            stops: Vec::new(),
        }
    }

    fn add(&mut self, x: f64, name: &'a str, run: &'a SweptRun) {
        match self.stops.iter_mut().find(|stop| stop.x == x) {
            Some(stop) => stop.runs.push(run),
            None => self.stops.push(Stop { x, name, runs: vec![run] }),
        }
    }

    /// The other axis's value in words; empty if there is no other axis.
    pub fn title(&self) -> String {
        self.at.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    pub fn runs(&self) -> impl Iterator<Item = &'a SweptRun> + Clone {
        self.stops.iter().flat_map(|stop| stop.runs.iter().copied())
    }
}

/// Median, least and most of a figure over the runs that say something and have it. `None`: there are none.
pub fn spread(runs: &[&SweptRun], figure: impl Fn(&SweptRun) -> Option<f64>) -> Option<Spread> {
    let valid = runs.iter().filter(|run| Mark::of(run) != Mark::Invalid);
    let values: Vec<f64> = valid.filter_map(|run| figure(run)).filter(|value| value.is_finite()).collect();
    let least = values.iter().copied().reduce(f64::min)?;
    let most = values.iter().copied().reduce(f64::max)?;
    Some(Spread { median: median(values), least, most })
}
