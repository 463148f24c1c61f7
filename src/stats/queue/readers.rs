//! Readers of a simulated run: not each of them, but some of every span in which a reader waits, with weights.
//! So rare waits are as well known as common ones, and the work does not grow with the readers.

use super::{Load, Run};
use crate::stats::random::Random;

/// A reader that waits, in place of others.
pub(crate) struct Sample {
    /// When it came, nanoseconds since the run's start.
    pub came_ns: f64,
    /// How long it waits until it gets its CPU, nanoseconds.
    pub wait_ns: f64,
    /// The time of arrivals that it stands for, nanoseconds.
    pub weight_ns: f64,
}

/// A span in which a reader that comes waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: f64,
    end: f64,
    /// The busy period, if it is one; else the last one before (`None`: none).
    period: Option<usize>,
    locked: bool,
    blocked: f64,
}

pub(crate) struct Readers<'a> {
    load: &'a Load,
    run: &'a Run,
    /// Time without the lock held before each busy period, and time with it held up to its end.
    free_before: Vec<f64>,
    held_through: Vec<f64>,
    pub spans: Vec<Span>,
}

impl<'a> Readers<'a> {
    pub(crate) fn of(load: &'a Load, run: &'a Run) -> Readers<'a> {
        let mut readers = Readers { load, run, free_before: Vec::new(), held_through: Vec::new(), spans: Vec::new() };
        let (mut free, mut held, mut last) = (0.0, 0.0, 0.0);
        for (start, end) in &run.busy {
            free += start - last;
            held += end - start;
            last = *end;
            readers.free_before.push(free);
            readers.held_through.push(held);
        }
        readers.find_spans();
        readers
    }

    /// The change of blocked readers per nanosecond while the lock is free; negative unless the CPUs are overloaded.
    fn free_slope(&self) -> f64 {
        self.load.readers_per_ns() - self.load.finished_per_ns()
    }

    fn find_spans(&mut self) {
        let length = self.run.length_ns;
        let growth = self.load.readers_per_ns();
        let slope = self.free_slope();
        let mut blocked = 0.0;
        let first = self.run.busy.first().map_or(length, |(start, _)| *start);
        if slope > 0.0 {
            self.spans.push(Span { start: 0.0, end: first, period: None, locked: false, blocked });
            blocked += slope * first;
        }
        for (period, (start, end)) in self.run.busy.iter().enumerate() {
            let span =
                |start: f64, end: f64, locked, blocked| Span { start, end, period: Some(period), locked, blocked };
            self.spans.push(span(*start, end.min(length), true, blocked));
            blocked += growth * (end - start);
            let next = self.run.busy.get(period + 1).map_or(length, |(start, _)| *start);
            let drained = if slope < 0.0 { end + blocked / -slope } else { f64::INFINITY };
            let until = drained.min(next);
            if until > *end {
                self.spans.push(span(*end, until, false, blocked));
            }
            blocked = if drained <= next { 0.0 } else { blocked + slope * (next - end) };
        }
        self.spans.retain(|span| span.end > span.start);
    }

    /// So many readers of each span, evenly over it but for a little chance.
    pub(crate) fn samples(&self, per_span: usize, random: &mut Random) -> Vec<Sample> {
        let mut samples = Vec::with_capacity(self.spans.len() * per_span);
        for span in &self.spans {
            let weight_ns = (span.end - span.start) / per_span as f64;
            for i in 0..per_span {
                let came_ns = span.start + (i as f64 + random.uniform()) * weight_ns;
                let wait_ns = self.wait(span, came_ns, random.uniform());
                samples.push(Sample { came_ns, wait_ns, weight_ns });
            }
        }
        samples
    }

    /// How long a reader waits that comes at `came`, at `place` (0 to 1) in the herd.
    fn wait(&self, span: &Span, came: f64, place: f64) -> f64 {
        let slope = self.free_slope();
        // Blocked readers when it can first go on, and the time without the lock up to then.
        let (blocked, free) = match span.period {
            Some(period) if span.locked => {
                let end = self.run.busy[period].1;
                (span.blocked + self.load.readers_per_ns() * (end - span.start), self.free_before[period])
            }
            _ => {
                let held = span.period.map_or(0.0, |period| self.held_through[period]);
                (span.blocked + slope * (came - span.start), came - held)
            }
        };
        let needs = if slope < 0.0 {
            place * blocked.max(0.0) / -slope
        } else {
            // The herd never ends: no place in it is better than to come early.
            let ahead =
                if span.locked { span.blocked + self.load.readers_per_ns() * (came - span.start) } else { blocked };
            ahead / self.load.finished_per_ns()
        };
        // It gets its CPU after so much free time, and after the busy periods that begin before that.
        let passed = self.free_before.partition_point(|before| *before <= free + needs);
        let held = passed.checked_sub(1).map_or(0.0, |period| self.held_through[period]);
        (free + needs + held - came).max(0.0)
    }
}
