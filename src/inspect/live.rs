//! The system that runs now.
//!
//! JOIN: `who`, `groups`, `locks` and `files_of` come from `inspect::who` and `inspect::locks`; `file`, `format` and `observe` from
//! `inspect::page_cache`, `inspect::format` and `inspect::load`. Until then what they would say is unavailable.

use std::{os::unix::fs::MetadataExt, sync::atomic::Ordering::Relaxed};

use super::{Lens, MappedFile, Target, Window};
use crate::{
    os::{
        clock::{now_ns, sleep_until},
        environment::file_system,
    },
    results::{FileFormat, FileLocks, InspectedFile, LiveLoad, MapperGroup, PageCache, ProcessOfFile, Sampled, Unseen},
};

/// A signal is noticed within this time, nanoseconds.
const LONGEST_SLEEP_NS: u64 = 50_000_000;
const NOT_YET: &str = "this version does not look for it yet";

/// Answers from the system itself.
#[derive(Debug, Default)]
pub struct LiveLens;

impl Lens for LiveLens {
    fn files_of(&mut self, _: u32) -> Result<Vec<MappedFile>, String> {
        // JOIN: os::processes.
        Err(NOT_YET.to_owned())
    }

    fn who(&mut self, _: &Target) -> (Vec<ProcessOfFile>, Unseen) {
        // JOIN: who(target).
        (Vec::new(), Unseen { because: vec![format!("processes: {NOT_YET}")], ..Unseen::default() })
    }

    fn groups(&self, _: &[ProcessOfFile]) -> Vec<MapperGroup> {
        // JOIN: groups(processes).
        Vec::new()
    }

    fn file(&mut self, target: &Target) -> InspectedFile {
        // JOIN: page_cache and the facts of the file.
        let facts = target.path.metadata().ok();
        let changed = facts.as_ref().and_then(|facts| facts.modified().ok()?.elapsed().ok());
        InspectedFile {
            path: target.path.clone(),
            device: format!("{}:{}", nix::sys::stat::major(target.device), nix::sys::stat::minor(target.device)),
            inode: target.inode,
            bytes: facts.map_or(0, |facts| facts.size()),
            since_change_ns: changed.map_or(0, |changed| changed.as_nanos() as u64),
            file_system: file_system(&target.path).into(),
            page_cache: PageCache {
                resident_bytes: Err(NOT_YET.to_owned()).into(),
                dirty_bytes: Err(NOT_YET.to_owned()).into(),
                folios: Err(NOT_YET.to_owned()).into(),
                folios_of_bytes: 0,
            },
        }
    }

    fn format(&mut self, target: &Target, _: &[ProcessOfFile]) -> FileFormat {
        // JOIN: format(target, processes).
        let found = crate::mailboxes::detect(&target.path);
        let name = found.as_ref().map_or("unknown", |format| format.name());
        FileFormat {
            name: name.to_owned(),
            description: found.as_ref().map_or_else(ToString::to_string, |format| format!("a {} file", format.name())),
            by_content: found.is_ok(),
            syncs_per_commit: None,
            records: None,
            commits: None,
            checkpoint: None,
            until_remap_bytes: None,
            behind_bytes: None,
        }
    }

    fn observe(
        &mut self,
        _: &Target,
        _: &mut [ProcessOfFile],
        window: Window<'_>,
        _: &mut dyn FnMut(&Sampled),
    ) -> (LiveLoad, FileLocks) {
        // JOIN: observe(target, processes, window, look).
        let began_ns = now_ns();
        let is_over = |now_ns: u64| window.length_ns.is_some_and(|length_ns| now_ns - began_ns >= length_ns);
        while !window.stop.load(Relaxed) && !is_over(now_ns()) {
            sleep_until(now_ns() + window.interval_ns.min(LONGEST_SLEEP_NS));
        }
        let locks =
            FileLocks { held: Err(NOT_YET.to_owned()).into(), looks: 0, most_waiters: 0, exclusive_share: None };
        (LiveLoad::unseen(NOT_YET), locks)
    }
}
