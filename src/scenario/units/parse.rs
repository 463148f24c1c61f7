//! Reading a number with a unit: decimal arithmetic on integers, so that `0.1s` is exactly 100,000,000 ns.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    Size,
    Duration,
    Rate,
}

/// A unit's spelling, and its value in bytes or nanoseconds.
type Unit = (&'static str, u64);

const SIZES: [Unit; 11] = [
    ("", 1),
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
];
const DURATIONS: [Unit; 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
];
const RATES: [Unit; 3] = [("/s", 1), ("/min", 60), ("/h", 3_600)];

/// Why a text is no size, duration or rate; the message says what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitError {
    pub quantity: Quantity,
    text: String,
    reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    NoNumber,
    NoUnit,
    UnknownUnit(String),
    TooLarge,
}

impl Quantity {
    /// The word for it, with its article.
    pub fn a_noun(self) -> &'static str {
        match self {
            Self::Size => "a size",
            Self::Duration => "a duration",
            Self::Rate => "a rate",
        }
    }

    /// How one is written: units and examples, for the end of an error message.
    pub fn how_to_write(self) -> &'static str {
        match self {
            Self::Size => "units are B, KiB, MiB, GiB, TiB (1024) and kB, MB, GB, TB (1000), as in `150MiB` or `4096`",
            Self::Duration => "units are ns, us, ms, s, min and h, as in `50ms`, `1.5s` or `2min`",
            Self::Rate => "units are /s, /min and /h, as in `10/s`, `600/min` or `0.2/s`",
        }
    }

    fn units(self) -> &'static [Unit] {
        match self {
            Self::Size => &SIZES,
            Self::Duration => &DURATIONS,
            Self::Rate => &RATES,
        }
    }
}

impl UnitError {
    pub fn reason(&self) -> String {
        match &self.reason {
            Reason::NoNumber => format!("{} begins with a number", self.quantity.a_noun()),
            Reason::NoUnit => format!("{} needs a unit", self.quantity.a_noun()),
            Reason::UnknownUnit(unit) => {
                let same = |(name, _): &&Unit| name.eq_ignore_ascii_case(unit);
                let meant =
                    self.quantity.units().iter().find(same).map(|(name, _)| format!("; did you mean `{name}`?"));
                format!("unknown unit `{unit}`{}", meant.unwrap_or_default())
            }
            Reason::TooLarge => "the number is too large".to_owned(),
        }
    }
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { quantity, text, .. } = self;
        write!(f, "`{text}` is not {}: {}; {}", quantity.a_noun(), self.reason(), quantity.how_to_write())
    }
}

impl std::error::Error for UnitError {}

/// Reads a size in bytes: `150MiB`, `150MB`, `1.5KiB`, or `4096` for plain bytes. Rounded to a whole byte.
/// Errors: No number, an unknown unit, or more than 2⁶⁴ − 1 bytes.
pub fn parse_bytes(text: &str) -> Result<u64, UnitError> {
    whole(text, Quantity::Size)
}

/// Reads a duration in nanoseconds: `50ms`, `1.5s`, `2min`, `1h`, `250us`, `100ns`; `0` needs no unit.
/// Rounded to a whole nanosecond.
/// Errors: No number, no or an unknown unit, or more than 2⁶⁴ − 1 ns (584 years).
pub fn parse_duration(text: &str) -> Result<u64, UnitError> {
    if text.trim() == "0" { Ok(0) } else { whole(text, Quantity::Duration) }
}

/// Reads a rate in operations per second: `10/s`, `600/min`, `36/h`.
/// Errors: No number, no or an unknown unit.
pub fn parse_rate(text: &str) -> Result<f64, UnitError> {
    let (number, unit) = split(text, Quantity::Rate)?;
    let number: f64 = number.parse().map_err(|_| error(text, Quantity::Rate, Reason::NoNumber))?;
    if number.is_finite() { Ok(number / unit as f64) } else { Err(error(text, Quantity::Rate, Reason::TooLarge)) }
}

fn error(text: &str, quantity: Quantity, reason: Reason) -> UnitError {
    UnitError { quantity, text: text.to_owned(), reason }
}

/// The number's text and the unit's value. The number is digits, perhaps a point, and digits.
fn split(text: &str, quantity: Quantity) -> Result<(&str, u64), UnitError> {
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
    let (number, unit) = (&trimmed[..end], trimmed[end..].trim_start());
    let (integer, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(integer) || !digits(fraction) {
        return Err(error(text, quantity, Reason::NoNumber));
    }
    match quantity.units().iter().find(|(name, _)| *name == unit) {
        Some(&(_, value)) => Ok((number, value)),
        None if unit.is_empty() => Err(error(text, quantity, Reason::NoUnit)),
        None => Err(error(text, quantity, Reason::UnknownUnit(unit.to_owned()))),
    }
}

/// A number of whole bytes or nanoseconds, rounded to the nearest.
fn whole(text: &str, quantity: Quantity) -> Result<u64, UnitError> {
    let (number, unit) = split(text, quantity)?;
    let (integer, fraction) = number.split_once('.').unwrap_or((number, ""));
    // Twelve decimals are more than a nanosecond of an hour or a byte of a tebibyte.
    let fraction = &fraction[..fraction.len().min(12)];
    let scale = 10u128.pow(fraction.len() as u32);
    let too_large = || error(text, quantity, Reason::TooLarge);
    let integer: u128 = integer.parse::<u64>().map_err(|_| too_large())?.into();
    let fraction: u128 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| too_large())? };
    let scaled = (integer * scale).saturating_add(fraction).checked_mul(unit.into()).ok_or_else(too_large)?;
    u64::try_from(scaled.saturating_add(scale / 2) / scale).map_err(|_| too_large())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_read_exactly() {
        let sizes = ["150MiB", "150MB", "4096", "4KiB", "1 GiB", "1.5KiB", "1kB", "1KB", "7B", "18446744073709551615"];
        let bytes = [150 << 20, 150_000_000, 4096, 4096, 1 << 30, 1536, 1000, 1000, 7, u64::MAX];
        assert_eq!(sizes.map(|text| parse_bytes(text).unwrap()), bytes);
        let durations = ["50ms", "1.5s", "2min", "1h", "250us", "250µs", "100ns", "0", "0.1s"];
        let ns = [50_000_000, 1_500_000_000, 120_000_000_000, 3_600_000_000_000, 250_000, 250_000, 100, 0, 100_000_000];
        assert_eq!(durations.map(|text| parse_duration(text).unwrap()), ns);
        let rounded = ["0.0000000004s", "0.0000000005s"].map(|text| parse_duration(text).unwrap());
        assert_eq!(rounded, [0, 1]);
        assert_eq!(["10/s", "600/min", "0.2/s", "36/h"].map(|text| parse_rate(text).unwrap()), [10.0, 10.0, 0.2, 0.01]);
    }

    #[test]
    fn errors_say_what_is_wrong_and_what_is_allowed() {
        let reason = |result: Result<u64, UnitError>| result.unwrap_err().reason();
        assert_eq!(reason(parse_duration("50")), "a duration needs a unit");
        assert_eq!(reason(parse_duration("50 msec")), "unknown unit `msec`");
        assert_eq!(reason(parse_bytes("24Mib")), "unknown unit `Mib`; did you mean `MiB`?");
        assert_eq!(reason(parse_duration("-1s")), "a duration begins with a number");
        assert_eq!(reason(parse_duration("1.s")), "a duration begins with a number");
        assert_eq!(reason(parse_duration("600000000h")), "the number is too large");
        assert_eq!(reason(parse_bytes("99999999999999999999")), "the number is too large");
        assert_eq!(reason(parse_bytes("")), "a size begins with a number");
        assert_eq!(parse_rate("10").unwrap_err().reason(), "a rate needs a unit");
        assert_eq!(
            parse_rate("10/day").unwrap_err().to_string(),
            "`10/day` is not a rate: unknown unit `/day`; units are /s, /min and /h, as in `10/s`, `600/min` or `0.2/s`"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".{0,30}") {
            let _ = (parse_bytes(&text), parse_duration(&text), parse_rate(&text));
        }

        #[test]
        fn whole_nanoseconds_survive(ns in 0u64..u64::MAX) {
            proptest::prop_assert_eq!(parse_duration(&format!("{ns}ns")), Ok(ns));
        }
    }
}
