//! A heat map's cells: how many operations ended in each interval with each latency.
//! Nothing is smoothed: every operation of the log is in one cell.

use std::{collections::HashMap, ops::Range};

use plotters::style::RGBColor;

use super::columns::{intervals, place_of};
use crate::{
    present::charts::{axis::Axis, palette::RAMP, percentiles::quantile_of},
    results::TimeSeries,
};

/// Most columns of a heat map, and its rows.
pub const COLUMNS: usize = 150;
const ROWS: usize = 50;

/// The latencies of one role, in columns of intervals.
pub struct Latencies {
    /// Begin and end of each column, seconds since measuring began.
    pub spans: Vec<Range<f64>>,
    /// Latencies (nanoseconds) and how often they came, rising, in each column.
    pub columns: Vec<Vec<(u64, u64)>>,
}

/// How many operations are in each cell of an axis of latency.
pub struct Grid {
    /// By column, then row from below.
    pub cells: Vec<Vec<u64>>,
    /// From so many operations on, each step of the ramp; rising.
    pub steps: Vec<u64>,
}

/// Cells of one colour that make a rectangle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    pub columns: Range<usize>,
    /// Rows from below.
    pub rows: Range<usize>,
    pub step: usize,
}

impl Latencies {
    /// The response times of all operations of a role, in at most `most` columns.
    pub fn of(time_series: &TimeSeries, role: &str, most: usize) -> Latencies {
        let intervals = intervals(time_series);
        let group = intervals.len().div_ceil(most).max(1);
        let spans: Vec<_> =
            intervals.chunks(group).filter_map(|group| Some(group.first()?.start..group.last()?.end)).collect();
        let mut sums: Vec<HashMap<u64, u64>> = vec![HashMap::new(); spans.len()];
        for line in &time_series.latencies {
            let (of, _, series) = line.names();
            if (of, series) != (role, "response") {
                continue;
            }
            let middle = (line.start_ns + line.length_ns / 2) as f64 / 1e9;
            let sum = &mut sums[place_of(&intervals, middle) / group];
            for (ns, count) in &line.counts {
                *sum.entry(*ns).or_default() += count;
            }
        }
        let columns = sums.into_iter().map(|sum| {
            let mut column: Vec<(u64, u64)> = sum.into_iter().collect();
            column.sort_unstable();
            column
        });
        Latencies { spans, columns: columns.collect() }
    }

    pub fn count(&self) -> u64 {
        self.columns.iter().flatten().map(|(_, count)| count).sum()
    }

    /// Every latency that occurs, nanoseconds; one of 0 as 1, to be on a logarithmic axis.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.columns.iter().flatten().map(|(ns, _)| (*ns).max(1) as f64)
    }

    /// A quantile of each column, nanoseconds: the smallest value that so large a share does not exceed. `None`: nothing ended
    /// in it.
    pub fn quantile(&self, quantile: f64) -> Vec<Option<f64>> {
        self.columns.iter().map(|column| Some(quantile_of(column, quantile)?.max(1) as f64)).collect()
    }
}

impl Grid {
    pub fn of(latencies: &Latencies, axis: &Axis) -> Grid {
        let cells: Vec<Vec<u64>> = latencies
            .columns
            .iter()
            .map(|column| {
                let mut rows = vec![0; ROWS];
                for (ns, count) in column {
                    let row = (axis.share(*ns as f64) * ROWS as f64) as usize;
                    rows[row.min(ROWS - 1)] += count;
                }
                rows
            })
            .collect();
        let most = cells.iter().flatten().copied().max().unwrap_or(0);
        Grid { cells, steps: steps(most) }
    }

    /// Where a row begins on its axis.
    pub fn edge(axis: &Axis, row: usize) -> f64 {
        axis.at(row as f64 / ROWS as f64)
    }

    /// How many operations a step stands for, such as `3+`.
    pub fn range(&self, step: usize) -> String {
        let from = self.steps[step];
        if self.steps.get(step + 1) == Some(&(from + 1)) { from.to_string() } else { format!("{from}+") }
    }

    /// Colour of a step: the last one is the darkest, however many there are.
    pub fn color(&self, step: usize) -> RGBColor {
        let last = RAMP.len() - 1;
        RAMP[if self.steps.len() < 2 { last } else { step * last / (self.steps.len() - 1) }]
    }

    /// The cells that hold something, those of one colour side by side as one.
    pub fn patches(&self) -> Vec<Patch> {
        let mut open: Vec<Patch> = Vec::new();
        let mut patches = Vec::new();
        for (number, column) in self.cells.iter().enumerate() {
            let mut next: Vec<Patch> = Vec::new();
            for run in self.runs(column, number) {
                let same = |patch: &Patch| patch.rows == run.rows && patch.step == run.step;
                next.push(match open.iter().position(same) {
                    Some(place) => Patch { columns: open.swap_remove(place).columns.start..number + 1, ..run },
                    None => run,
                });
            }
            patches.extend(std::mem::replace(&mut open, next));
        }
        patches.extend(open);
        patches
    }

    fn runs(&self, column: &[u64], number: usize) -> Vec<Patch> {
        let mut runs: Vec<Patch> = Vec::new();
        for (row, count) in column.iter().enumerate().filter(|(_, count)| **count > 0) {
            let step = self.steps.partition_point(|from| from <= count).saturating_sub(1);
            match runs.last_mut() {
                Some(last) if last.rows.end == row && last.step == step => last.rows.end += 1,
                _ => runs.push(Patch { columns: number..number + 1, rows: row..row + 1, step }),
            }
        }
        runs
    }
}

/// Round numbers from 1 on, up to `most`: as many as the ramp has colours.
fn steps(most: u64) -> Vec<u64> {
    let of = |factors: &[u64]| -> Vec<u64> {
        let all = (0..19).flat_map(|power| factors.iter().map(move |factor| factor * 10u64.pow(power)));
        all.take_while(|from| *from <= most).collect()
    };
    let choices = [&[1, 2, 5][..], &[1, 3], &[1]].map(of);
    let fits = choices.iter().find(|steps| steps.len() <= RAMP.len());
    fits.cloned().unwrap_or_else(|| choices[2][..RAMP.len()].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latencies() -> Latencies {
        let columns = vec![vec![(1000, 98), (5000, 1), (1_000_000, 1)], vec![], vec![(1000, 3), (0, 0)]];
        Latencies { spans: vec![0.0..1.0, 1.0..2.0, 2.0..3.0], columns }
    }

    #[test]
    fn every_operation_is_in_a_cell_and_every_cell_in_a_patch() {
        let latencies = latencies();
        let axis = Axis::logarithmic_times("t", latencies.values(), 5).unwrap();
        let grid = Grid::of(&latencies, &axis);
        assert_eq!(grid.cells.iter().flatten().sum::<u64>(), latencies.count());
        let full = grid.cells.iter().flatten().filter(|count| **count > 0).count();
        let covered: usize = grid.patches().iter().map(|patch| patch.columns.len() * patch.rows.len()).sum();
        assert_eq!(covered, full);
    }

    #[test]
    fn patches_of_one_colour_are_joined() {
        let mut column = vec![0; ROWS];
        (column[3], column[4], column[5]) = (7, 7, 90);
        let other = vec![0; ROWS];
        let grid = Grid { cells: vec![column.clone(), column.clone(), other, column], steps: vec![1, 10] };
        let patch = |columns, rows, step| Patch { columns, rows, step };
        let patches = grid.patches();
        assert_eq!(patches.len(), 4);
        assert!(patches.contains(&patch(0..2, 3..5, 0)) && patches.contains(&patch(3..4, 5..6, 1)), "{patches:?}");
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        let quantile = |of| latencies().quantile(of);
        assert_eq!(quantile(0.5), [Some(1000.0), None, Some(1000.0)]);
        assert_eq!(quantile(0.99)[0], Some(5000.0));
        assert_eq!(quantile(1.0)[0], Some(1e6));
    }

    #[test]
    fn steps_are_round_and_no_more_than_colours() {
        assert_eq!((steps(0), steps(1), steps(4)), (vec![], vec![1], vec![1, 2]));
        assert_eq!(steps(400), [1, 3, 10, 30, 100, 300]);
        assert_eq!(steps(50_000), [1, 10, 100, 1000, 10_000]);
        assert_eq!(steps(u64::MAX).len(), RAMP.len());
    }
}
