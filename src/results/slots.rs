//! `slots.csv`: operations due and completed per instance and slot of time, slots without any left out.

use std::io::Write;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::Run;
use crate::shm::{Slot, Slots};

#[derive(Serialize, Deserialize)]
struct Row {
    instance: u32,
    slot: u64,
    due: u32,
    completed: u32,
}

/// The most operations of a slot: those of all instances together are counted in 32 bits.
const MOST: u32 = u32::MAX / 1000;

pub fn write(slots: &Slots, to: impl Write) -> anyhow::Result<()> {
    let mut table = csv::WriterBuilder::new().has_headers(false).from_writer(to);
    table.write_record(["instance", "slot", "due", "completed"])?;
    for (instance, slots) in (0..).zip(&slots.instances) {
        for (slot, Slot { due, completed }) in (0..).zip(slots.iter().copied()) {
            if (due, completed) != (0, 0) {
                table.serialize(Row { instance, slot, due, completed })?;
            }
        }
    }
    table.flush().context("slots.csv")
}

/// Reads the slots of a run back; how many they are is within the bounds of [`super::limits`].
pub fn read(text: &[u8], run: &Run) -> anyhow::Result<Slots> {
    let (instances, length) = (run.scenario.instances.count as usize, run.summary.slots as usize);
    let instances = vec![vec![Slot::default(); length]; instances];
    let mut slots = Slots { width_ns: run.summary.slot_width_ns, instances };
    for row in csv::Reader::from_reader(text).deserialize() {
        let Row { instance, slot, due, completed } = row.context("slots.csv")?;
        if due.max(completed) > MOST {
            bail!(
                "slots.csv: slot {slot} of instance {instance}: {due} due, {completed} completed; at most {MOST} are possible"
            );
        }
        match slots.instances.get_mut(instance as usize).and_then(|slots| slots.get_mut(slot as usize)) {
            Some(place) => *place = Slot { due, completed },
            None => bail!("slots.csv: slot {slot} of instance {instance} lies outside the run"),
        }
    }
    Ok(slots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    #[test]
    fn slots_are_read_back_as_written() {
        let outcome = fixtures::outcome();
        let (mut run, mut text) = (fixtures::run(&outcome), Vec::new());
        write(&outcome.slots, &mut text).unwrap();
        assert_eq!(read(&text, &run).unwrap().instances, outcome.slots.instances);
        run.scenario.instances.count = 1;
        let error = read(&text, &run).unwrap_err().to_string();
        assert!(error.contains("instance 1"), "{error}");
    }
}
