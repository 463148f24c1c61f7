//! `slots.csv`: operations due and completed per instance and slot of time, slots without any left out.

use std::io::{Read, Write};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::record::{Slot, Slots};

#[derive(Serialize, Deserialize)]
struct Row {
    instance: u32,
    slot: u64,
    due: u32,
    completed: u32,
}

/// Writes all slots.
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

/// Reads them back: `instances` of them, each `length` slots of `width_ns`.
pub fn read(from: impl Read, instances: u32, length: u64, width_ns: u64) -> anyhow::Result<Slots> {
    let mut slots = Slots { width_ns, instances: vec![vec![Slot::default(); length as usize]; instances as usize] };
    for row in csv::Reader::from_reader(from).deserialize() {
        let Row { instance, slot, due, completed } = row.context("slots.csv")?;
        let place = slots.instances.get_mut(instance as usize).and_then(|slots| slots.get_mut(slot as usize));
        match place {
            Some(place) => *place = Slot { due, completed },
            None => bail!("slots.csv: slot {slot} of instance {instance} lies outside the run"),
        }
    }
    Ok(slots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sample::outcome;

    #[test]
    fn slots_come_back_as_they_were() {
        let slots = outcome().slots;
        let mut text = Vec::new();
        write(&slots, &mut text).unwrap();
        let length = slots.instances[0].len() as u64;
        let back = read(text.as_slice(), 2, length, slots.width_ns).unwrap();
        assert_eq!(back.instances, slots.instances);
        let error = read(text.as_slice(), 1, length, slots.width_ns).unwrap_err().to_string();
        assert!(error.contains("instance 1"), "{error}");
    }
}
