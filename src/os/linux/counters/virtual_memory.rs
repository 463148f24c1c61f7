//! `/proc/vmstat`: faults, reclaim, what is dirty or under write-back, and page tables.

use crate::os::page::page_size;

use super::{Column, ProcFile, Source, Subject, Told, field};

/// Counts since boot.
const COUNTED: [(&str, &str); 5] = [
    ("pgfault", "minor_faults"),
    ("pgmajfault", "major_faults"),
    ("pgscan_direct", "direct_reclaim_pages"),
    ("pgscan_kswapd", "background_reclaim_pages"),
    ("workingset_refault_file", "refaulted_file_pages"),
];
/// Pages now.
const LEVELS: [(&str, &str); 3] =
    [("nr_dirty", "dirty_bytes"), ("nr_writeback", "writeback_bytes"), ("nr_page_table_pages", "page_table_bytes")];

struct VirtualMemory {
    file: ProcFile,
    page: u64,
}

pub fn open(_: Subject<'_>) -> Told<Box<dyn Source>> {
    let mut file = ProcFile::open("/proc/vmstat", "mount /proc")?;
    file.read().ok_or("/proc/vmstat: cannot be read")?;
    Ok(Box::new(VirtualMemory { file, page: page_size() }))
}

impl Source for VirtualMemory {
    fn columns(&self) -> Vec<Column> {
        let counted = COUNTED.iter().map(|(_, name)| Column::counted(name));
        counted.chain(LEVELS.iter().map(|(_, name)| Column::level(name))).collect()
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        let text = self.file.read().unwrap_or("");
        values.extend(COUNTED.iter().map(|(field_name, _)| field(text, field_name)));
        // pgfault counts major ones too.
        let (faults, major) = (values.len() - COUNTED.len(), values.len() - COUNTED.len() + 1);
        values[faults] = values[faults].zip(values[major]).map(|(all, major)| all.saturating_sub(major));
        values.extend(LEVELS.iter().map(|(field_name, _)| field(text, field_name).map(|pages| pages * self.page)));
    }
}
