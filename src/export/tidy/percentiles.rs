//! The whole distribution of every latency as tidy rows: how many operations took no longer than a time.
//! The times are those of the histogram's counters, so nothing is interpolated.

use hdrhistogram::Histogram;

use super::{
    super::{identity::Identity, source::Source},
    sheet::{Sheet, number, seconds},
};
use crate::export::identity::Column;
use crate::results::{Run, latencies};

/// The columns.
pub const COLUMNS: [Column; 6] = [
    ("role", "`reader` or `writer`"),
    ("operation", "the operation"),
    ("series", "`response`, `service`, `late`, or a phase"),
    ("quantile", "share of the operations that took no longer, over 0 to 1"),
    ("value_seconds", "than so long, seconds"),
    ("count", "so many operations; in the last row of a series: all of them"),
];

/// Adds the rows, at most `points` of each series.
pub fn rows(sheet: &mut Sheet, source: &Source, run: &Run, points: usize) -> anyhow::Result<()> {
    let identity = Identity::of_run(source, run);
    for (tag, histogram) in latencies(&source.path)? {
        let mut names = tag.splitn(3, '.').map(str::to_owned);
        let [role, operation, series] = [(); 3].map(|()| names.next().unwrap_or_default());
        for (value_ns, count) in distribution(&histogram, points) {
            let quantile = count as f64 / histogram.len() as f64;
            let cells = [
                role.clone(),
                operation.clone(),
                series.clone(),
                number(Some(quantile)),
                number(Some(seconds(value_ns as f64))),
                count.to_string(),
            ];
            sheet.row((&identity, identity.provenance()), &[], cells)?;
        }
    }
    Ok(())
}

/// Values, and how many are no larger; all that occur, or `points` of them: the least, the largest, and evenly many between.
/// A histogram's counters lie evenly on a logarithmic scale, so the few of the tail are not lost among the many of the middle.
fn distribution(histogram: &Histogram<u64>, points: usize) -> Vec<(u64, u64)> {
    let mut below = 0;
    let all: Vec<(u64, u64)> = histogram
        .iter_recorded()
        .map(|at| {
            below += at.count_at_value();
            (at.value_iterated_to(), below)
        })
        .collect();
    if all.len() <= points {
        return all;
    }
    let last = all.len() - 1;
    (0..points)
        .filter_map(|point| all.get(last - last * point / points.max(2).saturating_sub(1)))
        .rev()
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shm::SharedHistogram;

    #[test]
    fn thinned_distributions_keep_both_ends() {
        let mut histogram = SharedHistogram::empty();
        for value in 1..=1000u64 {
            histogram.record(value * 1000).unwrap();
        }
        let all = distribution(&histogram, usize::MAX);
        assert!(all.len() > 100 && all.is_sorted_by(|one, next| one.0 < next.0 && one.1 < next.1));
        assert_eq!(all.last().unwrap().1, 1000);
        for points in [2, 3, 50] {
            let some = distribution(&histogram, points);
            assert_eq!((some.len(), some[0], some.last()), (points, all[0], all.last()));
            assert!(some.iter().all(|point| all.contains(point)));
            assert!(some.is_sorted_by(|one, next| one.0 < next.0));
        }
        assert_eq!(distribution(&histogram, 1), [*all.last().unwrap()], "of one point, the one that counts all");
        assert_eq!(distribution(&SharedHistogram::empty(), 5), []);
    }
}
