//! `stop-mappers`, emulated: after the update every mapper is stopped (`SIGSTOP`) for the time of a preset, and continues (`SIGCONT`).

use super::{Mappers, Outcome, Target, UpdateMethod};
use crate::os::clock::{now_ns, sleep_until};
use nix::sys::signal::Signal;

/// How long mappers are stopped: `base_ns`, and `per_mapper_ns` for each of them, nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopTime {
    pub base_ns: f64,
    pub per_mapper_ns: f64,
}

impl StopTime {
    pub fn of(&self, mappers: u32) -> u64 {
        (self.base_ns + self.per_mapper_ns * f64::from(mappers)).max(0.0) as u64
    }
}

pub struct StopMappers(pub StopTime);

impl UpdateMethod for StopMappers {
    fn update(&mut self, target: &mut Target<'_>, mappers: &mut dyn Mappers) -> Outcome {
        let changed = target.changed();
        target.pwrite(&changed, target.page())?;
        target.fdatasync()?;
        mappers.signal(Signal::SIGSTOP)?;
        sleep_until(now_ns() + self.0.of(mappers.count()));
        mappers.signal(Signal::SIGCONT)
    }
}
