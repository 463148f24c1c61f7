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
    pub fn numbers(label: &str, values: impl IntoIterator<Item = f64>, marks: usize) -> Option<Axis> {
        let (low, high) = range(values)?;
        Axis::numbers_on(high / low >= LOGARITHMIC_FROM, label, [low, high], marks)
    }

    /// The same on an axis of this kind: a model that goes along two axes of one kind keeps its form.
    pub fn numbers_on(
        is_logarithmic: bool,
        label: &str,
        values: impl IntoIterator<Item = f64>,
        marks: usize,
    ) -> Option<Axis> {
        match is_logarithmic {
            true => Axis::logarithmic_numbers(label, values, marks),
            false => range(values).map(|(_, high)| Axis::span(label, high * 1.05, marks)),
        }
    }

    /// Numbers that may include all of these that are over 0, on a logarithmic axis. `None`: no value is over 0.
    pub fn logarithmic_numbers(label: &str, values: impl IntoIterator<Item = f64>, marks: usize) -> Option<Axis> {
        let (low, high) = range(values)?;
        let (low, high) = (low / 1.25, high * 1.25);
        let ticks = decades(low, high, marks).into_iter().map(|value| (value, plain(value)));
        Some(Axis::logarithmic(low, high, ticks, label))
    }

    /// Whether values over 0 are so far apart that a linear axis would press the small ones together.
    pub fn is_wide(values: impl IntoIterator<Item = f64>) -> bool {
        range(values).is_some_and(|(low, high)| high / low >= LOGARITHMIC_FROM)
    }

    /// The same, marked at these values with these words.
    pub fn marked(self, marks: Vec<(f64, String)>) -> Axis {
        let ticks = marks.into_iter().filter(|(value, _)| self.holds(*value)).collect();
        Axis { ticks, ..self }
    }

    /// Names, one next to the other: that of number n (from 0) is at n + 0.5.
    pub fn list(label: &str, names: &[String]) -> Axis {
        let ticks = names.iter().enumerate().map(|(place, name)| (place as f64 + 0.5, name.clone()));
        Axis::linear(names.len().max(1) as f64, ticks, label)
    }

    /// Ratios to something, logarithmic and around 1, with at most about so many marks such as `×0.1`. It reaches at least and at most so
    /// far from 1; what goes beyond is cut off.
    pub fn ratios(label: &str, values: impl IntoIterator<Item = f64>, marks: usize) -> Axis {
        let logarithms: Vec<f64> =
            values.into_iter().filter(|value| value.is_finite() && *value > 0.0).map(f64::ln).collect();
        let reach = |side: f64| {
            let far = logarithms.iter().map(|value| value * side).fold(NEAREST.ln(), f64::max);
            (side * (far.min(FARTHEST.ln()) + 0.08)).exp()
        };
        let (low, high) = (reach(-1.0), reach(1.0));
        let on_axis =
            |values: &[f64]| values.iter().copied().filter(|value| (low..=high).contains(value)).collect::<Vec<_>>();
        let decades = |every: i32| (-3..=3).filter(move |power| power % every == 0).map(|power| 10_f64.powi(power));
        let fine: Vec<f64> =
            decades(1).flat_map(|decade| [1.0, 2.0, 5.0].map(|factor| rounded(factor * decade))).collect();
        let mut marked = on_axis(&fine);
        if marked.len() < 3 {
            marked.extend(on_axis(&[0.7, 0.8, 1.25, 1.5]));
            marked.sort_by(f64::total_cmp);
        }
        for every in [1, 2, 3] {
            if marked.len() > marks.max(3) {
                marked = on_axis(&decades(every).map(rounded).collect::<Vec<_>>());
            }
        }
        let ticks = marked.into_iter().map(|mark| (mark, format!("×{}", plain(mark))));
        Axis::logarithmic(low, high, ticks, label)
    }

    /// Shares, from 0 to 100 % and to the largest of these: half as much always looks half as much.
    pub fn shares(label: &str, values: impl IntoIterator<Item = f64>, marks: usize) -> Axis {
        let most = values.into_iter().filter(|share| share.is_finite()).fold(1.0, f64::max);
        let ticks = steps(100.0 * most, marks).map(|value| (value / 100.0, format!("{} %", plain(value))));
        Axis::linear(most * 1.05, ticks, label)
    }

    /// The same with a place for "there was none" at its lower end, where 0 goes.
    pub fn with_none(mut self) -> Axis {
        if self.is_logarithmic {
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

    /// Values along it at equal distances on the page, from one to another.
    pub fn along(&self, from: f64, to: f64, count: u32) -> impl Iterator<Item = f64> {
        let logarithmic = self.is_logarithmic && from > 0.0;
        (0..=count).map(move |step| {
            let share = f64::from(step) / f64::from(count.max(1));
            if logarithmic { rounded(from * (to / from).powf(share)) } else { from + (to - from) * share }
        })
    }
}
