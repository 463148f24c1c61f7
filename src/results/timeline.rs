//! `timeline.csv`: what was due, completed and stalled in every interval, per instance and in all.
//! An empty cell means that there was nothing to take a percentile of, or that the figure was unavailable.

use std::{io::Write, ops::Range, path::Path};

use anyhow::Context;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::{limits, run_files};
use crate::{
    driver::outcome::{Interval, Outcome, Role},
    results::Series,
    shm::{SharedHistogram, Slot},
};

/// What stands for the instance in a row of all workers together.
const ALL: &str = "all";

/// One row. The columns from `response_p50_ms` on are those of all workers together, and empty for a single instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimelineRow {
    /// Begin of the interval, seconds after measuring began.
    pub start_s: f64,
    /// Its length, seconds.
    pub length_s: f64,
    /// Number of the instance from 0, or `all`.
    pub instance: String,
    /// Operations whose intended start lies in the interval.
    pub due: u64,
    /// Operations that ended in it.
    pub completed: u64,
    /// Workers that at its end were over the stall threshold behind their intended start.
    pub stalled: u64,
    /// Median response time of readers, all operations, milliseconds.
    pub response_p50_ms: Option<f64>,
    /// 90th percentile.
    pub response_p90_ms: Option<f64>,
    /// 99th percentile.
    pub response_p99_ms: Option<f64>,
    /// Largest.
    pub response_max_ms: Option<f64>,
    /// Median response time of commits, milliseconds.
    pub commit_p50_ms: Option<f64>,
    /// Largest.
    pub commit_max_ms: Option<f64>,
    /// Page tables of the whole machine at the interval's end, bytes.
    pub page_table_bytes: Option<u64>,
    /// Processes that could run at the interval's end, over all CPUs.
    pub runnable: Option<u64>,
}

pub fn write(outcome: &Outcome, to: impl Write) -> anyhow::Result<()> {
    let mut table = csv::Writer::from_writer(to);
    for row in rows(outcome) {
        table.serialize(row).context("timeline.csv")?;
    }
    table.flush().context("timeline.csv")
}

/// Reads the rows of all workers together back, without those of single instances.
pub fn read(text: &[u8]) -> anyhow::Result<Vec<TimelineRow>> {
    Ok(read_all(text)?.into_iter().filter(TimelineRow::is_of_all).collect())
}

fn read_all(text: &[u8]) -> anyhow::Result<Vec<TimelineRow>> {
    let rows = csv::Reader::from_reader(text).into_deserialize();
    rows.map(|row| row.map_err(anyhow::Error::from).and_then(checked).context("timeline.csv")).collect()
}

fn checked(row: TimelineRow) -> anyhow::Result<TimelineRow> {
    let responses = [row.response_p50_ms, row.response_p90_ms, row.response_p99_ms, row.response_max_ms];
    let times = responses.into_iter().chain([row.commit_p50_ms, row.commit_max_ms]).flatten();
    for seconds in times.map(|ms| ms / 1000.0).chain([row.start_s, row.length_s]) {
        limits::ns_of_seconds(seconds)?;
    }
    for count in [Some(row.due), Some(row.completed), Some(row.stalled), row.page_table_bytes, row.runnable] {
        limits::count(count.unwrap_or(0))?;
    }
    Ok(row)
}

impl TimelineRow {
    /// Reads `timeline.csv` of a run directory: for each interval all workers together, then each instance.
    pub fn load(directory: &Path) -> anyhow::Result<Vec<TimelineRow>> {
        read_all(&run_files::file(directory, "timeline.csv")?)
    }

    pub fn is_of_all(&self) -> bool {
        self.instance == ALL
    }
}

/// For each interval a row of `all`, then one of each instance.
pub fn rows(outcome: &Outcome) -> Vec<TimelineRow> {
    let mut rows = Vec::new();
    for (place, interval) in outcome.intervals.iter().enumerate() {
        let is_last = place + 1 == outcome.intervals.len();
        let instances: Vec<TimelineRow> = outcome
            .slots
            .instances
            .iter()
            .enumerate()
            .map(|(instance, slots)| {
                let range = slots_of(interval, outcome.slots.width_ns, slots.len(), is_last);
                row_of_instance(interval, instance, &slots[range])
            })
            .collect();
        rows.push(row_of_all(interval, &instances));
        rows.extend(instances);
    }
    rows
}

/// A slot belongs to the interval in which it begins; what lies behind the last interval belongs to that.
fn slots_of(interval: &Interval, width_ns: u64, slots: usize, is_last: bool) -> Range<usize> {
    let first_from = |at_ns: u64| (at_ns.div_ceil(width_ns.max(1)) as usize).min(slots);
    let end = if is_last { slots } else { first_from(interval.start_ns + interval.length_ns) };
    first_from(interval.start_ns)..end
}

fn row_of_instance(interval: &Interval, instance: usize, slots: &[Slot]) -> TimelineRow {
    TimelineRow {
        start_s: interval.start_ns as f64 / 1e9,
        length_s: interval.length_ns as f64 / 1e9,
        instance: instance.to_string(),
        due: slots.iter().map(|slot| u64::from(slot.due)).sum(),
        completed: slots.iter().map(|slot| u64::from(slot.completed)).sum(),
        stalled: interval.stalled.get(instance).copied().unwrap_or(0).into(),
        ..TimelineRow::default()
    }
}

fn row_of_all(interval: &Interval, instances: &[TimelineRow]) -> TimelineRow {
    let responses = |role: Role| {
        let mut sum = SharedHistogram::empty();
        let of_role = interval.counts.iter().filter(|(tag, _)| tag.role == role && tag.series == Series::Response);
        of_role.for_each(|(_, counts)| counts.add_to(&mut sum));
        sum
    };
    let (readers, writers) = (responses(Role::Reader), responses(Role::Writer));
    let at = |histogram: &Histogram<u64>, quantile: f64| {
        (!histogram.is_empty()).then(|| histogram.value_at_quantile(quantile) as f64 / 1e6)
    };
    TimelineRow {
        start_s: interval.start_ns as f64 / 1e9,
        length_s: interval.length_ns as f64 / 1e9,
        instance: ALL.to_owned(),
        due: instances.iter().map(|row| row.due).sum(),
        completed: instances.iter().map(|row| row.completed).sum(),
        stalled: instances.iter().map(|row| row.stalled).sum(),
        response_p50_ms: at(&readers, 0.5),
        response_p90_ms: at(&readers, 0.9),
        response_p99_ms: at(&readers, 0.99),
        response_max_ms: at(&readers, 1.0),
        commit_p50_ms: at(&writers, 0.5),
        commit_max_ms: at(&writers, 1.0),
        page_table_bytes: interval.page_table_bytes,
        runnable: interval.runnable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures::outcome;

    #[test]
    fn every_slot_is_in_exactly_one_row_of_its_instance() {
        let outcome = outcome();
        let rows = rows(&outcome);
        for (instance, slots) in outcome.slots.instances.iter().enumerate() {
            let of_instance = rows.iter().filter(|row| row.instance == instance.to_string());
            let (due, completed) = of_instance.fold((0, 0), |sum, row| (sum.0 + row.due, sum.1 + row.completed));
            assert_eq!(due, slots.iter().map(|slot| u64::from(slot.due)).sum::<u64>());
            assert_eq!(completed, slots.iter().map(|slot| u64::from(slot.completed)).sum::<u64>());
        }
        let all: Vec<_> = rows.iter().filter(|row| row.instance == "all").collect();
        assert_eq!(all.len(), outcome.intervals.len());
        let total: u32 = outcome.slots.instances.iter().flatten().map(|slot| slot.due).sum();
        assert_eq!(all.iter().map(|row| row.due).sum::<u64>(), u64::from(total));
    }

    #[test]
    fn what_is_unavailable_is_an_empty_cell() {
        let mut text = Vec::new();
        write(&outcome(), &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let mut lines = text.lines();
        assert!(lines.next().unwrap().starts_with("start_s,length_s,instance,due,completed,stalled,response_p50_ms,"));
        let first = lines.next().unwrap();
        assert!(first.starts_with("0.0,0.1,all,"), "{first}");
        // The fixture's first interval has readers, no commits, the page tables and no run queue.
        assert!(first.ends_with(",,,4096,"), "{first}");
    }
}
