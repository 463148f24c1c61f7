//! The mappings of a process, from the lines of `/proc/PID/maps` or, where the kernel has it (6.11), from `PROCMAP_QUERY` on the same file.
//! The query passes over what was not asked for inside the kernel. For 2,000 processes of 240 mappings each, one of them shared, it took a
//! fifth of the time of the lines; for all mappings, about as long as they.

use std::{
    ffi::c_int,
    fs::{self, File},
    io,
    os::fd::AsRawFd,
    sync::OnceLock,
};

use nix::{errno::Errno, sys::stat::makedev};

use crate::os::file_users::FileId;

/// One mapping of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub start: u64,
    pub end: u64,
    pub offset: u64,
    pub writable: bool,
    pub executable: bool,
    /// Also where it was opened read-only, which is all that `/proc/PID/maps` shows of it.
    pub shared: bool,
    pub file: FileId,
}

/// How they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Lines,
    Query,
}

/// Which mappings are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Shared,
    All,
}

/// Gives the name of the mapping that is visited, as bytes, with ` (deleted)` behind that of a file without one.
pub type NameOf<'a> = &'a dyn Fn() -> Option<Vec<u8>>;

impl Method {
    /// The faster of those that this kernel has.
    pub fn of_this_kernel() -> Method {
        static FOUND: OnceLock<Method> = OnceLock::new();
        *FOUND.get_or_init(|| {
            let answers = File::open("/proc/self/maps").is_ok_and(|file| query(&file, 0, Which::All, &mut []).is_ok());
            if answers { Method::Query } else { Method::Lines }
        })
    }

    /// Shows the mappings of files of a process to `each`, lowest address first.
    ///
    /// # Errors
    /// There is no such process (`ESRCH`, not found), or this user may not see them.
    pub fn visit(self, pid: u32, which: Which, each: &mut dyn FnMut(&Mapping, NameOf<'_>)) -> io::Result<()> {
        let path = format!("/proc/{pid}/maps");
        match self {
            Method::Lines => {
                lines(&fs::read(path)?, which, each);
                Ok(())
            }
            Method::Query => {
                let file = File::open(path)?;
                let mut from = 0;
                while let Some((found, _)) = query(&file, from, which, &mut [])? {
                    each(&found, &|| {
                        let mut name = vec![0; libc::PATH_MAX as usize + 16];
                        let (again, length) = query(&file, found.start, which, &mut name).ok()??;
                        // Between the two calls it may have been taken away.
                        (again == found).then(|| name[..length].to_vec())
                    });
                    from = found.end;
                }
                Ok(())
            }
        }
    }
}

/// `START-END PERMISSIONS OFFSET MAJOR:MINOR INODE    NAME`, line by line.
fn lines(text: &[u8], which: Which, each: &mut dyn FnMut(&Mapping, NameOf<'_>)) {
    for line in text.split(|byte| *byte == b'\n') {
        let mut fields = line.splitn(6, |byte| *byte == b' ');
        let Some((mapping, name)) = line_of(&mut fields) else { continue };
        if mapping.file.inode == 0 || which == Which::Shared && !mapping.shared {
            continue;
        }
        each(&mapping, &|| Some(without_escapes(name.trim_ascii_start())));
    }
}

fn line_of<'a>(fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<(Mapping, &'a [u8])> {
    let mut next = || std::str::from_utf8(fields.next()?).ok();
    let hexadecimal = |text: &str| u64::from_str_radix(text, 16).ok();
    let (start, end) = next()?.split_once('-')?;
    let permissions = next()?.as_bytes();
    let offset = hexadecimal(next()?)?;
    let (major, minor) = next()?.split_once(':')?;
    let inode = next()?.parse().ok()?;
    let mapping = Mapping {
        start: hexadecimal(start)?,
        end: hexadecimal(end)?,
        offset,
        writable: permissions.get(1)? == &b'w',
        executable: permissions.get(2)? == &b'x',
        shared: permissions.get(3)? == &b's',
        file: FileId { device: makedev(hexadecimal(major)?, hexadecimal(minor)?), inode },
    };
    Some((mapping, fields.next().unwrap_or_default()))
}

/// A line feed in a name is written `\012` there.
fn without_escapes(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, behind)) = rest.split_first() {
        match rest.strip_prefix(b"\\012") {
            Some(behind) => (out.push(b'\n'), rest = behind),
            None => (out.push(*first), rest = behind),
        };
    }
    out
}

/// `struct procmap_query` of `linux/fs.h`.
#[repr(C)]
#[derive(Default)]
struct Query {
    size: u64,
    flags: u64,
    from: u64,
    start: u64,
    end: u64,
    permissions: u64,
    page_bytes: u64,
    offset: u64,
    inode: u64,
    major: u32,
    minor: u32,
    name_bytes: u32,
    build_id_bytes: u32,
    name: u64,
    build_id: u64,
}

/// `_IOWR('f', 17, struct procmap_query)`.
const PROCMAP_QUERY: u32 = 0xC000_6611 | (size_of::<Query>() as u32) << 16;
const WRITABLE: u64 = 2;
const EXECUTABLE: u64 = 4;
const SHARED: u64 = 8;
const COVERING_OR_NEXT: u64 = 16;
const FILE_BACKED: u64 = 32;

/// The first mapping that ends behind `from`, and the length of its name, which is put into `name` where that has room; `None`: there
/// is none any more.
fn query(file: &File, from: u64, which: Which, name: &mut [u8]) -> io::Result<Option<(Mapping, usize)>> {
    let wanted = if which == Which::Shared { SHARED } else { 0 };
    let mut query = Query {
        size: size_of::<Query>() as u64,
        flags: COVERING_OR_NEXT | FILE_BACKED | wanted,
        from,
        name_bytes: name.len() as u32,
        name: if name.is_empty() { 0 } else { name.as_mut_ptr() as u64 },
        ..Query::default()
    };
    // SAFETY: the kernel reads and writes `size` bytes of the structure, and at most `name_bytes` behind `name`, which is that long.
    let answer: c_int = unsafe { libc::ioctl(file.as_raw_fd(), PROCMAP_QUERY as libc::Ioctl, &raw mut query) };
    match Errno::result(answer) {
        Ok(_) => {}
        Err(Errno::ENOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let mapping = Mapping {
        start: query.start,
        end: query.end,
        offset: query.offset,
        writable: query.permissions & WRITABLE != 0,
        executable: query.permissions & EXECUTABLE != 0,
        shared: query.permissions & SHARED != 0,
        file: FileId { device: makedev(query.major.into(), query.minor.into()), inode: query.inode },
    };
    // With the zero behind it.
    Ok(Some((mapping, (query.name_bytes as usize).saturating_sub(1).min(name.len()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"5581a000-5581b000 r-xp 00001000 fe:00 1001                       /usr/lib/cyrus/bin/imapd\n\
        7f498000-7f499000 rw-p 00000000 00:00 0                          [heap]\n\
        7f4982e69000-7f4982e79000 rw-s 00002000 fe:00 10010699                   /var/lib/a b.db\n\
        7f4982e79000-7f4982e89000 r--s 00000000 fe:01 10010694                   /var/lib/a\\012b.db (deleted)\n\
        nonsense\n";

    fn of(which: Which) -> Vec<(Mapping, String)> {
        let mut found = Vec::new();
        lines(TEXT, which, &mut |mapping, name| {
            found.push((*mapping, String::from_utf8(name().unwrap()).unwrap()));
        });
        found
    }

    #[test]
    fn lines_are_read_with_their_names() {
        let all = of(Which::All);
        let names: Vec<_> = all.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["/usr/lib/cyrus/bin/imapd", "/var/lib/a b.db", "/var/lib/a\nb.db (deleted)"]);
        assert!(all[0].0.executable && !all[0].0.shared && !all[0].0.writable);
        let expected = Mapping {
            start: 0x7f4982e69000,
            end: 0x7f4982e79000,
            offset: 0x2000,
            writable: true,
            executable: false,
            shared: true,
            file: FileId { device: makedev(0xfe, 0), inode: 10010699 },
        };
        assert_eq!(all[1].0, expected);
        assert_eq!(of(Which::Shared), all[1..]);
    }

    #[test]
    fn both_ways_show_the_same_mappings_of_a_child() {
        // A child that sleeps does not change its mappings; this process does all the time, with its other tests.
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let has_begun =
            || fs::read_to_string(format!("/proc/{}/wchan", child.id())).is_ok_and(|place| place.contains("nanosleep"));
        let give_up = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while !has_begun() && std::time::Instant::now() < give_up {
            std::thread::yield_now();
        }
        let list = |method: Method, which| {
            let mut found = Vec::new();
            method.visit(child.id(), which, &mut |mapping, name| found.push((*mapping, name()))).unwrap();
            found
        };
        let by_lines = list(Method::Lines, Which::All);
        assert!(by_lines.len() > 3, "{by_lines:?}");
        assert!(by_lines.iter().any(|(mapping, name)| mapping.executable && name.is_some()));
        if Method::of_this_kernel() == Method::Query {
            assert_eq!(list(Method::Query, Which::All), by_lines);
            assert_eq!(list(Method::Query, Which::Shared), list(Method::Lines, Which::Shared));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
