//! The names of `linux/counters` on a system that is not asked: only the files themselves are watched.
//! The rest is unavailable, with that as the reason.

use super::{
    counters::{Open, Source, Subject, or_absent},
    facts::Column,
    mapped_files,
};

/// Every source.
pub(super) const SOURCES: [(&str, Open); 2] =
    [("counters of the system", unavailable), ("size and identity of the files (stat)", mapped_files::open)];

/// Interrupts received: none are told.
pub(super) const INTERRUPTS: Open = unavailable;

fn unavailable(_: Subject<'_>) -> Box<dyn Source> {
    let why = "mapstorm does not know how to ask this system; run it on Linux or illumos".to_owned();
    or_absent(Err(why), vec![Column::counted("counters")])
}
