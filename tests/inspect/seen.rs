//! Who maps a file, read from /proc by this test itself: what inspect is compared with.

use std::{collections::BTreeMap, fs, os::unix::fs::MetadataExt, path::Path};

/// A process that maps the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// As inspect names it.
    pub kind: &'static str,
    /// Bytes of the mapping.
    pub bytes: u64,
    /// Whether the mapping is of a file that the path does not name now.
    pub is_stale: bool,
}

/// The processes that map the file at `path`, or one that was there before.
pub fn mappers(path: &Path) -> BTreeMap<u32, Seen> {
    let inode = fs::metadata(path).map_or(0, |facts| facts.ino());
    let path = path.to_str().unwrap();
    let seen = |entry: fs::DirEntry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        // `smaps` walks page tables: only of those that have the name in the other.
        let maps = fs::read_to_string(entry.path().join("maps")).ok()?;
        if !maps.contains(path) {
            return None;
        }
        let smaps = fs::read_to_string(entry.path().join("smaps")).ok()?;
        Some((pid, mapping(&smaps, path, inode)?))
    };
    fs::read_dir("/proc").unwrap().flatten().filter_map(seen).collect()
}

/// The first mapping of the file in a text of `smaps`.
fn mapping(smaps: &str, path: &str, inode: u64) -> Option<Seen> {
    let mut lines = smaps.lines();
    let head = lines.find(|line| line.ends_with(path) || line.ends_with(&format!("{path} (deleted)")))?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let (start, end) = words[0].split_once('-')?;
    let address = |text| u64::from_str_radix(text, 16).ok();
    let flags = lines.find_map(|line| line.strip_prefix("VmFlags:"))?;
    let has = |flag: &str| flags.split_whitespace().any(|found| found == flag);
    // `sh` is VM_SHARED: of a shared mapping whose file was opened for writing. Without it a shared mapping still is `s` in its first line.
    let kind = match (words[1].ends_with('s'), has("sh"), has("wr")) {
        (false, ..) => "private",
        (true, false, _) => "read-only",
        (true, true, false) => "read-only-of-writable",
        (true, true, true) => "writable",
    };
    let is_stale = words[4].parse() != Ok(inode);
    Some(Seen { kind, bytes: address(end)? - address(start)?, is_stale })
}
