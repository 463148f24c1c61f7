//! `/proc/vmstat`: faults, reclaim, what is dirty or under write-back, and page tables.

use crate::os::pages::page_size;

use super::{
    Column, Source, Subject, field,
    texts::{Datum, Text},
};

/// Counts since boot.
const COUNTED: [(&str, &str); 4] = [
    ("pgmajfault", "major_faults"),
    ("pgscan_direct", "direct_reclaim_pages"),
    ("pgscan_kswapd", "background_reclaim_pages"),
    ("workingset_refault_file", "refaulted_file_pages"),
];
/// Pages now.
const LEVELS: [(&str, &str); 3] =
    [("nr_dirty", "dirty_bytes"), ("nr_writeback", "writeback_bytes"), ("nr_page_table_pages", "page_table_bytes")];

pub fn open(_: Subject<'_>) -> Box<dyn Source> {
    let page = page_size();
    // pgfault counts major ones too.
    let minor = |text: &str| Some(field(text, "pgfault")?.saturating_sub(field(text, "pgmajfault")?));
    let minor = Datum::new(Column::counted("minor_faults"), "pgfault beside pgmajfault", minor);
    let counted = COUNTED.map(|(is, name)| Datum::new(Column::counted(name), is, move |text| field(text, is)));
    let levels = LEVELS
        .map(|(is, name)| Datum::new(Column::level(name), is, move |text| field(text, is).map(|pages| pages * page)));
    let data = std::iter::once(minor).chain(counted).chain(levels).collect();
    let why = "this kernel does not count it under that name (the newest of them since Linux 5.9)";
    Box::new(vec![Text::open("/proc/vmstat", "mount /proc", why, data)])
}
