//! Printing quantities for people: three significant digits, and the unit that keeps the number short.
//! What is printed can be read back by the parsers, rounded to these digits.

/// A size, as in `150 MiB`, `1.5 KiB`, `512 B`.
pub fn format_bytes(bytes: u64) -> String {
    const UNITS: [(&str, f64); 5] =
        [("TiB", 1_099_511_627_776.0), ("GiB", 1_073_741_824.0), ("MiB", 1_048_576.0), ("KiB", 1024.0), ("B", 1.0)];
    with_unit(bytes as f64, &UNITS)
}

/// A frequency, as in `800 MHz`, `3.5 GHz`.
pub fn format_hz(hz: u64) -> String {
    with_unit(hz as f64, &[("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3), ("Hz", 1.0)])
}

/// A duration, as in `250 ns`, `1.5 µs`, `50 ms`, `90 s`, `2.5 min`, `24 h`. Minutes begin at two, hours at one.
pub fn format_duration_ns(ns: u64) -> String {
    const UNITS: [(&str, f64); 4] = [("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1.0)];
    match ns {
        0..120_000_000_000 => with_unit(ns as f64, &UNITS),
        120_000_000_000..3_600_000_000_000 => format!("{} min", three_digits(ns as f64 / 60e9)),
        _ => format!("{} h", three_digits(ns as f64 / 3600e9)),
    }
}

/// A rate, as in `10/s`, `0.2/s`; below one in ten seconds by the minute or hour, as in `2/min`, `0.5/h`.
pub fn format_rate(per_s: f64) -> String {
    match per_s {
        rate if rate == 0.0 || rate >= 0.1 => format!("{}/s", three_digits(rate)),
        rate if rate >= 0.1 / 60.0 => format!("{}/min", three_digits(rate * 60.0)),
        rate => format!("{}/h", three_digits(rate * 3600.0)),
    }
}

/// A duration that may be a fraction of a nanosecond, or negative by noise: `6.4 µs`, `0.43 ns`, `-3 ns`.
pub fn short_ns(ns: f64) -> String {
    let sign = if ns < 0.0 { "-" } else { "" };
    match ns.abs() {
        size if size >= 99.95 => format!("{sign}{}", format_duration_ns(size.round() as u64)),
        size if size >= 9.995 => format!("{sign}{size:.1} ns"),
        size if size < 0.005 => "0 ns".to_owned(),
        size => format!("{sign}{size:.2} ns"),
    }
}

/// A number without a unit, such as a load or a rate: whole, or three digits of it.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 99.95 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A share in percent, with one digit behind the point.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Least and most of sorted durations, with the unit once if it is the same; `None`: there are none.
pub fn duration_range(sorted: &[u64]) -> Option<String> {
    let (least, most) = (format_duration_ns(*sorted.first()?), format_duration_ns(*sorted.last()?));
    Some(match (least.split_once(' '), most.split_once(' ')) {
        _ if least == most => least,
        (Some((number, unit)), Some((_, same))) if unit == same => format!("{number}–{most}"),
        _ => format!("{least}–{most}"),
    })
}

/// A factor with two significant digits.
pub fn factor(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if value >= 1e6 {
        return "ever more".to_owned();
    }
    let decimals = match value {
        // Near 1 one more digit, so that an interval that excludes 1 is seen to exclude it.
        1.0..2.0 => 2,
        9.95.. => 0,
        _ => (1 - value.abs().log10().floor() as i32).clamp(0, 6) as usize,
    };
    format!("{value:.decimals$}")
}

/// The largest unit that leaves at least 1, also after rounding; the last unit if none does.
fn with_unit(value: f64, units: &[(&str, f64)]) -> String {
    let fits = |(_, unit): &&(&str, f64)| value >= unit * 0.9995;
    let Some((name, unit)) = units.iter().find(fits).or(units.last()) else { return value.to_string() };
    format!("{} {name}", three_digits(value / unit))
}

/// At least three significant digits, without zeros at the end; a whole number keeps all its digits.
fn three_digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let decimals = (2 - value.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::units::{parse_bytes, parse_duration, parse_rate};

    #[test]
    fn small_times_keep_their_digits() {
        let texts = [6400.0, 0.431, 51.26, -3.2, 143_000.0, 100.2, 99.97, 9.996].map(short_ns);
        assert_eq!(texts, ["6.4 µs", "0.43 ns", "51.3 ns", "-3.20 ns", "143 µs", "100 ns", "100 ns", "10.0 ns"]);
    }

    #[test]
    fn quantities_keep_three_digits_and_have_a_short_unit() {
        let sizes = [0, 512, 1536, 150 << 20, 150_000_000, (1 << 20) - 1, 1000].map(format_bytes);
        assert_eq!(sizes, ["0 B", "512 B", "1.5 KiB", "150 MiB", "143 MiB", "1 MiB", "1000 B"]);
        let durations = [0, 1_500, 999_999, 6_900_000].map(format_duration_ns);
        assert_eq!(durations, ["0 ns", "1.5 µs", "1 ms", "6.9 ms"]);
        let seconds = [90, 150, 3600, 86_400].map(|seconds| format_duration_ns(seconds * 1_000_000_000));
        assert_eq!(seconds, ["90 s", "2.5 min", "1 h", "24 h"]);
        let rates = [10.0, 0.2, 2.0 / 60.0, 0.5 / 3600.0, 6000.0].map(format_rate);
        assert_eq!(rates, ["10/s", "0.2/s", "2/min", "0.5/h", "6000/s"]);
    }

    #[test]
    fn factors_keep_two_digits_and_near_1_three() {
        let written = [0.0, 0.0123, 0.071, 0.98, 1.234, 9.97, 12.34, 250.0, 1e300].map(factor);
        assert_eq!(written, ["0", "0.012", "0.071", "0.98", "1.23", "10", "12", "250", "ever more"]);
    }

    #[test]
    fn numbers_and_ranges() {
        assert_eq!(
            [2.0, 2.004, 9.996, 13.31, 99.96, 123.4, -0.126].map(number),
            ["2", "2.00", "10.0", "13.3", "100", "123", "-0.13"]
        );
        assert_eq!(percent(0.9749), "97.5 %");
        let range = |values: &[u64]| duration_range(values).unwrap_or_default();
        assert_eq!(range(&[1_500_000, 2_000_000]), "1.5–2 ms");
        assert_eq!(range(&[900_000, 2_000_000]), "900 µs–2 ms");
        assert_eq!(range(&[2_000_000, 2_000_000]), "2 ms");
        assert_eq!(range(&[]), "");
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_reads_back_within_half_a_percent(value in 1u64..1 << 60) {
            let close = |read: f64| (read / value as f64 - 1.0).abs() < 0.0051;
            proptest::prop_assert!(close(parse_bytes(&format_bytes(value)).unwrap() as f64));
            proptest::prop_assert!(close(parse_duration(&format_duration_ns(value)).unwrap() as f64));
            proptest::prop_assert!(close(parse_rate(&format_rate(value as f64)).unwrap()));
        }
    }
}
