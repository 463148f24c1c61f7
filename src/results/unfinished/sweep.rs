//! What killed processes have left: found by their claims, and settled by the next start.
//! Results that were written before stay, under their name or the next free one; everything else is removed.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::{ClaimState, DIRECTORY, OWNER, Owner, hidden, owner, rename_or_next};
use crate::results::ResultKind;

/// An unfinished directory.
#[derive(Debug)]
pub struct Left {
    /// The name that it was to have.
    pub wanted: PathBuf,
    /// Where it is; there may be no such directory (yet, or any more).
    pub directory: PathBuf,
    /// The claim next to it.
    pub claim: PathBuf,
    /// Which process works on it, or did.
    pub state: ClaimState,
}

/// What became of the directory of a process that is gone.
#[derive(Debug)]
pub enum Swept {
    /// There were no results in it: it was removed.
    Removed { directory: PathBuf, owner: Option<Owner> },
    /// There were results in it, which are kept under this path.
    Kept { path: PathBuf, owner: Option<Owner> },
    /// It is still there.
    Failed { directory: PathBuf, error: io::Error },
}

/// The unfinished directories in a directory; none if that cannot be listed.
pub fn left_in(parent: &Path) -> Vec<Left> {
    claims(parent).into_iter().filter_map(|claim| Some(look(claim)?.0)).collect()
}

/// Settles what processes that are gone have left in some directories.
pub fn sweep<'a>(parents: impl IntoIterator<Item = &'a Path>) -> Vec<Swept> {
    sweep_if(parents, |left| matches!(left.state, ClaimState::Dead(_)))
}

/// The same, and what this process itself has left there before it became another program: its workers, which are about to end with it, still hold
/// its locks.
pub fn abandon<'a>(parents: impl IntoIterator<Item = &'a Path>) -> Vec<Swept> {
    let this = Owner::this(true);
    sweep_if(parents, |left| match &left.state {
        ClaimState::Dead(_) => true,
        ClaimState::Alive(owner) => owner.as_ref().is_some_and(|owner| owner.is(&this)),
        ClaimState::Elsewhere(_) => false,
    })
}

fn sweep_if<'a>(parents: impl IntoIterator<Item = &'a Path>, is_over: impl Fn(&Left) -> bool) -> Vec<Swept> {
    let mut swept = Vec::new();
    for claim in parents.into_iter().flat_map(claims) {
        // Locked until the directory is in order, so that two starts do not both try.
        let Some((left, _lock)) = look(claim.clone()) else { continue };
        if !is_over(&left) {
            continue;
        }
        let owner = match left.state {
            ClaimState::Alive(owner) | ClaimState::Dead(owner) => owner,
            ClaimState::Elsewhere(owner) => Some(owner),
        };
        let settled = settle(&left.directory, &left.wanted).and_then(|kept| fs::remove_file(&claim).map(|()| kept));
        swept.push(match settled {
            Ok(Some(path)) => Swept::Kept { path, owner },
            Ok(None) => Swept::Removed { directory: left.directory, owner },
            Err(error) => Swept::Failed { directory: left.directory, error },
        });
    }
    swept
}

/// The claims in a directory, sorted.
fn claims(parent: &Path) -> Vec<PathBuf> {
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let is_claim = |path: &PathBuf| wanted_of(path).is_some();
    let mut claims: Vec<PathBuf> =
        fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path()).filter(is_claim).collect();
    claims.sort();
    claims
}

/// The name that a claim is for, whatever bytes are in it; `None`: it is no claim.
pub(super) fn wanted_of(claim: &Path) -> Option<PathBuf> {
    let name = claim.file_name()?.as_bytes().strip_prefix(b".")?.strip_suffix(OWNER.as_bytes())?.strip_suffix(b".")?;
    (!name.is_empty()).then(|| claim.with_file_name(OsStr::from_bytes(name)))
}

fn look(claim: PathBuf) -> Option<(Left, fs::File)> {
    let wanted = wanted_of(&claim)?;
    let (state, lock) = owner::state_of(&claim).ok()?;
    // Another process has settled it meanwhile.
    let is_there = owner::is_linked(&lock, &claim);
    is_there.then(|| (Left { directory: hidden(&wanted, DIRECTORY), wanted, claim, state }, lock))
}

/// Keeps an unfinished directory if there are results in it, without what only the run needed, and removes it otherwise; where it is kept.
pub(super) fn settle(directory: &Path, wanted: &Path) -> io::Result<Option<PathBuf>> {
    if !has_result(directory) {
        return match fs::remove_dir_all(directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(None),
        };
    }
    tidy(directory)?;
    rename_or_next(directory, wanted).map(Some)
}

/// Whether something was measured whose result is in a directory or, of the runs of a series, further down.
pub fn has_result(directory: &Path) -> bool {
    let here = || ResultKind::ALL.iter().any(|kind| directory.join(kind.file()).is_file());
    let below = || {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).any(|entry| has_result(&entry.path()))
    };
    here() || below()
}

/// Removes what only a running measurement needs, in the directory and below: hidden files and mapped ones. Runs inside that were unfinished too
/// are kept or removed like their outer directory.
fn tidy(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            match name.strip_prefix('.').and_then(|name| name.strip_suffix(DIRECTORY)?.strip_suffix('.')) {
                Some(inner) => settle(&path, &path.with_file_name(inner)).map(|_| ())?,
                None => tidy(&path)?,
            }
        } else if name.starts_with('.') || name.starts_with("mailboxes-") {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
