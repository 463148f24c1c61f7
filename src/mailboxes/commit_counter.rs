//! Counting the commits that others make to a file, by what each leaves in it: a counter in the header, or its end in the log.
//! Nothing is locked: what is committed stays as it is, and what is not committed yet is not counted.

use std::fs::File;

use super::{
    Bytes, Contents, Error, Foreign, Format, Recognised, recognise,
    skiplist::{TAIL, commits_in, log_and_tail},
    twoskip,
};

/// Bytes of a log that are read at once; more were not written between two readings of a live file.
const MOST_LOG: u64 = 64 << 20;
/// After a checkpoint of twoskip, its own COMMIT ends less than so many bytes behind what it packed: it has 24 bytes, and fewer than three
/// pads of 8 before it. The end of the shortest transaction is further away: a DELETE and a COMMIT.
pub(super) const CHECKPOINT_COMMIT: u64 = 47;

/// Counts the commits to a file from a moment on.
#[derive(Debug)]
pub enum CommitCounter {
    /// The header has a counter, which stood at `last`. It has so many bits.
    Counter { last: u64, bits: u32 },
    /// The log was read to here.
    Twoskip { end: u64 },
    /// The same; `None`: it has never been seen without an unfinished transaction.
    Skiplist { end: Option<u64> },
}

/// Why commits to a file cannot be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uncounted {
    /// They do not change this file, but a log beside it: why.
    Elsewhere(&'static str),
    /// Nothing in the file is known to count them, or it cannot be read: why.
    Unknown(String),
}

impl From<Error> for Uncounted {
    fn from(error: Error) -> Uncounted {
        Uncounted::Unknown(error.to_string())
    }
}

impl CommitCounter {
    /// Counts from now on. `is_new`: the file just took the place of another at a checkpoint, and what was committed to it since counts too.
    ///
    /// # Errors
    /// Commits to it cannot be counted.
    pub fn begin(file: &File, is_new: bool) -> Result<CommitCounter, Uncounted> {
        let found = Recognised::of(file).map_err(Error::io("read"))?;
        let (bits, why) = match found.contents {
            Contents::Known(Format::Skiplist) => {
                let log = skiplist_log(file)?;
                return Ok(CommitCounter::Skiplist { end: if is_new { Some(log.0) } else { log.1 } });
            }
            Contents::Known(Format::Twoskip) => {
                let (committed, packed) = twoskip_end(file)?;
                let end = if is_new { (packed + CHECKPOINT_COMMIT).min(committed) } else { committed };
                return Ok(CommitCounter::Twoskip { end });
            }
            // A repack begins to count, and is a commit itself.
            Contents::Known(Format::Twom) if is_new => return Ok(CommitCounter::Counter { last: 1, bits: 64 }),
            Contents::Known(_) => (64, Uncounted::Unknown("the header counts none".to_owned())),
            Contents::Foreign(Foreign::Lmdb) => {
                let why = "LMDB's meta pages are damaged, or not those of a 64-bit machine like this";
                (64, Uncounted::Unknown(why.to_owned()))
            }
            Contents::Foreign(Foreign::Sqlite) => {
                (32, Uncounted::Elsewhere("SQLite commits to its write-ahead log, and writes this file later"))
            }
            Contents::Foreign(Foreign::Postgresql) => {
                (64, Uncounted::Elsewhere("PostgreSQL commits to its write-ahead log, and writes this file later"))
            }
            Contents::Foreign(other) => {
                (64, Uncounted::Unknown(format!("{other}: nothing in it is known to count commits")))
            }
            Contents::Unreadable(error) => return Err(error.into()),
        };
        Ok(CommitCounter::Counter { last: found.header?.commits.ok_or(why)?, bits })
    }

    /// Commits since it began, or since this was last called.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn more(&mut self, file: &File) -> Result<u64, Error> {
        match self {
            CommitCounter::Counter { last, bits } => {
                let found = Recognised::of(file).map_err(Error::io("read"))?;
                let now = found.header?.commits.unwrap_or(*last);
                let mask = u64::MAX >> (64 - *bits);
                let more = now.wrapping_sub(*last) & mask;
                // A counter that went back was reset; the other way round no file is written to so often.
                let more = if more > mask / 2 { 0 } else { more };
                *last = now;
                Ok(more)
            }
            CommitCounter::Twoskip { end } => {
                let (committed, _) = twoskip_end(file)?;
                let (mut at, mut commits) = (committed, 0);
                while at > *end {
                    at = transaction_start(file, at)?;
                    commits += 1;
                }
                *end = committed;
                Ok(commits)
            }
            CommitCounter::Skiplist { end } => {
                let size = file.metadata().map_err(Error::io("fstat"))?.len();
                let Some(known) = *end else {
                    *end = skiplist_log(file)?.1;
                    return Ok(0);
                };
                // Cyrus 3.6 empties the file that a checkpoint replaced.
                let length = size.saturating_sub(known);
                if length == 0 {
                    return Ok(0);
                }
                if length > MOST_LOG {
                    return Err(Error::TooLarge { what: "what was appended to the log", limit: MOST_LOG });
                }
                let log = recognise::read_at(file, known, length as usize).map_err(Error::io("read"))?;
                let (commits, committed) = commits_in(Bytes::new(&log));
                *end = Some(known + committed);
                Ok(commits)
            }
        }
    }
}

/// Where a skiplist's log begins, and where it ends if no transaction is unfinished.
fn skiplist_log(file: &File) -> Result<(u64, Option<u64>), Error> {
    let read = |offset, length| recognise::read_at(file, offset, length).map_err(Error::io("read"));
    let size = file.metadata().map_err(Error::io("fstat"))?.len();
    let (start, tail) =
        (recognise::header_at(file, 0).map_err(Error::io("read"))?, read(size.saturating_sub(TAIL), TAIL as usize)?);
    let (log, is_clean) = log_and_tail(Bytes::new(&start), size, Bytes::new(&tail))?;
    Ok((log, is_clean.then_some(size)))
}

/// Where a twoskip's last commit ends, and what was packed.
pub(super) fn twoskip_end(file: &File) -> Result<(u64, u64), Error> {
    let read = || {
        let start = recognise::header_at(file, 0).map_err(Error::io("read"))?;
        let size = file.metadata().map_err(Error::io("fstat"))?.len();
        twoskip::committed_and_packed(Bytes::new(&start), size)
    };
    // A header that is written at this moment is read again.
    (1..recognise::ATTEMPTS).find_map(|_| read().ok()).map_or_else(read, Ok)
}

/// Where the transaction of a twoskip begins whose COMMIT ends at `end`.
pub(super) fn transaction_start(file: &File, end: u64) -> Result<u64, Error> {
    let at = end.saturating_sub(twoskip::COMMIT as u64);
    let bytes = recognise::read_at(file, at, twoskip::COMMIT).map_err(Error::io("read"))?;
    let commit = bytes.as_slice().try_into().map_err(|_| Error::Truncated { offset: end })?;
    let start = twoskip::transaction_start(commit)?;
    if start < end { Ok(start) } else { Err(Error::corrupt(at, "a COMMIT leads to something behind it")) }
}
