//! Makes a mailbox file from a seed: realistic records, packed as the format's own checkpoint leaves it.
//! Written `write_size` bytes at a time, because that decides how large the page cache's folios are.

use std::{fs::OpenOptions, io::Write, path::Path};

use rayon::slice::ParallelSliceMut;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Amount, Error, Format, RecordStyle, flat, records::generate_records, skiplist, twoskip};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct GenerateSpec {
    /// The format.
    pub format: Format,
    /// What the records look like.
    pub style: RecordStyle,
    /// How much.
    pub amount: Amount,
    /// The same seed makes the same file.
    pub seed: u64,
    /// Bytes a `write(2)`.
    pub write_size: usize,
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Generated {
    /// Size of the file.
    pub bytes: u64,
    /// Mailboxes in it.
    pub mailboxes: u64,
    /// Records in it: one or two a mailbox.
    pub records: u64,
    /// Bytes a `write(2)` that it was made with.
    pub write_size: u64,
}

/// Mean bytes that a format adds to a record's key and value: its head at the mean level, padding, and for twoskip its share
/// of the padding that keeps heads inside 512-byte sectors.
fn overhead(format: Format) -> u64 {
    if format == Format::Skiplist { 24 + 3 } else { 40 + 4 + 2 }
}

/// `last_recovery` of a generated skiplist. Cyrus recovers a skiplist whose stamp is older than its own `skipstamp`, and would
/// rewrite the file at first sight; the latest moment that fits a signed 32-bit time is never older.
const LAST_RECOVERY: u32 = 0x7fff_ffff;

/// Makes a new file. An existing one is an error: nothing is ever overwritten.
pub fn generate(path: &Path, spec: &GenerateSpec) -> Result<Generated, Error> {
    let (content, mailboxes, records) = match spec.format {
        Format::Flat => {
            let pages = match spec.amount {
                Amount::Bytes(bytes) => (bytes / flat::PAGE).saturating_sub(1),
                Amount::Mailboxes(pages) => pages,
            };
            (flat::build(pages, spec.seed)?, pages, pages)
        }
        Format::Skiplist | Format::Twoskip => {
            let (mut records, mailboxes) = generate_records(spec.style, spec.amount, spec.seed, overhead(spec.format));
            let count = records.len() as u64;
            let content = if spec.format == Format::Skiplist {
                records.par_sort_unstable_by(|a, b| skiplist::compare(&a.0, &b.0));
                skiplist::build(&records, spec.seed, LAST_RECOVERY)?
            } else {
                records.par_sort_unstable_by(|a, b| twoskip::compare(&a.0, &b.0));
                twoskip::build(&records, spec.seed)?
            };
            (content, mailboxes, count)
        }
    };
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(Error::io("open(O_CREAT|O_EXCL)"))?;
    for piece in content.chunks(spec.write_size.max(1)) {
        file.write_all(piece).map_err(Error::io("write"))?;
    }
    file.sync_all().map_err(Error::io("fsync"))?;
    Ok(Generated { bytes: content.len() as u64, mailboxes, records, write_size: spec.write_size as u64 })
}
