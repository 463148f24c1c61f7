//! The memory modules by the firmware's table (SMBIOS, structures of type 17 "Memory Device"), which only root may read.

use super::{facts::Probe, tree::Tree};
use crate::os::platform::MemoryModule;

const TABLE: &str = "/sys/firmware/dmi/tables/DMI";
const MEMORY_DEVICE: u8 = 17;
const END: u8 = 127;

pub fn memory_modules(tree: Tree) -> Probe<Vec<MemoryModule>> {
    let table = tree.bytes(TABLE).map_err(|why| match tree.path(TABLE).exists() {
        true => format!("{why}; run as root"),
        false => format!("{why}; the firmware hands this system no SMBIOS"),
    })?;
    let modules: Vec<MemoryModule> = structures(&table).filter_map(module).collect();
    if modules.is_empty() { Err(format!("{TABLE} lists no memory module that is plugged in")) } else { Ok(modules) }
}

/// The formatted part of each structure: a head of four bytes with type and length, then fields; strings follow, and two zeros end it.
fn structures(mut table: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let length = usize::from(*table.get(1)?);
        let (structure, strings) = table.split_at_checked(length).filter(|_| length >= 4)?;
        let end = strings.windows(2).position(|pair| pair == [0, 0])?;
        table = if structure[0] == END { &[] } else { &strings[end + 2..] };
        Some(structure)
    })
}

/// `None`: it is no memory device, or an empty slot.
fn module(structure: &[u8]) -> Option<MemoryModule> {
    let byte = |at: usize| structure.get(at).copied();
    let word = |at: usize| Some(u16::from_le_bytes(structure.get(at..at + 2)?.try_into().ok()?));
    let long = |at: usize| Some(u32::from_le_bytes(structure.get(at..at + 4)?.try_into().ok()?));
    if byte(0)? != MEMORY_DEVICE {
        return None;
    }
    let bytes = match word(0x0c)? {
        0 => return None,
        0xffff => Err("the firmware does not know the size".to_owned()),
        0x7fff => {
            long(0x1c).map(|mib| u64::from(mib) << 20).ok_or_else(|| "the firmware's entry is too short".to_owned())
        }
        kib if kib & 0x8000 != 0 => Ok(u64::from(kib & 0x7fff) << 10),
        mib => Ok(u64::from(mib) << 20),
    };
    // The configured speed, and the fields that took its place where 16 bits do not hold it. 0: unknown.
    let speed = match word(0x20) {
        Some(0xffff) => long(0x58),
        speed => speed.map(u32::from),
    };
    let speed = speed.filter(|speed| *speed > 0).map(u64::from);
    Some(MemoryModule {
        bytes: bytes.into(),
        kind: kind(byte(0x12)).into(),
        mega_transfers_per_s: speed.ok_or_else(|| "the firmware does not know the speed".to_owned()).into(),
    })
}

fn kind(code: Option<u8>) -> Probe<String> {
    let name = match code {
        Some(0x07) => "RAM",
        Some(0x0f) => "SDRAM",
        Some(0x12) => "DDR",
        Some(0x13) => "DDR2",
        Some(0x14) => "DDR2 FB-DIMM",
        Some(0x18) => "DDR3",
        Some(0x1a) => "DDR4",
        Some(0x1d) => "LPDDR3",
        Some(0x1e) => "LPDDR4",
        Some(0x20) => "HBM",
        Some(0x21) => "HBM2",
        Some(0x22) => "DDR5",
        Some(0x23) => "LPDDR5",
        Some(0x24) => "HBM3",
        Some(code) => return Err(format!("the firmware's code {code:#04x} is of no type known to mapstorm")),
        None => return Err("the firmware's entry is too short".to_owned()),
    };
    Ok(name.to_owned())
}
