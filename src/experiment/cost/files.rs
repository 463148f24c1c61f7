//! The files of a cost experiment: for each site one with every number of mappers, all of a format with the same content.
//! They lie in directories of their own, which are gone when the experiment is.

use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::CostProgress;
use super::plan::{Plan, Site};
use crate::driver::{Files, OnceASecond};
use crate::mailboxes::{Format, Mapping, RecordStyle};
use crate::os::clock::now_ns;
use crate::os::{facts::Folio, folios};
use crate::results::Unfinished;
use crate::scenario::Scenario;
use crate::workload::mapper::MappedFile;
use crate::workload::update::{CommitFile, Target};

pub struct Content {
    pub bytes: Vec<u8>,
    pub commit: CommitFile,
}

impl Content {
    /// Makes the database of a scenario in `directory`, reads it into memory, and removes it.
    pub fn of(scenario: &Scenario, directory: &Path, interrupted: &AtomicBool) -> anyhow::Result<Content> {
        let files = Files::make(scenario, directory, false, interrupted)?;
        let bytes = fs::read(&files.paths[0]).with_context(|| files.paths[0].display().to_string())?;
        let all = &files.keys[0];
        // From 3.6 on some keys are ids, which are changed with the name; before, none is.
        let is_name = |key: &Vec<u8>| files.format == Format::Flat || key.starts_with(b"N");
        let mut keys: Vec<Vec<u8>> = (0..all.len()).map(|at| all.get(at).to_vec()).collect();
        if files.style != RecordStyle::Cyrus23 && keys.iter().any(is_name) {
            keys.retain(is_name);
        }
        keys.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(scenario.run.seed));
        Ok(Content {
            bytes,
            commit: CommitFile { format: files.format, order: files.order, style: files.style, keys: keys.into() },
        })
    }
}

/// Makes all files: those of a site follow each other, by the number of mappers.
pub fn make<'a>(
    plan: &Plan,
    sites: &[Site],
    places: &[Unfinished],
    contents: &'a [Content],
    on_step: &mut dyn FnMut(CostProgress),
) -> anyhow::Result<Vec<Target<'a>>> {
    let of = sites.len() * plan.levels.len();
    let (mut targets, mut report) = (Vec::with_capacity(of), OnceASecond::new(now_ns()));
    for (number, site) in sites.iter().enumerate() {
        for level in 0..plan.levels.len() {
            let path = places[site.directory].path().join(format!("site-{number}-level-{level}"));
            let made = Target::create(&path, &contents[site.format].bytes, site.write_size);
            targets.push(made.with_context(|| path.display().to_string())?);
            if report.is_due(now_ns()) {
                on_step(CostProgress::Making { made: targets.len(), of });
            }
        }
    }
    Ok(targets)
}

pub fn mapped(target: &Target<'_>, site: &Site) -> anyhow::Result<MappedFile> {
    Ok(MappedFile {
        path: CString::new(target.path.as_os_str().as_bytes()).context("the path holds a zero byte")?,
        size: target.size(),
        folio: target.folio(),
        last_folio: target.last_folio(),
        mode: site.mode,
    })
}

/// The size of the folio that holds the page which updates change, bytes.
pub fn folio_of(target: &Target<'_>) -> Result<u64, String> {
    let map = Mapping::of(&target.file, target.size()).map_err(|error| error.to_string())?;
    let folio = target.folio();
    let piece = map.bytes(target.size()).slice(folio.start, folio.end - folio.start);
    let found = Folio::sizes(&folios::list(piece.map_err(|error| error.to_string())?)?);
    // If the piece was kept in several folios, the largest is what most of it is in.
    let most = found.into_iter().max_by_key(|(bytes, count)| bytes * count);
    most.map(|(bytes, _)| bytes).ok_or_else(|| "the page is not in memory".to_owned())
}
