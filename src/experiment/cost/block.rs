//! A block: a few updates one after the other with the same mappers, each timed as a whole; what is put right in between is not.
//! The first update of a block is not counted: it pays for what the block before left behind.

use crate::{
    os::clock::now_ns,
    workload::{
        mapper::MapMode,
        update::{Aftermath, Ask, Mappers, Target, UpdateMethod},
    },
};

/// Times of the updates of one block, nanoseconds, at least one.
pub struct Block(pub Vec<u64>);

impl Block {
    /// The typical time, nanoseconds.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let middle = sorted.len() / 2;
        match (sorted.get(middle), middle.checked_sub(1).and_then(|before| sorted.get(before))) {
            (Some(above), Some(below)) if sorted.len().is_multiple_of(2) => (*above as f64).midpoint(*below as f64),
            (Some(one), _) => *one as f64,
            (None, _) => 0.0,
        }
    }
}

/// Makes `updates` updates (and one before them) of a file that is mapped in `mode`.
pub fn measure(
    method: &mut dyn UpdateMethod,
    target: &mut Target<'_>,
    mappers: &mut dyn Mappers,
    mode: MapMode,
    updates: usize,
) -> Result<Block, String> {
    let mut times = Vec::with_capacity(updates);
    let mut measured = || -> Result<(), String> {
        for number in 0..=updates {
            method.prepare(target)?;
            if mode == MapMode::Dirty {
                mappers.ask(Ask::Store)?;
            }
            let began = now_ns();
            method.update(target, mappers)?;
            let ended = now_ns();
            if number > 0 {
                times.push(ended - began);
            }
            if method.restore(target, mappers.count())? == Aftermath::Touch {
                mappers.ask(Ask::TouchAll)?;
            }
        }
        Ok(())
    };
    let outcome = measured();
    // The file is put back even after an error: other methods use it too.
    let finished = method.finish(target);
    outcome.and(finished).map(|()| Block(times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::update::{NoMappers, Outcome};

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(Block(vec![9, 1, 5]).median(), 5.0);
        assert_eq!(Block(vec![4, 9, 1, 5]).median(), 4.5);
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
        let block = measure(&mut method, &mut target, &mut NoMappers, MapMode::ReadOnly, 1).unwrap();
        assert_eq!((block.0.len(), method.updates), (1, 2));
        let error = measure(&mut method, &mut target, &mut NoMappers, MapMode::ReadOnly, 1).err();
        assert_eq!((error.as_deref(), method.finished), (Some("broken"), true));
    }
}
