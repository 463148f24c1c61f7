//! Generated files and writers to them, for tests of this room and of others.

use std::path::{Path, PathBuf};

use super::{
    Amount, Database, Format, GenerateSpec, KeyOrder, LockKind, OpenMode, OpenOptions, RecordStyle, RemapRule, generate,
};

/// A generated file, and the directory that it goes away with.
pub fn made(format: Format, style: RecordStyle, mailboxes: u64) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mailboxes.db");
    let amount = Amount::Mailboxes(mailboxes);
    generate(&path, &GenerateSpec { format, style, amount, seed: 3, write_size: 4096 }).unwrap();
    (directory, path)
}

/// A writer that packs the file where a checkpoint is due.
pub fn writer(format: Format, path: &Path) -> Database<'static> {
    let options = OpenOptions {
        format,
        order: KeyOrder::Plain,
        mode: OpenMode::ReadWrite,
        // Its own even in this process, where closing any descriptor of the file would end the other kind.
        lock: LockKind::Ofd,
        remap: RemapRule::WhenNeeded,
        sync: false,
        checkpoint: true,
        seed: 5,
    };
    Database::open(path, options).unwrap()
}
