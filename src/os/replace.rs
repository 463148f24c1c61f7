//! Writing into a directory that is there already, and that somebody else may have filled: a file takes the place of another whole or not
//! at all, and no symbolic link leads what is written somewhere else.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use anyhow::{Context, bail};

/// Writes a file under a temporary name in the same directory, then renames it: whoever reads meanwhile sees the old file or the new one. A link of
/// that name is replaced, not followed.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}", std::process::id()));
    // What a driver with this number left behind, or somebody put there, is no file of ours and is not written into.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        file.write_all(content)?;
        fs::rename(&temporary, path)
    };
    let written = write();
    if written.is_err() {
        // Best effort: the outcome says what failed.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Makes a directory inside one that the user named, unless it is there. A symbolic link in its place, or anything else, is refused.
pub fn own_directory(path: &Path) -> anyhow::Result<()> {
    let at = || path.display().to_string();
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(found) if found.is_symlink() => {
            bail!(
                "{}: this is a symbolic link; nothing is written through it. Remove it, or name another directory",
                at()
            )
        }
        Ok(_) => bail!("{}: exists already and is no directory", at()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir_all(path).with_context(at),
        Err(error) => Err(error).with_context(at),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_replaced_or_refused_and_never_followed() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::write(path("victim"), "whole").unwrap();
        symlink(path("victim"), path("page")).unwrap();
        symlink(path("victim"), path(&format!(".page.{}", std::process::id()))).unwrap();
        replace(&path("page"), b"new").unwrap();
        assert_eq!(fs::read_to_string(path("victim")).unwrap(), "whole");
        assert_eq!(fs::read_to_string(path("page")).unwrap(), "new");
        assert!(!path("page").is_symlink());

        fs::create_dir(path("elsewhere")).unwrap();
        symlink(path("elsewhere"), path("charts")).unwrap();
        let error = own_directory(&path("charts")).unwrap_err().to_string();
        assert!(error.contains("charts: this is a symbolic link"), "{error}");
        assert!(own_directory(&path("page")).unwrap_err().to_string().contains("no directory"));
        own_directory(&path("own/deep")).unwrap();
        own_directory(&path("own")).unwrap();
        assert_eq!(fs::read_dir(path("elsewhere")).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_replaced_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("page")).unwrap();
        assert!(replace(&root.path().join("page"), b"new").is_err());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
