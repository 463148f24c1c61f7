//! Other mapped databases: LMDB and SQLite, each held open by its own library.

use std::{fs, path::Path, process::Command};

use crate::{
    inspection::{inspect, list, number},
    machine,
    mapper::Holder,
    needs, seen,
};

/// Opens the environment `DIRECTORY` as asked, and reads.
const LMDB_READER: &str = r"
import lmdb, sys
environment = lmdb.open(sys.argv[1], map_size=64 << 20, readonly=sys.argv[2] == 'read-only', writemap=sys.argv[2] == 'writable')
transaction = environment.begin()
found = transaction.get(b'key')
";

/// Commits 50 times, and then 20 times a second for as long as it runs; each line it is given is answered by its count.
const LMDB_WRITER: &str = r"
import lmdb, sys, threading, time
environment = lmdb.open(sys.argv[1], map_size=64 << 20, sync=False)
count = 0
def commit():
    global count
    with environment.begin(write=True) as transaction:
        transaction.put(b'key', b'%d' % count)
    count += 1
for _ in range(50):
    commit()
def go_on():
    while True:
        commit()
        time.sleep(0.05)
def answer():
    for line in sys.stdin:
        print(time.monotonic_ns(), count, flush=True)
if len(sys.argv) > 2:
    threading.Thread(target=go_on, daemon=True).start()
    print('ready', flush=True)
    answer()
";

#[test]
fn lmdb_is_described_and_its_commits_are_counted() {
    let _machine = machine::shared();
    let Some(python) = needs::python("lmdb") else { return };
    let directory = tempfile::tempdir().unwrap();
    let (place, data) = (directory.path().to_str().unwrap(), directory.path().join("data.mdb"));
    let mut writer = Holder::start(&python, LMDB_WRITER, &[place]);
    let readers =
        ["read-only", "read-write", "writable"].map(|mode| Holder::start(&python, LMDB_READER, &[place, mode]));

    let found = inspect(&data, &[]);
    assert_eq!(found.format(), "lmdb");
    assert_eq!(found.0["format"]["commits"], 50);
    assert_eq!(found.0["load"]["commits_per_s"]["precision"], "exact", "{:#}", found.0["load"]);
    assert_eq!(number(&found.0["load"]["commits_per_s"]["value"]["value"]), 0.0);
    assert!(found.0["format"]["checkpoint"].is_null());
    let seen = seen::mappers(&data);
    assert_eq!(found.mappers().keys().collect::<Vec<_>>(), seen.keys().collect::<Vec<_>>());
    for (pid, expected) in &seen {
        assert_eq!(found.kind(*pid), expected.kind);
    }
    let kinds = readers.each_ref().map(|reader| found.kind(reader.pid()));
    assert_eq!(kinds, ["read-only", "read-only-of-writable", "writable"]);
    assert_eq!(found.walked(), 3, "the one that is open read-only is not walked");
    // LMDB locks its lock file, which is another file.
    assert!(found.locks().is_empty(), "{:#}", found.0["locks"]);
    if needs::have(Path::new("/usr/bin/mdb_stat"), "mdb_stat (Debian's lmdb-utils)") {
        let stat = Command::new("mdb_stat").args(["-e", place]).output().unwrap();
        let stat = String::from_utf8(stat.stdout).unwrap();
        assert!(stat.contains("Last transaction ID: 50\n"), "{stat}");
    }
    writer.end();

    let mut writer = Holder::start(&python, LMDB_WRITER, &[place, "go on"]);
    let mut count = || {
        writer.say("how many");
        let line = writer.line();
        let (time, count) = line.split_once(' ').unwrap();
        [time, count].map(|text| text.parse::<f64>().unwrap())
    };
    let before = count();
    let found = inspect(&data, &["--for", "3s"]);
    let after = count();
    let rate = (after[1] - before[1]) / (after[0] - before[0]) * 1e9;
    let commits = number(&found.0["load"]["commits_per_s"]["value"]["value"]);
    // The counter is exact; the two times of this test are a little apart from those of inspect.
    assert!((0.6 * rate..=1.6 * rate).contains(&commits), "{rate} commits a second: {:#}", found.0["load"]);
    assert_eq!(found.mappers()[&writer.pid()]["writes"], true);
}

/// Maps the file by its pragma; reads, or holds a transaction open.
const SQLITE: &str = r"
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute('PRAGMA mmap_size = 67108864')
if sys.argv[2] == 'write':
    connection.execute('CREATE TABLE mailboxes (name TEXT PRIMARY KEY, acl TEXT)')
    for number in range(9):
        connection.execute('INSERT INTO mailboxes VALUES (?, ?)', ('user.%d' % number, 'lrs' * 2000))
    connection.execute('BEGIN IMMEDIATE')
found = connection.execute('SELECT * FROM mailboxes').fetchall()
";

#[test]
fn sqlite_is_described_with_its_lock() {
    let _machine = machine::shared();
    let Some(python) = needs::python("sqlite3") else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mailboxes.sqlite");
    let writer = Holder::start(&python, SQLITE, &[path.to_str().unwrap(), "write"]);
    let reader = Holder::start(&python, SQLITE, &[path.to_str().unwrap(), "read"]);
    let seen = seen::mappers(&path);
    if !needs::given(seen.len() == 2, "a SQLite that maps its file") {
        return;
    }
    let found = inspect(&path, &[]);
    assert_eq!(found.format(), "sqlite");
    assert_eq!(found.mappers().keys().copied().collect::<Vec<u32>>(), seen.keys().copied().collect::<Vec<u32>>());
    for pid in [writer.pid(), reader.pid()] {
        assert_eq!(found.kind(pid), seen[&pid].kind);
    }
    // One for the table, one a row: the counter in the header, at byte 24.
    let counter = u32::from_be_bytes(fs::read(&path).unwrap()[24..28].try_into().unwrap());
    assert_eq!(counter, 10);
    assert_eq!(found.0["format"]["commits"], counter);
    // RESERVED_LOCK: the byte behind PENDING_BYTE. The lock excludes other writers, not readers.
    let reserved = found.locks().iter().find(|lock| number(&lock["start"]) as u64 == 0x4000_0001);
    let reserved = reserved.unwrap_or_else(|| panic!("{:#}", found.0["locks"]));
    assert_eq!((&reserved["pid"], &reserved["exclusive"]), (&writer.pid().into(), &true.into()));
    assert!(list(&reserved["waiters"]).is_empty());
}
