//! A live server on one screen: what the file is, who has it, what happens to it, what a commit costs, what a change would bring; the
//! verdict last.

#[cfg(test)]
mod tests;

use crate::{
    conclude::{
        claim::Remark,
        inspection::{lock_in_words, mapping_in_words, observed, stale_in_words},
        wording::{NONE, at_most, count, estimate, incomplete, known, or_none},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment,
            parts::{facts, file_document, typed},
        },
    },
    results::{Folios, HeldLock, Inspection, LastChanges, LockWaiter, MapperGroup, ProcessOfFile, ResultKind, fact},
    scenario::units::{factor, format_bytes, format_duration_ns, format_rate, short_ns},
};

/// So many groups and locks are on one screen, and so many waiters of one lock are named.
const GROUPS: usize = 8;
const LOCKS: usize = 2;
const WAITERS: usize = 10;
/// So many processes are on the page.
const PROCESSES: usize = 20;

/// An inspection with these charts.
pub(crate) fn document<'a>(found: &Inspection, charts: &'a [Chart]) -> Document<'a> {
    let machine = &found.environment;
    let subtitle = format!("{}, {} {}, {}", machine.host, machine.system, machine.kernel, found.started);
    let title = format!("{}, live{}", found.file.path.display(), incomplete(found.complete));
    let mut document = file_document(ResultKind::Inspection, title, subtitle);
    document
        .page()
        .section("answer", "Answer", "What a commit costs now")
        .answer(format!("{}.", found.statement))
        .text("", format!("{}.", found.limit_sentence()));
    file(&mut document, found);
    who(&mut document, found);
    locks(&mut document, found);
    load(&mut document, found, charts);
    cost(&mut document, found);
    document.page().section("unseen", "Not seen", "What was not seen");
    document.both().items("- ", unseen(found)).items("- ", found.notes.iter().map(|note| format!("{note}.")));
    document.terminal().line(own_cost(found));
    document.page().text("", format!("{}.", own_cost(found)));
    environment::section(&mut document, machine, []);
    document
        .page()
        .section("reproduce", "Command", "The command")
        .code("The command as it was typed", typed(&found.command));
    document
        .terminal()
        .closing()
        .text("Limit: ", format!("{}.", found.limit_sentence()))
        .text("Now: ", format!("{}.", found.statement));
    document
}

fn file(document: &mut Document<'_>, found: &Inspection) {
    let (file, format) = (&found.file, &found.format);
    let by = if format.by_content { "" } else { " (by its path, not by its content)" };
    let changed = format!("changed {} before the last look", format_duration_ns(file.since_change_ns));
    document
        .terminal()
        .line(format!("{}: {}{by}, {}, {changed}", file.path.display(), format.name, format_bytes(file.bytes)))
        .line(format!("on {}; {}", file_system(found), page_cache(found)))
        .lines(next_events(found));
    let number = |number: Option<u64>| or_none(number, |number| number.to_string());
    let rows = [
        ("format", format!("{}{by}: {}", format.name, format.description)),
        ("size", format_bytes(file.bytes)),
        ("device and inode", format!("{}, {}", file.device, file.inode)),
        ("last change", changed),
        ("file system", file_system(found)),
        ("page cache", page_cache(found)),
        ("records", number(format.records)),
        ("commits since it was made", number(format.commits)),
        ("last commits", or_none(format.last_changes, last_changes)),
        ("syncs of a commit", number(format.syncs_per_commit.map(u64::from))),
        ("next", next_events(found).unwrap_or_else(|| NONE.to_owned())),
    ];
    document.page().section("file", "File", "The file").table("What it is, and how it is kept", facts(rows));
}

fn last_changes(of: LastChanges) -> String {
    format!("{} records stored, {} replaced, {} deleted", of.stores, of.replaces, of.deletes)
}

fn file_system(found: &Inspection) -> String {
    known(&found.file.file_system, |system| format!("{} ({}, {})", system.kind, system.mount_point, system.options))
}

fn page_cache(found: &Inspection) -> String {
    let cache = &found.file.page_cache;
    let bytes = |bytes: &u64| format_bytes(*bytes);
    let sizes = |folios: &Vec<Folios>| {
        let each: Vec<String> =
            folios.iter().map(|folios| format!("{} of {}", folios.count, format_bytes(folios.bytes))).collect();
        if each.is_empty() { "none".to_owned() } else { each.join(", ") }
    };
    format!(
        "in memory {}, dirty {}; folios {}",
        fact(&cache.resident_bytes, bytes),
        fact(&cache.dirty_bytes, bytes),
        fact(&cache.folios, sizes)
    )
}

/// The next remap and the next checkpoint, as far as the format has them.
fn next_events(found: &Inspection) -> Option<String> {
    let format = &found.format;
    let remap = format.until_remap_bytes.map(|bytes| format!("all remap it after {} more", format_bytes(bytes)));
    let behind = format.behind_bytes.map(|bytes| format!("mappings are {} behind its size", format_bytes(bytes)));
    let checkpoint = format.checkpoint.map(|next| {
        format!(
            "a checkpoint is due at {} of log, and there are {}",
            format_bytes(next.due_at_bytes),
            format_bytes(next.log_bytes)
        )
    });
    let all: Vec<String> = [remap, behind, checkpoint].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn who(document: &mut Document<'_>, found: &Inspection) {
    document.page().section("who", "Who", "Who has the file");
    if found.groups.is_empty() {
        document.both().line("No process was seen that maps the file or has it open.");
        return;
    }
    let (shown, more) = found.groups.split_at(found.groups.len().min(GROUPS));
    document.terminal().table("", groups(shown));
    if !more.is_empty() {
        let processes: u32 = more.iter().map(|group| group.processes).sum();
        document.terminal().line(format!("and {} more groups of {processes} processes (--verbose)", more.len()));
        document.terminal().in_detail().table("", groups(more));
    }
    document.page().table("Processes that are alike", groups(&found.groups));
    let (first, rest) = found.processes.split_at(found.processes.len().min(PROCESSES));
    document.page().table("Single processes", processes(first));
    if !rest.is_empty() {
        document.page().line(format!("and {} more, which inspection.json has.", rest.len()));
    }
    document.terminal().in_detail().table("", processes(&found.processes));
}

fn groups(groups: &[MapperGroup]) -> Grid {
    let or_empty = |name: &Option<String>| name.clone().unwrap_or_default();
    Grid::of(groups)
        .number("count", |group| group.processes)
        .words("command", |group| &group.command)
        .words("user", |group| or_empty(&group.user))
        .words("service", |group| or_empty(&group.service))
        .words("mapping", |group| mapping_in_words(group.kind))
        .number("mapped", |group| format_bytes(group.mapped_bytes))
        .number("page tables", |group| known(&group.page_table_bytes, |bytes| format_bytes(*bytes)))
        .number("write", |group| group.writers)
        .words("stale", |group| stale_in_words(group.stale))
        .dispensable(&["service", "write", "user"])
        .into()
}

fn processes(processes: &[ProcessOfFile]) -> Grid {
    let largest = |process: &ProcessOfFile| process.mapping.iter().map(|range| (range.bytes, range.kind)).max();
    Grid::of(processes)
        .number("pid", |process| process.pid)
        .words("command", |process| &process.command)
        .words("user", |process| known(&process.user, String::clone))
        .words("open", |process| {
            known(&process.open, |open| match open.as_slice() {
                [] => "no".to_owned(),
                several if several.iter().any(|open| open.writable) => "to write".to_owned(),
                _ => "to read".to_owned(),
            })
        })
        .words("mapping", |process| mapping_in_words(largest(process).map(|(_, kind)| kind)))
        .number("mapped", |process| or_none(largest(process), |(bytes, _)| format_bytes(bytes)))
        .number("page tables", |process| known(&process.page_table_bytes, |bytes| format_bytes(*bytes)))
        .words("state", |process| known(&process.state, char::to_string))
        .words("stale", |process| stale_in_words(process.stale))
        .into()
}

fn locks(document: &mut Document<'_>, found: &Inspection) {
    let locks = &found.locks;
    document.page().section("locks", "Locks", "Locks on the file");
    let held = match locks.held.known() {
        Ok(held) => held,
        Err(why) => {
            document.both().line(format!("Locks: unavailable: {why}"));
            return;
        }
    };
    let share = locks
        .exclusive_share
        .map_or_else(String::new, |share| format!(", an exclusive lock was held at {:.0} % of them", share * 100.0));
    let looks = count(locks.looks, "look");
    document.both().line(format!("Locks, at {looks}: at most {} waited{share}", locks.most_waiters));
    for (number, lock) in held.iter().enumerate() {
        let waiters = waiters(lock).into_iter().map(|line| Remark::new("    ", line));
        document.both().in_detail_if(number >= LOCKS).text("  ", lock_in_words(lock)).remarks(waiters);
    }
}

/// Those who wait for a lock, as a tree; many are counted.
fn waiters(lock: &HeldLock) -> Vec<String> {
    let wants = |waiter: &LockWaiter| if waiter.exclusive { "exclusive" } else { "shared" };
    if lock.waiters.len() > WAITERS {
        let exclusive = lock.waiters.iter().filter(|waiter| waiter.exclusive).count();
        let shared = lock.waiters.len() - exclusive;
        return vec![format!(
            "{} wait: {exclusive} for an exclusive lock, {shared} for a shared one",
            lock.waiters.len()
        )];
    }
    let line = |waiter: &LockWaiter| {
        let who =
            waiter.pid.map_or_else(|| "a process of another namespace".to_owned(), |pid| format!("process {pid}"));
        format!("{}{who} waits, {}", "> ".repeat(waiter.depth.max(1) as usize), wants(waiter))
    };
    lock.waiters.iter().map(line).collect()
}

fn load<'a>(document: &mut Document<'a>, found: &Inspection, charts: &'a [Chart]) {
    let load = &found.load;
    let seconds = format_duration_ns(load.window_ns);
    let number = |value: f64| format!("{value:.2}");
    let growth = |per_s: f64| match per_s < 0.0 {
        true => format!("-{}/s", format_bytes(-per_s as u64)),
        false => format!("{}/s", format_bytes(per_s as u64)),
    };
    let rows = [
        ("commits", observed(&load.commits_per_s, format_rate)),
        ("lookups", observed(&load.lookups_per_s, format_rate)),
        ("a commit holds the lock", observed(&load.hold_ns, short_ns)),
        ("the file grows", observed(&load.growth_bytes_per_s, growth)),
        ("CPUs used", observed(&load.cpus_used, number)),
        ("CPUs waited for", observed(&load.cpus_waited_for, number)),
    ];
    document.terminal().gap().line(format!("Load, in {seconds}:"));
    for (name, figure) in &rows {
        document.terminal().text(format!("  {name}: "), figure.clone());
    }
    document
        .page()
        .section("load", "Load", "What happened to it")
        .table(format!("Seen in {seconds}, without attaching to anything"), facts(rows))
        .figures(charts);
}

fn cost(document: &mut Document<'_>, found: &Inspection) {
    let cost = &found.commit_cost;
    let rows = [
        ("one commit", fact(&cost.commit_ns, |ns| format!("{}, predicted", estimate(*ns, short_ns)))),
        ("of it by mappers", fact(&cost.of_mappers_ns, |ns| format!("{}, predicted", at_most("at most", ns)))),
        (
            "lock held",
            fact(&cost.utilisation, |share| {
                format!("{} of the time", estimate(*share, |share| format!("{:.1} %", share * 100.0)))
            }),
        ),
        ("cost model", fact(&cost.cost_model, |model| model.source.clone())),
    ];
    document.page().section("cost", "Cost", "What one commit costs, and what would lower that");
    document.page().table(format!("With {} processes that a commit visits", cost.mappers), facts(rows.clone()));
    if cost.commit_ns.value().is_some() {
        document.terminal().gap();
        for (name, figure) in &rows {
            document.terminal().in_detail_if(*name == "cost model").text(format!("{name}: "), figure.clone());
        }
    }
    if cost.advice.is_empty() {
        return;
    }
    let now = cost.commit_ns.value();
    let table = Grid::of(&cost.advice)
        .words("change", |change| &change.what_to_do)
        .number("commit now", |_| or_none(now, |now| short_ns(now.value)))
        .number("then, predicted", |change| known(&change.commit_ns, |then| short_ns(then.value)))
        .number("lower", |change| {
            or_none(now.zip(change.commit_ns.value()), |(now, then)| {
                format!("{}×", factor(now.value / then.value.max(1.0)))
            })
        })
        .words("name", |change| &change.mitigation)
        .dispensable(&["name"]);
    let why = cost
        .advice
        .iter()
        .filter_map(|change| Some(format!("{}: {}.", change.mitigation, change.commit_ns.known().err()?)));
    let caption = "PREDICTED from the cost model; no figure of it was measured on this server";
    document.both().table(caption, table).in_detail().items("- ", why);
}

fn unseen(found: &Inspection) -> Vec<String> {
    let unseen = &found.unseen;
    let mut all: Vec<String> = unseen.because.iter().map(|why| format!("{why}.")).collect();
    // Its sentence says how many, and what would help.
    if unseen.forbidden > 0 && unseen.because.is_empty() {
        all.push(format!("Processes whose mappings may not be read: {}.", unseen.forbidden));
    }
    if !unseen.stuck.is_empty() {
        let numbers: Vec<String> = unseen.stuck.iter().take(WAITERS).map(u32::to_string).collect();
        all.push(format!("Processes that did not answer: {} ({}).", unseen.stuck.len(), numbers.join(", ")));
    }
    if unseen.vanished > 0 {
        all.push(format!("Processes that ended meanwhile: {}.", unseen.vanished));
    }
    all.extend(found.incomplete_because.iter().map(|why| format!("WARNING: the result is incomplete: {why}.")));
    all
}

fn own_cost(found: &Inspection) -> String {
    format!(
        "This look took {} of CPU time; finding the processes once took {}",
        format_duration_ns(found.own_cpu_ns),
        format_duration_ns(found.scan_ns)
    )
}
