//! The units people write: sizes, durations and rates, read exactly and printed to three digits.
//! `KiB` is 1024 and `kB` is 1000; a duration and a rate always have a unit.

mod format;
mod parse;

pub use format::{
    duration_range, factor, format_bytes, format_duration_ns, format_hz, format_rate, number, percent, short_ns,
};
pub use parse::{Quantity, UnitError, parse_bytes, parse_duration, parse_rate};
