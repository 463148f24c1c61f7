//! `/proc/PID/smaps`: what is resident of each mapping, and what it may ever allow. The kernel walks all page tables of the process for it,
//! so that it is read of as many processes as fit into a budget of time.

use std::fs;

/// What it says of one mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    pub start: u64,
    pub bytes: Option<u64>,
    /// `mw` in VmFlags: it could be made writable, or is.
    pub may_write: bool,
}

/// # Errors
/// It cannot be read: why.
pub fn of(pid: u32) -> Result<Vec<Resident>, String> {
    let path = format!("/proc/{pid}/smaps");
    let text = fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
    Ok(parse(&String::from_utf8_lossy(&text)))
}

fn parse(text: &str) -> Vec<Resident> {
    let mut all: Vec<Resident> = Vec::new();
    for line in text.lines() {
        let Some((name, rest)) = line.split_once(' ') else { continue };
        match (name, all.last_mut()) {
            ("Rss:", Some(last)) => {
                let kib: Option<u64> = rest.split_whitespace().next().and_then(|kib| kib.parse().ok());
                last.bytes = kib.map(|kib| kib * 1024);
            }
            ("VmFlags:", Some(last)) => last.may_write = rest.split_whitespace().any(|flag| flag == "mw"),
            _ => {
                let start = name.split_once('-').and_then(|(start, _)| u64::from_str_radix(start, 16).ok());
                all.extend(start.map(|start| Resident { start, bytes: None, may_write: false }));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mapping_has_its_resident_bytes_and_flags() {
        let text = "7f4982e79000-7f4982e89000 r--s 00000000 fe:00 10010694  /x.db\n\
            Size:                 64 kB\nRss:                  12 kB\nVmFlags: rd mr me ms \n\
            7f4982e89000-7f4982e99000 r--s 00000000 fe:00 10010694  /x.db (deleted)\n\
            Size:                 64 kB\nRss:                   0 kB\nVmFlags: rd sh mr mw me ms \n";
        let expected = [
            Resident { start: 0x7f4982e79000, bytes: Some(12288), may_write: false },
            Resident { start: 0x7f4982e89000, bytes: Some(0), may_write: true },
        ];
        assert_eq!(parse(text), expected);
        assert!(parse("Rss: 5 kB\nVmFlags: mw\n").is_empty());
        assert!(of(std::process::id()).unwrap().len() > 3);
    }
}
