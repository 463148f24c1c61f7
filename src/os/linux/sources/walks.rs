//! Walks over all mappings of a folio that is to be written back (`folio_mkclean` in the kernel): how many, and how long they took.
//! Two kprobes around that function, and a histogram that the kernel keeps itself, so that nothing is recorded call by call.
//! All of it is in a trace instance of our own, whose clock and triggers are nobody else's.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{Column, Probe, ProcFile, Source, or_absent, owner::Owner, tracepoints::PLACES};

/// Names of the function, new and old.
const FUNCTIONS: [&str; 2] = ["folio_mkclean", "page_mkclean"];
/// So many walks at a time: they sleep if they must wait for the list of mappings.
const AT_A_TIME: u32 = 256;
/// Kibibytes of each CPU's buffer, which stays empty.
const BUFFER_KB: &str = "8";

/// The kernel's histogram, and what was in it last.
struct Walks {
    // Closed before the probes are taken away, because an open file keeps its instance.
    file: ProcFile,
    before: Vec<Bucket>,
    _probes: Probes,
}

pub fn open() -> Source {
    let columns =
        vec![Column::counted("mkclean_walks"), Column::counted("mkclean_ns"), Column::level("mkclean_longest_ns")];
    let opened = Walks::open();
    or_absent(opened.map(|mut walks| Source::new(columns.clone(), move |_, row| row.extend(walks.read()))), columns)
}

impl Walks {
    fn open() -> Probe<Walks> {
        let probes = Probes::set(&root()?)?;
        let path = probes.instance().join(format!("events/synthetic/{}/hist", probes.name));
        let mut file = ProcFile::open(&path.to_string_lossy(), "the kernel needs CONFIG_HIST_TRIGGERS")?;
        let text = file.read().ok_or_else(|| format!("{}: cannot be read; run as root", path.display()))?;
        let before =
            buckets(text).ok_or_else(|| format!("{}: not the expected histogram: {text:?}", path.display()))?;
        Ok(Walks { file, before, _probes: probes })
    }

    fn read(&mut self) -> [Option<u64>; 3] {
        let Some(now) = self.file.read().and_then(buckets) else { return [None; 3] };
        let sum = |field: fn(&Bucket) -> u64| Some(now.iter().map(field).sum());
        let row = [sum(|bucket| bucket.walks), sum(|bucket| bucket.ns), longest(&self.before, &now)];
        self.before = now;
        row
    }
}

/// Walks whose time is in the same power of two.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bucket {
    power: u32,
    walks: u64,
    ns: u64,
}

/// The kernel's histogram: lines `{ ns: ~ 2^13 } hitcount: 2  ns: 11234`. `None`: this is none.
fn buckets(text: &str) -> Option<Vec<Bucket>> {
    let mut all: Vec<Bucket> = text.lines().filter(|line| line.starts_with('{')).map(bucket).collect::<Option<_>>()?;
    all.sort_by_key(|bucket| bucket.power);
    text.contains("Totals:").then_some(all)
}

fn bucket(line: &str) -> Option<Bucket> {
    let (key, values) = line.split_once('}')?;
    let mut values = values.split_whitespace();
    let mut value = |name: &str| if values.next()? == name { values.next()?.parse().ok() } else { None };
    Some(Bucket { power: key.rsplit_once("2^")?.1.trim().parse().ok()?, walks: value("hitcount:")?, ns: value("ns:")? })
}

/// About how long the longest walk since `before` took: the mean of those in the highest power of two. `None`: there was none.
fn longest(before: &[Bucket], now: &[Bucket]) -> Option<u64> {
    let rise = |bucket: &Bucket| {
        let old = before.iter().find(|old| old.power == bucket.power);
        let (walks, ns) = old.map_or((0, 0), |old| (old.walks, old.ns));
        let walks = bucket.walks.checked_sub(walks).filter(|walks| *walks > 0)?;
        Some(bucket.ns.checked_sub(ns)? / walks)
    };
    now.iter().rev().find_map(rise)
}

/// Probes, events, triggers and instance of one name; taken away when dropped.
struct Probes {
    root: PathBuf,
    name: String,
    /// The process that set them, and takes them away.
    pid: u32,
}

impl Probes {
    fn set(root: &Path) -> Probe<Probes> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let myself =
            Owner::myself().ok_or("/proc: not that of this pid namespace; mount it (mount -t proc proc /proc)")?;
        remove_stale(root, &myself);
        let name = myself.name(COUNT.fetch_add(1, Relaxed));
        // From here on, whatever fails, what was made is taken away.
        let probes = Probes { root: root.to_owned(), name, pid: std::process::id() };
        probes.probe_function()?;
        probes.append("synthetic_events", &format!("{} u64 ns", probes.name))?;
        let instance = probes.instance();
        fs::create_dir(&instance).map_err(|error| format!("{}: {error}; run as root", instance.display()))?;
        // Best effort: only memory is saved.
        let _ = probes.append(&format!("instances/{}/buffer_size_kb", probes.name), BUFFER_KB);
        for (event, trigger) in probes.triggers() {
            probes.append(&probes.trigger_file(&event), &trigger)?;
        }
        Ok(probes)
    }

    fn probe_function(&self) -> Probe<()> {
        let mut refused = String::new();
        for function in FUNCTIONS {
            let name = &self.name;
            let begin = format!("p:{name}/begin {function}");
            let end = format!("r{AT_A_TIME}:{name}/end {function}");
            match self.append("kprobe_events", &begin).and_then(|()| self.append("kprobe_events", &end)) {
                Ok(()) => return Ok(()),
                Err(why) => refused = why,
            }
        }
        Err(refused)
    }

    fn instance(&self) -> PathBuf {
        self.root.join("instances").join(&self.name)
    }

    fn trigger_file(&self, event: &str) -> String {
        format!("instances/{}/events/{event}/trigger", self.name)
    }

    /// Events and what they trigger, in the order in which one needs the other.
    fn triggers(&self) -> [(String, String); 3] {
        let name = &self.name;
        [
            (format!("synthetic/{name}"), "hist:keys=ns.log2:vals=ns".to_owned()),
            (format!("{name}/begin"), "hist:keys=common_pid:began=common_timestamp".to_owned()),
            (
                format!("{name}/end"),
                format!("hist:keys=common_pid:took=common_timestamp-$began:onmatch({name}.begin).trace({name},$took)"),
            ),
        ]
    }

    /// Appends, because a file of the tracing system that is cut short forgets everybody's events.
    fn append(&self, file: &str, text: &str) -> Probe<()> {
        let path = self.root.join(file);
        let explained = |error: std::io::Error| {
            let remedy = match error.kind() {
                ErrorKind::PermissionDenied => {
                    "run as root; a kernel that is locked down (/sys/kernel/security/lockdown) refuses even then"
                }
                ErrorKind::NotFound => {
                    "this kernel has no such function or file: CONFIG_KPROBE_EVENTS, CONFIG_SYNTH_EVENTS"
                }
                _ => "the kernel needs CONFIG_KPROBE_EVENTS, CONFIG_SYNTH_EVENTS and CONFIG_HIST_TRIGGERS",
            };
            format!("{} ({text}): {error}; {remedy}", path.display())
        };
        let opened = OpenOptions::new().append(true).open(&path);
        opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(explained)
    }

    /// Takes away what there is of this name. What is not there is not missed: a killed run may have got anywhere.
    fn remove(&self) {
        for (event, trigger) in self.triggers().iter().rev() {
            let _ = self.append(&self.trigger_file(event), &format!("!{trigger}"));
        }
        let _ = fs::remove_dir(self.instance());
        let _ = self.append("synthetic_events", &format!("!{} u64 ns", self.name));
        for event in ["end", "begin"] {
            let _ = self.append("kprobe_events", &format!("-:{}/{event}", self.name));
        }
    }
}

impl Drop for Probes {
    fn drop(&mut self) {
        // A forked child has a copy of this; the probes are its parent's.
        if self.pid == std::process::id() {
            self.remove();
        }
    }
}

/// Where the tracing system is, if it can probe functions.
fn root() -> Probe<PathBuf> {
    let mount = format!("mount tracefs (mount -t tracefs tracefs {}), and run as root", PLACES[0]);
    let place = PLACES.iter().map(Path::new).find(|place| place.join("events").is_dir());
    let place = place.ok_or_else(|| format!("tracefs cannot be read: {mount}"))?;
    let needed = [("kprobe_events", "CONFIG_KPROBE_EVENTS"), ("synthetic_events", "CONFIG_HIST_TRIGGERS")];
    for (file, option) in needed {
        if !place.join(file).exists() {
            return Err(format!("no {file} in {}; the kernel needs {option}", place.display()));
        }
    }
    Ok(place.to_owned())
}

/// Takes away what runs of this pid namespace left behind that were killed.
fn remove_stale(root: &Path, myself: &Owner) {
    let directories = fs::read_dir(root.join("instances")).into_iter().flatten().flatten();
    let mut names: Vec<String> = directories.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.extend(groups(&fs::read_to_string(root.join("kprobe_events")).unwrap_or_default()));
    names.retain(|name| Owner::of(name).is_some_and(|owner| owner.is_gone(myself)));
    names.sort();
    names.dedup();
    for name in names {
        Probes { root: root.to_owned(), name, pid: 0 }.remove();
    }
}

/// Groups of all probes: lines `p:GROUP/EVENT FUNCTION` or `r256:GROUP/EVENT FUNCTION`.
fn groups(probes: &str) -> impl Iterator<Item = String> {
    probes.lines().filter_map(|line| Some(line.split_once(':')?.1.split_once('/')?.0.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# event histogram\n#\n\
        # trigger info: hist:keys=ns.log2:vals=hitcount,ns:sort=hitcount:size=2048 [active]\n#\n\n\
        { ns: ~ 2^21 } hitcount:          2  ns:    4500000\n\
        { ns: ~ 2^10 } hitcount:         12  ns:      12345\n\n\
        Totals:\n    Hits: 14\n    Entries: 2\n    Dropped: 0\n";

    #[test]
    fn a_histogram_is_read_back() {
        let wanted = [Bucket { power: 10, walks: 12, ns: 12345 }, Bucket { power: 21, walks: 2, ns: 4_500_000 }];
        assert_eq!(buckets(TEXT).unwrap(), wanted);
        let empty = "# event histogram\n\nTotals:\n    Hits: 0\n    Entries: 0\n    Dropped: 0\n";
        assert_eq!(buckets(empty), Some(vec![]), "nothing walked yet");
        assert_eq!(buckets(""), None, "a text without totals is no histogram");
        assert_eq!(buckets("{ ns: ~ 2^10 } hits: 12\nTotals:\n"), None);
    }

    #[test]
    fn the_longest_walk_is_that_of_the_interval() {
        let before = buckets(TEXT).unwrap();
        assert_eq!(longest(&before, &before), None, "no walk, no time");
        let mut now = before.clone();
        now[0].walks += 2;
        now[0].ns += 2000;
        assert_eq!(longest(&before, &now), Some(1000), "the longer ones were before");
        now.push(Bucket { power: 23, walks: 1, ns: 9_000_000 });
        assert_eq!(longest(&before, &now), Some(9_000_000));
    }

    #[test]
    fn stale_probes_are_removed_and_those_of_other_containers_stay() {
        let probes = "p:kprobes/myprobe do_sys_open\nr256:mapstorm_f_41_9_0/end folio_mkclean\n";
        assert_eq!(groups(probes).collect::<Vec<_>>(), ["kprobes", "mapstorm_f_41_9_0"]);
        // A directory in the place of the tracing system: what is taken away are directories, and lines that say so.
        let root = tempfile::tempdir().unwrap();
        let myself = Owner::myself().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let name = myself.name(0);
        let [_, namespace, _, started, _] = name.split('_').collect::<Vec<_>>()[..] else { panic!("{name}") };
        let dead = format!("mapstorm_{namespace}_{}_{started}_0", child.id());
        let elsewhere = format!("mapstorm_{namespace}1_{}_{started}_0", child.id());
        let names = [dead.clone(), elsewhere.clone(), myself.name(7), "mapstorm_41_0".to_owned(), "foreign".to_owned()];
        for name in &names {
            fs::create_dir_all(root.path().join("instances").join(name)).unwrap();
        }
        fs::write(root.path().join("kprobe_events"), format!("p:{elsewhere}/begin folio_mkclean\n")).unwrap();
        remove_stale(root.path(), &myself);
        let left = |name: &String| root.path().join("instances").join(name).exists();
        assert_eq!(names.each_ref().map(left), [false, true, true, true, true]);
        let written = fs::read_to_string(root.path().join("kprobe_events")).unwrap();
        assert!(
            written.contains(&format!("-:{dead}/begin")) && !written.contains(&format!("-:{elsewhere}")),
            "{written}"
        );
    }
}
