//! The file that is looked at, by the name of its path and by its number in the file system.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// A file to look at. Its path may name another file a moment later: a checkpoint renames a new file over the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Absolute, without symbolic links.
    pub path: PathBuf,
    pub device: u64,
    pub inode: u64,
}

impl Target {
    /// The file that `path` names now.
    ///
    /// # Errors
    /// There is none, or it is not a regular file.
    pub fn at(path: &Path) -> Result<Target, String> {
        let failed = |error| format!("{}: {error}", path.display());
        let path = path.canonicalize().map_err(failed)?;
        let facts = path.metadata().map_err(failed)?;
        if !facts.is_file() {
            return Err(format!("{}: not a regular file, so that no process maps it as a database", path.display()));
        }
        Ok(Target { path, device: facts.dev(), inode: facts.ino() })
    }
}
