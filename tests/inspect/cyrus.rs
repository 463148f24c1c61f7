//! Inspect on a live Cyrus: who maps mailboxes.db, who holds its lock and who waits, what a commit costs, whose mapping is stale.

use std::{
    collections::BTreeSet,
    fs::File,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use nix::fcntl::{FcntlArg, fcntl};

use crate::{
    inspection::{Inspection, inspect, list, number, waiters},
    machine,
    processes::wait_for,
    seen::{self, Seen},
    server::Server,
    session::Session,
    traced::{Hold, Traced},
};

/// Readers where `MAPSTORM_TEST_SESSIONS` does not say otherwise: each is a process of 20 MB.
const READERS: usize = 50;
const MAILBOXES: u32 = 20_000;
/// Commits a second of the writer.
const RATE: f64 = 10.0;
/// Commits that are traced each time.
const TRACED: usize = 20;
const SYNCS: usize = 3;

#[test]
fn a_live_cyrus_server() {
    let _machine = machine::alone();
    let Some(server) = Server::start(MAILBOXES) else { return };
    let readers = std::env::var("MAPSTORM_TEST_SESSIONS").map_or(READERS, |text| text.parse().unwrap());
    let mut writer = server.admin();
    let mut readers: Vec<Session> = (0..readers).map(|_| server.reader()).collect();
    // The writer maps the database from its first lookup on.
    create(&mut writer, "first", 1);

    everyone_is_found(&server, &writer, &readers);
    load_is_seen(&server, &mut writer);
    a_commit_is_priced(&server, &mut writer);
    holder_and_waiters_are_named(&server, &mut readers);
    a_backup_leaves_no_mapping_stale(&server, &readers);
    a_repack_leaves_mappings_stale_until_they_are_used(&server, &mut readers);
}

/// Creates so many mailboxes, one after another.
fn create(writer: &mut Session, name: &str, count: usize) {
    for number in 0..count {
        writer.ask(&format!("CREATE user.reader.{name}-{number}"));
    }
}

fn pids(sessions: &[Session]) -> BTreeSet<u32> {
    sessions.iter().map(|session| session.pid).collect()
}

fn assert_agrees(found: &Inspection, server: &Server) {
    let mappers = found.mappers();
    let seen = seen::mappers(&server.database());
    assert_eq!(mappers.keys().collect::<Vec<_>>(), seen.keys().collect::<Vec<_>>());
    for (pid, Seen { kind, bytes, is_stale }) in &seen {
        let process = mappers[pid];
        assert_eq!(process["mapping"][0]["kind"], *kind, "{process:#}");
        assert_eq!(process["mapping"][0]["bytes"], *bytes, "{process:#}");
        assert_eq!(process["stale"], if *is_stale { "replaced".into() } else { serde_json::Value::Null });
    }
}

fn everyone_is_found(server: &Server, writer: &Session, readers: &[Session]) {
    let found = inspect(&server.database(), &[]);
    assert_agrees(&found, server);
    let mappers = found.mappers();
    let all = pids(readers).into_iter().chain([writer.pid]).collect::<BTreeSet<u32>>();
    assert_eq!(mappers.keys().copied().collect::<BTreeSet<u32>>(), all);
    for process in mappers.values() {
        assert_eq!((&process["command"], &process["user"]), (&"imapd".into(), &"cyrus".into()), "{process:#}");
        assert!(list(&process["open"]).iter().all(|open| open["writable"] == true), "{process:#}");
        assert!(number(&process["page_table_bytes"]) >= 4096.0, "{process:#}");
    }
    assert_eq!(found.format(), "twoskip");
    assert_eq!(found.0["format"]["syncs_per_commit"], SYNCS);
    // Two records a mailbox, and Cyrus's own; its reader and the first of the writer are two mailboxes more.
    let records = number(&found.0["format"]["records"]);
    assert!(records >= f64::from(2 * (MAILBOXES + 2)) && records <= f64::from(2 * MAILBOXES + 50), "{records}");
    assert_eq!(found.walked() as usize, all.len());
    found.assert_groups_add_up();
    eprintln!(
        "{} mappers found in {:.0} ms, {:.0} ms of CPU in all",
        all.len(),
        number(&found.0["scan_ns"]) / 1e6,
        number(&found.0["own_cpu_ns"]) / 1e6
    );
}

/// While one process commits at a steady rate. `MAPSTORM_TEST_RECORD=DIR` keeps a longer look at that, with its price, as a result.
fn load_is_seen(server: &Server, writer: &mut Session) {
    let record = std::env::var("MAPSTORM_TEST_RECORD");
    let look = match &record {
        Ok(directory) => vec!["--for", "20s", "--measure", "--force", "--record", directory],
        Err(_) => vec!["--for", "4s"],
    };
    let (stop, count, pid) = (AtomicBool::new(false), AtomicU32::new(0), writer.pid);
    let (found, rate) = thread::scope(|scope| {
        scope.spawn(|| {
            let mut next = Instant::now();
            while !stop.load(Ordering::Relaxed) {
                create(writer, &format!("busy-{}", count.load(Ordering::Relaxed)), 1);
                count.fetch_add(1, Ordering::Relaxed);
                next = (next + Duration::from_secs_f64(1.0 / RATE)).max(Instant::now());
                thread::sleep(next - Instant::now());
            }
        });
        wait_for("the writer", || (count.load(Ordering::Relaxed) > 0).then_some(()));
        let (start, before) = (Instant::now(), count.load(Ordering::Relaxed));
        let found = inspect(&server.database(), &look);
        let done = count.load(Ordering::Relaxed) - before;
        stop.store(true, Ordering::Relaxed);
        (found, f64::from(done) / start.elapsed().as_secs_f64())
    });
    assert_eq!(found.mappers()[&pid]["writes"], true);
    assert_eq!(found.0["processes"].as_array().unwrap().iter().filter(|process| process["writes"] == true).count(), 1);
    let commits = &found.0["load"]["commits_per_s"];
    let seen = number(&commits["value"]["value"]);
    eprintln!("{rate:.1} commits a second, {seen:.1} by inspect: {}", commits["from"]);
    assert!((0.6 * rate..=1.5 * rate).contains(&seen), "{rate} commits a second: {commits:#}");
    assert!(number(&found.0["load"]["growth_bytes_per_s"]["value"]["value"]) > 0.0, "{:#}", found.0["load"]);
    let last = &found.0["format"]["last_changes"];
    assert!(number(&last["stores"]) > 0.0 && last["deletes"] == 0, "CREATE stores: {last:#}");
}

/// The predicted commit is one like those that strace sees before and after: within a factor of three, because other work on the machine comes
/// and goes. `MAPSTORM_TEST_TOLERANCE=1.25` asks for more, on a quiet machine.
fn a_commit_is_priced(server: &Server, writer: &mut Session) {
    let Some(before) = traced(server, writer, "before") else { return };
    // On a machine that other tests keep busy it would be refused.
    let found = inspect(&server.database(), &["--measure", "--force"]);
    let Some(after) = traced(server, writer, "after") else { return };
    let (price, priced) = (&found.0["commit_cost"]["commit_ns"], &found.0["commit_cost"]["cost_model"]["source"]);
    if let Some(why) = price["unavailable"].as_str() {
        return eprintln!("not compared: on so busy a machine no model fits: {why}");
    }
    assert!(
        priced.as_str().unwrap().starts_with("commit-store, measured now"),
        "of the kind that the log shows: {priced}"
    );
    let predicted = number(&price["value"]) / 1e6;
    eprintln!("a commit takes {before:.2} ms and {after:.2} ms under strace, {predicted:.2} ms by inspect");
    let (low, high) = (before.min(after), before.max(after));
    let tolerance = std::env::var("MAPSTORM_TEST_TOLERANCE").map_or(3.0, |factor| factor.parse().unwrap());
    assert!((low / tolerance..=high * tolerance).contains(&predicted), "{predicted} ms: {:#}", found.0["commit_cost"]);
}

/// The median of the milliseconds inside of calls of a commit of the writer.
fn traced(server: &Server, writer: &mut Session, name: &str) -> Option<f64> {
    let tracer = Traced::attach(writer.pid)?;
    create(writer, &format!("traced-{name}"), TRACED);
    let holds = tracer.holds(&server.database());
    assert_eq!(holds.len(), TRACED, "a CREATE is one commit: {holds:?}");
    assert!(holds.iter().all(|hold| hold.syncs == SYNCS), "{holds:?}");
    let median = |of: fn(&Hold) -> f64| {
        let mut all: Vec<f64> = holds.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    eprintln!("the lock is held for {:.2} ms with strace between the calls", median(|hold| hold.whole_ms));
    Some(median(|hold| hold.in_calls_ms))
}

/// While this process has the write lock, some readers want to read.
fn holder_and_waiters_are_named(server: &Server, readers: &mut [Session]) {
    let whole =
        libc::flock { l_type: libc::F_WRLCK as i16, l_whence: libc::SEEK_SET as i16, l_start: 0, l_len: 0, l_pid: 0 };
    for is_ofd in [false, true] {
        let file = File::options().read(true).write(true).open(server.database()).unwrap();
        let lock = if is_ofd { FcntlArg::F_OFD_SETLKW(&whole) } else { FcntlArg::F_SETLKW(&whole) };
        fcntl(&file, lock).unwrap();
        let asking = &mut readers[..20];
        for session in asking.iter_mut() {
            session.send("STATUS INBOX (MESSAGES)");
        }
        let wanted = pids(asking);
        wait_for("all of them to wait", || {
            let wchan = |pid: &u32| std::fs::read_to_string(format!("/proc/{pid}/wchan")).unwrap_or_default();
            wanted.iter().all(|pid| wchan(pid).contains("setlk")).then_some(())
        });
        let found = inspect(&server.database(), &[]);
        let [lock] = found.locks() else { panic!("{:#}", found.0["locks"]) };
        assert_eq!(lock["exclusive"], true, "{lock:#}");
        assert_eq!(waiters(lock), wanted, "{lock:#}");
        assert!(list(&lock["waiters"]).iter().all(|waiter| waiter["exclusive"] == false), "{lock:#}");
        assert_eq!((number(&lock["start"]), lock["end"].is_null()), (0.0, true), "{lock:#}");
        let this = std::process::id();
        if is_ofd {
            assert_eq!((&lock["flavour"], lock["pid"].is_null()), (&"ofd".into(), true), "{lock:#}");
            assert!(list(&lock["perhaps"]).contains(&this.into()), "{lock:#}");
        } else {
            assert_eq!((&lock["flavour"], &lock["pid"]), (&"posix".into(), &this.into()), "{lock:#}");
        }
        assert_eq!(number(&found.0["locks"]["most_waiters"]) as usize, wanted.len());
        drop(file);
        for session in asking {
            session.answer();
        }
    }
}

/// What `ctl_cyrusdb` calls a checkpoint copies the database; it puts no new one in its place.
fn a_backup_leaves_no_mapping_stale(server: &Server, readers: &[Session]) {
    server.run("ctl_cyrusdb", &["-c"]);
    let found = inspect(&server.database(), &[]);
    assert_agrees(&found, server);
    assert!(found.mappers().values().all(|process| process["stale"].is_null()));
    assert!(found.walked() as usize >= readers.len());
}

/// A repack renames a new file over the old one. A process maps the new one when it next looks something up.
fn a_repack_leaves_mappings_stale_until_they_are_used(server: &Server, readers: &mut [Session]) {
    server.run("cyr_dbtool", &[server.database().to_str().unwrap(), "twoskip", "repack"]);
    let found = inspect(&server.database(), &[]);
    assert_agrees(&found, server);
    assert_eq!(found.mappers().values().filter(|process| process["stale"] == "replaced").count(), readers.len() + 1);
    assert_eq!(found.walked(), 0, "a commit to the new file walks no mapping of the old one");

    let woken = readers.len() / 2;
    for session in &mut readers[..woken] {
        session.ask("STATUS INBOX (MESSAGES)");
    }
    let found = inspect(&server.database(), &[]);
    assert_agrees(&found, server);
    let current = found.mappers().into_iter().filter(|(_, process)| process["stale"].is_null());
    assert_eq!(current.map(|(pid, _)| pid).collect::<BTreeSet<u32>>(), pids(&readers[..woken]));
    assert_eq!(found.walked() as usize, woken);
}
