//! The one place that recovers: what a dead writer left unclean is taken back to its last commit, in the file or in memory, so that
//! everybody who reads a whole file sees what its next writer would.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{Bytes, Error, Format, KeyOrder, MemoryStorage, Storage, flat, skiplist, twom, twoskip};

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Summary {
    pub format: Format,
    pub order: KeyOrder,
    pub records: u64,
    pub bytes: u64,
    /// False if the file waits for recovery: a writer died in the middle of a commit, or the file is a copy of a live one.
    pub clean: bool,
    /// Bytes after the last commit, which recovery cuts off. In a twom file they stay, and nothing says how many there are: 0.
    pub uncommitted: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { records, bytes, order, .. } = self;
        write!(f, "{}, {records} records, {bytes} bytes, key order {order}", self.format.name())?;
        if !self.clean {
            write!(
                f,
                ", left unclean by a writer that died or copied while it was written (the next writer repairs it"
            )?;
            if self.uncommitted > 0 {
                write!(f, ", and cuts off {} uncommitted bytes", self.uncommitted)?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// A file as its next writer would see it.
pub(super) struct Settled<'a> {
    pub(super) summary: Summary,
    found: Bytes<'a>,
    /// `None`: it is clean as it is.
    recovered: Option<MemoryStorage>,
}

impl Settled<'_> {
    pub(super) fn bytes(&self) -> Bytes<'_> {
        self.recovered.as_ref().map_or(self.found, |recovered| recovered.bytes())
    }
}

pub(super) fn settled(bytes: Bytes<'_>, format: Format) -> Result<Settled<'_>, Error> {
    let order = format.key_order(bytes);
    let size = bytes.len();
    let mut summary = Summary { format, order, records: 0, bytes: size, clean: true, uncommitted: 0 };
    (summary.records, summary.clean) = verified(bytes, format, order)?;
    if summary.clean {
        return Ok(Settled { summary, found: bytes, recovered: None });
    }
    // The hole at the end of a twom file is not read: a full disk has no pages for it.
    let content = if format == Format::Twom { twom::committed_size(bytes)? } else { size };
    let mut storage = MemoryStorage::new(bytes.slice(0, content)?.to_vec());
    recover(&mut storage, format, order)?;
    let (records, clean) = verified(storage.bytes(), format, order)?;
    if !clean {
        return Err(Error::corrupt(0, "recovery does not make the file clean"));
    }
    summary.records = records;
    summary.uncommitted = content.saturating_sub(storage.bytes().len());
    Ok(Settled { summary, found: bytes, recovered: Some(storage) })
}

/// How many records there are, and whether the file is clean; if it is not, less is verified.
pub(super) fn verified(bytes: Bytes<'_>, format: Format, order: KeyOrder) -> Result<(u64, bool), Error> {
    Ok(match format {
        Format::Skiplist => skiplist::check(bytes, order)?,
        // What is after the committed bytes, and pointers to it, are recovery's to judge.
        Format::Twoskip if !twoskip::is_clean(bytes)? => (0, false),
        Format::Twoskip => (twoskip::check(bytes, order)?, true),
        Format::Twom if !twom::is_clean(bytes)? => (0, false),
        Format::Twom => (twom::check(bytes)?, true),
        Format::Flat => (flat::check(bytes)?, true),
    })
}

/// Takes a file back to its last commit, as Cyrus's next writer would. A clean file of correct pointers stays as it is but for a
/// skiplist's time of recovery. The caller holds the lock.
pub(super) fn recover(storage: &mut impl Storage, format: Format, order: KeyOrder) -> Result<(), Error> {
    match format {
        Format::Skiplist => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            skiplist::recover(storage, order, now.map_or(0, |since| since.as_secs() as u32))
        }
        Format::Twoskip => twoskip::recover(storage, order),
        Format::Twom => twom::recover(storage),
        Format::Flat => Ok(()),
    }
}
