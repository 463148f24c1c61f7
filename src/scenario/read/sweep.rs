//! From a scenario file, overrides and axes to the points of a sweep, every one checked like a scenario of its own.
//! A mistake that many points share is reported once.

use super::axis::read_axis;
use super::keys::{self, RAMP, SweepKeys};
use super::overrides::{self, Written};
use super::problem::Problem;
use super::tree::Table;
use super::values::{Value, Values, WrittenAxis};
use super::{ScenarioErrors, Source};
use crate::scenario::sweep::MOST_POINTS;
use crate::scenario::{Axis, Point, Scenario, Setting, Sweep};

const OPTION: &str = "--axis ";
const MOST_AXES: usize = 2;

impl Sweep {
    /// Reads a scenario's text as [`Scenario::parse`] does, and makes the points of `axes` (`key=value,value,…`), or without any
    /// those of the file's own `[sweep]`. `Ok(None)`: neither asks for a sweep.
    /// Errors: An axis is not one, or a point is not a valid scenario: every problem found, each pointing at its line or option.
    pub fn parse(
        name_for_errors: &str,
        text: &str,
        sets: &[String],
        axes: &[String],
    ) -> Result<Option<Self>, ScenarioErrors> {
        let mut source = Source::new(name_for_errors, text, sets);
        if !source.is_toml {
            return Err(ScenarioErrors::new(source.texts, source.problems));
        }
        let mut problems = std::mem::take(&mut source.problems);
        // What else is wrong with the file is wrong with every point too, and reported there.
        let values = Values::read(&source.tree, &source.texts, &mut Vec::new());
        let own = SweepKeys::of(&values).unwrap_or_default();
        let given = axes;
        let axes = match given {
            [] => axes_of_file(own.axes.unwrap_or_default(), &mut source, name_for_errors, text),
            _ => given.iter().filter_map(|axis| axis_of_option(axis, &mut source, &mut problems)).collect(),
        };
        if given.is_empty() && axes.is_empty() {
            return Scenario::parse(name_for_errors, text, sets).map(|_| None);
        }
        check_axes(&axes, &mut problems);
        let points = if problems.is_empty() { points(&axes, &source, &mut problems) } else { Vec::new() };
        check_that_points_differ(&axes, &points, &mut problems);
        if !problems.is_empty() {
            return Err(ScenarioErrors::new(source.texts, problems));
        }
        let axes = (0..).zip(&axes).map(|(nth, axis)| reported(nth, axis, &points)).collect();
        Ok(Some(Self { axes, repeats: own.repeats.unwrap_or(1), points }))
    }
}

/// The axes of `[sweep]`. What they lay over the file is no part of it, so they stand in a second copy of its text.
fn axes_of_file(mut axes: Vec<WrittenAxis>, source: &mut Source, name: &str, text: &str) -> Vec<WrittenAxis> {
    let copy = source.texts.add(name, text);
    let places = axes.iter_mut().flat_map(|axis| {
        let values = axis.values.iter_mut().map(|(_, place)| place);
        values.chain([&mut axis.path_place])
    });
    places.filter(|place| place.text == 0).for_each(|place| place.text = copy);
    axes
}

fn axis_of_option(axis: &str, source: &mut Source, problems: &mut Vec<Problem>) -> Option<WrittenAxis> {
    let text = source.texts.add("command line", &format!("{OPTION}{axis}"));
    read_axis(text, axis, OPTION.len()).map_err(|problem| problems.push(problem)).ok()
}

fn check_axes(axes: &[WrittenAxis], problems: &mut Vec<Problem>) {
    if let Some(third) = axes.get(MOST_AXES) {
        let problem = Problem::new("a sweep has one axis or two");
        problems.push(
            problem
                .at(third.path_place.clone(), "this would be the third")
                .help("fix the others with `--set`, or make several sweeps"),
        );
        return;
    }
    if let [first, second] = axes
        && first.path == second.path
    {
        problems.push(
            Problem::new(format!("`{}` is an axis twice", first.path))
                .at(second.path_place.clone(), "the second time")
                .at(first.path_place.clone(), "the first time")
                .help("give all its values in one axis"),
        );
    }
    let points: usize = axes.iter().map(|axis| axis.values.len()).product();
    if let Some(last) = axes.last()
        && points > MOST_POINTS
    {
        let problem = Problem::new(format!("a sweep has at most {MOST_POINTS} points"));
        problems
            .push(problem.at(last.path_place.clone(), format!("that makes {points} points")).help("give fewer values"));
    }
}

/// All combinations, as places of values: one number for each axis, the last changing fastest.
fn combinations(axes: &[WrittenAxis]) -> Vec<Vec<usize>> {
    axes.iter().fold(vec![vec![]], |combinations, axis| {
        let longer = |combination: &Vec<usize>| {
            let combination = combination.clone();
            (0..axis.values.len()).map(move |value| [&*combination, &[value]].concat())
        };
        combinations.iter().flat_map(longer).collect()
    })
}

fn points(axes: &[WrittenAxis], source: &Source, problems: &mut Vec<Problem>) -> Vec<Point> {
    let mut points = Vec::new();
    for combination in combinations(axes) {
        match point(axes, &combination, source) {
            Ok(point) => points.push(point),
            Err(more) => {
                for problem in more {
                    if !problems.contains(&problem) {
                        problems.push(problem);
                    }
                }
            }
        }
    }
    points
}

fn point(axes: &[WrittenAxis], combination: &[usize], source: &Source) -> Result<Point, Vec<Problem>> {
    let mut tree: Table = source.tree.clone();
    let mut problems = Vec::new();
    for (axis, &value) in axes.iter().zip(combination) {
        let (value, place) = &axis.values[value];
        let (path, path_at) = (&*axis.path, axis.path_place.start);
        overrides::lay(
            &Written { text: axis.path_place.text, path, path_at, value, value_at: place.start },
            &mut tree,
            &mut problems,
        );
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let (scenario, values) = source.resolve(&tree)?;
    let setting = |(axis, &value): (&WrittenAxis, &usize)| {
        let value = axis.values[value].0.clone();
        Setting { key: axis.path.clone(), value, number: number_of(&axis.path, &values) }
    };
    Ok(Point { settings: axes.iter().zip(combination).map(setting).collect(), scenario })
}

fn number_of(path: &str, values: &Values) -> Option<f64> {
    let mut parts = path.split('.').map(str::trim);
    let (section, name, part) = (parts.next()?, parts.next()?, parts.next());
    let key = keys::find(section, name)?;
    match (values.get(key.section, key.name)?, part) {
        (Value::Number(number), None) => Some(*number as f64),
        (Value::PerSecond(rate), None) => Some(*rate),
        (Value::Weights(weights), Some(part)) => {
            weights.iter().find(|(name, _)| *name == part).map(|(_, weight)| *weight)
        }
        (Value::Ramp(ramp), Some(part)) => {
            let key = RAMP.keys.iter().find(|key| key.name == part)?;
            ramp.number(key.section, key.name).map(|number| number as f64)
        }
        _ => None,
    }
}

/// Two values that mean the same would be one point under two names.
fn check_that_points_differ(axes: &[WrittenAxis], points: &[Point], problems: &mut Vec<Problem>) {
    if !problems.is_empty() {
        return;
    }
    for (nth, axis) in axes.iter().enumerate() {
        // The points along this axis where the others have their first values.
        let step: usize = axes[nth + 1..].iter().map(|axis| axis.values.len()).product();
        let along: Vec<&Scenario> = (0..axis.values.len()).map(|value| &points[value * step].scenario).collect();
        for later in 1..along.len() {
            if let Some(first) = along[..later].iter().position(|earlier| *earlier == along[later]) {
                let (first, later) = (&axis.values[first], &axis.values[later]);
                problems.push(
                    Problem::new(format!("two values of `{}` make the same load", axis.path))
                        .at(later.1.clone(), format!("`{}` is there already", later.0))
                        .at(Some(first.1.clone()).filter(|place| *place != later.1), "here")
                        .help("leave one out; `--repeats` sets how often each point runs"),
                );
            }
        }
    }
}

fn reported(nth: usize, axis: &WrittenAxis, points: &[Point]) -> Axis {
    let number = |value: &str| points.iter().find(|point| point.settings[nth].value == value)?.settings[nth].number;
    Axis {
        key: axis.path.clone(),
        values: axis.values.iter().map(|(value, _)| value.clone()).collect(),
        numbers: axis.values.iter().map(|(value, _)| number(value)).collect(),
    }
}
