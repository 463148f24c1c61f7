//! The figures of a qualification: the verdict, the knee, and the longer run at the wanted load. The search is a sweep of its own.

use super::{
    families as family,
    observation::{Labels, ONE, Observation},
    run::{machine, started},
    source::Source,
    sweep::of_run,
};
use crate::results::{Fitness, Provenance, Qualification};

pub fn summary(source: &Source, found: &Qualification) -> Vec<Observation> {
    let mut labels = Labels::of(source);
    if let Some(known) = &found.machine {
        labels = machine(&labels, &known.host, &known.system, &known.kernel);
    }
    let seed = found.search.as_ref().map_or_else(String::new, |search| search.seed.to_string());
    let labels = labels.with("scenario", &found.scenario).with("seed", seed).with("started", &found.started);
    let labels = labels.provenance(Provenance::Measured);
    let is_fit = match found.verdict {
        Fitness::Fit => Some(1.0),
        Fitness::NotFit => Some(0.0),
        Fitness::Invalid => None,
    };
    let knee = found.knee.map(|knee| [Some(knee.load), knee.low, knee.high]);
    let figures = [
        started(&found.started),
        Observation::yes("complete", found.complete).sample(&family::COMPLETE),
        Observation::new("fit", ONE, is_fit).of(&family::FIT),
        Observation::new("wanted", ONE, found.wanted as f64),
        Observation::new("knee", ONE, None).between(knee).of(&family::FIT_KNEE),
        Observation::new("margin", ONE, found.margin()),
    ];
    let longer = found.confirmation.iter().flat_map(|run| of_run(&labels, run));
    let longer: Vec<Observation> = longer.collect();
    labels.on(figures).chain(longer).collect()
}
