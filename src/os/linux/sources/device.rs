//! `/proc/diskstats`: how busy the device below the mapped files is.

use std::os::unix::fs::MetadataExt;

use nix::sys::stat::{major, minor};

use super::{
    Column, Probe, ProcFile, Source, Subject, or_absent,
    texts::{self, Figure},
};

const PATH: &str = "/proc/diskstats";
const REMEDY: &str = "the kernel needs CONFIG_BLOCK";

type MakeColumn = fn(&str) -> Column;

/// Places in a line after the three that name the device (Documentation/admin-guide/iostats), the kind of column, and the unit.
const FIELDS: [(usize, MakeColumn, &str, u64); 6] = [
    (0, Column::counted, "device_reads", 1),
    (2, Column::counted, "device_read_sectors", 1),
    (4, Column::counted, "device_writes", 1),
    (8, Column::level, "device_in_flight", 1),
    (9, Column::counted, "device_busy_us", 1000),
    (16, Column::counted, "device_flushes_us", 1000),
];

pub fn open(subject: Subject<'_>) -> Source {
    let opened = device_of(subject).map(|device| {
        let figures = FIELDS.map(|(place, column, name, unit)| {
            Figure::new(column(name), format!("{}. figure of this device", 1 + place), move |text| {
                Some(line(text, device)?.split_whitespace().nth(3 + place)?.parse::<u64>().ok()? * unit)
            })
        });
        texts::open(PATH, REMEDY, "kernels before 5.5 count fewer", figures.into())
    });
    or_absent(opened, FIELDS.map(|(_, column, name, _)| column(name)).to_vec())
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
