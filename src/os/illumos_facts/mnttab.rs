//! `/etc/mnttab`: what is mounted where.
//! A line is special, mount point, type, options and time, divided by tabs (mnttab(5)). Names are in it as they are: nothing
//! is escaped (`mntfs_populate_text` in uts/common/fs/mntfs/mntvnops.c).

use std::path::Path;

use super::super::facts::FileSystem;

/// The file system that `path`, absolute and without links, lies on: the deepest mount on the way to it.
pub fn find(table: &str, path: &Path) -> Option<FileSystem> {
    let mounts = table.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        let [Some(source), Some(mount_point), Some(kind), Some(options)] = [(); 4].map(|()| fields.next()) else {
            return None;
        };
        let text = str::to_owned;
        let (kind, source, mount_point, options) = (text(kind), text(source), text(mount_point), text(options));
        Some(FileSystem { kind, source, mount_point, options })
    });
    // Of several on one place the last covers the others.
    mounts
        .filter(|mount| path.starts_with(&mount.mount_point))
        .max_by_key(|mount| Path::new(&mount.mount_point).components().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "rpool/ROOT/omnios\t/\tzfs\trw,devices,setuid\t1190600000\n\
                         /devices\t/devices\tdevfs\tdev=91c0000\t1190600000\n\
                         swap\t/tmp\ttmpfs\txattr,dev=9480002\t1190600100\n\
                         tank/two words\t/two words\tzfs\trw\t1190600150\n\
                         /dev/lofi/1\t/var/imap\tufs\trw,largefiles,logging\t1190600200\n\
                         a line that is none\n";

    #[test]
    fn the_deepest_mount_on_the_way_is_found() {
        let kind = |path: &str| find(TABLE, Path::new(path)).unwrap().kind;
        assert_eq!(
            [kind("/var/imap/mailboxes.db"), kind("/var/imapd"), kind("/tmp/x"), kind("/")],
            ["ufs", "zfs", "tmpfs", "zfs"]
        );
        assert_eq!(find(TABLE, Path::new("/two words/x")).unwrap().source, "tank/two words");
        let found = find(TABLE, Path::new("/var/imap")).unwrap();
        assert_eq!((found.source.as_str(), found.mount_point.as_str()), ("/dev/lofi/1", "/var/imap"));
        assert_eq!(found.options, "rw,largefiles,logging");
        assert_eq!(find("", Path::new("/")), None);
    }
}
