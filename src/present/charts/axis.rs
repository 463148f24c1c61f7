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
    low: f64,
    high: f64,
    logarithmic: bool,
    /// Names, not values: rows without lines between values.
    is_list: bool,
    pub ticks: Vec<(f64, String)>,
    pub label: String,
}

impl Axis {
    /// A count from 0 to `most`.
    pub fn count(label: &str, most: f64, marks: usize) -> Axis {
        let most = if most > 0.0 { most } else { 1.0 };
        let ticks = steps(most, marks).map(|value| (value, value.to_string())).collect();
        Axis { low: 0.0, high: most * 1.03, logarithmic: false, ticks, label: label.to_owned(), ..Axis::default() }
    }

    /// From 0 to exactly `high` (over 0; else 1), in whatever unit the label says.
    pub fn span(label: &str, high: f64, marks: usize) -> Axis {
        let high = if high > 0.0 { high } else { 1.0 };
        let ticks = steps(high, marks).map(|value| (value, plain(value))).collect();
        Axis { low: 0.0, high, logarithmic: false, ticks, label: label.to_owned(), ..Axis::default() }
    }

    /// HdrHistogram's axis of percentiles: the place of quantile `q` is `1 / (1 - q)`, so each decade is ten times rarer.
    /// It ends where `most` values (at least 1) have nothing more to tell: at the quantile `1 - 1 / most`.
    pub fn percentiles(label: &str, most: u64) -> Axis {
        let high = (most as f64).max(2.0);
        let nines = (1..16).map(|power| {
            let text = match power {
                1 => "90 %".to_owned(),
                2 => "99 %".to_owned(),
                _ => format!("99.{} %", "9".repeat(power as usize - 2)),
            };
            (10_f64.powi(power), text)
        });
        let first = [(1.0, "0 %".to_owned()), (2.0, "50 %".to_owned()), (4.0, "75 %".to_owned())];
        let ticks = first.into_iter().chain(nines).filter(|(value, _)| *value <= most.max(1) as f64).collect();
        Axis { low: 1.0, high, logarithmic: true, ticks, label: format!("{label} (logarithmic)"), ..Axis::default() }
    }

    /// Times that may include all of these: from 0 if they are of one size, logarithmic otherwise. What is not over 0 is off
    /// a logarithmic axis. `None`: no value is over 0.
    pub fn times(label: &str, values_ns: impl Iterator<Item = f64> + Clone, marks: usize) -> Option<Axis> {
        let (low, high) = range(values_ns.clone())?;
        if high / low >= LOGARITHMIC_FROM {
            return Axis::logarithmic_times(label, values_ns, marks);
        }
        let (unit, ns) = unit_of(high);
        let ticks = steps(high * 1.05 / ns, marks).map(|value| (value * ns, plain(value)));
        let label = format!("{label}, {unit}");
        Some(Axis { low: 0.0, high: high * 1.05, logarithmic: false, ticks: ticks.collect(), label, ..Axis::default() })
    }

    /// Times that may include all of these that are over 0, on a logarithmic axis. `None`: no value is over 0.
    pub fn logarithmic_times(label: &str, values_ns: impl Iterator<Item = f64>, marks: usize) -> Option<Axis> {
        let (low, high) = range(values_ns)?;
        let (low, high) = (low.max(high / 10_f64.powf(DECADES)) / 1.25, high * 1.25);
        let marked = decades(low, high, marks);
        let (unit, ns) = unit_of(*marked.last()?);
        let (smallest, smallest_ns) = unit_of(*marked.first()?);
        // One unit where its numbers stay short; else each mark has its own.
        let one = marked.first()? / ns >= 0.0099;
        let text = |value: f64| if one { plain(value / ns) } else { with_unit(value) };
        let unit = if one || smallest_ns == ns { unit.to_owned() } else { format!("{smallest} to {unit}") };
        let label = format!("{label}, {unit} (logarithmic)");
        Some(Axis {
            low,
            high,
            logarithmic: true,
            ticks: marked.iter().map(|&ns| (ns, text(ns))).collect(),
            label,
            ..Axis::default()
        })
    }

    /// Where a value is, as a share of the axis; ends are where it lies beyond them.
    pub fn share(&self, value: f64) -> f64 {
        let value = value.max(self.low).min(self.high);
        let share = if self.logarithmic {
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

    pub fn high(&self) -> f64 {
        self.high
    }

    pub fn at(&self, share: f64) -> f64 {
        if self.logarithmic {
            self.low * (self.high / self.low).powf(share)
        } else {
            self.low + share * (self.high - self.low)
        }
    }

    /// Names one below the other: that of number n (from 0) is at `high - n - 0.5`.
    pub fn rows<'n>(names: impl IntoIterator<Item = &'n str>) -> Axis {
        let names: Vec<&str> = names.into_iter().collect();
        let high = names.len().max(1) as f64;
        let ticks = names.iter().enumerate().map(|(place, name)| (high - place as f64 - 0.5, (*name).to_owned()));
        Axis { high, is_list: true, ticks: ticks.collect(), ..Axis::default() }
    }

    pub fn is_list(&self) -> bool {
        self.is_list
    }

    pub fn is_logarithmic(&self) -> bool {
        self.logarithmic
    }
}

fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let positive = values.filter(|value| value.is_finite() && *value > 0.0);
    positive.fold(None, |range: Option<(f64, f64)>, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
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
        _ => vec![rounded(low * 1.25), rounded(high / 1.25)],
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

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn times_of_one_size_are_on_a_linear_axis_from_zero() {
        let axis = Axis::times("time", [2e6, 9.6e6].into_iter(), 5).unwrap();
        assert_eq!(texts(&axis), ["0", "2.5", "5", "7.5", "10"]);
        assert_eq!(axis.label, "time, ms");
        assert_eq!((axis.share(-1.0), axis.share(0.0), axis.share(1e9)), (0.0, 0.0, 1.0));
    }

    #[test]
    fn times_of_many_sizes_are_on_a_logarithmic_axis() {
        let axis = Axis::times("time", [8e4, -5.0, f64::NAN, 3e7].into_iter(), 5).unwrap();
        assert_eq!((axis.label.as_str(), texts(&axis)), ("time, ms (logarithmic)", vec!["0.1", "1", "10"]));
        assert!((axis.share(1e6) - axis.share(1e5) - (axis.share(1e7) - axis.share(1e6))).abs() < 1e-9);
        assert_eq!(axis.share(-5.0), 0.0);
        assert!(!axis.holds(-5.0) && axis.holds(1e6));
        let wide = Axis::times("time", [30.0, 4e7].into_iter(), 7).unwrap();
        assert_eq!(wide.label, "time, ns to ms (logarithmic)");
        assert_eq!(texts(&wide), ["100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms"]);
    }

    #[test]
    fn axes_have_two_marks_at_least() {
        for (low, high) in [(1.0, 1.0), (1.1, 1.2), (0.3, 0.4), (7e-12, 7.1e-12), (1e-30, 1e9), (6.0, 90.0)] {
            for marks in 1..9 {
                let axis = Axis::logarithmic_times("t", [low, high].into_iter(), marks).unwrap();
                assert!((2..=9).contains(&axis.ticks.len()), "{low} {high} {marks}: {:?}", axis.ticks);
                assert!(axis.ticks.iter().all(|(value, _)| axis.holds(*value)), "{low} {high} {marks}: {axis:?}");
            }
        }
        assert_eq!(Axis::times("t", [0.0, -1.0, f64::INFINITY].into_iter(), 5), None);
        assert_eq!(texts(&Axis::count("mappers", 4000.0, 4)), ["0", "1000", "2000", "3000", "4000"]);
    }

    #[test]
    fn axes_of_any_numbers_end_and_have_a_place_for_all() {
        let all = [0.0, -1.0, 1e-320, 1e-300, 1.0, 1e18, 1e308, f64::MAX, f64::INFINITY, f64::NAN];
        for low in all {
            for high in all {
                let values = || [low, high].into_iter();
                let some = [
                    Axis::times("t", values(), 5),
                    Axis::logarithmic_times("t", values(), 5),
                    Axis::numbers("n", values(), 5),
                ];
                let always = [
                    Axis::count("n", high, 5),
                    Axis::span("s", high, 5),
                    Axis::ratios("r", values(), 5),
                    Axis::shares("s", values(), 5),
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

    #[test]
    fn percentiles_are_marked_as_far_as_the_count_tells() {
        let marks = |most| texts(&Axis::percentiles("p", most)).iter().map(|text| text.to_string()).collect::<Vec<_>>();
        assert_eq!(marks(1), ["0 %"]);
        assert_eq!(marks(99), ["0 %", "50 %", "75 %", "90 %"]);
        assert_eq!(marks(10_000)[3..], ["90 %", "99 %", "99.9 %", "99.99 %"]);
        let axis = Axis::percentiles("p", 1000);
        assert!((axis.share(10.0) - 1.0 / 3.0).abs() < 1e-9 && axis.share(1e9) == 1.0);
    }

    #[test]
    fn a_span_ends_where_it_is_told() {
        let axis = Axis::span("seconds", 60.0, 8);
        assert_eq!((axis.share(60.0), axis.share(15.0)), (1.0, 0.25));
        assert_eq!(texts(&axis), ["0", "10", "20", "30", "40", "50", "60"]);
        assert_eq!(Axis::span("nothing", 0.0, 2).share(0.5), 0.5);
    }
}
