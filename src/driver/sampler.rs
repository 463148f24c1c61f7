//! Reads the shared histograms: what was counted since the last look, and in all.
//! Only shards of the same role are added; nothing is averaged.

use super::arena::{Arena, READER_SHARD, WRITER_SHARD};
use crate::{
    mailboxes::Phase,
    record::{Counts, LENGTH, Measured, READER_PHASES, Series, SharedHistogram, Tag, WRITER_PHASES},
    scenario::{Operation, ReaderOperation, WriterOperation},
};

/// Remembers what it saw last.
pub struct Sampler<'a> {
    sources: Vec<Source<'a>>,
    now: Vec<u32>,
}

/// All shards of one histogram.
struct Source<'a> {
    tag: Tag,
    shards: Vec<&'a SharedHistogram>,
    before: Vec<u32>,
}

impl<'a> Sampler<'a> {
    /// A sampler of everything that the workers of `arena` record, beginning at zero.
    pub fn new(arena: &'a Arena) -> Sampler<'a> {
        let mut sources = sources::<ReaderOperation>("reader", &READER_PHASES, &arena.readers, READER_SHARD);
        sources.extend(sources_of_writers(arena));
        Sampler { sources, now: vec![0; LENGTH] }
    }

    /// What was counted since the last call.
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

fn sources_of_writers(arena: &Arena) -> Vec<Source<'_>> {
    sources::<WriterOperation>("writer", &WRITER_PHASES, &arena.writers, WRITER_SHARD)
}

fn sources<'a, Op: Operation>(
    role: &'static str,
    phases: &[Phase],
    histograms: &'a [SharedHistogram],
    shard: usize,
) -> Vec<Source<'a>> {
    let of = |operation: &Op, (place, series): (usize, Series)| Source {
        tag: Tag { role, operation: operation.name(), series: series.name() },
        shards: histograms.iter().skip(operation.index() * Series::count(phases) + place).step_by(shard).collect(),
        before: vec![0; LENGTH],
    };
    Op::ALL.iter().flat_map(|operation| Series::all(phases).enumerate().map(move |s| of(operation, s))).collect()
}
