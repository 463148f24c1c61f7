//! Makes a mailbox file from a seed: realistic records, packed as the format's own checkpoint leaves it.
//! In bounded memory, whatever the size of the file; how much there is changes the time that it takes, and nothing in the file.

use std::{
    fs::{self, File, OpenOptions},
    path::Path,
};

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Amount, Error, Format, RecordStyle, flat,
    format::{AddRecord, Origin},
    records::{Kind, Mailboxes},
    skiplist,
    sorted::{SORTED_BYTES, in_order},
    write_behind::WriteBehind,
};

#[derive(Clone, Copy, Debug)]
pub struct GenerateSpec {
    pub format: Format,
    pub style: RecordStyle,
    pub amount: Amount,
    pub seed: u64,
    /// Bytes a `write(2)`, at most [`MOST_WRITE_SIZE`]: decides how large the page cache's folios are.
    pub write_size: usize,
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Generated {
    /// Size of the file.
    pub bytes: u64,
    /// Mailboxes in it.
    pub mailboxes: u64,
    /// Records in it: one to three a mailbox.
    pub records: u64,
    /// Bytes a `write(2)` that it was made with.
    pub write_size: u64,
}

/// Memory for making a file, bytes: half for sorting, half for what is not written yet.
pub const MEMORY: usize = 192 << 20;
/// What the process that makes a file needs in addition, at most: its program, libraries and stack.
const OWN_MEMORY: u64 = 64 << 20;
pub const MOST_WRITE_SIZE: usize = 64 << 20;

/// The largest request: names of mailboxes have room for so many users.
const MOST_BYTES: u64 = 1 << 44;
const MOST_MAILBOXES: u64 = 100_000_000_000;

/// The most memory that a process takes to make a file of so many bytes: 256 MiB, whatever its size. The file's pages in the page cache
/// are not among them.
pub fn memory_of(bytes: u64) -> u64 {
    // A mailbox is sorted in a fourth of what it takes in the file, and of a small file a little more than all is held.
    OWN_MEMORY + bytes.saturating_mul(2).min(MEMORY as u64)
}

/// About how large a file gets, bytes; by a sample, if only the number of mailboxes is known.
pub fn expected_bytes(format: Format, style: RecordStyle, amount: Amount) -> u64 {
    /// Enough that what a mailbox takes is known to some percent; a twentieth is added for the rest.
    const SAMPLE: u64 = 20_000;
    match (amount, format) {
        (Amount::Bytes(bytes), _) => bytes,
        (Amount::Mailboxes(pages), Format::Flat) => pages.saturating_add(1).saturating_mul(flat::PAGE),
        (Amount::Mailboxes(count), _) => {
            let mut sample = Mailboxes::new(style, Amount::Mailboxes(count.min(SAMPLE)), 0, overhead(format));
            sample.by_ref().for_each(drop);
            (sample.bytes() as f64 * 1.05 * count as f64 / count.clamp(1, SAMPLE) as f64) as u64
        }
    }
}

/// Mean bytes that a format adds to a record's key and value: its head at the mean level, padding, and for twoskip its share
/// of the padding that keeps heads inside 512-byte sectors.
fn overhead(format: Format) -> u64 {
    if format == Format::Skiplist { 24 + 3 } else { 40 + 4 + 2 }
}

#[cfg(test)]
pub fn generate(path: &Path, spec: &GenerateSpec) -> Result<Generated, Error> {
    generate_within(path, spec, MEMORY)
}

/// Makes a new file. An existing one is an error: nothing is ever overwritten. After an error no half of a file is left.
pub fn generate_within(path: &Path, spec: &GenerateSpec, memory: usize) -> Result<Generated, Error> {
    let plan = GeneratePlan::new(spec, memory)?;
    let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(Error::io("open(O_CREAT|O_EXCL)"))?;
    plan.make(&file).inspect_err(|_| {
        // The first failure is reported; a rest that cannot be removed either is seen by its name.
        let _ = fs::remove_file(path);
    })
}

/// A file that can be made: how much is in it is known.
pub struct GeneratePlan<'s> {
    spec: &'s GenerateSpec,
    memory: usize,
    mailboxes: u64,
    /// Not to the byte.
    bytes: u64,
}

impl<'s> GeneratePlan<'s> {
    pub fn new(spec: &'s GenerateSpec, memory: usize) -> Result<GeneratePlan<'s>, Error> {
        if spec.write_size > MOST_WRITE_SIZE {
            return Err(Error::TooLarge { what: "a write of the generator", limit: MOST_WRITE_SIZE as u64 });
        }
        let (what, limit) = ("a generated file", MOST_BYTES);
        match spec.amount {
            Amount::Mailboxes(MOST_MAILBOXES..) => {
                return Err(Error::Unsupported { what: "the generator makes fewer than 100,000,000,000 mailboxes" });
            }
            // What a record takes is at most a tenth less than the mean that is counted for it: there is no need to look.
            Amount::Bytes(bytes) if spec.format == Format::Skiplist && bytes / 11 * 10 > u64::from(u32::MAX) => {
                return Err(skiplist::TOO_LARGE);
            }
            Amount::Bytes(bytes) if bytes > limit => return Err(Error::TooLarge { what, limit }),
            _ => {}
        }
        let (mailboxes, bytes) = if spec.format == Format::Flat { plan_flat(spec, memory)? } else { count(spec)? };
        Ok(GeneratePlan { spec, memory, mailboxes, bytes })
    }

    pub fn make(&self, file: &File) -> Result<Generated, Error> {
        let GenerateSpec { format, style, seed, write_size, .. } = *self.spec;
        let mut out = WriteBehind::new(file, write_size, self.memory / 2, self.bytes)?;
        if format == Format::Flat {
            flat::build(&mut out, self.mailboxes, seed)?;
        } else {
            let origin = Origin::New { seed, expected: self.bytes };
            let mut levels = Xoshiro256PlusPlus::seed_from_u64(seed);
            format.pack(origin, &mut out, &mut levels, |add| self.each_record(add))?;
        }
        let bytes = out.finish()?;
        file.sync_all().map_err(Error::io("fsync"))?;
        let kinds = if format == Format::Flat { 1 } else { Kind::of(style).len() as u64 };
        let (mailboxes, records) = (self.mailboxes, self.mailboxes * kinds);
        Ok(Generated { bytes, mailboxes, records, write_size: write_size as u64 })
    }

    /// Gives all records to `add`, in the order of their keys.
    fn each_record(&self, add: &mut AddRecord<'_>) -> Result<(), Error> {
        let (mut key, mut value, mut last) = (Vec::new(), Vec::new(), Vec::new());
        let room = self.memory / 2 / SORTED_BYTES;
        Kind::of(self.spec.style).iter().try_for_each(|kind| {
            in_order(&mailboxes(self.spec), *kind, self.mailboxes, room, &mut |mailbox| {
                mailbox.write(*kind, &mut key, &mut value);
                if !last.is_empty() && self.spec.format.compare(&last, &key).is_ge() {
                    return Err(Error::corrupt(0, "the generated keys do not ascend"));
                }
                add(&key, &value)?;
                std::mem::swap(&mut last, &mut key);
                Ok(())
            })
        })
    }
}

fn mailboxes(spec: &GenerateSpec) -> Mailboxes {
    Mailboxes::new(spec.style, spec.amount, spec.seed, overhead(spec.format))
}

fn count(spec: &GenerateSpec) -> Result<(u64, u64), Error> {
    let mut sizing = (spec.format == Format::Skiplist).then(|| skiplist::Sizing::new(spec.seed));
    let (mut count, mut bytes) = (0, 0);
    for mailbox in mailboxes(spec) {
        count += 1;
        for kind in Kind::of(spec.style) {
            let (key, value) = mailbox.lengths(*kind);
            bytes += (key + value) as u64 + overhead(spec.format);
            if let Some(sizing) = &mut sizing {
                sizing.add(key, value)?;
            }
        }
    }
    Ok((count, bytes))
}

fn plan_flat(spec: &GenerateSpec, memory: usize) -> Result<(u64, u64), Error> {
    let pages = match spec.amount {
        Amount::Bytes(bytes) => (bytes / flat::PAGE).saturating_sub(1),
        Amount::Mailboxes(pages) => pages,
    };
    // The order of all pages is in memory while they are made.
    let most = memory as u64 / 2 / flat::CIRCLE_BYTES;
    if pages > most {
        return Err(Error::TooLarge { what: "a flat file", limit: most * flat::PAGE });
    }
    Ok((pages, (pages + 1) * flat::PAGE))
}
