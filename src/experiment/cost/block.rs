//! A block: a few updates one after the other with the same mappers, each timed as a whole; what is put right in between is not.
//! The first update of a block is not counted: it pays for what the block before left behind. Where updates are long that is
//! little, and the time better spent on others.

use crate::{
    os::{clock::now_ns, counters::Counters},
    workload::{
        mapper::{MapMode, faults},
        update::{Aftermath, Ask, Mappers, Target, UpdateMethod},
    },
};

/// What one block showed.
#[derive(Default)]
pub struct Block {
    /// Times of its updates, nanoseconds, at least one.
    pub times: Vec<u64>,
    /// Page faults that the writer took in all of them.
    pub writer_faults: u64,
    /// If looked at: page faults that all mappers took when they next read, after all updates.
    pub mapper_faults: Option<u64>,
    /// If looked at: TLB interrupts that all CPUs received while updates ran.
    pub tlb_interrupts: Option<f64>,
    /// Folios that one update changes, if that is not one.
    pub folios: Option<u64>,
}

/// What to look at besides the time. It costs time between the updates, so it is done in one round only.
pub struct Looks<'a> {
    /// Count TLB interrupts.
    pub interrupts: Option<&'a mut Counters>,
    /// Let mappers read the page after each update, and count their faults.
    pub mapper_faults: bool,
}

impl Looks<'_> {
    /// TLB interrupts of all CPUs since the last call.
    fn interrupts(&mut self) -> Option<f64> {
        let counters = self.interrupts.as_mut()?;
        let columns = counters.columns();
        let values = counters.read(&|_| false);
        let tlb = columns.iter().zip(values).filter(|(name, _)| name.starts_with("tlb_interrupts"));
        tlb.map(|(_, value)| value).reduce(|sum, value| Some(sum? + value?))?
    }
}

impl Block {
    /// The typical time, nanoseconds.
    pub fn median(&self) -> f64 {
        let mut sorted = self.times.clone();
        sorted.sort_unstable();
        let middle = sorted.len() / 2;
        match (sorted.get(middle), middle.checked_sub(1).and_then(|before| sorted.get(before))) {
            (Some(above), Some(below)) if sorted.len().is_multiple_of(2) => (*above as f64).midpoint(*below as f64),
            (Some(one), _) => *one as f64,
            (None, _) => 0.0,
        }
    }
}

/// How many updates a block has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Before those that count.
    pub before: usize,
    /// That count, at least one.
    pub counted: usize,
}

/// Makes a block of updates of a file that is mapped in `mode`.
pub fn measure(
    method: &mut dyn UpdateMethod,
    target: &mut Target<'_>,
    mappers: &mut dyn Mappers,
    mode: MapMode,
    length: Length,
    mut looks: Looks<'_>,
) -> Result<Block, String> {
    let mut block = Block { times: Vec::with_capacity(length.counted), ..Block::default() };
    let mut measured = || -> Result<(), String> {
        for number in 0..length.before + length.counted {
            method.prepare(target)?;
            if mode == MapMode::Dirty {
                mappers.ask(Ask::Store)?;
            }
            looks.interrupts();
            let faults_before = faults();
            let began = now_ns();
            method.update(target, mappers)?;
            let ended = now_ns();
            let (faulted, interrupts) = (faults() - faults_before, looks.interrupts());
            if looks.mapper_faults {
                mappers.ask(Ask::Touch)?;
            }
            if number >= length.before {
                block.times.push(ended - began);
                block.writer_faults += faulted;
                block.tlb_interrupts = interrupts.map(|more| block.tlb_interrupts.unwrap_or(0.0) + more);
                let of_mappers = mappers.faults().filter(|_| looks.mapper_faults);
                block.mapper_faults = of_mappers.map(|more| block.mapper_faults.unwrap_or(0) + more);
            }
            match method.restore(target, mappers.count())? {
                Aftermath::Nothing => {}
                Aftermath::TouchFolios => mappers.ask(Ask::TouchFolios)?,
                Aftermath::TouchAll => mappers.ask(Ask::TouchAll)?,
            }
        }
        Ok(())
    };
    let outcome = measured();
    // The file is put back even after an error: other methods use it too.
    let finished = method.finish(target);
    outcome.and(finished)?;
    block.folios = method.folios();
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::update::{NoMappers, Outcome};

    #[test]
    fn the_median_is_the_middle() {
        let median = |times| Block { times, ..Block::default() }.median();
        assert_eq!(median(vec![9, 1, 5]), 5.0);
        assert_eq!(median(vec![4, 9, 1, 5]), 4.5);
    }

    /// Counts what it is asked for, and fails in its third update.
    #[derive(Default)]
    struct Failing {
        updates: u32,
        finished: bool,
    }

    impl UpdateMethod for Failing {
        fn update(&mut self, _: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
            self.updates += 1;
            if self.updates == 3 { Err("broken".to_owned()) } else { Ok(()) }
        }

        fn finish(&mut self, _: &mut Target<'_>) -> Outcome {
            self.finished = true;
            Ok(())
        }
    }

    #[test]
    fn one_update_more_than_is_counted_and_the_file_is_put_back_after_an_error() {
        let directory = tempfile::tempdir_in(".").unwrap();
        let mut target = Target::create(&directory.path().join("file"), &[1; 8192], 4096).unwrap();
        let mut method = Failing::default();
        let mut measure = |method: &mut Failing, looks| {
            measure(method, &mut target, &mut NoMappers, MapMode::ReadOnly, Length { before: 1, counted: 1 }, looks)
        };
        let block = measure(&mut method, Looks { interrupts: None, mapper_faults: true }).unwrap();
        assert_eq!((block.times.len(), method.updates), (1, 2));
        assert_eq!((block.mapper_faults, block.tlb_interrupts), (Some(0), None), "looked at, and not looked at");
        let error = measure(&mut method, Looks { interrupts: None, mapper_faults: false }).err();
        assert_eq!((error.as_deref(), method.finished), (Some("broken"), true));
    }
}
