//! Reads the shared histograms: what was counted since the last sample, and in all.
//! Only shards of the same role are added; nothing is averaged.

use super::arena::Arena;
use super::in_flight::name_of;
use crate::driver::outcome::{Measured, Role, Tag};
use crate::mailboxes::Phase;
use crate::scenario::{Arrivals, Operation, ReaderOperation, Scenario, WriterOperation};
use crate::shm::{Counts, LENGTH, READER_PHASES, Series, SharedHistogram, WRITER_PHASES};

pub struct Sampler<'a> {
    sources: Vec<Source<'a>>,
    now: Vec<u32>,
}

struct Source<'a> {
    tag: Tag,
    shards: Vec<&'a SharedHistogram>,
    before: Vec<u32>,
}

impl<'a> Sampler<'a> {
    pub fn new(scenario: &Scenario, arena: &'a Arena) -> Sampler<'a> {
        // Histograms that no worker adds to are not read. A writer adds to all of its own: it stores when it has nothing to delete.
        let mix = &scenario.readers.operations;
        let reads = ReaderOperation::ALL.into_iter().filter(|operation| mix.contains(*operation));
        let writes = WriterOperation::ALL.into_iter().filter(|_| scenario.writers_total() > 0);
        let arrivals = [Some(scenario.readers.arrivals), scenario.arrivals_of_each_writer()];
        let [reads_closed, writes_closed] = arrivals.map(|of| matches!(of, Some(Arrivals::Closed { .. })));
        let readers = sources_of(Role::Reader, reads, &READER_PHASES, reads_closed, &arena.readers);
        let writers = sources_of(Role::Writer, writes, &WRITER_PHASES, writes_closed, &arena.writers);
        Sampler { sources: readers.chain(writers).chain(unfinished(arena)).collect(), now: vec![0; LENGTH] }
    }

    pub fn take(&mut self) -> Vec<(Tag, Counts)> {
        let mut all = Vec::new();
        for source in &mut self.sources {
            self.now.fill(0);
            for shard in &source.shards {
                shard.add_to(&mut self.now);
            }
            let counts = Counts::difference(&self.now, &source.before);
            if !counts.is_empty() {
                std::mem::swap(&mut self.now, &mut source.before);
                all.push((source.tag, counts));
            }
        }
        all
    }

    /// What was counted in all, up to the last call of [`take`](Self::take).
    pub fn totals(&self) -> Vec<Measured> {
        let total = |source: &Source<'_>| {
            let histogram = Counts::difference(&source.before, &[0; LENGTH]).histogram();
            Measured { tag: source.tag, histogram }
        };
        self.sources.iter().map(total).filter(|measured| !measured.histogram.is_empty()).collect()
    }
}

/// Nothing is added to these before the end of the measured span.
fn unfinished(arena: &Arena) -> impl Iterator<Item = Source<'_>> {
    Role::ALL.into_iter().flat_map(|role| {
        arena.unfinished(role).iter().enumerate().map(move |(operation, ages)| Source {
            tag: Tag { role, operation: name_of(role, operation), series: Series::Unfinished },
            shards: vec![ages],
            before: vec![0; LENGTH],
        })
    })
}

/// Those of a role. In a closed loop its workers record the response only, which is the service time too (see [`crate::workload::Recorder`]).
fn sources_of<'a, Op: Operation>(
    role: Role,
    operations: impl Iterator<Item = Op>,
    phases: &'static [Phase],
    is_closed: bool,
    histograms: &'a [SharedHistogram],
) -> impl Iterator<Item = Source<'a>> {
    let each = Series::count(phases);
    operations.flat_map(move |operation| {
        Series::all(phases).enumerate().map(move |(place, series)| {
            let place = if series == Series::Service && is_closed { 0 } else { place };
            Source {
                tag: Tag { role, operation: operation.name(), series },
                shards: histograms
                    .iter()
                    .skip(operation.index() * each + place)
                    .step_by(Op::ALL.len() * each)
                    .collect(),
                before: vec![0; LENGTH],
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(arrivals: &str) -> Scenario {
        crate::driver::small_scenario(&format!("[readers]\ncount = 2\n{arrivals}"))
    }

    #[test]
    fn a_sample_holds_what_was_added_since_the_last_and_totals_hold_all() {
        let scenario = scenario("");
        let arena = Arena::new(&scenario).unwrap();
        let mut sampler = Sampler::new(&scenario, &arena);
        assert!(sampler.take().is_empty());
        // Two shards of the same role are one histogram.
        for reader in 0..2 {
            arena.reader_histograms(reader)[0].record(1000);
        }
        let sampled = sampler.take();
        assert_eq!(sampled.len(), 1);
        let (tag, counts) = &sampled[0];
        assert_eq!((tag.role, tag.series, counts.histogram().len()), (Role::Reader, Series::Response, 2));
        assert!(sampler.take().is_empty(), "nothing was added since");
        arena.reader_histograms(1)[0].record(1000);
        sampler.take();
        assert_eq!(sampler.totals().iter().map(|measured| measured.histogram.len()).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn in_a_closed_loop_the_response_is_the_service_time_too() {
        let scenario = scenario("arrivals = 'closed'\nthink = '1ms'\n");
        let arena = Arena::new(&scenario).unwrap();
        arena.reader_histograms(0)[0].record(1000);
        let mut sampler = Sampler::new(&scenario, &arena);
        let series: Vec<_> = sampler.take().iter().map(|(tag, _)| tag.series).collect();
        assert_eq!(series, [Series::Response, Series::Service]);
    }
}
