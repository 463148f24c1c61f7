//! Reading one value of a kind, with an error that says what was meant and what is allowed.
//! A value that reads well is within its own limits; how it stands to other values is checked afterwards.

use super::axis::read_axes;
use super::compound::{read_clauses, read_mix};
use super::keys::{Key, RAMP_KEYS};
use super::kind::Kind;
use super::problem::Texts;
use super::tree::{Content, Node};
use super::values::{Value, read_table};
use super::{Place, Problem};
use crate::scenario::closest::closest;
use crate::scenario::units::{self, UnitError};

impl Kind {
    /// Reads a value; `Err` holds every problem with it.
    pub(super) fn read(&self, key: &Key, node: &Node, texts: &Texts) -> Result<Value, Vec<Problem>> {
        let one = |result: Result<Value, Problem>| result.map_err(|problem| vec![problem]);
        match (self, &node.value) {
            (Self::Ramp, Content::Text(none)) if none == "none" => Ok(Value::NoRamp),
            (Self::Ramp, Content::Table(_)) => read_table(&key.path(), RAMP_KEYS, node, texts).map(Value::Ramp),
            (Self::Mix(names), Content::Table(_)) => read_mix(key, names, node),
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
            (Self::Count { .. }, Content::Integer(Some(number))) => one(self.read_count(key, *number, &node.place)),
            (Self::Size { .. } | Self::Duration { .. } | Self::Rate { .. }, Content::Text(text)) => {
                one(self.read_quantity(key, text, &node.place))
            }
            // A bare number is a size in bytes; for the others the error says that the unit is missing.
            (Self::Size { .. } | Self::Duration { .. } | Self::Rate { .. }, Content::Integer(Some(number))) => {
                one(self.read_quantity(key, &number.to_string(), &node.place))
            }
            (Self::Duration { .. } | Self::Rate { .. }, Content::Float(number)) if *number >= 0.0 => {
                one(self.read_quantity(key, &number.to_string(), &node.place))
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
                None => match closest(text, *choices) {
                    Some(meant) => wrong(&format!("did you mean `{meant}`?")),
                    None => wrong("there is no such choice"),
                },
            },
            Self::Name if text.is_empty() => wrong("the name is empty"),
            Self::Name if !is_name(text) => wrong("a name is small letters, digits, `-` and `.`"),
            Self::Line if text.contains(['\n', '\r']) => wrong("this has more than one line"),
            Self::Path if text.is_empty() => wrong("the path is empty"),
            _ => Ok(Value::Text(text.to_owned())),
        }
    }

    fn read_count(&self, key: &Key, number: u64, place: &Place) -> Result<Value, Problem> {
        match self {
            Self::Count { min, .. } if number < *min => Err(self.out_of_range(key, place, "this is too small")),
            Self::Count { max, .. } if number > *max => Err(self.out_of_range(key, place, "this is too large")),
            _ => Ok(Value::Number(number)),
        }
    }

    fn read_quantity(&self, key: &Key, text: &str, place: &Place) -> Result<Value, Problem> {
        let wrong = |error: UnitError| {
            Problem::new(format!("`{}` must be {}", key.path(), self.a_noun()))
                .at(place.clone(), error.reason())
                .help(self.how_to())
        };
        let (min, max, number) = match self {
            Self::Rate { min_per_s, max_per_s } => {
                let rate = units::parse_rate(text).map_err(wrong)?;
                return match rate {
                    rate if rate < *min_per_s => Err(self.out_of_range(key, place, "this is too small")),
                    rate if rate > *max_per_s => Err(self.out_of_range(key, place, "this is too large")),
                    rate => Ok(Value::PerSecond(rate)),
                };
            }
            Self::Duration { min, max } => (*min, *max, units::parse_duration(text).map_err(wrong)?),
            Self::Size { min, max, multiple_of } => {
                let bytes = units::parse_bytes(text).map_err(wrong)?;
                if bytes % multiple_of != 0 {
                    let label = format!("{bytes} bytes are no multiple of {multiple_of}");
                    return Err(self.out_of_range(key, place, label));
                }
                (*min, *max, bytes)
            }
            _ => (0, 0, 0),
        };
        match number {
            number if number < min => Err(self.out_of_range(key, place, "this is too small")),
            number if number > max => Err(self.out_of_range(key, place, "this is too large")),
            number => Ok(Value::Number(number)),
        }
    }
}

/// Whether a scenario can be called so.
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
