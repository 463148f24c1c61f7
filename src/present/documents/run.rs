//! One run. The terminal: what is wrong, the verdict, the freezes and why, then the figures; plain text to be pasted into bug reports.
//! The page: the verdict, what happened and when, why, on what, and how to do it again.

mod diagnosis;
#[cfg(test)]
mod tests;

use self::diagnosis::{findings, freezes, verdict};
use crate::{
    conclude::wording::{known, or_unavailable},
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment,
            parts::{Seed, file_document, reproduce},
        },
    },
    results::{Availability, Folios, ResultKind, Row, Run, Totals, cpus_in_short, fact},
    scenario::units::{format_bytes, format_duration_ns, percent},
};

/// The series that are not phases.
const WHOLE: [&str; 3] = ["response", "service", "start-delay"];
/// The charts that have places of their own; all others stand before the findings.
const PLACED: [&str; 4] = ["timeline", "latency-by-percentile", "latency-over-time", "phases"];

/// A run with these charts. `left_out`: which of its files were not read, and why.
pub(crate) fn document<'a>(run: &Run, left_out: Option<String>, charts: &'a [Chart]) -> Document<'a> {
    let mut document = head(run);
    let chart = |name: &'static str| charts.iter().filter(move |chart| chart.name == name);
    let phases = "What service was made of (share of its total time; a phase that did not come is left out)";
    let state = if run.summary.complete { "" } else { " (INCOMPLETE)" };
    document
        .terminal()
        .line(format!(
            "{}: {} readers and {} writers in {} instances, measured for {}{state}",
            run.scenario.name,
            run.scenario.readers.count,
            run.scenario.writers_total(),
            run.scenario.instances.count,
            format_duration_ns(run.summary.measured_ns),
        ))
        .warnings(run.warnings())
        .gap();
    verdict(&mut document, run);
    document
        .page()
        .answer(run.diagnosis_sentence())
        .warnings(left_out.map(|left_out| format!("{left_out}: what is drawn from that is not here.")))
        .warnings(run.warnings())
        .section("timeline", "Timeline", "What was due, what was done, and when it froze");
    freezes(&mut document, run);
    document
        .page()
        .figures(chart("timeline"))
        .table("Operations that were due in the measured span, and what became of them", rates(run))
        .section("latency", "Latency", "Latency by percentile")
        .figures(chart("latency-by-percentile"))
        .table(
            "Completed operations: response (from the moment it was due), service (from its start), and lateness. A percentile \
             that too few values support is their largest.",
            latencies(run, true),
        )
        .section("over-time", "Over time", "Latency over time")
        .figures(chart("latency-over-time"))
        .section("phases", "Phases", "What the time was spent on")
        .figures(chart("phases"))
        .table(phases, self::phases(run));
    for other in charts.iter().filter(|chart| !PLACED.contains(&chart.name.as_str())) {
        document.page().figures([other]);
    }
    findings(&mut document, run);
    machine_in_lines(&mut document, run);
    document
        .terminal()
        .table("", rates(run))
        .table("", latencies(run, false))
        .heading(phases)
        .table("", self::phases(run));
    environment::section(&mut document, &run.environment, |page| {
        page.table("What this run did to it", effects(run)).table("The mapped files", files(run))
    });
    let seed = run.scenario.run.seed;
    let facts = [
        ("mapstorm", run.mapstorm_version.clone()),
        ("seed", seed.to_string()),
        ("scenario hash (SHA-256)", run.scenario_hash.clone()),
        ("command began", run.started.clone()),
        ("last worker ended", run.ended.clone()),
    ];
    let scenario = serde_json::to_string_pretty(&run.scenario).unwrap_or_else(|error| format!("unavailable: {error}"));
    reproduce(&mut document, facts, &run.command, Seed::OfScenario(seed))
        .text("", "Runs with the same scenario hash had the same load, whatever their files were called.")
        .details("The scenario, every default filled in (JSON, as in run.json)", scenario);
    document
}

/// Verdict, freezes and findings alone.
pub(crate) fn diagnosis(run: &Run) -> Document<'static> {
    let mut document = head(run);
    verdict(&mut document, run);
    freezes(&mut document, run);
    findings(&mut document, run);
    document
}

fn head(run: &Run) -> Document<'static> {
    let scenario = &run.scenario;
    let count = |count: u32, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let subtitle = format!(
        "{}, {} {}, measured from {} for {}: {}, {}, {}{}",
        run.environment.host,
        run.environment.system,
        run.environment.kernel,
        run.measuring_began,
        format_duration_ns(run.summary.measured_ns),
        count(scenario.readers.count, "reader"),
        count(scenario.writers_total(), "writer"),
        count(scenario.instances.count, "instance"),
        if run.summary.complete { "" } else { " (INCOMPLETE)" }
    );
    let mut document = file_document(ResultKind::Run, scenario.name.clone(), subtitle);
    document.description.clone_from(&scenario.description);
    document
}

/// The machine, the file and what measuring cost, as the terminal has them.
fn machine_in_lines(document: &mut Document<'_>, run: &Run) {
    let (machine, summary) = (&run.environment, &run.summary);
    document.terminal().line(format!(
        "{} {} {}, {}, {} of memory, files on {}",
        machine.system,
        machine.kernel,
        machine.architecture,
        cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota),
        known(&machine.memory_bytes, |bytes| format_bytes(*bytes)),
        known(&machine.file_system, |found| found.kind.clone())
    ));
    if let Some(file) = run.files.first() {
        let folios = known(&file.folios, |folios| {
            // The size that most of the file is in.
            let most = folios.iter().max_by_key(|folio| folio.bytes * folio.count);
            most.map_or_else(|| "none in memory".to_owned(), |folio| format!("mostly {}", format_bytes(folio.bytes)))
        });
        document.terminal().line(format!(
            "{}{}, {}, {} records, written {} at a time; page-cache folios: {folios}",
            if run.files.len() > 1 { "each file: " } else { "" },
            file.format.name(),
            known(&file.bytes_at_start, |bytes| format_bytes(*bytes)),
            file.records,
            format_bytes(file.write_size),
        ));
    }
    document.terminal().line(format!(
        "ready in {}; page tables of the whole machine {}; load average {}; driver {} of a CPU",
        format_duration_ns(summary.ready_ns),
        or_unavailable(summary.page_table_bytes, format_bytes),
        or_unavailable(summary.load_average, |load| format!("{load:.1}")),
        or_unavailable(summary.driver_cpu_share, percent),
    ));
    if let Some(trace) = &run.trace {
        document.terminal().line(format!(
            "traced by `{}` ({}): {} bytes in {}",
            trace.command, trace.ended, trace.output_bytes, trace.output
        ));
    }
    if let Some(recording) = &run.recording {
        let overhead = &recording.overhead;
        document.terminal().line(format!(
            "evidence: {} records; collecting it took {} of a CPU ({} readings of {}, noise probes {}, counters {})",
            recording.records,
            percent(overhead.cpu_share),
            overhead.readings,
            format_duration_ns(overhead.ns_per_reading as u64),
            percent(overhead.noise_probes_share),
            percent(overhead.counters_share),
        ));
    }
}

fn effects(run: &Run) -> Grid {
    let summary = &run.summary;
    let mut of_run = Grid::new(["while the crowd worked", "value"], 2);
    let mut add = |name: &str, value: String| of_run.add_row([name.to_owned(), value]);
    add("from the first fork until all were ready", format_duration_ns(summary.ready_ns));
    add("page tables of the whole machine, at most", or_unavailable(summary.page_table_bytes, format_bytes));
    add("load average at the end", or_unavailable(summary.load_average, |load| format!("{load:.1}")));
    let of_cpu = |share: f64| format!("{} of a CPU", percent(share));
    add("driver", or_unavailable(summary.driver_cpu_share, of_cpu));
    match &run.recording {
        Some(recording) => {
            add("collecting evidence", of_cpu(recording.overhead.cpu_share));
            add("records of slow operations and commits", recording.records.to_string());
            add("slow operations without a record, for want of room", recording.without_record.to_string());
        }
        None => add("collecting evidence", "none was collected: run.evidence = false".to_owned()),
    }
    of_run
}

fn files(run: &Run) -> Grid {
    let header =
        ["instance", "format", "records", "bytes at start", "bytes at end", "written at a time", "page-cache folios"];
    let mut grid = Grid::new(header, 2).with_words_last();
    let bytes = |known: &Availability<u64>| fact(known, |bytes| format_bytes(*bytes));
    for file in &run.files {
        let folio = |folio: &Folios| format!("{} of {}", folio.count, format_bytes(folio.bytes));
        grid.add_row([
            file.instance.to_string(),
            file.format.name().to_owned(),
            file.records.to_string(),
            bytes(&file.bytes_at_start),
            bytes(&file.bytes_at_end),
            format_bytes(file.write_size),
            fact(&file.folios, |folios| match folios.as_slice() {
                [] => "none in memory".to_owned(),
                some => some.iter().map(folio).collect::<Vec<_>>().join(", "),
            }),
        ]);
    }
    grid
}

/// What was due and completed, by role.
fn rates(run: &Run) -> Grid {
    let header = ["role", "due", "due/s", "completed", "completed/s", "reached", "stalls"];
    let mut rates = Grid::new(header, 1);
    for (role, totals) in [("reader", run.summary.readers), ("writer", run.summary.writers)] {
        let Totals { due, completed, stalls, due_per_s, completed_per_s } = totals;
        if due == 0 {
            continue;
        }
        rates.add_row([
            role.to_owned(),
            due.to_string(),
            format!("{due_per_s:.1}"),
            completed.to_string(),
            format!("{completed_per_s:.1}"),
            percent(completed as f64 / due as f64),
            format!("{stalls} over {}", format_duration_ns(run.scenario.run.stall_ns)),
        ]);
    }
    rates
}

/// Response and service times; the page has the mean too.
fn latencies(run: &Run, has_mean: bool) -> Grid {
    let header = ["role", "operation", "time", "count", "mean", "p50", "p90", "p99", "p99.9", "max"];
    let wanted = move |column: &usize| has_mean || *column != 4;
    let mut grid = Grid::new((0..header.len()).filter(wanted).map(|column| header[column]), 3);
    for row in run.summary.rows.iter().filter(|row| WHOLE.contains(&row.series.as_str())) {
        let times = [row.mean_ns.round() as u64, row.p50_ns, row.p90_ns, row.p99_ns, row.p999_ns, row.max_ns];
        let names = [row.role.to_string(), row.operation.clone(), row.series.clone(), row.count.to_string()];
        let cells: Vec<String> = names.into_iter().chain(times.map(format_duration_ns)).collect();
        grid.add_row((0..header.len()).filter(wanted).map(|column| cells[column].clone()));
    }
    grid
}

/// What service was made of: phases, their percentiles, and their share of the whole service time.
fn phases(run: &Run) -> Grid {
    let header = ["role", "operation", "phase", "count", "p50", "p90", "p99", "max", "share"];
    let mut phases = Grid::new(header, 3);
    let total = |row: &Row| row.mean_ns * row.count as f64;
    for row in run.summary.rows.iter().filter(|row| !WHOLE.contains(&row.series.as_str())) {
        let same = |other: &&Row| other.role == row.role && other.operation == row.operation;
        let service = run.summary.rows.iter().filter(same).find(|other| other.series == "service");
        let share = service.filter(|service| total(service) > 0.0).map(|service| total(row) / total(service));
        let times = [row.p50_ns, row.p90_ns, row.p99_ns, row.max_ns].map(format_duration_ns);
        let names = [row.role.to_string(), row.operation.clone(), row.series.clone()];
        let share = or_unavailable(share, percent);
        phases.add_row(names.into_iter().chain([row.count.to_string()]).chain(times).chain([share]));
    }
    phases
}
