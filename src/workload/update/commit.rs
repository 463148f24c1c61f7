//! `commit`: the format's own way to replace a mailbox's record, with its writes and its two or three syncs.

use std::sync::Arc;

use super::{Mappers, Outcome, Target, UpdateMethod, at};
use crate::mailboxes::{
    ChangeBuffer, Database, Format, KeyOrder, LockKind, NoPhases, OpenMode, OpenOptions, RecordStyle, RemapRule,
};

#[derive(Clone, Debug)]
pub struct CommitKind {
    pub format: Format,
    pub order: KeyOrder,
    pub style: RecordStyle,
    /// The keys whose records are replaced, one after the other; they are in the file, at least one, in random order.
    pub keys: Arc<Vec<Vec<u8>>>,
}

pub struct Commit {
    kind: CommitKind,
    buffer: ChangeBuffer,
    value: Vec<u8>,
    revision: u64,
    /// Open from the first commit of a block to its end, as a writer's.
    database: Option<Database<'static>>,
    /// Commits since the file was put back.
    commits: u64,
    folios: Option<u64>,
}

impl Commit {
    /// Commits of that kind, from the `first`th key on.
    pub fn new(kind: CommitKind, first: u64) -> Commit {
        let buffer = ChangeBuffer::new(kind.style);
        Commit { kind, buffer, value: Vec::new(), revision: first, database: None, commits: 0, folios: None }
    }

    fn open(&self, target: &Target<'_>) -> Result<Database<'static>, String> {
        let options = OpenOptions {
            format: self.kind.format,
            order: self.kind.order,
            mode: OpenMode::ReadWrite,
            lock: LockKind::Fcntl,
            remap: RemapRule::WhenNeeded,
            sync: true,
            checkpoint: false,
            seed: 0,
        };
        Database::open(&target.path, options).map_err(at("opening the database"))
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
        let keys = &self.kind.keys;
        let key = keys.get(self.revision as usize % keys.len().max(1)).ok_or("there is no record to replace")?;
        if self.kind.format == Format::Flat {
            self.buffer.number(key, self.revision);
        } else {
            database.value_of(key, &mut self.value).map_err(at("looking the record up"))?;
            self.buffer.replace(key, &self.value, self.revision);
        }
        self.database = Some(database);
        Ok(())
    }

    fn update(&mut self, _: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        let database = self.database.as_mut().ok_or("the database is not open")?;
        self.commits += 1;
        let (changes, count) = self.buffer.changes();
        database.commit(&changes[..count], &mut NoPhases).map(|_| ()).map_err(at("commit"))
    }

    fn finish(&mut self, target: &mut Target<'_>) -> Outcome {
        self.database = None;
        let changed = target.heal().map_err(at("putting the file back"))?;
        // Of several commits only the folios that they changed together are known.
        self.folios = (self.commits == 1).then_some(changed);
        self.commits = 0;
        Ok(())
    }

    fn folios(&self) -> Option<u64> {
        self.folios
    }
}
