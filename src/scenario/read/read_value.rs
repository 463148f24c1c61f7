//! Reading one value of a kind, with an error that says what was meant and what is allowed.
//! A value that is read is within its own limits; rules between values are checked afterwards.

use super::axis::read_axes;
use super::keys::{Key, RAMP};
use super::kind::Kind;
use super::problem::{Place, Problem, Texts};
use super::read_tree::read_table;
use super::tree::{Content, Entry, Node, Table};
use super::values::Value;
use crate::scenario::closest::{did_you_mean, list};
use crate::scenario::units::{self, UnitError};
use crate::scenario::{Clause, ClauseError, Metric};

impl Kind {
    /// Reads a value; `Err` holds every problem with it.
    pub(super) fn read(&self, key: &Key, node: &Node, texts: &Texts) -> Result<Value, Vec<Problem>> {
        let one = |result: Result<Value, Problem>| result.map_err(|problem| vec![problem]);
        match (self, &node.value) {
            (Self::Ramp, Content::Text(none)) if none == "none" => Ok(Value::NoRamp),
            (Self::Ramp, Content::Table(_)) => read_table(&key.path(), RAMP.keys, node, texts).map(Value::Ramp),
            (Self::Mix(names), Content::Table(table)) => read_mix(key, names, table, node),
            (Self::Clauses, Content::List(clauses)) => read_clauses(key, clauses),
            (Self::Clauses, Content::Text(_)) => read_clauses(key, std::slice::from_ref(node)),
            (Self::Axes, Content::List(axes)) => read_axes(key, axes, texts),
            (Self::Axes, Content::Text(_)) => read_axes(key, std::slice::from_ref(node), texts),
            (Self::Flag, Content::Flag(flag)) => Ok(Value::Flag(*flag)),
            (Self::Name | Self::Line | Self::Path | Self::Choice(_), value) => match text_of(value, &node.place, texts)
            {
                Some(text) => one(self.read_text(key, &text, &node.place)),
                None => Err(vec![self.wrong_type(key, node)]),
            },
            (Self::Count(min, max), Content::Integer(Some(number))) => {
                one(self.within(key, &node.place, *number, min, max).map(Value::Number))
            }
            (Self::Size(..) | Self::Duration(..) | Self::Rate(..), value) => {
                // A bare number is a size in bytes; for the others the error says that the unit is missing.
                let text = match value {
                    Content::Text(text) => text.clone(),
                    Content::Integer(Some(number)) => number.to_string(),
                    Content::Float(number) if *number >= 0.0 && !matches!(self, Self::Size(..)) => number.to_string(),
                    _ => return Err(vec![self.wrong_type(key, node)]),
                };
                one(self.read_quantity(key, &text, &node.place))
            }
            _ => Err(vec![self.wrong_type(key, node)]),
        }
    }

    fn wrong_type(&self, key: &Key, node: &Node) -> Problem {
        Problem::new(format!("`{}` must be {}", key.path(), self.a_noun()))
            .at(node.place.clone(), format!("this is {}", node.value.a_noun()))
            .help(self.how_to())
    }

    fn out_of_range(&self, key: &Key, place: &Place, label: impl Into<String>) -> Problem {
        Problem::new(format!("`{}` is out of range", key.path()))
            .at(place.clone(), label)
            .help(format!("allowed: {}", self.allowed()))
    }

    fn read_text(&self, key: &Key, text: &str, place: &Place) -> Result<Value, Problem> {
        let wrong = |label: &str| {
            Err(Problem::new(format!("`{}` cannot be `{text}`", key.path()))
                .at(place.clone(), label)
                .help(self.how_to()))
        };
        match self {
            Self::Choice(choices) => match choices.iter().find(|choice| **choice == text) {
                Some(choice) => Ok(Value::Choice(choice)),
                None => wrong(&did_you_mean(text, *choices, "there is no such choice")),
            },
            Self::Name if text.is_empty() => wrong("the name is empty"),
            Self::Name if !is_name(text) => wrong("a name is small letters, digits, `-` and `.`"),
            Self::Line if text.contains(['\n', '\r']) => wrong("this has more than one line"),
            Self::Path if text.is_empty() => wrong("the path is empty"),
            _ => Ok(Value::Text(text.to_owned())),
        }
    }

    fn within<T: PartialOrd>(&self, key: &Key, place: &Place, number: T, min: &T, max: &T) -> Result<T, Problem> {
        match number {
            number if number < *min => Err(self.out_of_range(key, place, "this is too small")),
            number if number > *max => Err(self.out_of_range(key, place, "this is too large")),
            number => Ok(number),
        }
    }

    fn read_quantity(&self, key: &Key, text: &str, place: &Place) -> Result<Value, Problem> {
        let wrong = |error: UnitError| {
            Problem::new(format!("`{}` must be {}", key.path(), self.a_noun()))
                .at(place.clone(), error.reason())
                .help(self.how_to())
        };
        match self {
            Self::Rate(min, max) => {
                let rate = units::parse_rate(text).map_err(wrong)?;
                self.within(key, place, rate, min, max).map(Value::PerSecond)
            }
            Self::Size(min, max, multiple_of) => {
                let bytes = units::parse_bytes(text).map_err(wrong)?;
                if bytes % multiple_of != 0 {
                    let label = format!("{bytes} bytes are no multiple of {multiple_of}");
                    return Err(self.out_of_range(key, place, label));
                }
                self.within(key, place, bytes, min, max).map(Value::Number)
            }
            Self::Duration(min, max) => {
                let ns = units::parse_duration(text).map_err(wrong)?;
                self.within(key, place, ns, min, max).map(Value::Number)
            }
            _ => Err(Problem::new(format!("`{}` is no quantity", key.path())).at(place.clone(), "")),
        }
    }
}

pub(super) fn is_name(text: &str) -> bool {
    let plain = |c: char| matches!(c, 'a'..='z' | '0'..='9');
    text.starts_with(plain) && text.chars().all(|c| plain(c) || matches!(c, '-' | '.'))
}

/// The text of a string; on the command line, where quotes are not needed, also of what looks like another scalar.
fn text_of(value: &Content, place: &Place, texts: &Texts) -> Option<String> {
    match value {
        Content::Text(text) => Some(text.clone()),
        Content::List(_) | Content::Table(_) => None,
        _ if place.text > 0 => Some(texts.at(place).to_owned()),
        _ => None,
    }
}

fn read_mix(key: &Key, names: &'static [&'static str], table: &Table, node: &Node) -> Result<Value, Vec<Problem>> {
    let weight = |entry: &Entry| {
        let Some(name) = names.iter().find(|name| **name == entry.key) else {
            let label = did_you_mean(&entry.key, names, "there is no such operation");
            return Err(Problem::new(format!("unknown operation `{}` in `{}`", entry.key, key.path()))
                .at(entry.key_place.clone(), label)
                .help(format!("operations are {}", list(names))));
        };
        match entry.node.value {
            Content::Integer(Some(weight)) if weight as f64 <= 1e12 => Ok((*name, weight as f64)),
            Content::Float(weight) if (0.0..=1e12).contains(&weight) => Ok((*name, weight)),
            _ => Err(Problem::new(format!("the weight of `{name}` must be a number from 0 to 1000000000000"))
                .at(entry.node.place.clone(), format!("this is {}", entry.node.value.a_noun()))
                .help("only the ratio of the weights counts")),
        }
    };
    let weights = all_of(table.0.iter().map(weight))?;
    if weights.iter().all(|(_, weight)| *weight == 0.0) {
        return Err(vec![
            Problem::new(format!("`{}` leaves nothing to do", key.path()))
                .at(node.place.clone(), "every weight is 0")
                .help(format!("allowed: {}", key.kind.allowed())),
        ]);
    }
    Ok(Value::Weights(weights))
}

fn read_clauses(key: &Key, nodes: &[Node]) -> Result<Value, Vec<Problem>> {
    let read = |node: &Node| match &node.value {
        Content::Text(text) => Clause::parse(text).map_err(|error| {
            let (label, help) = match &error {
                ClauseError::BadDuration(error) => (error.reason(), error.quantity.how_to_write().to_owned()),
                ClauseError::UnknownMetric { name, .. } => {
                    let label = did_you_mean(name, Metric::usual().map(|m| m.to_string()), "there is no such metric");
                    (label, format!("metrics are {}", Metric::ALLOWED))
                }
                _ => (error.to_string(), "write, for example, `lookup.p99<=50ms` or `rate>=0.99`".to_owned()),
            };
            Problem::new(format!("`{text}` is not an objective")).at(node.place.clone(), label).help(help)
        }),
        other => Err(Problem::new(format!("`{}` must be an array of strings", key.path()))
            .at(node.place.clone(), format!("this is {}", other.a_noun()))),
    };
    all_of(nodes.iter().map(read)).map(Value::Clauses)
}

/// All of them, or every problem with any.
pub(super) fn all_of<T>(results: impl Iterator<Item = Result<T, Problem>>) -> Result<Vec<T>, Vec<Problem>> {
    let (mut all, mut problems) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(one) => all.push(one),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}
