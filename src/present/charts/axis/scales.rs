//! Axes of other things than times: numbers, ratios, shares, values as they were written, and lists of names.
//! All follow the rule of the others: from 0 where the values are of one size, logarithmic otherwise.

use super::{Axis, LOGARITHMIC_FROM, decades, plain, range, rounded, steps};

/// The mark at the lower end of an axis where there was none of what it shows.
pub const NONE: &str = "none";
/// An axis of ratios reaches at least so far from 1, and at most so far.
const NEAREST: f64 = 1.5;
const FARTHEST: f64 = 1000.0;

impl Axis {
    /// Numbers that may include all of these; `label` names their unit. Of them what is not over 0 is off a logarithmic axis.
    /// `None`: no value is over 0.
    pub fn numbers(label: &str, values: impl Iterator<Item = f64> + Clone, marks: usize) -> Option<Axis> {
        let (low, high) = range(values)?;
        if high / low < LOGARITHMIC_FROM {
            let ticks = steps(high * 1.05, marks).map(|value| (value, plain(value))).collect();
            return Some(Axis {
                low: 0.0,
                high: high * 1.05,
                logarithmic: false,
                ticks,
                label: label.to_owned(),
                ..Axis::default()
            });
        }
        let (low, high) = (low / 1.25, high * 1.25);
        let ticks = decades(low, high, marks).into_iter().map(|value| (value, plain(value))).collect();
        Some(Axis { low, high, logarithmic: true, ticks, label: format!("{label} (logarithmic)"), ..Axis::default() })
    }

    /// The same, marked at these values with these words.
    pub fn marked(self, marks: Vec<(f64, String)>) -> Axis {
        let ticks = marks.into_iter().filter(|(value, _)| self.holds(*value)).collect();
        Axis { ticks, ..self }
    }

    /// Names, one beside the other: that of number n (from 0) is at n + 0.5.
    pub fn list(label: &str, names: &[String]) -> Axis {
        let ticks = names.iter().enumerate().map(|(place, name)| (place as f64 + 0.5, name.clone())).collect();
        let high = names.len().max(1) as f64;
        Axis { low: 0.0, high, logarithmic: false, ticks, label: label.to_owned(), ..Axis::default() }
    }

    /// Ratios to something, logarithmic and around 1, with at most about so many marks such as `×0.1`. It reaches at least and at most so
    /// far from 1; what goes beyond is cut off.
    pub fn ratios(label: &str, values: impl Iterator<Item = f64>, marks: usize) -> Axis {
        let logarithms: Vec<f64> = values.filter(|value| value.is_finite() && *value > 0.0).map(f64::ln).collect();
        let reach = |side: f64| {
            let far = logarithms.iter().map(|it| it * side).fold(NEAREST.ln(), f64::max);
            (side * (far.min(FARTHEST.ln()) + 0.08)).exp()
        };
        let (low, high) = (reach(-1.0), reach(1.0));
        let on_it = |values: &[f64]| values.iter().copied().filter(|it| (low..=high).contains(it)).collect::<Vec<_>>();
        let decades = |every: i32| (-3..=3).filter(move |power| power % every == 0).map(|power| 10_f64.powi(power));
        let fine: Vec<f64> =
            decades(1).flat_map(|decade| [1.0, 2.0, 5.0].map(|factor| rounded(factor * decade))).collect();
        let mut marked = on_it(&fine);
        if marked.len() < 3 {
            marked.extend(on_it(&[0.7, 0.8, 1.25, 1.5]));
            marked.sort_by(f64::total_cmp);
        }
        for every in [1, 2, 3] {
            if marked.len() > marks.max(3) {
                marked = on_it(&decades(every).map(rounded).collect::<Vec<_>>());
            }
        }
        let ticks = marked.into_iter().map(|mark| (mark, format!("×{}", plain(mark)))).collect();
        Axis { low, high, logarithmic: true, ticks, label: format!("{label} (logarithmic)"), ..Axis::default() }
    }

    /// Shares, marked in per cent: from 0, or from 0.9 where all of these are above that.
    pub fn shares(label: &str, values: impl Iterator<Item = f64> + Clone, marks: usize) -> Axis {
        let least = values.clone().filter(|share| share.is_finite()).fold(1.0, f64::min);
        let most = values.filter(|share| share.is_finite()).fold(1.0, f64::max);
        let low = if least >= 0.92 { 90.0 } else { 0.0 };
        let high = 100.0 * most + (100.0 - low) * 0.05;
        let ticks = steps(high - low, marks).map(|value| ((value + low) / 100.0, plain(value + low))).collect();
        let label = format!("{label}, %");
        Axis { low: low / 100.0, high: high / 100.0, logarithmic: false, ticks, label, ..Axis::default() }
    }

    /// The same with a place for "there was none" at its lower end, where 0 goes.
    pub fn with_none(mut self) -> Axis {
        if self.logarithmic {
            self.low /= (self.high / self.low).powf(0.18);
        }
        self.ticks.retain(|(value, _)| *value > 0.0);
        self.ticks.insert(0, (self.low, NONE.to_owned()));
        self
    }

    /// Whether a value is on it; 0 is at the lower end of one that says what that means.
    pub fn has_place_for(&self, value: f64) -> bool {
        let has_none = self.ticks.first().is_some_and(|(_, text)| text == NONE);
        self.holds(value) || (value == 0.0 && has_none)
    }

    pub fn low(&self) -> f64 {
        self.low
    }

    /// Values along it at equal distances on the page, from one to another.
    pub fn along(&self, from: f64, to: f64, count: u32) -> impl Iterator<Item = f64> {
        let logarithmic = self.logarithmic && from > 0.0;
        (0..=count).map(move |step| {
            let share = f64::from(step) / f64::from(count.max(1));
            if logarithmic { rounded(from * (to / from).powf(share)) } else { from + (to - from) * share }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn numbers_and_what_is_none() {
        let near = Axis::numbers("readers", [200.0, 800.0].into_iter(), 5).unwrap();
        assert_eq!((near.label.as_str(), texts(&near)), ("readers", vec!["0", "200", "400", "600", "800"]));
        let wide = Axis::numbers("readers", [0.0, 10.0, 3000.0].into_iter(), 5).unwrap();
        assert_eq!((wide.label.as_str(), texts(&wide)), ("readers (logarithmic)", vec!["10", "100", "1000"]));
        assert_eq!(Axis::numbers("readers", [0.0, f64::NAN].into_iter(), 5), None);
        for axis in [near, wide] {
            let axis = axis.with_none();
            assert_eq!(texts(&axis)[0], "none");
            assert!(axis.share(0.0) == 0.0 && axis.share(10.0) > 0.0 && axis.holds(axis.ticks[0].0), "{axis:?}");
        }
    }

    #[test]
    fn ratios_have_1_on_them_and_shares_100() {
        for values in [vec![], vec![1.0], vec![0.001, 0.2], vec![30.0], vec![f64::NAN, 0.0]] {
            let axis = Axis::ratios("ratio", values.into_iter(), 5);
            assert!(axis.holds(1.0) && axis.ticks.len() >= 2 && axis.is_logarithmic(), "{axis:?}");
        }
        let full = Axis::shares("done", [0.97, 1.0].into_iter(), 4);
        assert_eq!((full.label.as_str(), texts(&full)), ("done, %", vec!["90", "95", "100"]));
        let part = Axis::shares("done", [0.4, f64::NAN].into_iter(), 4);
        assert!(part.holds(0.0) && part.holds(1.0), "{part:?}");
    }

    #[test]
    fn names_are_beside_each_other_and_marks_stay_on_the_axis() {
        let names = ["twoskip", "flat"].map(str::to_owned);
        let axis = Axis::list("file.format", &names);
        assert_eq!(axis.ticks.iter().map(|(value, _)| axis.share(*value)).collect::<Vec<_>>(), [0.25, 0.75]);
        let marked = Axis::count("n", 10.0, 3).marked(vec![(5.0, "five".to_owned()), (50.0, "fifty".to_owned())]);
        assert_eq!(texts(&marked), ["five"]);
    }

    #[test]
    fn steps_along_an_axis_are_equal_on_the_page() {
        let axis = Axis::numbers("n", [1.0, 100.0].into_iter(), 5).unwrap();
        assert_eq!(axis.along(1.0, 100.0, 2).collect::<Vec<_>>(), [1.0, 10.0, 100.0]);
        assert_eq!(Axis::count("n", 10.0, 3).along(0.0, 10.0, 2).collect::<Vec<_>>(), [0.0, 5.0, 10.0]);
    }
}
