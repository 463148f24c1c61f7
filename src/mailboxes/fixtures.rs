//! Generated files and writers to them, for tests of this room and of others.

use std::path::{Path, PathBuf};

use super::{Amount, Database, Format, GenerateSpec, KeyOrder, LockKind, OpenOptions, RecordStyle, generate};

/// A generated file, and the directory that it goes away with.
pub fn generated(format: Format, style: RecordStyle, mailboxes: u64) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mailboxes.db");
    let amount = Amount::Mailboxes(mailboxes);
    generate(&path, &GenerateSpec { format, style, amount, seed: 3, write_size: 4096 }).unwrap();
    (directory, path)
}

/// A writer that packs the file where a checkpoint is due.
pub fn writer(format: Format, path: &Path) -> Database<'static> {
    // A lock of its own even in this process, where closing any descriptor of the file would end the other kind.
    let lock = LockKind::Ofd;
    let options = OpenOptions { lock, sync: false, checkpoint: true, ..OpenOptions::of(format, KeyOrder::Plain) };
    Database::open(path, options).unwrap()
}
