//! The records of a packed skip list that still wait for what comes after them: their heads are kept in memory until they are linked on
//! all their levels, so that nothing of the file is read back.

use super::{Error, Storage};

/// A head that is to be written.
pub trait LinkedHead {
    /// Sets the pointer on `level`, on level 0 in the slot that the last commit, which ends at `committed`, can spare.
    fn set_next(&mut self, level: usize, to: u64, committed: u64);
    /// Its bytes, with their checksum.
    fn seal(&mut self) -> &[u8];
}

struct Waiting<H> {
    offset: u64,
    level: usize,
    head: H,
}

/// From the dummy to the last record, each one lower than the one before it.
pub struct Chain<H>(Vec<Waiting<H>>);

impl<H: LinkedHead> Chain<H> {
    /// Begins with the dummy, whose level is the highest.
    pub fn new(offset: u64, level: usize, head: H) -> Chain<H> {
        let mut waiting = Vec::with_capacity(level + 1);
        waiting.push(Waiting { offset, level, head });
        Chain(waiting)
    }

    /// Leads all that waited for a record of this level, which is written at `offset`, to it. What is committed ends at `committed`.
    pub fn link(
        &mut self,
        new: &mut impl Storage,
        (offset, level, head): (u64, usize, H),
        committed: u64,
    ) -> Result<(), Error> {
        let mut linked = 0;
        while linked < level
            && let Some(last) = self.0.last_mut()
        {
            let upto = last.level.min(level);
            (linked..upto).for_each(|level| last.head.set_next(level, offset, committed));
            new.write(last.offset, last.head.seal())?;
            linked = upto;
            if last.level <= level {
                self.0.pop();
            }
        }
        self.0.push(Waiting { offset, level, head });
        Ok(())
    }
}
