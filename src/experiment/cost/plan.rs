//! What a cost experiment measures: methods × open modes × write sizes × directories, at which numbers of mappers, for how long.

use std::path::{Path, PathBuf};

use crate::driver::{Knobs, MEMORY_A_WORKER, Need, OTHERS, Room};
use crate::mailboxes::{Format, RecordStyle, memory_of};
use crate::os::pages::page_size;
use crate::results::{CostPlan, MapperKind};
use crate::scenario::{MapMode, ReadPattern};
use crate::stats::{self, Preset};
use crate::workload::update::{Method, Needs, Standard, StopTime};

/// Kernel memory of one mapping: its area, its open file. Generous: Linux 6.18 takes some 450 bytes.
const MEMORY_A_MAPPING: u64 = 1 << 10;

pub struct Plan {
    /// Where the files are: each on its own file system, or not.
    pub directories: Vec<PathBuf>,
    pub methods: Vec<&'static Method>,
    /// Whether every method is measured under all conditions, and not only under those that matter to it.
    pub full: bool,
    pub modes: Vec<MapMode>,
    /// Bytes per `write(2)` that files are made with.
    pub write_sizes: Vec<u64>,
    /// Numbers of mappers, rising from 0.
    pub levels: Vec<u32>,
    pub read_pattern: ReadPattern,
    /// Reads a second of all mappers of a file, if they read.
    pub reads_per_s: f64,
    pub visit_cpus: bool,
    pub mappers: MapperKind,
    /// Formats of the files: commits are measured in each, all else in the first.
    pub formats: Vec<Format>,
    /// The database that files are copies of, of that format and about that size; `None`: they are generated.
    pub source: Option<PathBuf>,
    /// What its records look like; `None`: as its format's usually do.
    pub records: Option<RecordStyle>,
    pub file_bytes: u64,
    /// Time for all of it, nanoseconds.
    pub budget_ns: u64,
    /// So long it measures at least once all mappers are there, whatever the budget, nanoseconds; 0: the budget is kept.
    pub measuring_ns: u64,
    pub stop_time: &'static Preset,
    /// Seed of all orders.
    pub seed: u64,
}

/// The default numbers of mappers: small ones show whether the cost model is straight, the largest determine its slope.
pub fn spread(most: u32) -> Vec<u32> {
    let mut levels = vec![0, most / 8, most / 4, most / 2, most];
    levels.dedup();
    levels
}

/// The files of one directory, format, open mode and write size: one for each number of mappers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    pub directory: usize,
    /// Its place in the plan's formats.
    pub format: usize,
    pub mode: MapMode,
    pub write_size: u64,
}

#[derive(Clone, Copy)]
pub struct Cell {
    pub method: &'static Method,
    pub site: usize,
}

impl Plan {
    /// One file in each format, mapped read-write by processes that sleep; these methods are measured under all conditions. The caller
    /// says with how many mappers.
    /// Errors: There is no stop time to emulate.
    pub fn asleep(
        directory: &Path,
        methods: Vec<&'static Method>,
        formats: Vec<Format>,
        budget_ns: u64,
        seed: u64,
    ) -> Result<Plan, String> {
        Ok(Plan {
            directories: vec![directory.to_owned()],
            methods,
            full: true,
            modes: vec![MapMode::ReadWrite],
            write_sizes: vec![1 << 20],
            levels: Vec::new(),
            read_pattern: ReadPattern::Asleep,
            reads_per_s: 1.0,
            visit_cpus: false,
            mappers: MapperKind::Processes,
            formats,
            source: None,
            records: None,
            file_bytes: 4 << 20,
            budget_ns,
            measuring_ns: 0,
            stop_time: stats::find("t2000").ok_or("there is no such preset")?,
            seed,
        })
    }

    pub fn sites(&self) -> Vec<Site> {
        let mut sites = Vec::new();
        for directory in 0..self.directories.len() {
            for format in 0..self.formats.len() {
                for &mode in &self.modes {
                    let site = |&write_size| Site { directory, format, mode, write_size };
                    sites.extend(self.write_sizes.iter().map(site));
                }
            }
        }
        sites
    }

    pub fn cells(&self) -> Vec<Cell> {
        let sites = self.sites();
        let all = self.methods.iter().flat_map(|&method| (0..sites.len()).map(move |site| Cell { method, site }));
        let matters = |cell: &Cell| self.full || self.matters(cell.method, &sites[cell.site]);
        all.filter(|cell| cell.method.is_commit() || sites[cell.site].format == 0).filter(matters).collect()
    }

    fn matters(&self, method: &Method, site: &Site) -> bool {
        let largest = self.write_sizes.iter().max() == Some(&site.write_size);
        let smallest = self.write_sizes.iter().min() == Some(&site.write_size);
        let as_cyrus = site.mode == MapMode::ReadWrite || !self.modes.contains(&MapMode::ReadWrite);
        match method.standard {
            Standard::All => true,
            Standard::Modes => largest,
            Standard::Folios => as_cyrus && (largest || smallest),
            Standard::One => as_cyrus && largest,
        }
    }

    /// Why a method cannot be measured as this plan wants it, whatever the system offers.
    pub fn forbids(&self, method: &Method) -> Option<String> {
        if method.needs == Needs::Sleepers && self.read_pattern != ReadPattern::Asleep {
            let why = "pages are gone for a moment, and a reader that reads one would be killed (SIGBUS)";
            return Some(why.to_owned());
        }
        let emulates_processes = matches!(method.name, "stop-mappers" | "replace");
        if self.mappers == MapperKind::Threads && emulates_processes {
            return Some("threads share one mapping and stop together: only processes have one each".to_owned());
        }
        None
    }

    pub fn need(&self) -> Need {
        let page = page_size();
        let most = u64::from(self.levels.last().copied().unwrap_or(0));
        let mappings: u64 = self.levels.iter().map(|level| u64::from(*level)).sum::<u64>() * self.sites().len() as u64;
        let table = (self.file_bytes.div_ceil(page) * size_of::<u64>() as u64).next_multiple_of(page) + page;
        // Besides them the content of each format is in memory, and a database is made on the disk.
        let count = (self.sites().len() * self.levels.len() + 1 + self.formats.len()) as u64;
        let files = self.file_bytes * count;
        let seconds = self.budget_ns.div_ceil(1_000_000_000);
        Need {
            processes: most + OTHERS,
            // The database is made before the first mapper is there.
            memory: (most * MEMORY_A_WORKER + mappings * (table + MEMORY_A_MAPPING)).max(memory_of(self.file_bytes))
                + files,
            disk: Room { bytes: files, files: count },
            largest_file: self.file_bytes,
            // Tables and report, and a block of measurements some times a second, twice.
            results: Room { bytes: (16 << 20) + seconds * (8 << 10), files: 40 },
            knobs: Knobs {
                processes: "--max-mappers",
                size: if self.source.is_some() { "--file" } else { "--size" },
                directory: "--dir",
                results: "--budget",
            },
        }
    }

    pub fn stop_time(&self) -> StopTime {
        StopTime { base_ns: self.stop_time.base_ns, per_mapper_ns: self.stop_time.per_mapper_ns }
    }

    pub fn facts(&self, file_bytes: u64) -> CostPlan {
        CostPlan {
            mappers: self.mappers,
            levels: self.levels.clone(),
            read_pattern: self.read_pattern,
            reads_per_s: self.reads_per_s,
            visited_cpus: self.visit_cpus,
            source: self.source.clone(),
            format: self.formats[0],
            file_bytes,
            budget_ns: self.budget_ns,
            stop_time_ns: [self.stop_time.base_ns, self.stop_time.per_mapper_ns],
            stop_time_of: self.stop_time.name.to_owned(),
            seed: self.seed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::least_ns;
    use super::*;
    use crate::workload::update::METHODS;

    #[test]
    fn levels_rise_from_none_to_all() {
        assert_eq!(spread(4000), [0, 500, 1000, 2000, 4000]);
        assert_eq!((spread(1), spread(3)), (vec![0, 1], vec![0, 1, 3]));
    }

    fn plan() -> Plan {
        Plan {
            directories: vec![".".into(), "/dev/shm".into()],
            modes: vec![MapMode::ReadOnly, MapMode::ReadWrite],
            write_sizes: vec![4096, 65536, 1 << 20],
            levels: spread(8),
            read_pattern: ReadPattern::Scan,
            ..Plan::asleep(Path::new("."), METHODS.iter().collect(), vec![Format::Twoskip], 1, 1).unwrap()
        }
    }

    #[test]
    fn every_combination_is_there_once() {
        let mut plan = plan();
        assert_eq!(plan.sites().len(), 12);
        assert_eq!(plan.cells().len(), 12 * METHODS.len());
        let forbidden: Vec<_> = METHODS.iter().filter(|method| plan.forbids(method).is_some()).collect();
        assert_eq!(forbidden.iter().map(|method| method.name).collect::<Vec<_>>(), ["shrink"]);
        plan.full = false;
        let cells = plan.cells();
        let count = |name: &str| cells.iter().filter(|cell| cell.method.name == name).count();
        assert_eq!(["commit-store", "commit-delete", "append", "punch", "remap"].map(count), [12, 4, 4, 4, 2]);
    }

    #[test]
    fn commits_are_measured_in_every_format_and_all_else_in_the_first() {
        let (one, formats) = (plan(), vec![Format::Skiplist, Format::Twoskip]);
        for full in [true, false] {
            let plan = Plan { full, formats: formats.clone(), ..self::plan() };
            let (cells, sites) = (plan.cells(), plan.sites());
            assert_eq!((sites.len(), plan.facts(1).format), (24, Format::Skiplist));
            let count = |name: &str| {
                let of_method = cells.iter().filter(|cell| cell.method.name == name);
                [0, 1].map(|format| of_method.clone().filter(|cell| sites[cell.site].format == format).count())
            };
            let all = if plan.full { 12 } else { 4 };
            assert_eq!(["commit-store", "commit-delete", "punch"].map(count), [[12, 12], [all, all], [all, 0]]);
            let files = |plan: &Plan| plan.need().disk.files;
            assert_eq!(files(&plan) - files(&one), 12 * plan.levels.len() as u64 + 1);
            // Of files so large that making them takes longest, and not what depends on this machine.
            let [one, both] = [&one.formats, &formats]
                .map(|formats| least_ns(&Plan { full, formats: formats.clone(), file_bytes: 1 << 40, ..self::plan() }));
            assert!(both as f64 > 1.8 * one as f64, "{one} ns, {both} ns");
        }
    }
}
