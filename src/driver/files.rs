//! The mapped files of a run, one per instance, made by a child process so that the driver keeps no thread and no heap of it.
//! They are removed when this is dropped, unless they are to be kept.

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail};

use super::child::in_child;
use crate::{
    mailboxes::{Error, Format, GeneratePlan, GenerateSpec, MEMORY, RecordStyle, detect, dump},
    os::{advice, page::page_size, regular_file::open_regular},
    scenario::{Contents, Emulation, Scenario},
    workload::Keys,
};

/// Keys that workers look up, at least, per instance (all, if it has fewer), and at most twice as many.
const KEYS: usize = 16_384;

/// The files and what is in them.
pub struct Files {
    /// One path per instance.
    pub paths: Vec<PathBuf>,
    /// Their format.
    pub format: Format,
    /// Their records' style.
    pub style: RecordStyle,
    /// Keys of each instance, spread over the whole file.
    pub keys: Vec<Keys>,
    /// Records of each instance.
    pub records: Vec<u64>,
    /// So many of `paths` are there, and are of our making.
    made: usize,
    keep: bool,
}

impl Files {
    /// Makes (or copies) the files of every instance in `directory`, which must exist.
    pub fn make(scenario: &Scenario, directory: &Path, keep: bool) -> anyhow::Result<Files> {
        let paths: Vec<PathBuf> =
            (0..scenario.instances.count).map(|i| directory.join(format!("mailboxes-{i}.db"))).collect();
        let (format, style) = match &scenario.file.contents {
            Contents::Generated { format, records, .. } => (*format, records.unwrap_or(RecordStyle::Cyrus36)),
            Contents::Copied { source } => {
                let format = detect(source).map_err(|error| error.at(source))?;
                (format, style_of(source, format)?)
            }
        };
        // What is made of a set that stays incomplete is of no use to anybody.
        let mut files = Files { paths, format, style, keys: vec![], records: vec![], made: 0, keep: false };
        for instance in 0..scenario.instances.count {
            files.make_one(scenario, instance)?;
            let (keys, records) = sample_keys(&files.paths[instance as usize], files.format)?;
            if keys.is_empty() {
                bail!("{}: holds no records to look up", files.paths[instance as usize].display());
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

    /// Makes the next file, in a child. One that exists already is an error, and is never touched.
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
                // Somebody has removed it already: nothing to do then.
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// Whether the file system can take a page away from everybody; asked behind the file's end, where nothing is.
fn can_be_demapped(path: &Path) -> anyhow::Result<()> {
    let file = fs::OpenOptions::new().write(true).open(path).with_context(|| path.display().to_string())?;
    let end = file.metadata().with_context(|| path.display().to_string())?.len().next_multiple_of(page_size());
    advice::punch(&file, end..end + page_size()).with_context(|| {
        format!(
            "{}: `writer.emulate = \"demap\"` needs a file system with holes; give another `file.directory`",
            path.display()
        )
    })
}

fn copy(source: &Path, mut to: &File, write_size: usize) -> anyhow::Result<()> {
    let at = || source.display().to_string();
    let mut from = open_regular(source).with_context(at)?;
    let mut piece = Vec::with_capacity(write_size);
    loop {
        piece.clear();
        // Whole pieces, however little a read gives: their size decides how large the page cache's folios are.
        (&mut from).take(write_size as u64).read_to_end(&mut piece).with_context(at)?;
        if piece.is_empty() {
            break;
        }
        to.write_all(&piece).map_err(|error| anyhow!("{}", Error::io("write")(error)))?;
    }
    to.sync_all().map_err(|error| anyhow!("{}", Error::io("fsync")(error)))
}

fn style_of(path: &Path, format: Format) -> anyhow::Result<RecordStyle> {
    let mut style = RecordStyle::Cyrus23;
    dump(path, format, |_, value| {
        if value.starts_with(b"%(") {
            style = RecordStyle::Cyrus36;
        }
        Ok(())
    })
    .map_err(|error| error.at(path))?;
    Ok(style)
}

/// Keys evenly spread over the file, and how many records it has.
fn sample_keys(path: &Path, format: Format) -> anyhow::Result<(Keys, u64)> {
    let (mut keys, mut step, mut place): (Vec<Vec<u8>>, u64, u64) = (Vec::with_capacity(2 * KEYS), 1, 0);
    let records = dump(path, format, |key, _| {
        if place.is_multiple_of(step) {
            if keys.len() == 2 * KEYS {
                // Every other one goes, and from here on only every other one comes: they stay evenly spread.
                let mut nth = 0;
                keys.retain(|_| {
                    nth += 1;
                    nth % 2 == 1
                });
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
    Ok((Keys::new(keys.iter().map(Vec::as_slice))?, records))
}
