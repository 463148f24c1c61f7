//! The texts of the proc file system that several places read.

use std::{fmt::Display, fs, path::Path, str::FromStr};

/// `name value` lines (or `name: value`): the value of `name`.
pub fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix([' ', ':', '\t']))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The field of that number, from 3 on (proc(5)), in `/proc/PROCESS/stat` from the third field on.
pub fn stat_number<T: FromStr>(after_name: &str, number: usize) -> Option<T> {
    after_name.split_whitespace().nth(number - 3)?.parse().ok()
}

/// `/proc/PROCESS/stat` from the third field on.
pub fn stat_after_name(process: impl Display) -> Option<String> {
    name_and_stat(process).map(|(_, fields)| fields)
}

/// The second field of `/proc/PROCESS/stat`, the name, and all from the third on. The name, in brackets, may hold anything.
pub fn name_and_stat(process: impl Display) -> Option<(String, String)> {
    let text = fs::read(format!("/proc/{process}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let (front, fields) = text.rsplit_once(") ")?;
    Some((front.split_once('(')?.1.to_owned(), fields.to_owned()))
}

/// `schedstat`: time on CPU, and time waiting for one, nanoseconds (proc(5)).
pub fn schedstat(text: &str) -> Option<(u64, u64)> {
    let mut fields = text.split_whitespace().map(str::parse);
    Some((fields.next()?.ok()?, fields.next()?.ok()?))
}

/// The figure before the slash and the one behind it in `/proc/loadavg`: tasks that run or could run now, and all tasks.
pub fn tasks() -> Option<(u64, u64)> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let (runnable, all) = text.split_whitespace().nth(3)?.split_once('/')?;
    Some((runnable.parse().ok()?, all.parse().ok()?))
}

/// The numbers of a list such as `0-3,6`.
pub fn numbers_of(list: &str) -> impl Iterator<Item = u64> {
    let ranges = list.trim().split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse().ok()?..=last.parse().ok()?)
    });
    ranges.flatten()
}

/// A file that holds one number; `None` if it holds a word, or cannot be read.
pub fn number(path: impl AsRef<Path>) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_numbers_is_read() {
        let numbers = |list| numbers_of(list).collect::<Vec<_>>();
        assert_eq!(numbers("0-3,6\n"), [0, 1, 2, 3, 6]);
        assert_eq!(numbers("0"), [0]);
        assert!(numbers("").is_empty());
    }
}
