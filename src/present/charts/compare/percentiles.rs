//! Response times of a pair by percentile: a panel for the readers, one for the commits.

use crate::conclude::compare::loaded_run::{LoadedRun, Operation, ROLES};
use crate::{
    present::charts::{
        axis::Axis,
        page::Page,
        palette::DASHED,
        percentiles::{self, Curve},
        plot::{Panel, Plot},
    },
    results::Comparison,
};

const HEIGHT: f64 = 360.0;

/// The curve of an operation; that of B is dashed.
pub fn curve(operation: &Operation, name: String, number: usize, is_dashed: bool) -> Curve {
    Curve::new(name, number, is_dashed.then_some(DASHED), operation.all.values().to_vec())
}

/// `None`: neither run has a value.
pub fn of_pair(comparison: &Comparison, a: &LoadedRun, b: &LoadedRun) -> Option<Plot> {
    let operations = [0, 1].map(|role| [a.of_role(role), b.of_role(role)]);
    let mut panels: Vec<(String, Vec<Curve>)> = Vec::new();
    let (mut sentences, mut counts) = (Vec::new(), Vec::new());
    for (role, both) in operations.into_iter().enumerate().filter(|(_, both)| both.iter().any(Option::is_some)) {
        let title = heading(role, &both);
        let what = if role == 0 { "reads" } else { "commits" };
        let mut curves = Vec::new();
        for ((number, letter), operation) in ["A", "B"].into_iter().enumerate().zip(both) {
            match operation {
                None => sentences.push(format!("{letter} has no {what}.")),
                Some(operation) => curves.push(curve(operation, format!("{title} of {letter}"), number, number == 1)),
            }
        }
        sentences.extend(curves.iter().map(Curve::in_words));
        let [of_a, of_b] = both.map(|operation| operation.map_or(0, |operation| operation.all.count()));
        counts.push(format!("{what} {of_a} in A, {of_b} in B"));
        panels.push((title.to_owned(), curves));
    }
    let curves = || panels.iter().flat_map(|(_, curves)| curves);
    let up = Axis::logarithmic_times("response time", curves().flat_map(Curve::ends), 9)?;
    let across = percentiles::axis(curves().map(Curve::count).max().unwrap_or(0), 6);
    let draw = |(title, curves): (String, Vec<Curve>)| {
        let mut panel = Panel::new(title, HEIGHT, across.clone(), up.clone());
        curves.iter().for_each(|curve| curve.add_to(&mut panel));
        panel
    };
    let page = Page {
        title: "Response time by percentile".to_owned(),
        subtitle: super::subtitle(comparison),
        legend: super::legend(comparison),
        caption: format!(
            "Each point of a curve: that share of the operations took at most so long, from when they were due. A solid, B dashed; marks \
             at 50, 90, 99 and 99.9 %, where enough values support them, and at the slowest. Behind the curves: {}.",
            counts.join("; ")
        ),
    };
    Some(Plot {
        name: "comparison-latency-by-percentile".to_owned(),
        page,
        origin: super::origin(comparison),
        sentences,
        columns: panels.len(),
        panels: panels.into_iter().map(draw).collect(),
    })
}

fn heading(role: usize, both: &[Option<&Operation>; 2]) -> &'static str {
    let several = both.iter().flatten().any(|operation| operation.name == ROLES[role].1);
    match (role, several) {
        (0, false) => "readers",
        (0, true) => "readers, all operations",
        (_, false) => "commits",
        (_, true) => "commits, all kinds",
    }
}
