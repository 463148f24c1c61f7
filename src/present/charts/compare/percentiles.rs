//! Response times of a pair by percentile: a panel for the readers, one for the commits.

use crate::{
    conclude::compare::loaded_run::{LoadedRun, Operation, ROLES},
    present::charts::{
        Axis, DASHED, Panel, Plot,
        percentiles::{self, Curve},
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
    let mut panels: Vec<(&str, Vec<Curve>)> = Vec::new();
    let mut counts = Vec::new();
    for (role, both) in operations.into_iter().enumerate().filter(|(_, both)| both.iter().any(Option::is_some)) {
        let title = heading(role, &both);
        let named = ["A", "B"].into_iter().zip(both).enumerate();
        let curves = named.filter_map(|(number, (letter, operation))| {
            Some(curve(operation?, format!("{title} of {letter}"), number, number == 1))
        });
        panels.push((title, curves.collect()));
        let [of_a, of_b] = both.map(|operation| operation.map_or(0, |operation| operation.all.count()));
        counts.push(format!("{} {of_a} in A, {of_b} in B", ["reads", "commits"][role]));
    }
    let curves = || panels.iter().flat_map(|(_, curves)| curves);
    let up = Axis::logarithmic_times("response time", curves().flat_map(Curve::ends), 9)?;
    let across = Axis::percentiles(curves().map(Curve::count).max().unwrap_or(0), 6);
    let draw = |(title, curves): (&str, Vec<Curve>)| {
        let mut panel = Panel::new(title, HEIGHT, &across, up.clone());
        curves.iter().for_each(|curve| curve.add_to(&mut panel));
        panel
    };
    let (columns, panels) = (panels.len(), panels.into_iter().map(draw).collect());
    let (name, title) = ("comparison-latency-by-percentile", "Response time by percentile");
    let mut plot = Plot::new(name, title, super::origin(comparison), panels).in_columns(columns);
    plot.legend = super::legend(comparison);
    plot.say(percentiles::READING);
    plot.say(format!(
        "A solid, B dashed; marks at 50, 90, 99 and 99.9 %, where enough values support them, and at the slowest. Behind the curves: {}.",
        counts.join("; ")
    ));
    Some(plot)
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
