//! The kinds of values that hold several: a mix of operations and a list of objectives.
//! Every mistake in them is reported, not only the first.

use super::Problem;
use super::keys::Key;
use super::tree::{Content, Node};
use super::values::Value;
use crate::scenario::closest::{closest, list};
use crate::scenario::{Clause, ClauseError, Metric};

/// Reads weights by operation name.
pub(super) fn read_mix(key: &Key, names: &'static [&'static str], node: &Node) -> Result<Value, Vec<Problem>> {
    let Content::Table(table) = &node.value else { return Ok(Value::Weights(Vec::new())) };
    let (mut weights, mut problems) = (Vec::new(), Vec::new());
    for entry in &table.0 {
        let Some(name) = names.iter().find(|name| **name == entry.key) else {
            let label = closest(&entry.key, names).map(|meant| format!("did you mean `{meant}`?"));
            let problem = Problem::new(format!("unknown operation `{}` in `{}`", entry.key, key.path()))
                .at(entry.key_place.clone(), label.unwrap_or_else(|| "there is no such operation".to_owned()));
            problems.push(problem.help(format!("operations are {}", list(names))));
            continue;
        };
        let weight = match entry.node.value {
            Content::Integer(Some(weight)) => weight as f64,
            Content::Float(weight) => weight,
            _ => f64::NAN,
        };
        if weight.is_finite() && (0.0..=1e12).contains(&weight) {
            weights.push((*name, weight));
        } else {
            let problem = Problem::new(format!("the weight of `{name}` must be a number from 0 to 1000000000000"))
                .at(entry.node.place.clone(), format!("this is {}", entry.node.value.a_noun()));
            problems.push(problem.help("only the ratio of the weights counts"));
        }
    }
    if problems.is_empty() && weights.iter().all(|(_, weight)| *weight == 0.0) {
        let problem = Problem::new(format!("`{}` leaves nothing to do", key.path()));
        problems
            .push(problem.at(node.place.clone(), "every weight is 0").help(format!("allowed: {}", key.kind.allowed())));
    }
    if problems.is_empty() { Ok(Value::Weights(weights)) } else { Err(problems) }
}

/// Reads objectives.
pub(super) fn read_clauses(key: &Key, nodes: &[Node]) -> Result<Value, Vec<Problem>> {
    let read = |node: &Node| match &node.value {
        Content::Text(text) => Clause::parse(text).map_err(|error| {
            let (label, help) = match &error {
                ClauseError::BadDuration(error) => (error.reason(), error.quantity().how_to_write().to_owned()),
                ClauseError::UnknownMetric { meant: Some(meant), .. } => {
                    (format!("did you mean `{meant}`?"), format!("metrics are {}", Metric::ALLOWED))
                }
                ClauseError::UnknownMetric { meant: None, .. } => {
                    ("there is no such metric".to_owned(), format!("metrics are {}", Metric::ALLOWED))
                }
                _ => (error.to_string(), "write, for example, `lookup.p99<=50ms` or `rate>=0.99`".to_owned()),
            };
            Problem::new(format!("`{text}` is not an objective")).at(node.place.clone(), label).help(help)
        }),
        other => Err(Problem::new(format!("`{}` must be an array of strings", key.path()))
            .at(node.place.clone(), format!("this is {}", other.a_noun()))),
    };
    let (mut clauses, mut problems) = (Vec::new(), Vec::new());
    for node in nodes {
        match read(node) {
            Ok(clause) => clauses.push(clause),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(Value::Clauses(clauses)) } else { Err(problems) }
}
