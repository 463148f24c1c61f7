//! The kinds of values a key can have: reading one, with an error that says what was meant and what is allowed.
//! A value that reads well is within its own limits; how it stands to other values is checked afterwards.

use super::axis::read_axes;
use super::compound::{read_clauses, read_mix};
use super::keys::{KEYS, Key, RAMP_KEYS};
use super::problem::Texts;
use super::tree::{Content, Node};
use super::values::{Value, read_table};
use super::{Place, Problem};
use crate::scenario::closest::closest;
use crate::scenario::units::{self, Quantity, UnitError, format_bytes, format_duration_ns, format_rate};

/// What a key's value may be. Limits are included.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A short name, safe as part of a directory's name: see [`is_name`].
    Name,
    /// One line of text.
    Line,
    Path,
    Count {
        min: u64,
        max: u64,
    },
    /// In bytes.
    Size {
        min: u64,
        max: u64,
        multiple_of: u64,
    },
    /// In nanoseconds.
    Duration {
        min: u64,
        max: u64,
    },
    Rate {
        min_per_s: f64,
        max_per_s: f64,
    },
    Choice(&'static [&'static str]),
    Flag,
    /// Weights of these operations.
    Mix(&'static [&'static str]),
    Ramp,
    Clauses,
    Axes,
}

/// The least and the most that the number of a key may be, durations in nanoseconds, rates per second. `None`: there is no such key,
/// or it is no number.
pub(crate) fn bounds_of_key(path: &str) -> Option<(f64, f64)> {
    let key = KEYS.iter().chain(RAMP_KEYS).find(|key| key.path() == path)?;
    match key.kind {
        Kind::Count { min, max } | Kind::Duration { min, max } | Kind::Size { min, max, .. } => {
            Some((min as f64, max as f64))
        }
        Kind::Rate { min_per_s, max_per_s } => Some((min_per_s, max_per_s)),
        _ => None,
    }
}

impl Kind {
    /// What is allowed, for errors and for the reference.
    pub(crate) fn allowed(&self) -> String {
        match self {
            Self::Name => "`a` to `z`, `0` to `9`, and after the first also `-` and `.`".to_owned(),
            Self::Line => "one line of text".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Count { min, max: u64::MAX } => format!("whole number from {min} to 18446744073709551615"),
            Self::Count { min, max } => format!("whole number from {min} to {max}"),
            Self::Size { min, max, multiple_of: 1 } => format!("{} to {}", format_bytes(*min), format_bytes(*max)),
            Self::Size { min, max, multiple_of } => {
                format!("{} to {}, a multiple of {multiple_of}", format_bytes(*min), format_bytes(*max))
            }
            Self::Duration { min, max } => format!("{} to {}", format_duration_ns(*min), format_duration_ns(*max)),
            Self::Rate { min_per_s, max_per_s } => {
                format!("{} to {}", format_rate(*min_per_s), format_rate(*max_per_s))
            }
            Self::Choice(choices) => list(choices),
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Mix(names) => format!("table of weights, 0 or more and not all 0, of {}", list(names)),
            Self::Ramp => "table `{ from = 500, over = \"20s\" }`, or `\"none\"`".to_owned(),
            Self::Clauses => "array of strings".to_owned(),
            Self::Axes => "array of up to two strings such as `\"readers.count=250,500,1000\"`".to_owned(),
        }
    }

    /// The words for what the value should be, for an error about its type.
    fn a_noun(&self) -> &'static str {
        match self {
            Self::Name | Self::Line | Self::Choice(_) => "a string",
            Self::Path => "a path, as a string",
            Self::Count { .. } => "a whole number",
            Self::Size { .. } => "a size",
            Self::Duration { .. } => "a duration",
            Self::Rate { .. } => "a rate",
            Self::Flag => "`true` or `false`",
            Self::Mix(_) => "a table of weights",
            Self::Ramp => "a table with `from` and `over`",
            Self::Clauses | Self::Axes => "an array of strings",
        }
    }

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

    /// What is allowed and, for quantities, how it is written.
    fn how_to(&self) -> String {
        let units = match self {
            Self::Size { .. } => Quantity::Size.how_to_write(),
            Self::Duration { .. } => Quantity::Duration.how_to_write(),
            Self::Rate { .. } => Quantity::Rate.how_to_write(),
            _ => return format!("allowed: {}", self.allowed()),
        };
        format!("allowed: {}; {units}", self.allowed())
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

/// Words in backticks, separated by commas.
pub(super) fn list<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>().join(", ")
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
