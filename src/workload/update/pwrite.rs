//! `pwrite`: what Cyrus's commit is made of, alone or with the sync that follows it.

use nix::unistd::fsync;

use super::{Mappers, Outcome, Target, UpdateMethod, at};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Nothing,
    /// `fdatasync`: the data, and what is needed to find it.
    Fdatasync,
    Fsync,
}

pub struct Pwrite(pub Then);

impl UpdateMethod for Pwrite {
    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        let bytes = target.changed();
        target.pwrite(&bytes, target.page())?;
        match self.0 {
            Then::Nothing => Ok(()),
            Then::Fdatasync => target.fdatasync(),
            Then::Fsync => fsync(&target.file).map_err(at("fsync")),
        }
    }
}
