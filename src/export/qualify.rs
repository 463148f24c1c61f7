//! The figures of a qualification: the verdict, the knee, and the longer run at the wanted load. The search is a sweep of its own.

use super::{
    families as family,
    observation::{Labels, ONE, Observation},
    run::head,
    source::Source,
    sweep::of_run,
};
use crate::results::{Fitness, Qualification};

pub fn summary(source: &Source, found: &Qualification) -> Vec<Observation> {
    let seed = found.search.as_ref().map_or_else(String::new, |search| search.seed.to_string());
    let labels = Labels::of(source, found.machine.as_ref(), &found.started);
    let labels = labels.with("scenario", &found.scenario).with("seed", seed);
    let is_fit = match found.verdict {
        Fitness::Fit => Some(true),
        Fitness::NotFit => Some(false),
        Fitness::Invalid => None,
    };
    let knee = found.knee.map(|knee| [Some(knee.load), knee.low, knee.high]);
    let figures = labels.clone().on([
        Observation::yes("fit", is_fit).of(&family::FIT),
        Observation::new("wanted", ONE, found.wanted as f64),
        Observation::new("knee", ONE, None).between(knee).of(&family::FIT_KNEE),
        Observation::new("margin", ONE, found.margin()),
    ]);
    let longer = found.confirmation.iter().flat_map(|run| of_run(&labels, run));
    head(&labels, found.complete).chain(figures).chain(longer).collect()
}
