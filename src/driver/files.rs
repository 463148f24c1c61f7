//! The mapped files of a run, one per instance, made by a child process so that the driver keeps no thread and no heap of it.
//! They are removed when this is dropped, unless they are to be kept.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context, anyhow, bail};

use super::child::in_child;
use crate::mailboxes::{
    Error, Format, GeneratePlan, GenerateSpec, Inspected, KeyOrder, LockKind, MEMORY, Patience, RecordStyle, Summary,
    list, repair,
};
use crate::note;
use crate::os::advice;
use crate::os::pages::page_size;
use crate::os::regular_file::open_regular;
use crate::scenario::{Contents, Emulation, Scenario};
use crate::workload::Keys;

/// Keys that workers look up, at least, per instance (all, if it has fewer), and at most twice as many.
const KEYS: usize = 16_384;

pub struct Files {
    pub paths: Vec<PathBuf>,
    pub format: Format,
    pub order: KeyOrder,
    pub style: RecordStyle,
    /// Keys of each instance, spread over the whole file.
    pub keys: Vec<Keys>,
    pub records: Vec<u64>,
    /// So many of `paths` were made by this run.
    made: usize,
    keep: bool,
}

impl Files {
    /// Makes (or copies) the files of every instance in an existing directory. `interrupted` ends the wait for a locked source.
    pub fn make(scenario: &Scenario, directory: &Path, keep: bool, interrupted: &AtomicBool) -> anyhow::Result<Files> {
        let paths: Vec<PathBuf> =
            (0..scenario.instances.count).map(|i| directory.join(format!("mailboxes-{i}.db"))).collect();
        // Its lock is kept until all copies are made.
        let source = match &scenario.file.contents {
            Contents::Generated { .. } => None,
            Contents::Copied { source } => Some(Source::open(source, interrupted)?),
        };
        let (format, order, style) = match (&scenario.file.contents, &source) {
            (_, Some(source)) => (source.summary.format, source.summary.order, RecordStyle::Cyrus23),
            (Contents::Generated { format, records, .. }, None) => {
                (*format, KeyOrder::Plain, records.unwrap_or(RecordStyle::Cyrus36))
            }
            (Contents::Copied { .. }, None) => bail!("a copied file has a source"),
        };
        if format == Format::Twom && scenario.readers.lock == LockKind::Flock {
            bail!(
                "a twom file is locked by ranges of bytes, which `flock` cannot: give `readers.lock = \"fcntl\"` or `\"ofd\"`"
            );
        }
        // Until the set is complete its files are removed in any case.
        let mut files = Files { paths, format, order, style, keys: vec![], records: vec![], made: 0, keep: false };
        for instance in 0..scenario.instances.count {
            files.make_one(scenario, instance)?;
            let path = &files.paths[instance as usize];
            if let Some(source) = &source {
                repair(path, &source.summary).map_err(|error| error.at(path))?;
            }
            let (keys, records, style) = sample(path, order)?;
            if keys.is_empty() {
                bail!("{}: holds no records to look up", path.display());
            }
            if source.is_some() {
                files.style = style;
            }
            files.keys.push(keys);
            files.records.push(records);
        }
        if scenario.writer.emulate == Emulation::Demap {
            files.paths.iter().try_for_each(|path| can_be_demapped(path))?;
        }
        files.keep = keep;
        Ok(files)
    }

    /// Makes the next file, in a child. A file that exists already is an error, and is never changed.
    fn make_one(&mut self, scenario: &Scenario, instance: u32) -> anyhow::Result<()> {
        let path = &self.paths[instance as usize];
        let at = || path.display().to_string();
        let file = File::create_new(path).with_context(at)?;
        self.made += 1;
        let write_size = usize::try_from(scenario.file.write_size_bytes)?;
        match &scenario.file.contents {
            Contents::Copied { source } => in_child(|| copy(source, &file, write_size)),
            Contents::Generated { .. } => {
                let spec = GenerateSpec {
                    format: self.format,
                    style: self.style,
                    amount: scenario.amount_in(instance).context("a generated file has a size")?,
                    seed: scenario.run.seed.wrapping_add(u64::from(instance)),
                    write_size,
                };
                let make = || GeneratePlan::new(&spec, MEMORY)?.make(&file);
                in_child(|| make().map(|_| ()).map_err(|error| anyhow!("{error}")))
            }
        }
        .with_context(|| format!("{}: could not be made", path.display()))
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        if !self.keep {
            for path in &self.paths[..self.made] {
                // It fails if the file has been removed already: then there is nothing to do.
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// Whether the file system can unmap a page from all processes; tried after the file's end, where there is no data.
fn can_be_demapped(path: &Path) -> anyhow::Result<()> {
    let at = || path.display().to_string();
    let file = fs::OpenOptions::new().write(true).open(path).with_context(at)?;
    let end = file.metadata().with_context(at)?.len().next_multiple_of(page_size());
    let refused = |why| {
        anyhow!(
            "{}: `writer.emulate = \"demap\"` needs a file system where a hole unmaps pages: {why}; set another `file.directory`",
            at()
        )
    };
    advice::punch(&file, end..end + page_size()).map_err(refused)
}

fn copy(source: &Path, mut to: &File, write_size: usize) -> anyhow::Result<()> {
    let at = || source.display().to_string();
    let mut from = open_regular(source).with_context(at)?;
    let mut piece = Vec::with_capacity(write_size);
    loop {
        piece.clear();
        // Whole pieces, also after short reads: their size decides how large the page cache's folios are.
        (&mut from).take(write_size as u64).read_to_end(&mut piece).with_context(at)?;
        if piece.is_empty() {
            break;
        }
        to.write_all(&piece).map_err(|error| anyhow!("{}", Error::io("write")(error)))?;
    }
    to.sync_all().map_err(|error| anyhow!("{}", Error::io("fsync")(error)))
}

/// A file that is copied: checked, and locked against writers, as long as this lives.
struct Source {
    summary: Summary,
    _locked: Inspected,
}

impl Source {
    fn open(path: &Path, interrupted: &AtomicBool) -> anyhow::Result<Source> {
        let mut wait = LockWait { path: path.to_owned(), interrupted: Some(interrupted) };
        let opened = Inspected::open(path, &mut wait).and_then(|file| Ok((file.check()?, file)));
        let (summary, locked) = opened.map_err(|error| error.at(path))?;
        Ok(Source { summary, _locked: locked })
    }
}

/// Reports on standard error that a file is locked by another process: one line, after a second.
pub struct LockWait<'a> {
    pub path: PathBuf,
    /// Set by a signal handler: the wait is over. Without, the first signal ends the process.
    pub interrupted: Option<&'a AtomicBool>,
}

impl Patience for LockWait<'_> {
    fn still_waiting(&mut self, holder: Option<u32>) {
        let holder = holder.map_or("another process".to_owned(), |pid| format!("process {pid}"));
        note!("{}: locked by {holder}; waiting for it (Ctrl-C gives up)", self.path.display());
    }

    fn is_over(&self) -> bool {
        self.interrupted.is_some_and(|interrupted| interrupted.load(Relaxed))
    }
}

/// Some keys of a file, the number of its records, and their style.
fn sample(path: &Path, order: KeyOrder) -> anyhow::Result<(Keys, u64, RecordStyle)> {
    let (mut keys, mut step, mut place): (Vec<Vec<u8>>, u64, u64) = (Vec::with_capacity(2 * KEYS), 1, 0);
    let mut style = RecordStyle::Cyrus23;
    let records = list(path, order, |key, value| {
        style = style.max(RecordStyle::shown_by(key, value));
        if place.is_multiple_of(step) {
            if keys.len() == 2 * KEYS {
                // Every other key is removed, and from here on only every other one is added: they stay evenly spread.
                keys = std::mem::take(&mut keys).into_iter().step_by(2).collect();
                step *= 2;
            }
            if place.is_multiple_of(step) {
                keys.push(key.to_vec());
            }
        }
        place += 1;
        Ok(())
    })
    .map_err(|error| error.at(path))?;
    Ok((Keys::new(keys.iter().map(Vec::as_slice))?, records, style))
}
