//! One run. The terminal: what is wrong, the verdict, the freezes and why, then the figures; plain text to be pasted into bug reports.
//! The page: the verdict, the headline figures, why, what to do; then charts, then tables and all evidence, on what, and how to do it again.

pub(super) mod diagnosis;
#[cfg(test)]
mod tests;

use self::diagnosis::{findings, freezes, verdict, why};
use crate::{
    conclude::{
        compare::machine::mostly,
        wording::{count, incomplete, known, or_none, or_unavailable},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment,
            parts::{Seed, file_document, pairs, reproduce},
        },
    },
    results::{Availability, Folios, ResultKind, Row, Run, Series, cpus_in_short, fact},
    scenario::units::{format_bytes, format_duration_ns, percent},
};

/// The charts in the order of the page; all others stand behind them.
const PLACED: [&str; 4] = ["timeline", "latency-by-percentile", "latency-over-time", "phases"];

/// A run with these charts. `left_out`: which of its files were not read, and why.
pub(crate) fn document<'a>(run: &Run, left_out: Option<String>, charts: &'a [Chart]) -> Document<'a> {
    let mut document = head(run);
    let phases = "What service was made of (share of its total time; phases that did not occur are left out)";
    document
        .terminal()
        .line(format!(
            "{}: {} and {} in {}, measured for {}{}",
            run.scenario.name,
            count(run.scenario.readers.count, "reader"),
            count(run.scenario.writers_total(), "writer"),
            count(run.scenario.instances.count, "instance"),
            format_duration_ns(run.summary.measured_ns),
            incomplete(run.summary.complete),
        ))
        .warnings(run.warnings())
        .gap();
    verdict(&mut document, run);
    document.both().closing().headlines(run.headlines());
    document
        .page()
        .warnings(left_out.map(|left_out| format!("{left_out}: what is drawn from that is not here.")))
        .warnings(run.warnings());
    why(&mut document, run);
    let page = document.page().section("charts", "Charts", "Charts");
    // A new chart stands behind those that have a place.
    let others = charts.iter().filter(|chart| !PLACED.contains(&chart.name.as_str()));
    page.figures(PLACED.iter().flat_map(|name| charts.iter().filter(move |chart| chart.name == *name)).chain(others))
        .section("tables", "Tables", "The figures")
        .table("Operations that were scheduled in the measured span, and what became of them", rates(run))
        .table(
            "Operations: response (from the scheduled start), service (from the actual start), start delay, and the age of what \
             never completed (unfinished), which counts as response: ≥ stands before a percentile that falls there. A percentile \
             that too few values support is their largest.",
            latencies(run, true),
        )
        .table(phases, self::phases(run));
    findings(&mut document, run);
    machine_in_lines(&mut document, run);
    document
        .terminal()
        .in_detail()
        .table("", rates(run))
        .table("", latencies(run, false))
        .heading(phases)
        .table("", self::phases(run));
    let others = [("What this run did to it", effects(run)), ("The mapped files", files(run))];
    environment::section(&mut document, &run.environment, others);
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

pub(crate) fn diagnosis(run: &Run) -> Document<'static> {
    let mut document = head(run);
    verdict(&mut document, run);
    freezes(&mut document, run);
    findings(&mut document, run);
    document
}

fn head(run: &Run) -> Document<'static> {
    let scenario = &run.scenario;
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
        incomplete(run.summary.complete),
    );
    let mut document = file_document(ResultKind::Run, scenario.name.clone(), subtitle);
    document.description.clone_from(&scenario.description);
    document
}

/// The machine, the file and what measuring cost, as the terminal has them.
fn machine_in_lines(document: &mut Document<'_>, run: &Run) {
    let (machine, summary) = (&run.environment, &run.summary);
    let machine_line = format!(
        "{} {} {}, {}, {} of memory, files on {}",
        machine.system,
        machine.kernel,
        machine.architecture,
        cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota),
        known(&machine.memory_bytes, |bytes| format_bytes(*bytes)),
        known(&machine.file_system, |found| found.kind.clone())
    );
    let file_line = run.files.first().map(|file| {
        format!(
            "{}{}, {}, {} records, written {} at a time; page-cache folios: {}",
            if run.files.len() > 1 { "each file: " } else { "" },
            file.format.name(),
            known(&file.bytes_at_start, |bytes| format_bytes(*bytes)),
            file.records,
            format_bytes(file.write_size),
            known(&file.folios, |folios| mostly(folios)),
        )
    });
    let load_line = format!(
        "ready in {}; page tables of the whole machine {}; load average {}; driver {} of a CPU",
        format_duration_ns(summary.ready_ns),
        or_unavailable(summary.page_table_bytes, format_bytes),
        or_unavailable(summary.load_average, |load| format!("{load:.1}")),
        or_unavailable(summary.driver_cpu_share, percent),
    );
    let trace_line = run.trace.as_ref().map(|trace| {
        format!("traced by `{}` ({}): {} bytes in {}", trace.command, trace.ended, trace.output_bytes, trace.output)
    });
    let evidence_line = run.recording.as_ref().map(|recording| {
        let overhead = &recording.overhead;
        format!(
            "evidence: {} records; collecting it took {} of a CPU ({} readings of {}, noise probes {}, counters {})",
            recording.records,
            percent(overhead.cpu_share),
            overhead.readings,
            format_duration_ns(overhead.ns_per_reading as u64),
            percent(overhead.noise_probes_share),
            percent(overhead.counters_share),
        )
    });
    document
        .terminal()
        .in_detail()
        .lines([machine_line, environment::platform_in_short(&machine.platform)])
        .lines(file_line)
        .line(load_line)
        .lines(trace_line)
        .lines(evidence_line);
}

fn effects(run: &Run) -> Grid {
    let summary = &run.summary;
    let of_cpu = |share: f64| format!("{} of a CPU", percent(share));
    let mut effects = vec![
        ("from the first fork until all were ready", format_duration_ns(summary.ready_ns)),
        ("page tables of the whole machine, at most", or_unavailable(summary.page_table_bytes, format_bytes)),
        ("load average at the end", or_unavailable(summary.load_average, |load| format!("{load:.1}"))),
        ("driver", or_unavailable(summary.driver_cpu_share, of_cpu)),
    ];
    match &run.recording {
        Some(recording) => effects.extend([
            ("collecting evidence", of_cpu(recording.overhead.cpu_share)),
            ("records of slow operations and commits", recording.records.to_string()),
            ("slow operations without a record, for want of room", recording.without_record.to_string()),
        ]),
        None => effects.push(("collecting evidence", "none was collected: run.evidence = false".to_owned())),
    }
    pairs(["while the workers ran", "value"], effects)
}

fn files(run: &Run) -> Grid {
    let bytes = |known: &Availability<u64>| fact(known, |bytes| format_bytes(*bytes));
    let folio = |folio: &Folios| format!("{} of {}", folio.count, format_bytes(folio.bytes));
    let folios = |folios: &Vec<Folios>| match folios.as_slice() {
        [] => "none in memory".to_owned(),
        some => some.iter().map(folio).collect::<Vec<_>>().join(", "),
    };
    Grid::of(&run.files)
        .words("instance", |file| file.instance)
        .words("format", |file| file.format.name())
        .number("records", |file| file.records)
        .number("bytes at start", |file| bytes(&file.bytes_at_start))
        .number("bytes at end", |file| bytes(&file.bytes_at_end))
        .number("written at a time", |file| format_bytes(file.write_size))
        .words("page-cache folios", |file| fact(&file.folios, folios))
        .into()
}

fn rates(run: &Run) -> Grid {
    let roles = [("reader", run.summary.readers), ("writer", run.summary.writers)];
    let stall = format_duration_ns(run.scenario.run.stall_ns);
    Grid::of(roles.iter().filter(|(_, totals)| totals.due > 0))
        .words("role", |(role, _)| role)
        .number("scheduled", |(_, totals)| totals.due)
        .number("scheduled/s", |(_, totals)| format!("{:.1}", totals.due_per_s))
        .number("completed", |(_, totals)| totals.completed)
        .number("completed/s", |(_, totals)| format!("{:.1}", totals.completed_per_s))
        .number("% of scheduled", |(_, totals)| or_unavailable(totals.completed_share(), percent))
        .number("stalls", |(_, totals)| format!("{} over {stall}", totals.stalls))
        .into()
}

/// Response and service times; the page has the mean too.
fn latencies(run: &Run, has_mean: bool) -> Grid {
    Grid::of(run.summary.rows.iter().filter(|row| row.series.is_whole()))
        .words("role", |row| &row.role)
        .words("operation", |row| &row.operation)
        .words("time", |row| row.series)
        .number("count", |row| row.count)
        .number_if(has_mean, "mean", |row| format_duration_ns(row.mean_ns.round() as u64))
        .number("p50", |row| quantile(row, 0.5))
        .number("p90", |row| quantile(row, 0.9))
        .number("p99", |row| quantile(row, 0.99))
        .number("p99.9", |row| quantile(row, 0.999))
        .number("max", |row| quantile(row, 1.0))
        .into()
}

/// With a sign where it falls among operations that never completed; none where too few values support it.
fn quantile(row: &Row, q: f64) -> String {
    let sign = if row.at_least_from.is_some_and(|from| q >= from) { "≥ " } else { "" };
    or_none(row.supported(q), |ns| format!("{sign}{}", format_duration_ns(ns)))
}

/// What service was made of: phases, their percentiles, and their share of the whole service time.
fn phases(run: &Run) -> Grid {
    let rows = &run.summary.rows;
    let total = |row: &Row| row.mean_ns * row.count as f64;
    let share = |row: &Row| {
        let is_service = |other: &&Row| {
            other.role == row.role
                && other.operation == row.operation
                && other.series == Series::Service
                && total(other) > 0.0
        };
        or_unavailable(rows.iter().find(is_service), |service| percent(total(row) / total(service)))
    };
    Grid::of(rows.iter().filter(|row| !row.series.is_whole()))
        .words("role", |row| &row.role)
        .words("operation", |row| &row.operation)
        .words("phase", |row| row.series)
        .number("count", |row| row.count)
        .number("p50", |row| quantile(row, 0.5))
        .number("p90", |row| quantile(row, 0.9))
        .number("p99", |row| quantile(row, 0.99))
        .number("max", |row| quantile(row, 1.0))
        .number("share", share)
        .into()
}
