//! A heat map's cells: how many operations ended in each interval with each latency.
//! Nothing is smoothed: every operation of the log is in one cell.

use std::ops::Range;

use plotters::style::RGBColor;

use super::columns::{intervals, place_of};
use crate::{
    conclude::claim::supports,
    present::charts::{Axis, RAMP},
    results::{Role, Series, TimeSeries},
    stats::Counts,
};

/// Most columns of a heat map, and its rows.
pub const COLUMNS: usize = 150;
const ROWS: usize = 50;

/// The latencies of one role, in columns of intervals.
pub struct Latencies {
    /// Begin and end of each column, seconds since measuring began.
    pub spans: Vec<Range<f64>>,
    /// Latencies of each column, nanoseconds.
    pub columns: Vec<Counts>,
}

/// How many operations are in each cell of an axis of latency.
pub struct Grid {
    /// By column, then row from below.
    pub cells: Vec<Vec<u64>>,
    /// From so many operations on, each step of the ramp; rising.
    pub steps: Vec<u64>,
}

/// Cells of one colour side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    pub columns: Range<usize>,
    /// From below.
    pub row: usize,
    pub step: usize,
}

impl Latencies {
    /// The response times of all operations of a role, in at most `most` columns.
    pub fn of(time_series: &TimeSeries, role: Role, most: usize) -> Latencies {
        let intervals = intervals(time_series);
        let group = intervals.len().div_ceil(most).max(1);
        let spans: Vec<_> =
            intervals.chunks(group).filter_map(|group| Some(group.first()?.start..group.last()?.end)).collect();
        let mut columns: Vec<Vec<(u64, u64)>> = vec![Vec::new(); spans.len()];
        for line in &time_series.latencies {
            let Some((whose, _, Series::Response)) = line.names() else { continue };
            if whose != role {
                continue;
            }
            let middle = (line.start_ns + line.length_ns / 2) as f64 / 1e9;
            columns[place_of(&intervals, middle) / group].extend(&line.counts);
        }
        Latencies { spans, columns: columns.into_iter().map(Counts::of).collect() }
    }

    pub fn count(&self) -> u64 {
        self.columns.iter().map(Counts::count).sum()
    }

    /// Every latency that occurs, nanoseconds; one of 0 as 1, to be on a logarithmic axis.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.columns.iter().flat_map(Counts::values).map(|(ns, _)| (*ns).max(1) as f64)
    }

    /// A quantile of each column, nanoseconds: the smallest value that so large a share does not exceed. `None`: too few operations
    /// ended in it to support one.
    pub fn quantile(&self, quantile: f64) -> Vec<Option<f64>> {
        let of_column = |column: &Counts| {
            let found = column.quantile(quantile).filter(|_| supports(column.count(), quantile));
            found.map(|ns| ns.max(1) as f64)
        };
        self.columns.iter().map(of_column).collect()
    }
}

impl Grid {
    pub fn of(latencies: &Latencies, axis: &Axis) -> Grid {
        let cells: Vec<Vec<u64>> = latencies
            .columns
            .iter()
            .map(|column| {
                let mut rows = vec![0; ROWS];
                for (ns, count) in column.values() {
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
        let step = |count: u64| self.steps.partition_point(|from| *from <= count).checked_sub(1);
        let mut patches: Vec<Patch> = Vec::new();
        for row in 0..ROWS {
            for (number, column) in self.cells.iter().enumerate() {
                let Some(step) = step(column[row]) else { continue };
                match patches.last_mut() {
                    Some(last) if (last.row, last.step, last.columns.end) == (row, step, number) => {
                        last.columns.end += 1
                    }
                    _ => patches.push(Patch { columns: number..number + 1, row, step }),
                }
            }
        }
        patches
    }
}

/// Round numbers from 1 on, up to `most`: as many as the ramp has colours.
fn steps(most: u64) -> Vec<u64> {
    let up_to_most = |factors: &[u64]| -> Vec<u64> {
        let all = (0..19).flat_map(|power| factors.iter().map(move |factor| factor * 10u64.pow(power)));
        all.take_while(|from| *from <= most).collect()
    };
    let choices = [&[1, 2, 5][..], &[1, 3], &[1]].map(up_to_most);
    let fits = choices.iter().find(|steps| steps.len() <= RAMP.len());
    fits.cloned().unwrap_or_else(|| choices[2][..RAMP.len()].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latencies() -> Latencies {
        let columns = [vec![(1000, 98), (5000, 1), (1_000_000, 1)], vec![], vec![(1000, 3)]].map(Counts::of).to_vec();
        Latencies { spans: vec![0.0..1.0, 1.0..2.0, 2.0..3.0], columns }
    }

    #[test]
    fn every_operation_is_in_a_cell_and_every_cell_in_a_patch() {
        let latencies = latencies();
        let axis = Axis::logarithmic_times("t", latencies.values(), 5).unwrap();
        let grid = Grid::of(&latencies, &axis);
        assert_eq!(grid.cells.iter().flatten().sum::<u64>(), latencies.count());
        let full = grid.cells.iter().flatten().filter(|count| **count > 0).count();
        let covered: usize = grid.patches().iter().map(|patch| patch.columns.len()).sum();
        assert_eq!(covered, full);
    }

    #[test]
    fn cells_of_one_colour_are_joined() {
        let mut column = vec![0; ROWS];
        (column[3], column[5]) = (7, 90);
        let empty = vec![0; ROWS];
        let grid = Grid { cells: vec![column.clone(), column.clone(), empty, column], steps: vec![1, 10] };
        let patches = [(0..2, 3, 0), (3..4, 3, 0), (0..2, 5, 1), (3..4, 5, 1)];
        assert_eq!(grid.patches(), patches.map(|(columns, row, step)| Patch { columns, row, step }));
    }

    #[test]
    fn quantiles_are_values_that_occurred_where_enough_did() {
        let quantile = |share| latencies().quantile(share);
        assert_eq!(quantile(0.5), [Some(1000.0), None, None], "3 values are too few");
        assert_eq!(quantile(0.9)[0], Some(1000.0));
        assert_eq!(quantile(0.99)[0], None, "so are 100");
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
