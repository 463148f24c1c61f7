//! The figures of two scenarios in turns: of every run, and how B differs from A.

use super::{
    families as family,
    observation::{Labels, Observation, number, word},
    run::head,
    source::Source,
    sweep::of_run,
    what_if::name_and_unit,
};
use crate::results::{Ab, AbFigure, Provenance, SweptRun};

fn labels(source: &Source, found: &Ab) -> Labels {
    let provenance = found.runs.iter().map(SweptRun::provenance).max().unwrap_or(Provenance::Measured);
    Labels::of(source, found.machine.as_ref(), &found.started)
        .with("scenario", found.name())
        .with("seed", found.seed)
        .provenance(provenance)
}

pub fn summary(source: &Source, found: &Ab) -> Vec<Observation> {
    let labels = labels(source, found);
    let runs = found.runs.iter().flat_map(|run| {
        let scenario = if found.run("A", run.repeat) == Some(run) { &found.a } else { &found.b };
        of_run(&labels.with("scenario", &scenario.scenario), run)
    });
    head(&labels, found.complete).chain(runs).collect()
}

/// How B differs from A: the value is the ratio, of what can be 0 the difference; the unit is that of the figures.
pub fn differences(source: &Source, found: &Ab) -> Vec<Observation> {
    let labels = labels(source, found);
    let row = |row: &AbFigure| {
        let (figure, unit, in_unit) = name_and_unit(row.figure);
        let mean = |value: Option<f64>| number(value.map(in_unit));
        let ends = row.change.value().map(|change| [change.value, change.low, change.high]);
        let ends = ends.map(|ends| ends.map(|end| Some(if row.is_ratio { end } else { in_unit(end) })));
        let change = Observation::new(figure, unit, None).between(ends);
        labels
            .with("before", mean(row.a))
            .with("after", mean(row.b))
            .with("scale", if row.is_ratio { "ratio" } else { "difference" })
            .with("change", word(row.effect))
            .with("p", number(row.p))
            .with("more_pairs", number(row.more_pairs.map(f64::from)))
            .on([if row.is_ratio { change.of(&family::AB_RATIO) } else { change }])
    };
    found.figures.iter().flat_map(row).collect()
}
