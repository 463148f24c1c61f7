//! `commit-store`, `commit-replace`, `commit-delete`: the format's own way to add, change or remove a mailbox, with its writes and its two
//! or three syncs.

use std::sync::Arc;

use super::{Cleaned, Mappers, Outcome, Target, UpdateMethod, at};
use crate::mailboxes::{ChangeBuffer, Database, Format, KeyOrder, NoPhases, OpenOptions, RecordStyle};
use crate::scenario::WriterOperation;
use crate::workload::user_prefix;

/// The writer's number in the names of new mailboxes: no run has so many, so that a copy of a run's file has none of these.
const WRITER: u32 = 999_999;

/// The file that commits are made to.
#[derive(Clone, Debug)]
pub struct CommitFile {
    pub format: Format,
    pub order: KeyOrder,
    pub style: RecordStyle,
    /// The keys whose records are replaced or deleted, or get a new one beneath them, one after the other; they are in the file, at least
    /// one, in random order.
    pub keys: Arc<Vec<Vec<u8>>>,
}

pub struct Commit {
    file: CommitFile,
    operation: WriterOperation,
    buffer: ChangeBuffer,
    value: Vec<u8>,
    revision: u64,
    /// Open from the first commit of a block to its end, as a writer's.
    database: Option<Database<'static>>,
    cleaned: Option<Cleaned>,
}

impl Commit {
    /// Commits of that kind, from the `first`th key on.
    pub fn new(file: CommitFile, operation: WriterOperation, first: u64) -> Commit {
        let buffer = ChangeBuffer::new(file.style);
        Commit { file, operation, buffer, value: Vec::new(), revision: first, database: None, cleaned: None }
    }

    fn open(&self, target: &Target<'_>) -> Result<Database<'static>, String> {
        // The first commit of a block is often its only one: with one seed all of them would have records of the same level.
        let options = OpenOptions { seed: self.revision, ..OpenOptions::of(self.file.format, self.file.order) };
        Database::open(&target.path, options).map_err(at("opening the database"))
    }

    /// Makes the next change, as a writer does before its commit is due.
    fn change(&mut self, database: &mut Database) -> Outcome {
        self.revision += 1;
        let keys = &self.file.keys;
        let key = keys.get(self.revision as usize % keys.len().max(1)).ok_or("there is no record to change")?;
        match (self.operation, self.file.format) {
            (WriterOperation::Store, _) => self.buffer.create(user_prefix(key), WRITER, self.revision),
            (WriterOperation::Replace, Format::Flat) => self.buffer.number(key, self.revision),
            (operation, _) => {
                let found = database.value_of(key, &mut self.value).map_err(at("looking the record up"))?;
                if operation == WriterOperation::Replace {
                    self.buffer.replace(key, &self.value, self.revision);
                } else if found {
                    self.buffer.remove(key, &self.value);
                } else {
                    let count = keys.len();
                    return Err(format!("too few mailboxes to delete one after the other: the file has {count}"));
                }
            }
        }
        Ok(())
    }
}

fn commit(buffer: &ChangeBuffer, database: &mut Database) -> Outcome {
    let (changes, count) = buffer.changes();
    database.commit(&changes[..count], &mut NoPhases).map(|_| ()).map_err(at("commit"))
}

impl UpdateMethod for Commit {
    fn prepare(&mut self, target: &mut Target<'_>) -> Outcome {
        let mut database = match self.database.take() {
            Some(database) => database,
            None => {
                let mut database = self.open(target)?;
                // In the style of 3.6 a writer's new unique id follows its last one, which is at the end of the file.
                if self.operation == WriterOperation::Store {
                    self.change(&mut database)?;
                    commit(&self.buffer, &mut database)?;
                }
                database
            }
        };
        self.change(&mut database)?;
        self.database = Some(database);
        Ok(())
    }

    fn update(&mut self, _: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        commit(&self.buffer, self.database.as_mut().ok_or("the database is not open")?)
    }

    fn finish(&mut self, target: &mut Target<'_>) -> Outcome {
        let database = self.database.take();
        self.cleaned = database.map(|database| Cleaned::of(target, database.writes_by_sync()));
        target.heal().map_err(at("putting the file back"))
    }

    fn cleaned(&mut self) -> Option<Cleaned> {
        self.cleaned.take()
    }
}
