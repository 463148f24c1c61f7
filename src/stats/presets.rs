//! Machines that are not here, by what one update costs on them: for the emulated `stop-mappers` method.

/// A machine and file system, as its cost model `time of one update = base + per mapper · mappers`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    pub name: &'static str,
    /// Time of one update (write and sync of one page) without any mapper, nanoseconds.
    pub base_ns: f64,
    pub per_mapper_ns: f64,
}

impl Preset {
    /// Time of one update with so many mappers, nanoseconds.
    pub fn update_ns(&self, mappers: f64) -> f64 {
        self.base_ns + self.per_mapper_ns * mappers
    }
}

const PRESETS: [Preset; 3] = [
    // Sun Fire T2000 (UltraSPARC T1, 8 cores, 32 strands), Solaris 10, UFS, one dirty 8 KiB page per sync. That the cost is a base and a slope
    // follows from the source of OpenSolaris of 2007: the sync clears the reference bit of the page in every mapping that was used since the last
    // sync, and each costs a step of the walk, a compare-and-swap, the unloading of a TSB entry, and a cross call of its own to every strand the
    // process has ever run on. The times are not published anywhere and are ASSUMED here: 10 us per mapper (walk, swap and TSB about 1 us, at
    // 90 ns for each of a dozen accesses to memory; a hypervisor call that queues a trap for 31 other strands about 9 us, 0.3 us per strand), and
    // a base of 10 ms (one synchronous write to a disk of 2007: a seek, half a turn, and the file system's log). Both can be wrong by several
    // times; they were never measured.
    Preset { name: "t2000", base_ns: 10_000_000.0, per_mapper_ns: 10_000.0 },
    // These two were measured: Linux 6.18, ext4, page cache in folios of 1 MiB, the file opened read-write or read-only and mapped for reading;
    // virtual machine with 2 CPUs. Medians of pwrite and fdatasync of one page with 1, 1000 and 4000 mappers asleep: 143 us, 6.9 ms, 25.5 ms,
    // and read-only 79 us, 151 us, 287 us. A crude prototype in short runs: an order of magnitude, not a reference.
    Preset { name: "linux-6.18-ext4-1mib-read-write", base_ns: 143_000.0, per_mapper_ns: 6_400.0 },
    Preset { name: "linux-6.18-ext4-1mib-read-only", base_ns: 79_000.0, per_mapper_ns: 50.0 },
];

pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

pub fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|preset| preset.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_preset() {
        assert_eq!(names().count(), 3);
        for name in names() {
            let preset = find(name).unwrap();
            assert_eq!(preset.name, name);
            assert!(preset.base_ns > 0.0 && preset.per_mapper_ns > 0.0);
        }
        assert_eq!(find("T2000"), None);
    }

    #[test]
    fn the_measured_presets_give_what_was_measured() {
        for (name, at_4000) in [("linux-6.18-ext4-1mib-read-write", 25.5e6), ("linux-6.18-ext4-1mib-read-only", 287e3)]
        {
            let ratio = find(name).unwrap().update_ns(4000.0) / at_4000;
            assert!((ratio - 1.0).abs() < 0.05, "{name}: {ratio}");
        }
    }
}
