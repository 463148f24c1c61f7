//! `/proc/diskstats`: how busy the device below the mapped files is.

use std::os::unix::fs::MetadataExt;

use nix::sys::stat::{major, minor};

use super::{Column, ProcFile, Source, Subject, Told};

/// Places in a line after the three that name the device (Documentation/admin-guide/iostats), and whether they count.
const FIELDS: [(usize, &str, bool, u64); 6] = [
    (0, "device_reads", true, 1),
    (2, "device_read_sectors", true, 1),
    (4, "device_writes", true, 1),
    (8, "device_in_flight", false, 1),
    (9, "device_busy_us", true, 1000),
    (16, "device_flushes_us", true, 1000),
];

struct Device {
    file: ProcFile,
    major: u64,
    minor: u64,
}

pub fn open(subject: Subject<'_>) -> Told<Box<dyn Source>> {
    let place = subject.directory;
    let device = std::fs::metadata(place).map_err(|error| format!("{}: {error}", place.display()))?.dev();
    let file = ProcFile::open("/proc/diskstats", "the kernel needs CONFIG_BLOCK")?;
    let mut device = Device { file, major: major(device), minor: minor(device) };
    if device.line().is_none() {
        return Err(format!(
            "/proc/diskstats has no device {}:{}: the file system of {} is on no block device of its own; put the files on one \
             with file.directory",
            device.major,
            device.minor,
            place.display()
        ));
    }
    Ok(Box::new(device))
}

impl Device {
    /// The fields after the device's name.
    fn line(&mut self) -> Option<Vec<u64>> {
        let (major, minor) = (self.major, self.minor);
        self.file.read()?.lines().find_map(|line| {
            let mut fields = line.split_whitespace();
            let is = |field: Option<&str>, number: u64| field.and_then(|text| text.parse().ok()) == Some(number);
            (is(fields.next(), major) && is(fields.next(), minor))
                .then(|| fields.skip(1).map_while(|field| field.parse().ok()).collect())
        })
    }
}

impl Source for Device {
    fn columns(&self) -> Vec<Column> {
        let column = |name, counted| if counted { Column::counted(name) } else { Column::level(name) };
        FIELDS.iter().map(|(_, name, counted, _)| column(name, *counted)).collect()
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        let fields = self.line().unwrap_or_default();
        values.extend(FIELDS.iter().map(|(place, _, _, unit)| fields.get(*place).map(|value| value * unit)));
    }
}
