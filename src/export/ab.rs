//! The figures of two scenarios in turns: of every run, and how B differs from A.

use super::{
    families as family,
    observation::{Labels, ONE, Observation, number, seconds, word},
    run::{machine, started},
    source::Source,
    sweep::of_run,
    what_if::figure_name,
};
use crate::results::{Ab, AbFigure, Provenance, SweptRun};

fn labels(source: &Source, found: &Ab) -> Labels {
    let mut labels = Labels::of(source);
    if let Some(known) = &found.machine {
        labels = machine(&labels, &known.host, &known.system, &known.kernel);
    }
    let labels = labels.with("scenario", found.name()).with("seed", found.seed).with("started", &found.started);
    labels.provenance(found.runs.iter().map(SweptRun::provenance).max().unwrap_or(Provenance::Measured))
}

pub fn summary(source: &Source, found: &Ab) -> Vec<Observation> {
    let labels = labels(source, found);
    let complete = Observation::yes("complete", found.complete).sample(&family::COMPLETE);
    let runs = found.runs.iter().flat_map(|run| {
        let scenario = if found.run("A", run.repeat) == Some(run) { &found.a } else { &found.b };
        of_run(&labels.with("scenario", &scenario.scenario), run)
    });
    let runs: Vec<Observation> = runs.collect();
    labels.on([started(&found.started), complete]).chain(runs).collect()
}

/// How B differs from A: the value is the ratio, of what can be 0 the difference; the unit is that of the figures.
pub fn differences(source: &Source, found: &Ab) -> Vec<Observation> {
    let labels = labels(source, found);
    let row = |row: &AbFigure| {
        let (figure, unit) = figure_name(row.figure);
        let in_unit = |value: f64| if unit == ONE { value } else { seconds(value) };
        let mean = |value: Option<f64>| number(value.map(in_unit));
        let ends = row.change.value().map(|change| [change.value, change.low, change.high]);
        let ends = ends.map(|ends| ends.map(|end| Some(if row.is_ratio { end } else { in_unit(end) })));
        let labels = labels.with("before", mean(row.a)).with("after", mean(row.b));
        let labels = labels.with("scale", if row.is_ratio { "ratio" } else { "difference" });
        let change = Observation::new(figure, unit, None).between(ends);
        let change = if row.is_ratio { change.of(&family::AB_RATIO) } else { change };
        let more =
            [("change", word(row.effect)), ("p", number(row.p)), ("more_pairs", number(row.more_pairs.map(f64::from)))];
        more.into_iter().fold(labels, |labels, (name, value)| labels.with(name, value)).on([change]).collect::<Vec<_>>()
    };
    found.figures.iter().flat_map(row).collect()
}
