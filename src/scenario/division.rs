//! How a load is divided among instances and workers: parts differ by at most one, and the first ones get the remainder.
//! Readers are dealt out in turn: reader `n` belongs to instance `n` modulo the instances. Numbers count from 0.

use super::{Arrivals, Contents, Readers, Scenario};
use crate::mailboxes::Amount;

/// The part of `total` that falls to `index` of `parts`; the remainder goes one each to the first ones.
/// Panics: If `index` is not below `parts`.
pub fn share(total: u64, parts: u32, index: u32) -> u64 {
    assert!(index < parts, "part {index} of {parts}");
    let (parts, index) = (u64::from(parts), u64::from(index));
    total / parts + u64::from(index < total % parts)
}

impl Readers {
    /// When a reader joins, nanoseconds after measuring begins, the last at the end of the ramp; `None`: it is there from the start.
    pub fn joins_at_ns(&self, reader: u32) -> Option<u64> {
        let ramp = self.ramp.filter(|ramp| reader >= ramp.from)?;
        let (nth, newcomers) = (u128::from(reader - ramp.from) + 1, u128::from(self.count.saturating_sub(ramp.from)));
        Some((u128::from(ramp.over_ns) * nth / newcomers.max(nth)) as u64)
    }
}

impl Scenario {
    pub fn instance_of(&self, reader: u32) -> u32 {
        reader % self.instances.count
    }

    /// Panics: If there is no such instance.
    pub fn readers_in(&self, instance: u32) -> u32 {
        share(u64::from(self.readers.count), self.instances.count, instance) as u32
    }

    /// Processes that map the file of an instance: its readers', and its writers' unless these are threads of those.
    /// Panics: If there is no such instance.
    pub fn mappers_in(&self, instance: u32) -> u32 {
        let writers = if self.writer.is_thread { 0 } else { self.writer.count };
        self.readers_in(instance).div_ceil(self.readers.workers.per_process()) + writers
    }

    pub fn processes_total(&self) -> u32 {
        (0..self.instances.count).map(|instance| self.mappers_in(instance)).sum()
    }

    /// Operations per second due from all readers together, once all have joined; `None` in a closed loop.
    pub fn reader_rate_total(&self) -> Option<f64> {
        Some(self.readers.arrivals.rate_per_s()? * f64::from(self.readers.count))
    }

    pub fn writers_total(&self) -> u32 {
        self.writer.count * self.instances.count
    }

    pub fn workers_total(&self) -> u32 {
        self.readers.count + self.writers_total()
    }

    /// When the commits of each writer are due; `None` without writers.
    pub fn arrivals_of_each_writer(&self) -> Option<Arrivals> {
        let writers = self.writers_total();
        (writers > 0).then(|| self.writer.arrivals.divided_by(writers))
    }

    /// How much the file of one instance holds. `None` if the contents are copied: every instance then has all of it.
    pub fn amount_in(&self, instance: u32) -> Option<Amount> {
        let Contents::Generated { amount, .. } = &self.file.contents else { return None };
        let part = |total| share(total, self.instances.count, instance);
        Some(match *amount {
            Amount::Bytes(total) => Amount::Bytes(part(total)),
            Amount::Mailboxes(total) => Amount::Mailboxes(part(total)),
        })
    }

    /// Bytes in the file of one instance (the largest of them); `None` where the scenario gives no size in bytes.
    pub fn file_bytes_per_instance(&self) -> Option<u64> {
        if let Amount::Bytes(bytes) = self.amount_in(0)? { Some(bytes) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn parts_sum_to_the_total_and_differ_by_at_most_one(total in 0u64..5_000, parts in 1u32..100) {
            let all: Vec<u64> = (0..parts).map(|index| share(total, parts, index)).collect();
            proptest::prop_assert_eq!(all.iter().sum::<u64>(), total);
            proptest::prop_assert!(all[0] - all[all.len() - 1] <= 1);
            let dealt = |index| (0..total).filter(|number| number % u64::from(parts) == index).count() as u64;
            proptest::prop_assert_eq!(all[0], dealt(0));
        }
    }
}
