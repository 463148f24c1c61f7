//! The files of `/proc` and `/sys` below a root, which is `/` unless a test gives a tree of its own. What cannot be read is an error that
//! names the file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::facts::Probe;

#[derive(Clone, Copy)]
pub struct Tree<'r> {
    root: &'r Path,
}

impl<'r> Tree<'r> {
    pub fn of_system() -> Tree<'static> {
        Tree { root: Path::new("/") }
    }

    #[cfg(test)]
    pub fn at(root: &'r Path) -> Tree<'r> {
        Tree { root }
    }

    /// Where the file is that this system would find at `path`.
    pub fn path(self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix(self.root).or_else(|_| path.strip_prefix("/")).unwrap_or(path))
    }

    fn read<T>(self, path: impl AsRef<Path>, read: impl FnOnce(&Path) -> io::Result<T>) -> Probe<T> {
        let path = self.path(path);
        read(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    pub fn bytes(self, path: impl AsRef<Path>) -> Probe<Vec<u8>> {
        self.read(path, |path| fs::read(path))
    }

    /// A text without the space around it. An empty one reports nothing.
    pub fn text(self, path: impl AsRef<Path>) -> Probe<String> {
        let bytes = self.bytes(&path)?;
        let text = String::from_utf8_lossy(&bytes).trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned();
        if text.is_empty() { Err(format!("{} is empty", self.path(path).display())) } else { Ok(text) }
    }

    pub fn number(self, path: impl AsRef<Path>) -> Probe<u64> {
        let text = self.text(&path)?;
        text.parse().map_err(|_| format!("{} has no number but `{text}`", self.path(path).display()))
    }

    pub fn link(self, path: impl AsRef<Path>) -> Probe<PathBuf> {
        self.read(path, |path| fs::read_link(path))
    }

    /// What `path` is behind all symbolic links.
    pub fn resolved(self, path: impl AsRef<Path>) -> Probe<PathBuf> {
        self.read(path, |path| path.canonicalize())
    }

    /// The names in a directory, sorted.
    pub fn names(self, path: impl AsRef<Path>) -> Probe<Vec<String>> {
        let entries = self.read(path, |path| fs::read_dir(path))?;
        let mut names: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        Ok(names)
    }

    /// The numbers behind `prefix` of those names in a directory that are made of both, ascending; never an empty list.
    pub fn numbered(self, path: impl AsRef<Path>, prefix: &str) -> Probe<Vec<u64>> {
        let names = self.names(&path)?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| name.strip_prefix(prefix)?.parse().ok()).collect();
        numbers.sort_unstable();
        if numbers.is_empty() {
            return Err(format!("{} has no {prefix}N", self.path(path).display()));
        }
        Ok(numbers)
    }
}
