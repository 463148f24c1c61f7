//! A directory under a temporary name, which one living process has claimed: `.NAME.unfinished`, with `.NAME.owner` next to it.
//! The owner's file is made with O_EXCL and locked while the process lives, so that no other process takes the name or removes the directory; and it
//! names the process, so that the next start can distinguish what a killed process left from what a living one still needs.

mod owner;
mod sweep;

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

pub use owner::{ClaimState, Owner};
pub use sweep::{Left, Swept, abandon, has_result, left_in, sweep};

use crate::os::rename::{exchange, rename_new};
use owner::is_linked;

/// What the names of unfinished directories end with.
const DIRECTORY: &str = "unfinished";
/// The same of the files next to them.
const OWNER: &str = "owner";

/// A directory that this process has claimed. If it is dropped with results in it, it is kept as an incomplete result; without, it is removed
/// with all that is in it.
pub struct Unfinished {
    directory: PathBuf,
    wanted: PathBuf,
    /// Locked while it is open; forked workers keep it open too.
    _owner: File,
    /// Whether nothing remains to be done when it is dropped.
    is_over: bool,
}

/// Why a name could not be claimed.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// It does not name a directory.
    #[error("{0}: does not name a directory that could be made")]
    Nameless(PathBuf),
    /// The name exists, even if only as a dangling link.
    #[error("{0}: exists already; name another directory")]
    Exists(PathBuf),
    /// Another process has claimed it.
    #[error("{0}: another mapstorm is working on it; name another directory")]
    Taken(PathBuf),
    /// A call failed. Its error is part of the message, so it is not a source, which would be printed again.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
}

/// The hidden name of what belongs to `wanted`.
fn hidden(wanted: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(wanted.file_name().unwrap_or_default());
    name.push(".");
    name.push(ending);
    wanted.with_file_name(name)
}

impl Unfinished {
    /// Claims `wanted`, whose parent is made if need be, and makes the directory; an error if another process has claimed it or it cannot be made.
    pub fn claim(wanted: &Path) -> Result<Unfinished, ClaimError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| ClaimError::Io(path, error)
        };
        let (directory, claim) = (hidden(wanted, DIRECTORY), hidden(wanted, OWNER));
        if let Some(parent) = claim.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        loop {
            let mut owner = match File::create_new(&claim) {
                Ok(owner) => owner,
                // What a killed process left there is swept first, by every start: this one is alive, or of another host.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    return Err(ClaimError::Taken(wanted.to_owned()));
                }
                Err(error) => return Err(failed(&claim)(error)),
            };
            // A file system without locks leaves it to the process's identity.
            let locked = owner.lock().is_ok();
            // In between, another process may have swept the empty file as one that a killed process left.
            if !is_linked(&owner, &claim) {
                continue;
            }
            let made = owner.write_all(&Owner::this(locked).to_json()).map_err(failed(&claim));
            let made = made.and_then(|()| fs::create_dir(&directory).map_err(failed(&directory)));
            if made.is_err() {
                let _ = fs::remove_file(&claim);
            }
            return made.map(|()| Unfinished { directory, wanted: wanted.to_owned(), _owner: owner, is_over: false });
        }
    }

    /// Claims `wanted` or, if that name exists or is claimed, `wanted-2`, `wanted-3` and so on; an error if it cannot be made.
    pub fn claim_next(wanted: &Path) -> Result<Unfinished, ClaimError> {
        for wanted in numbered(wanted, "-").filter(|wanted| fs::symlink_metadata(wanted).is_err()) {
            match Unfinished::claim(&wanted) {
                Err(ClaimError::Taken(_)) => {}
                claimed => return claimed,
            }
        }
        unreachable!("there is always another number")
    }

    pub fn path(&self) -> &Path {
        &self.directory
    }

    pub fn wanted(&self) -> &Path {
        &self.wanted
    }

    /// Renames it to its name or the next free one, which is returned. After an error it is still where it was, and the next start tries again.
    pub fn finish(mut self) -> io::Result<PathBuf> {
        self.is_over = true;
        let named = rename_or_next(&self.directory, &self.wanted)?;
        self.give_up_claim();
        Ok(named)
    }

    /// Replaces the directory that has its name, if there is one. After an error that is still there.
    pub fn replace(mut self) -> io::Result<()> {
        match exchange(&self.directory, &self.wanted) {
            Err(error) if error.kind() == ErrorKind::NotFound => rename_new(&self.directory, &self.wanted)?,
            // Without RENAME_EXCHANGE there is a moment without either.
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS)) => {
                let old = hidden(&self.wanted, "old");
                fs::rename(&self.wanted, &old)?;
                if let Err(error) = rename_new(&self.directory, &self.wanted) {
                    fs::rename(&old, &self.wanted)?;
                    return Err(error);
                }
                fs::rename(&old, &self.directory)?;
            }
            outcome => outcome?,
        }
        self.is_over = true;
        // What was there before has the temporary name now.
        match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => self.give_up_claim(),
        }
        Ok(())
    }

    fn give_up_claim(&self) {
        // If that fails, the next start removes it.
        let _ = fs::remove_file(hidden(&self.wanted, OWNER));
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // What cannot be settled stays claimed, and the next start tries again.
        if !self.is_over && sweep::settle(&self.directory, &self.wanted).is_ok() {
            self.give_up_claim();
        }
    }
}

/// A path, then the same with `-2`, `-3` and so on at its end.
fn numbered(path: &Path, separator: &str) -> impl Iterator<Item = PathBuf> {
    let more = (2_u64..).map(move |number| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!("{separator}{number}"));
        PathBuf::from(name)
    });
    std::iter::once(path.to_owned()).chain(more)
}

/// Gives a finished directory its name or, if that is taken, `NAME.incomplete`, `NAME.incomplete.2` and so on; the name that it got. After an error
/// it is still where it was.
pub(super) fn rename_or_next(from: &Path, wanted: &Path) -> io::Result<PathBuf> {
    let mut incomplete = wanted.as_os_str().to_owned();
    incomplete.push(".incomplete");
    let incomplete = PathBuf::from(incomplete);
    for name in std::iter::once(wanted.to_owned()).chain(numbered(&incomplete, ".")) {
        match rename_new(from, &name) {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory
                ) => {}
            outcome => return outcome.map(|()| name),
        }
    }
    unreachable!("there is always another number")
}

#[cfg(test)]
mod tests;
