//! Time cut into columns of a chart, and values that stand in them.
//! A column is a whole number of what was measured (slots or intervals), so that nothing is divided and sums stay exact.

use std::ops::Range;

use crate::{
    present::charts::{At, Axis},
    results::{Slot, TimeSeries, TimelineRow},
};

/// Most columns of a chart: about a pixel and a half each.
pub const MOST: usize = 600;
/// With fewer operations due in a mean column, chance alone would draw spikes and holes.
const LEAST_DUE: f64 = 20.0;
/// But at least so many columns.
const LEAST: usize = 30;

/// Values in the columns of time that they were measured in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Steps {
    /// Begin and end of each column, seconds since measuring began; rising.
    pub spans: Vec<Range<f64>>,
    /// Its value; `None`: unknown.
    pub values: Vec<Option<f64>>,
}

impl Steps {
    /// Reads `rows` in groups of so many that there are at most `most` columns: the time of each group, and its `value`, made from
    /// the group and its seconds.
    pub fn grouped<T>(
        rows: &[T],
        most: usize,
        time: impl Fn(&T) -> Range<f64>,
        value: impl Fn(&[T], f64) -> Option<f64>,
    ) -> Steps {
        let mut steps = Steps::default();
        for group in rows.chunks(rows.len().div_ceil(most).max(1)) {
            if let (Some(first), Some(last)) = (group.first(), group.last()) {
                steps.push(time(first).start..time(last).end, |seconds| value(group, seconds));
            }
        }
        steps
    }

    fn push(&mut self, span: Range<f64>, value: impl Fn(f64) -> Option<f64>) {
        self.values.push(value(span.end - span.start));
        self.spans.push(span);
    }

    /// Lines of steps: a value holds from the begin of its span to that of the next, and a line breaks where it is unknown.
    pub fn stretches(&self) -> Vec<Vec<At>> {
        let mut stretches: Vec<Vec<At>> = vec![Vec::new()];
        for (place, (span, value)) in self.spans.iter().zip(&self.values).enumerate() {
            let goes_on = self.values.get(place + 1).is_some_and(Option::is_some);
            match (value, stretches.last_mut()) {
                (Some(value), Some(stretch)) => {
                    let end = if goes_on { self.spans[place + 1].start } else { span.end };
                    stretch.extend([(span.start, *value), (end, *value)]);
                }
                _ => stretches.push(Vec::new()),
            }
        }
        stretches.retain(|stretch| !stretch.is_empty());
        stretches
    }

    /// The largest value that is known.
    pub fn most(&self) -> Option<f64> {
        self.values.iter().flatten().copied().reduce(f64::max)
    }

    /// How much rates are together: each times the seconds of its column.
    pub fn sum(&self) -> f64 {
        self.spans.iter().zip(&self.values).map(|(span, rate)| (span.end - span.start) * rate.unwrap_or(0.0)).sum()
    }

    /// The sum with others of the same columns; unknown where one of them is.
    pub fn plus(&self, other: &Steps) -> Steps {
        let sum = |(a, b): (&Option<f64>, &Option<f64>)| Some((*a)? + (*b)?);
        Steps { spans: self.spans.clone(), values: self.values.iter().zip(&other.values).map(sum).collect() }
    }
}

/// Operations of all instances, due and completed, per second, column by column.
pub struct Rates {
    pub due: Steps,
    pub completed: Steps,
    /// Width of a column, nanoseconds; the last may be narrower.
    pub width_ns: u64,
}

impl Rates {
    /// Adds up the slots of all instances. An interrupted run has slots behind its end: they are no part of it.
    pub fn of(time_series: &TimeSeries) -> Rates {
        let (slots, measured_ns) = (&time_series.slots, time_series.run.summary.measured_ns);
        let length = slots.instances.iter().map(Vec::len).max().unwrap_or(0);
        let length = length.min(measured_ns.div_ceil(slots.width_ns.max(1)) as usize);
        let mut whole = vec![(0u64, 0u64); length];
        for instance in &slots.instances {
            for (sum, Slot { due, completed }) in whole.iter_mut().zip(instance.iter().copied()) {
                *sum = (sum.0 + u64::from(due), sum.1 + u64::from(completed));
            }
        }
        let slots_per_column = width(length as u64, slots.width_ns, whole.iter().map(|slot| slot.0).sum());
        let width_ns = slots_per_column * slots.width_ns;
        let mut rates = Rates { due: Steps::default(), completed: Steps::default(), width_ns };
        for (number, group) in whole.chunks(slots_per_column as usize).enumerate() {
            let at = |number: usize| (number as u64 * width_ns).min(measured_ns) as f64 / 1e9;
            let span = at(number)..at(number + 1);
            let sum = group.iter().fold((0, 0), |sum, slot| (sum.0 + slot.0, sum.1 + slot.1));
            rates.due.push(span.clone(), |seconds| Some(sum.0 as f64 / seconds));
            rates.completed.push(span, |seconds| Some(sum.1 as f64 / seconds));
        }
        rates
    }
}

/// How many slots make a column: a round time, not too many columns, and enough operations in each.
fn width(slots: u64, slot_ns: u64, due: u64) -> u64 {
    let fits = |width: &u64| {
        let columns = slots.div_ceil(*width) as usize;
        columns <= MOST && (due as f64 / columns as f64 >= LEAST_DUE || columns <= LEAST)
    };
    let slot_ns = slot_ns.max(1);
    let round = (0..14).flat_map(|power| [10, 20, 25, 50].map(|factor: u64| factor * 10u64.pow(power)));
    // In slots; a round time that is no whole number of slots would divide one.
    let mut widths = round.filter(|ns| ns % slot_ns == 0).map(|ns| ns / slot_ns);
    widths.find(fits).unwrap_or_else(|| slots.div_ceil(MOST as u64).max(1))
}

/// The axis of time of a run's charts.
pub fn time_axis(time_series: &TimeSeries) -> Axis {
    Axis::span("seconds since measuring began", time_series.run.summary.measured_ns as f64 / 1e9, 12)
}

/// When a row of the timeline was, seconds since measuring began.
pub fn interval(row: &TimelineRow) -> Range<f64> {
    row.start_s..row.start_s + row.length_s
}

/// Where nothing was sampled from 0 to `until`, seconds: what no span with a known value covers. A span of over two intervals is one in
/// which the sampler did not wake: its value is a mean, and not what happened in it. Less than half an interval is no gap.
pub fn unsampled(samples: impl Iterator<Item = (Range<f64>, bool)>, interval_s: f64, until: f64) -> Vec<(f64, f64)> {
    let known = samples.filter(|(span, is_known)| *is_known && span.end - span.start <= 2.0 * interval_s);
    let (mut gaps, mut covered) = (Vec::new(), 0.0_f64);
    for span in known.map(|(span, _)| span).chain([until..until]) {
        let start = span.start.min(until);
        if start - covered >= interval_s / 2.0 {
            gaps.push((covered, start));
        }
        covered = covered.max(span.end);
    }
    gaps
}

/// The intervals of a run, seconds since measuring began; one of the whole run if it was too short for any.
pub fn intervals(time_series: &TimeSeries) -> Vec<Range<f64>> {
    if time_series.timeline.is_empty() {
        return vec![0.0..time_series.run.summary.measured_ns as f64 / 1e9];
    }
    time_series.timeline.iter().map(interval).collect()
}

/// The interval that holds a moment, seconds: what lies outside belongs to the first or last.
pub fn place_of(intervals: &[Range<f64>], at_s: f64) -> usize {
    intervals.partition_point(|interval| interval.start <= at_s).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_round_and_few_enough() {
        let ms = 1_000_000;
        assert_eq!(width(10_000, ms, 60_000), 20);
        assert_eq!(width(60_000, ms, 360_000), 100);
        assert_eq!(width(1000, ms, 6_000_000), 2);
        assert_eq!(width(360_000, 10 * ms, 21_600_000), 1000, "an hour in slots of 10 ms");
        // Ten operations a second: columns that hold some, but not fewer than can show a course.
        assert_eq!(width(60_000, ms, 600), 2000);
        assert_eq!(width(10_000, ms, 3), 500);
        assert_eq!((width(0, ms, 0), width(1300, 7 * ms, 900)), (1, 3), "no slots, and slots of odd widths");
    }

    #[test]
    fn groups_keep_sums_and_times() {
        let rows: Vec<f64> = (0..7).map(f64::from).collect();
        let time = |row: &f64| *row..*row + 1.0;
        let steps = Steps::grouped(&rows, 3, time, |group, seconds| Some(group.iter().sum::<f64>() / seconds));
        assert_eq!(steps.spans, [0.0..3.0, 3.0..6.0, 6.0..7.0]);
        assert_eq!(steps.values, [Some(1.0), Some(4.0), Some(6.0)]);
        assert_eq!(Steps::grouped(&[], 3, time, |_, _| None), Steps::default());
        let unknown = Steps { values: vec![None, Some(1.0), None], ..steps.clone() };
        assert_eq!(steps.plus(&unknown).values, [None, Some(5.0), None]);
        assert_eq!((steps.most(), Steps::default().most()), (Some(6.0), None));
    }

    #[test]
    fn lines_break_where_a_value_is_unknown() {
        let spans = vec![0.0..1.0, 1.5..2.0, 2.0..3.0, 3.0..4.0];
        let stretches = Steps { spans, values: vec![Some(1.0), Some(2.0), None, Some(4.0)] }.stretches();
        assert_eq!(stretches, [vec![(0.0, 1.0), (1.5, 1.0), (1.5, 2.0), (2.0, 2.0)], vec![(3.0, 4.0), (4.0, 4.0)]]);
    }

    #[test]
    fn what_no_known_sample_covers_is_a_gap() {
        let samples = [(0.001..0.1, true), (0.1..0.2, false), (0.2..0.3, true), (0.3..0.62, true), (0.65..0.75, true)];
        assert_eq!(unsampled(samples.into_iter(), 0.1, 0.78), [(0.1, 0.2), (0.3, 0.65)]);
        assert_eq!(unsampled(std::iter::once((0.0..0.1, true)), 0.1, 0.5), [(0.1, 0.5)]);
        assert_eq!(unsampled(std::iter::empty(), 0.1, 0.0), []);
    }

    proptest::proptest! {
        #[test]
        fn gaps_and_known_samples_make_up_the_run(known in proptest::collection::vec(proptest::bool::ANY, 1..60)) {
            let span = |place: usize| place as f64 / 10.0..(place + 1) as f64 / 10.0;
            let samples = known.iter().enumerate().map(|(place, is_known)| (span(place), *is_known));
            let gaps = unsampled(samples, 0.1, known.len() as f64 / 10.0);
            let whole: f64 = gaps.iter().map(|(from, to)| to - from).sum();
            let unknown = known.iter().filter(|is_known| !**is_known).count() as f64 / 10.0;
            proptest::prop_assert!((whole - unknown).abs() < 1e-9, "{gaps:?}");
        }
    }

    #[test]
    fn moments_belong_to_the_interval_that_holds_them() {
        let intervals = [0.0..0.1, 0.1..0.5, 0.5..0.6];
        let places = [-1.0, 0.05, 0.3, 0.55, 9.0].map(|at| place_of(&intervals, at));
        assert_eq!(places, [0, 0, 1, 2, 2]);
    }
}
