//! `/proc/diskstats`: how busy the device below the mapped files is.

use std::os::unix::fs::MetadataExt;

use nix::sys::stat::{major, minor};

use super::{
    Column, Probe, ProcFile, Source, Subject, or_absent,
    texts::{Datum, Text},
};

const PATH: &str = "/proc/diskstats";
const REMEDY: &str = "the kernel needs CONFIG_BLOCK";

/// Places in a line after the three that name the device (Documentation/admin-guide/iostats), and whether they count.
const FIELDS: [(usize, &str, bool, u64); 6] = [
    (0, "device_reads", true, 1),
    (2, "device_read_sectors", true, 1),
    (4, "device_writes", true, 1),
    (8, "device_in_flight", false, 1),
    (9, "device_busy_us", true, 1000),
    (16, "device_flushes_us", true, 1000),
];

pub fn open(subject: Subject<'_>) -> Box<dyn Source> {
    let column = |name, counted| if counted { Column::counted(name) } else { Column::level(name) };
    let columns = FIELDS.map(|(_, name, counted, _)| column(name, counted));
    or_absent(device_of(subject).map(|device| source(device, &columns)), columns.to_vec())
}

fn source(device: (u64, u64), columns: &[Column; FIELDS.len()]) -> Box<dyn Source> {
    let datum = |((place, _, _, unit), column): ((usize, &str, bool, u64), &Column)| {
        let find =
            move |text: &str| Some(line(text, device)?.split_whitespace().nth(3 + place)?.parse::<u64>().ok()? * unit);
        Datum::new(column.clone(), &format!("{}. figure of this device", 1 + place), find)
    };
    let why = "kernels before 5.5 count fewer";
    Box::new(vec![Text::open(PATH, REMEDY, why, FIELDS.into_iter().zip(columns).map(datum).collect())])
}

/// The numbers of the device below the files, if it has a line.
fn device_of(subject: Subject<'_>) -> Probe<(u64, u64)> {
    let place = subject.directory;
    let device = std::fs::metadata(place).map_err(|error| format!("{}: {error}", place.display()))?.dev();
    let numbers = (major(device), minor(device));
    let mut file = ProcFile::open(PATH, REMEDY)?;
    if line(file.read().unwrap_or(""), numbers).is_none() {
        return Err(format!(
            "{PATH} has no device {}:{}: the file system of {} is on no block device of its own; put the files on one with \
             file.directory",
            numbers.0,
            numbers.1,
            place.display()
        ));
    }
    Ok(numbers)
}

fn line(text: &str, (major, minor): (u64, u64)) -> Option<&str> {
    text.lines().find(|line| {
        let mut fields = line.split_whitespace();
        let mut is = |number: u64| fields.next().and_then(|text| text.parse().ok()) == Some(number);
        is(major) && is(minor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_found_by_its_numbers() {
        let text = " 254       0 vda 11 0 22 0 33\n 254      16 vdb 7 0 8 0 9 0 0 0 1 500 500\n";
        assert!(line(text, (254, 16)).unwrap().contains("vdb 7"));
        assert_eq!(line(text, (254, 1)), None);
    }
}
