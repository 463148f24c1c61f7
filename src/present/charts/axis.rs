//! Axes: where a value falls, which values are marked, and in what unit.
//! A logarithmic axis says so in its label.

mod scales;

pub use scales::NONE;

/// Units of time, and nanoseconds in each.
const UNITS: [(&str, f64); 4] = [("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1.0)];
/// From this ratio of the largest to the smallest value on, an axis is logarithmic.
const LOGARITHMIC_FROM: f64 = 15.0;
/// At most this many decades.
const DECADES: f64 = 12.0;
/// At most so many marks, and powers of ten, whatever an axis is to show.
const MOST_MARKS: usize = 100;
const POWERS: f64 = 400.0;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    pub low: f64,
    pub high: f64,
    pub is_logarithmic: bool,
    /// Names, not values: rows without lines between values.
    pub is_list: bool,
    pub ticks: Vec<(f64, String)>,
    pub label: String,
}

impl Axis {
    fn linear(high: f64, ticks: impl Iterator<Item = (f64, String)>, label: &str) -> Axis {
        Axis { high, ticks: ticks.collect(), label: label.to_owned(), ..Axis::default() }
    }

    fn logarithmic(low: f64, high: f64, ticks: impl Iterator<Item = (f64, String)>, label: &str) -> Axis {
        Axis { low, is_logarithmic: true, ..Axis::linear(high, ticks, &format!("{label} (logarithmic)")) }
    }

    /// A count from 0 to `most`.
    pub fn count(label: &str, most: f64, marks: usize) -> Axis {
        let axis = Axis::span(label, most, marks);
        Axis { high: axis.high * 1.03, ..axis }
    }

    /// From 0 to exactly `high` (over 0; else 1), in whatever unit the label says.
    pub fn span(label: &str, high: f64, marks: usize) -> Axis {
        let high = if high > 0.0 { high } else { 1.0 };
        let ticks = steps(high, marks).map(|value| (value, plain(value)));
        Axis::linear(high, ticks, label)
    }

    /// HdrHistogram's axis of percentiles: the place of quantile `q` is `1 / (1 - q)`, so each decade is ten times rarer.
    /// It ends where `most` values (at least 10) have nothing more to show: at the quantile `1 - 1 / most`. Where there is no room for so
    /// many marks, every other nine has one.
    pub fn percentiles(most: u64, marks: usize) -> Axis {
        let high = most.max(10) as f64;
        let nines = (1..16).map(|power| {
            let text = match power {
                1 => "90 %".to_owned(),
                2 => "99 %".to_owned(),
                _ => format!("99.{} %", "9".repeat(power as usize - 2)),
            };
            (power, 10_f64.powi(power), text)
        });
        let median = (0, 2.0, "50 %".to_owned());
        let mut ticks: Vec<_> = std::iter::once(median).chain(nines).filter(|(_, value, _)| *value <= high).collect();
        if ticks.len() > marks {
            ticks.retain(|(power, ..)| power % 2 == 1);
        }
        Axis::logarithmic(1.0, high, ticks.into_iter().map(|(_, value, text)| (value, text)), "percentile")
    }

    /// Times that may include all of these: from 0 if they are of one size, logarithmic otherwise. What is not over 0 is off
    /// a logarithmic axis. `None`: no value is over 0.
    pub fn times(label: &str, values_ns: impl IntoIterator<Item = f64>, marks: usize) -> Option<Axis> {
        let (low, high) = range(values_ns)?;
        if high / low >= LOGARITHMIC_FROM {
            return Axis::logarithmic_times(label, [low, high], marks);
        }
        let (unit, ns) = unit_of(high);
        let ticks = steps(high * 1.05 / ns, marks).map(|value| (value * ns, plain(value)));
        Some(Axis::linear(high * 1.05, ticks, &format!("{label}, {unit}")))
    }

    /// Times from 0 that may include all of these, each mark with its own unit: a straight line is straight on it. `None`: no value is over 0.
    pub fn linear_times(label: &str, values_ns: impl IntoIterator<Item = f64>, marks: usize) -> Option<Axis> {
        let (_, high) = range(values_ns)?;
        let (unit, ns) = unit_of(high);
        let text = |value: f64| if value > 0.0 { format!("{} {unit}", plain(value)) } else { "0".to_owned() };
        let ticks = steps(high * 1.05 / ns, marks).map(|value| (value * ns, text(value)));
        Some(Axis::linear(high * 1.05, ticks, label))
    }

    /// Times that may include all of these that are over 0, on a logarithmic axis. `None`: no value is over 0.
    pub fn logarithmic_times(label: &str, values_ns: impl IntoIterator<Item = f64>, marks: usize) -> Option<Axis> {
        let (low, high) = range(values_ns)?;
        let (low, high) = (low.max(high / 10_f64.powf(DECADES)) / 1.25, high * 1.25);
        let marked = decades(low, high, marks);
        let (unit, ns) = unit_of(*marked.last()?);
        let (smallest, smallest_ns) = unit_of(*marked.first()?);
        // One unit where its numbers stay short; else each mark has its own.
        let one = marked.first()? / ns >= 0.0099;
        let text = |value: f64| if one { plain(value / ns) } else { with_unit(value) };
        let unit = if one || smallest_ns == ns { unit.to_owned() } else { format!("{smallest} to {unit}") };
        let ticks = marked.iter().map(|&ns| (ns, text(ns)));
        Some(Axis::logarithmic(low, high, ticks, &format!("{label}, {unit}")))
    }

    /// Where a value is, as a share of the axis; ends are where it lies beyond them.
    pub fn share(&self, value: f64) -> f64 {
        let value = value.max(self.low).min(self.high);
        let share = if self.is_logarithmic {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        // An axis without a length, or of numbers that no place is for, has all of them at its beginning.
        if share.is_finite() { share } else { 0.0 }
    }

    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    pub fn at(&self, share: f64) -> f64 {
        if self.is_logarithmic {
            self.low * (self.high / self.low).powf(share)
        } else {
            self.low + share * (self.high - self.low)
        }
    }

    /// Names one below the other: that of number n (from 0) is at `high - n - 0.5`.
    pub fn rows(names: impl IntoIterator<Item: Into<String>>) -> Axis {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let high = names.len().max(1) as f64;
        let ticks = names.into_iter().enumerate().map(|(place, name)| (high - place as f64 - 0.5, name));
        Axis { is_list: true, ..Axis::linear(high, ticks, "") }
    }
}

/// The least and the largest of those that are over 0.
pub fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let positive = values.into_iter().filter(|value| value.is_finite() && *value > 0.0);
    positive.map(|value| (value, value)).reduce(|range, value| (range.0.min(value.0), range.1.max(value.1)))
}

fn unit_of(ns: f64) -> (&'static str, f64) {
    *UNITS.iter().find(|(_, unit)| ns >= unit * 0.9999).unwrap_or(&("ns", 1.0))
}

/// Such as `100 ns`, `0.1 ns`.
fn with_unit(ns: f64) -> String {
    let (unit, size) = unit_of(ns);
    format!("{} {unit}", plain(ns / size))
}

/// About so many round values from 0 to `most`.
fn steps(most: f64, marks: usize) -> impl Iterator<Item = f64> {
    let rough = most / marks.max(1) as f64;
    let decade = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * decade).into_iter().find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(decade * 10.0);
    (0..)
        .map(move |number| rounded(f64::from(number) * step))
        .take_while(move |value| *value <= most * 1.0001)
        .take(MOST_MARKS)
}

/// About so many round values on a logarithmic axis: decades or every few of them, with 2 and 5 times as much where there is room.
fn decades(low: f64, high: f64, marks: usize) -> Vec<f64> {
    let power = |value: f64| value.log10().clamp(-POWERS, POWERS);
    let (from, to) = (power(low).floor() as i32, power(high).ceil() as i32);
    let values = |factors: &[f64], every: usize| -> Vec<f64> {
        let powers = (from..=to).filter(|power| power.rem_euclid(every as i32) == 0);
        powers
            .flat_map(|power| factors.iter().map(move |factor| rounded(factor * 10_f64.powi(power))))
            .filter(|value| (low..=high).contains(value))
            .collect()
    };
    let choices = [(&[1.0, 2.0, 5.0][..], 1), (&[1.0, 3.0][..], 1), (&[1.0][..], 1), (&[1.0][..], 2), (&[1.0][..], 3)];
    let fits =
        choices.iter().map(|(factors, every)| values(factors, *every)).find(|values| values.len() <= marks.max(2));
    match fits {
        Some(values) if values.len() >= 2 => values,
        // So short an axis, or so few marks, that round values are too far apart: its ends.
        _ => {
            let mut ends = vec![rounded(low * 1.25), rounded(high / 1.25)];
            ends.dedup();
            ends
        }
    }
}

/// Without the last digits, which are noise of the arithmetic.
fn rounded(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}

fn plain(value: f64) -> String {
    rounded(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_labels_have_the_unit() {
        let names = ["twoskip", "flat"].map(str::to_owned);
        let far = vec![(5.0, "five".to_owned()), (50.0, "fifty".to_owned())];
        let some = |axis: Option<Axis>| axis.unwrap();
        for (axis, label, marks) in [
            (some(Axis::times("time", [2e6, 9.6e6], 5)), "time, ms", "0 2.5 5 7.5 10"),
            (some(Axis::times("time", [8e4, -5.0, f64::NAN, 3e7], 5)), "time, ms (logarithmic)", "0.1 1 10"),
            (
                some(Axis::times("time", [30.0, 4e7], 7)),
                "time, ns to ms (logarithmic)",
                "100 ns 1 µs 10 µs 100 µs 1 ms 10 ms",
            ),
            (some(Axis::numbers("readers", [200.0, 800.0], 5)), "readers", "0 200 400 600 800"),
            (some(Axis::numbers("readers", [0.0, 10.0, 3000.0], 5)), "readers (logarithmic)", "10 100 1000"),
            (some(Axis::numbers("n", [200.0, 800.0], 5)).with_none(), "n", "none 200 400 600 800"),
            (some(Axis::numbers("n", [10.0, 3000.0], 5)).with_none(), "n (logarithmic)", "none 10 100 1000"),
            (Axis::count("mappers", 4000.0, 4), "mappers", "0 1000 2000 3000 4000"),
            (Axis::count("n", 10.0, 3).marked(far), "n", "five"),
            (Axis::span("seconds", 60.0, 8), "seconds", "0 10 20 30 40 50 60"),
            (Axis::shares("done", [0.97, 1.0], 4), "done", "0 % 25 % 50 % 75 % 100 %"),
            (some(Axis::linear_times("t", [3e6, 9e7], 3)), "t", "0 50 ms"),
            (Axis::list("file.format", &names), "file.format", "twoskip flat"),
            (Axis::percentiles(1, 9), "percentile (logarithmic)", "50 % 90 %"),
            (Axis::percentiles(99, 9), "percentile (logarithmic)", "50 % 90 %"),
            (Axis::percentiles(10_000, 9), "percentile (logarithmic)", "50 % 90 % 99 % 99.9 % 99.99 %"),
            (Axis::percentiles(10_000, 4), "percentile (logarithmic)", "90 % 99.9 %"),
        ] {
            let texts: Vec<&str> = axis.ticks.iter().map(|(_, text)| text.as_str()).collect();
            assert_eq!((axis.label.as_str(), texts.join(" ").as_str()), (label, marks));
            assert!(axis.ticks.iter().all(|(value, _)| axis.has_place_for(*value)), "{axis:?}");
        }
        assert_eq!(Axis::times("t", [0.0, -1.0, f64::INFINITY], 5), None);
        assert_eq!(Axis::numbers("readers", [0.0, f64::NAN], 5), None);
    }

    #[test]
    fn values_have_their_place() {
        let numbers = |low: f64| Axis::numbers("n", [low, 3000.0], 5).unwrap();
        let times = |low: f64| Axis::logarithmic_times("t", [low, low * 100.0], 5).unwrap();
        for (axis, value, share) in [
            (Axis::times("time", [2e6, 9.6e6], 5).unwrap(), -1.0, 0.0),
            (Axis::times("time", [2e6, 9.6e6], 5).unwrap(), 1e9, 1.0),
            (times(1e5), 1e6, 0.5),
            (times(1e5), -5.0, 0.0),
            (Axis::span("seconds", 60.0, 8), 60.0, 1.0),
            (Axis::span("seconds", 60.0, 8), 15.0, 0.25),
            (Axis::span("nothing", 0.0, 2), 0.5, 0.5),
            (Axis::percentiles(1000, 9), 10.0, 1.0 / 3.0),
            (Axis::percentiles(1000, 9), 1e9, 1.0),
            (Axis::list("format", &["twoskip", "flat"].map(str::to_owned)), 0.5, 0.25),
            (numbers(10.0).with_none(), 0.0, 0.0),
            (numbers(2000.0).with_none(), 0.0, 0.0),
        ] {
            assert!((axis.share(value) - share).abs() < 1e-9, "{axis:?}: {value} at {}", axis.share(value));
        }
        assert!(!times(1e5).holds(-5.0) && times(1e5).holds(1e6));
        assert!(Axis::shares("done", [0.4, f64::NAN], 4).holds(0.0));
        assert_eq!(numbers(1.0).along(1.0, 100.0, 2).collect::<Vec<_>>(), [1.0, 10.0, 100.0]);
        assert_eq!(Axis::count("n", 10.0, 3).along(0.0, 10.0, 2).collect::<Vec<_>>(), [0.0, 5.0, 10.0]);
        for values in [vec![], vec![1.0], vec![0.001, 0.2], vec![30.0], vec![f64::NAN, 0.0]] {
            let axis = Axis::ratios("ratio", values, 5);
            assert!(axis.holds(1.0) && axis.ticks.len() >= 2 && axis.is_logarithmic, "{axis:?}");
        }
    }

    #[test]
    fn axes_have_two_marks_at_least_unless_they_show_one_value() {
        for (low, high) in [(1.0, 1.0), (1.1, 1.2), (0.3, 0.4), (7e-12, 7.1e-12), (1e-30, 1e9), (6.0, 90.0)] {
            for marks in 1..9 {
                let axis = Axis::logarithmic_times("t", [low, high], marks).unwrap();
                let least = if low == high { 1 } else { 2 };
                assert!((least..=9).contains(&axis.ticks.len()), "{low} {high} {marks}: {:?}", axis.ticks);
                assert!(axis.ticks.iter().all(|(value, _)| axis.holds(*value)), "{low} {high} {marks}: {axis:?}");
            }
        }
    }

    #[test]
    fn axes_of_any_numbers_end_and_have_a_place_for_all() {
        let all = [0.0, -1.0, 1e-320, 1e-300, 1.0, 1e18, 1e308, f64::MAX, f64::INFINITY, f64::NAN];
        for low in all {
            for high in all {
                let values = [low, high];
                let some = [
                    Axis::times("t", values, 5),
                    Axis::logarithmic_times("t", values, 5),
                    Axis::numbers("n", values, 5),
                ];
                let always = [
                    Axis::count("n", high, 5),
                    Axis::span("s", high, 5),
                    Axis::ratios("r", values, 5),
                    Axis::shares("s", values, 5),
                ];
                for axis in some.into_iter().flatten().chain(always) {
                    assert!(axis.ticks.len() <= MOST_MARKS, "{axis:?}");
                    for value in all {
                        let share = axis.share(value);
                        assert!(share.is_finite() && (-0.001..=1.001).contains(&share), "{axis:?}: {value} at {share}");
                    }
                }
            }
        }
    }
}
