//! The kinds of values that a key can have, as data.

use crate::scenario::closest::list;
use crate::scenario::units::{Quantity, format_bytes, format_duration_ns, format_rate};

/// What a key's value may be. Of numbers the least and the most are given; both are allowed.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A short name, safe as part of a directory's name.
    Name,
    Line,
    Path,
    Count(u64, u64),
    /// In bytes, and a multiple of the third number.
    Size(u64, u64, u64),
    /// In nanoseconds.
    Duration(u64, u64),
    /// Per second.
    Rate(f64, f64),
    Choice(&'static [&'static str]),
    Flag,
    Mix(&'static [&'static str]),
    Ramp,
    Clauses,
    Axes,
}

impl Kind {
    /// What is allowed, for errors and for the reference.
    pub(crate) fn allowed(&self) -> String {
        match self {
            Self::Name => "`a` to `z`, `0` to `9`, and after the first also `-` and `.`".to_owned(),
            Self::Line => "one line of text".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Count(min, max) => format!("whole number from {min} to {max}"),
            Self::Size(min, max, 1) => format!("{} to {}", format_bytes(*min), format_bytes(*max)),
            Self::Size(min, max, multiple_of) => {
                format!("{} to {}, a multiple of {multiple_of}", format_bytes(*min), format_bytes(*max))
            }
            Self::Duration(min, max) => format!("{} to {}", format_duration_ns(*min), format_duration_ns(*max)),
            Self::Rate(min, max) => format!("{} to {}", format_rate(*min), format_rate(*max)),
            Self::Choice(choices) => list(choices),
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Mix(names) => format!("table of weights, 0 or more and not all 0, of {}", list(names)),
            Self::Ramp => "table `{ from = 500, over = \"20s\" }`, or `\"none\"`".to_owned(),
            Self::Clauses => "array of strings".to_owned(),
            Self::Axes => "array of up to two strings such as `\"readers.count=250,500,1000\"`".to_owned(),
        }
    }

    /// The words for what the value should be, for an error about its type.
    pub(super) fn a_noun(&self) -> &'static str {
        match self {
            Self::Name | Self::Line | Self::Choice(_) => "a string",
            Self::Path => "a path, as a string",
            Self::Count(..) => "a whole number",
            Self::Size(..) => "a size",
            Self::Duration(..) => "a duration",
            Self::Rate(..) => "a rate",
            Self::Flag => "`true` or `false`",
            Self::Mix(_) => "a table of weights",
            Self::Ramp => "a table with `from` and `over`",
            Self::Clauses | Self::Axes => "an array of strings",
        }
    }

    /// What is allowed and, for quantities, how it is written.
    pub(super) fn how_to(&self) -> String {
        let units = match self {
            Self::Size(..) => Quantity::Size.how_to_write(),
            Self::Duration(..) => Quantity::Duration.how_to_write(),
            Self::Rate(..) => Quantity::Rate.how_to_write(),
            _ => return format!("allowed: {}", self.allowed()),
        };
        format!("allowed: {}; {units}", self.allowed())
    }
}
