//! The text of a finding: one sentence, and the chain from what was seen to what is behind it.

use std::collections::BTreeMap;

use super::{
    super::time_attribution::{LockHolder, SchedState, TimeKind},
    Cause,
    context::{Context, is_sync},
};
use crate::{
    mailboxes::Phase::*,
    results::{
        Figure, Finding, PER_MAPPER_US,
        Series::{self, Phase, StartDelay},
    },
    scenario::units::format_duration_ns,
};

pub fn finding(cause: &Cause, place: usize, share: f64, context: &Context<'_, '_>) -> Finding {
    let owned = |kind: &TimeKind| context.cause_of(kind) == place;
    let walks = (cause.name == WALKS).then(|| [per_mapper(context), traced_per_mapper(context)]);
    let of_mappers = walks.into_iter().flatten().flatten();
    let of_counters = cause.figures.iter().filter_map(|(column, name)| context.facts.figure(column, name));
    Finding {
        cause: cause.name.to_owned(),
        statement: statement(cause, share),
        chain: chain(cause, &owned, context),
        share,
        figures: of_mappers.chain(of_counters).collect(),
        confidence: (cause.confidence)(context),
        advice: cause.advice.iter().map(|advice| advice.replace("GROUP", group_with_quota(context))).collect(),
    }
}

/// Syncs that walk mappers: what they cost each of these are figures of their own.
const WALKS: &str = "sync-walks-mappers";

/// The control group whose CPU quota binds, as far as that is known.
fn group_with_quota<'c>(context: &Context<'_, 'c>) -> &'c str {
    context.facts.quota().map_or("the control group", |quota| &quota.group)
}

fn statement(cause: &Cause, share: f64) -> String {
    let mut meaning = cause.meaning.to_owned();
    if let Some(first) = meaning.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    format!("{meaning}: {} of the stalled time.", percent(share))
}

fn percent(share: f64) -> String {
    // A sum of nothing may be a negative zero.
    format!("{:.0} %", (share * 100.0).abs())
}

/// From the symptom down. Each share is of the time that the line above is about; the first of the cause's own.
fn chain(cause: &Cause, owned: &dyn Fn(&TimeKind) -> bool, context: &Context<'_, '_>) -> Vec<String> {
    let attribution = context.attribution;
    let of_cause = attribution.sum(owned).max(1.0);
    let by_lock = attribution.sum(|kind| owned(kind) && kind.holder != LockHolder::None);
    let behind_writer = |kind: &TimeKind| owned(kind) && kind.holder == LockHolder::Writer;
    let by_writer = attribution.sum(behind_writer);
    let mut chain = Vec::new();
    if by_lock > 0.5 * of_cause {
        chain.push(format!("operations waited for the file's lock for {} of that", percent(by_lock / of_cause)));
        if by_writer > 0.5 * of_cause {
            chain.push(format!("held by the writer for {} of those waits", percent(by_writer / by_lock.max(1.0))));
            let named: Vec<_> = parts(&behind_writer, context)
                .into_iter()
                .map(|(part, ns)| format!("in {} {}", words(part), percent(ns / by_writer.max(1.0))))
                .collect();
            chain.push(format!("which was {} {} of that hold", doing(&behind_writer, context), named.join(", ")));
        } else if attribution.sum(|kind| owned(kind) && kind.holder == LockHolder::Readers) > 0.5 * of_cause {
            chain.push("a writer waited for readers, which shared it".to_owned());
        } else {
            chain.push("held by no worker".to_owned());
        }
    } else {
        let parts = parts(owned, context);
        let named: Vec<_> =
            parts.iter().map(|(part, ns)| format!("{} {}", words(*part), percent(ns / of_cause))).collect();
        chain.push(format!("operations were held up, of that time {}", named.join(", ")));
        let states = STATES.map(|(state, words, _)| {
            let share = attribution.sum(|kind| owned(kind) && kind.state == state) / of_cause;
            (state != SchedState::Unknown || share > 0.0).then(|| format!("{words} {}", percent(share)))
        });
        chain.push(states.into_iter().flatten().collect::<Vec<_>>().join(", "));
    }
    chain.extend(leaf(cause, context));
    chain
}

/// In what state an operation is held up, and what the holder of a lock is doing in it.
const STATES: [(SchedState, &str, &str); 4] = [
    (SchedState::Running, "on a CPU", "running"),
    (SchedState::Queued, "ready but without one", "waiting for a CPU"),
    (SchedState::Blocked, "blocked", "blocked"),
    (SchedState::Unknown, "unknown which of these", "still"),
];

fn doing(owned: &dyn Fn(&TimeKind) -> bool, context: &Context<'_, '_>) -> &'static str {
    let sum = |state: SchedState| context.attribution.sum(|kind| owned(kind) && kind.state == state);
    STATES.into_iter().max_by(|a, b| sum(a.0).total_cmp(&sum(b.0))).map_or("", |(.., words)| words)
}

/// The parts that most of a cause's time was in, largest first: those above a tenth.
fn parts(owned: &dyn Fn(&TimeKind) -> bool, context: &Context<'_, '_>) -> Vec<(Series, f64)> {
    let mut sums: BTreeMap<Series, f64> = BTreeMap::new();
    for (kind, ns) in context.attribution.iter().filter(|(kind, _)| owned(kind)) {
        *sums.entry(kind.part).or_default() += ns;
    }
    let total: f64 = sums.values().sum();
    let mut parts: Vec<_> = sums.into_iter().filter(|(_, ns)| *ns >= 0.1 * total).collect();
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    parts
}

fn words(part: Series) -> &'static str {
    match part {
        StartDelay => "before its start",
        Phase(Lock) => "waiting for the lock",
        Phase(Remap) => "remapping the file",
        Phase(Search) => "searching",
        Phase(Unlock) => "releasing the lock",
        Phase(Sync1) => "its first sync",
        Phase(Sync2) => "its second sync",
        Phase(Sync3) => "its third sync",
        Phase(Checkpoint) => "rewriting the file",
        Phase(Repack) => "rewriting the file beside its readers",
        Phase(Emulated) => "what is emulated",
        other => other.name(),
    }
}

fn leaf(cause: &Cause, context: &Context<'_, '_>) -> Option<String> {
    let facts = context.facts;
    let with_control = |figure: Figure| match figure.control {
        Some(control) => format!("{:.0} a second, {control:.0} in the control span", figure.value),
        None => format!("{:.0} a second", figure.value),
    };
    match cause.name {
        WALKS => {
            let cost = per_mapper(context)?.value;
            let tlb = facts.figure("tlb_interrupts.", "").map(|figure| {
                let verb = if context.tlb_share().is_some_and(|share| share > 0.01) { "rose" } else { "did not rise" };
                format!("TLB interrupts {verb} ({})", with_control(figure))
            });
            let sent =
                || facts.figure("cross_calls.", "").map(|figure| format!("cross calls: {}", with_control(figure)));
            let tlb = tlb.or_else(sent).unwrap_or_else(|| "TLB interrupts are unavailable".to_owned());
            let traced = traced_per_mapper(context).map_or_else(String::new, |figure| {
                format!(" (the kernel's walk over them, traced: {:.2} µs)", figure.value)
            });
            Some(format!("on the CPU: {cost:.2} µs a commit for each of {:.0} mappers{traced}; {tlb}", context.mappers))
        }
        "demap-walks-mappers" => {
            let calls = context.cross_calls_a_mapper()?;
            let all = with_control(facts.figure("cross_calls.", "")?);
            Some(format!("{calls:.1} cross calls a commit for each of {:.0} mappers ({all})", context.mappers))
        }
        "faults-behind-file-lock" => Some(match facts.figure("cross_calls.", "") {
            Some(figure) => format!("asleep in page faults without I/O; cross calls: {}", with_control(figure)),
            None => "asleep in page faults without I/O; cross calls are unavailable".to_owned(),
        }),
        "lock-held-over-sync" | "device-io" => {
            let share = |column: &str| facts.rate(column).map_or("an unknown share".to_owned(), |us| percent(us / 1e6));
            let (waited, busy) = (share("pressure_io_some_us"), share("device_busy_us"));
            let in_flight = context.oldest_write().map_or_else(String::new, |commit| {
                let part = commit.part.map_or("", words);
                format!(
                    "; a commit that was due {} before the end had not left {part}",
                    format_duration_ns(commit.oldest_ns)
                )
            });
            Some(format!(
                "some process waited for I/O {waited} of the time; the device itself was busy {busy} of it{in_flight}"
            ))
        }
        "run-queue" => {
            let cpus = facts.recorded.run.environment.cpus_allowed.value()?;
            let figure = facts.figure("runnable", "")?;
            Some(format!("{:.0} processes could run, on {cpus} CPUs", figure.value))
        }
        "cpu-quota" => {
            let quota = facts.quota().map_or("a quota that was set after the start".to_owned(), ToString::to_string);
            let (us, periods) = (facts.total("cpu_quota_throttled_us")?, facts.total("cpu_quota_throttled_periods")?);
            let all_periods = facts.total("cpu_quota_periods")?;
            let time = format_duration_ns((us * 1000.0) as u64);
            Some(format!(
                "{quota} was used up in {periods:.0} of {all_periods:.0} periods, which kept tasks from running for {time}, over all CPUs"
            ))
        }
        "stopped-by-signal" => {
            let workers: u32 = facts.recorded.stops.iter().map(|stop| stop.stopped.max(stop.continued)).max()?;
            Some(format!("{workers} workers were reported as stopped, or as continued after that"))
        }
        "lock-held-by-another" => Some(match facts.locked_by_others.length() {
            0 => "no other holder was seen: it came and went between two samples of /proc/locks".to_owned(),
            _ => "/proc/locks showed a write lock of a process that is no worker".to_owned(),
        }),
        "page-fault-storm" => {
            facts.figure("minor_faults", "").map(|faults| format!("page faults without I/O: {}", with_control(faults)))
        }
        "hypervisor" => Some(match facts.steal_share() {
            Some(share) => format!("neither noise probe could tick; the system shows {} steal", percent(share)),
            None => "neither noise probe could tick; steal is unavailable".to_owned(),
        }),
        "memory-pressure" => facts
            .figure("pressure_memory_some_us", "")
            .map(|stall| format!("processes waited for memory {} of the time", percent(stall.value / 1e6))),
        "late-wake-up" => {
            let delay =
                facts.stalls.iter().filter_map(|stall| stall.part(StartDelay)).map(|part| part.whole_us).max()?;
            Some(format!("a start delay of up to {}", format_duration_ns(u64::from(delay) * 1000)))
        }
        _ => None,
    }
}

/// CPU time of a commit's syncs for each mapper, microseconds: median over the commits whose syncs took long.
fn per_mapper(context: &Context<'_, '_>) -> Option<Figure> {
    let of_commit = context.facts.commits.iter().filter(|commit| commit.whole.end >= 0).map(|commit| {
        let syncs = commit.parts.iter().filter(|(_, part)| is_sync(part.part));
        syncs.map(|(_, part)| f64::from(part.cpu_us)).sum::<f64>()
    });
    let mut spent: Vec<f64> = of_commit.filter(|us| *us > 0.0).collect();
    spent.sort_by(f64::total_cmp);
    let median = spent.get(spent.len() / 2)?;
    Some(Figure { name: PER_MAPPER_US.to_owned(), value: median / context.mappers.max(1.0), control: None })
}

/// The kernel's own time for that, where it could be traced: all walks of the measured span, for each commit and mapper.
fn traced_per_mapper(context: &Context<'_, '_>) -> Option<Figure> {
    let commits = context.facts.recorded.run.summary.writers.completed;
    let us = context.facts.total("mkclean_ns")? / 1000.0;
    let name = "µs that write-back's walk over all mappers took for each commit and mapper, traced, mean".to_owned();
    let value = us / commits.max(1) as f64 / context.mappers.max(1.0);
    (commits > 0).then_some(Figure { name, value, control: None })
}
