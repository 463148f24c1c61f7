//! `commit`: the format's own way to replace a mailbox's record, with its writes and its two or three syncs.

use super::{Mappers, Outcome, Target, UpdateMethod, at};
use crate::mailboxes::{
    ChangeBuffer, Database, Format, LockKind, NoPhases, OpenMode, OpenOptions, RecordStyle, RemapRule,
};

/// What a commit needs to know of the file.
#[derive(Clone, Debug)]
pub struct CommitKind {
    /// Its format.
    pub format: Format,
    /// What its records look like.
    pub style: RecordStyle,
    /// The key whose record is replaced; it is in the file.
    pub key: Vec<u8>,
}

/// A record is replaced, again and again the same one.
pub struct Commit {
    kind: CommitKind,
    buffer: ChangeBuffer,
    value: Vec<u8>,
    revision: u64,
    /// Open from the first commit of a block to its end, as a writer's.
    database: Option<Database>,
    folios: Option<u64>,
}

impl Commit {
    /// Commits of that kind.
    pub fn new(kind: CommitKind) -> Commit {
        let buffer = ChangeBuffer::new(kind.style);
        Commit { kind, buffer, value: Vec::new(), revision: 0, database: None, folios: None }
    }

    fn open(&self, target: &Target<'_>) -> Result<Database, String> {
        let options = OpenOptions {
            format: self.kind.format,
            mode: OpenMode::ReadWrite,
            lock: LockKind::Fcntl,
            remap: RemapRule::WhenNeeded,
            sync: true,
            checkpoint: false,
            seed: 0,
        };
        Database::open(target.path(), options).map_err(at("opening the database"))
    }
}

impl UpdateMethod for Commit {
    /// Makes the next version of the record, as a writer does before its commit is due.
    fn prepare(&mut self, target: &mut Target<'_>) -> Outcome {
        let mut database = match self.database.take() {
            Some(database) => database,
            None => self.open(target)?,
        };
        self.revision += 1;
        if self.kind.format == Format::Flat {
            self.buffer.number(&self.kind.key, self.revision);
        } else {
            database.value_of(&self.kind.key, &mut self.value).map_err(at("looking the record up"))?;
            self.buffer.replace(&self.kind.key, &self.value, self.revision);
        }
        self.database = Some(database);
        Ok(())
    }

    fn update(&mut self, _: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        let database = self.database.as_mut().ok_or("the database is not open")?;
        let (changes, count) = self.buffer.changes();
        database.commit(&changes[..count], &mut NoPhases).map(|_| ()).map_err(at("commit"))
    }

    fn finish(&mut self, target: &mut Target<'_>) -> Outcome {
        self.database = None;
        self.folios = Some(target.heal().map_err(at("putting the file back"))?);
        Ok(())
    }

    fn folios(&self) -> Option<u64> {
        self.folios
    }
}
