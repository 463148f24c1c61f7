//! The texts of the proc file system that several places read.

use std::{fmt::Display, fs, path::Path};

/// `name value` lines (or `name: value`): the value of `name`.
pub fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix([' ', ':', '\t']))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The field of that number in `/proc/PROCESS/stat`, from 3 on (proc(5)); `None`: there is no such process.
pub fn stat_field(process: impl Display, number: usize) -> Option<String> {
    stat_after_name(process)?.split_whitespace().nth(number.checked_sub(3)?).map(str::to_owned)
}

/// `/proc/PROCESS/stat` from the third field on. The second, the name in brackets, may hold anything.
pub fn stat_after_name(process: impl Display) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    text.rsplit_once(") ").map(|(_, fields)| fields.to_owned())
}

/// The figure before the slash and the one behind it in `/proc/loadavg`: tasks that run or could run now, and all tasks.
pub fn tasks() -> Option<(u64, u64)> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let (runnable, all) = text.split_whitespace().nth(3)?.split_once('/')?;
    Some((runnable.parse().ok()?, all.parse().ok()?))
}

/// A file that holds one number; `None` if it holds a word, or cannot be read.
pub fn number(path: impl AsRef<Path>) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
