//! The summary that people read in the terminal, and paste into bug reports: plain text, at most 100 columns wide.
//! First what is wrong, in words; then what was due and reached; then the latencies; then what they were made of.

use std::fmt;

use crate::scenario::{
    Emulation,
    units::{format_bytes, format_duration_ns},
};
use crate::{
    present::{Grid, table::paragraph},
    results::{Known, Row, Run, Totals, cpus_in_short},
};

/// So many lost workers are named; of more only the number is told.
const NAMED: usize = 5;
/// The series that are not phases.
const WHOLE: [&str; 3] = ["response", "service", "late"];

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = &self.summary;
        writeln!(
            f,
            "{}: {} readers and {} writers in {} instances, measured for {}{}",
            self.scenario.name,
            self.scenario.readers.count,
            self.scenario.writers_total(),
            self.scenario.instances.count,
            format_duration_ns(summary.measured_ns),
            if summary.complete { "" } else { " (INCOMPLETE)" }
        )?;
        let mut warnings = String::new();
        for warning in self.warnings() {
            paragraph(&mut warnings, "WARNING: ", &warning);
        }
        write!(f, "{warnings}")?;
        write!(f, "\n{}\n", self.diagnosis_text())?;
        self.machine(f)?;
        writeln!(
            f,
            "ready in {}; page tables of the whole machine {}; load average {}; driver {} of a CPU",
            format_duration_ns(summary.ready_ns),
            or_unavailable(summary.page_table_bytes, format_bytes),
            or_unavailable(summary.load_average, |load| format!("{load:.1}")),
            or_unavailable(summary.driver_cpu_share, |share| format!("{:.1} %", share * 100.0)),
        )?;
        if let Some(trace) = &self.trace {
            writeln!(
                f,
                "traced by `{}` ({}): {} bytes in {}",
                trace.command, trace.ended, trace.output_bytes, trace.output
            )?;
        }
        if let Some(recording) = &self.recording {
            let price = &recording.price;
            writeln!(
                f,
                "evidence: {} records; collecting it took {:.1} % of a CPU ({} readings of {}, bystanders {:.1} %, counters {:.1} %)",
                recording.records,
                price.cpu_share * 100.0,
                price.readings,
                format_duration_ns(price.ns_per_reading as u64),
                price.bystanders_share * 100.0,
                price.counters_share * 100.0,
            )?;
        }
        writeln!(f, "\n{}", self.rates())?;
        writeln!(f, "\n{}", self.latencies())?;
        writeln!(f, "\nWhat service was made of (share of its total time; a phase that did not come is left out):\n")?;
        writeln!(f, "{}", self.phases())
    }
}

fn or_unavailable<T>(value: Option<T>, show: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "unavailable".to_owned(), show)
}

pub(crate) fn known<T>(value: &Known<T>, show: impl Fn(&T) -> String) -> String {
    or_unavailable(value.value(), show)
}

impl Run {
    /// That the run imitated another system, in a sentence; `None`: it did not.
    pub fn emulated(&self) -> Option<String> {
        let what = match self.scenario.writer.emulate {
            Emulation::Nothing => return None,
            Emulation::Demap => {
                "every commit unmapped the pages it wrote from every mapper, as Solaris does".to_owned()
            }
            Emulation::StopMappers { base_ns, per_mapper_ns } => format!(
                "every commit stopped all readers of its file, for {} and {} more for each of them",
                format_duration_ns(base_ns),
                format_duration_ns(per_mapper_ns)
            ),
        };
        Some(format!("EMULATED: {what}; no figure here is a property of this system"))
    }

    /// What a reader of the figures must know first.
    pub fn warnings(&self) -> Vec<String> {
        let summary = &self.summary;
        let mut warnings = Vec::new();
        warnings.extend(self.emulated());
        if !summary.lost_workers.is_empty() {
            let named = summary.lost_workers.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more = summary.lost_workers.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            warnings.push(format!("{} workers were lost: {named}{more}", summary.lost_workers.len()));
        }
        // An older result does not say why.
        let unexplained = !summary.complete && summary.incomplete_because.is_empty() && summary.lost_workers.is_empty();
        if unexplained || summary.interrupted() {
            warnings.push("the run was interrupted; the figures are those until then".to_owned());
        }
        warnings.extend(summary.troubles().map(|trouble| format!("the result is incomplete: {trouble}")));
        if let Some(error) = &summary.first_error {
            warnings.push(format!("{} operations failed; the first: {error}", summary.errors));
        }
        if let Some(trace) = self.trace.as_ref().filter(|trace| trace.stopped_ns.is_none()) {
            warnings.push(format!(
                "the command of --trace ended before the run did ({}): see {}",
                trace.ended, trace.output
            ));
        }
        for (what, totals) in [("lookups and lists", summary.readers), ("commits", summary.writers)] {
            if (totals.completed as f64) < 0.99 * totals.due as f64 {
                warnings.push(format!(
                    "only {} of {} {what} that were due were completed; the percentiles speak of those alone",
                    totals.completed, totals.due
                ));
            }
        }
        warnings
    }

    fn machine(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = &self.environment;
        writeln!(
            f,
            "{} {} {}, {}, {} of memory, files on {}",
            machine.system,
            machine.kernel,
            machine.architecture,
            cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota),
            known(&machine.memory_bytes, |bytes| format_bytes(*bytes)),
            known(&machine.file_system, |found| found.kind.clone())
        )?;
        let Some(file) = self.files.first() else { return Ok(()) };
        let folios = known(&file.folios, |folios| {
            // The size that most of the file is in.
            let most = folios.iter().max_by_key(|folio| folio.bytes * folio.count);
            most.map_or_else(|| "none in memory".to_owned(), |folio| format!("mostly {}", format_bytes(folio.bytes)))
        });
        let every = if self.files.len() > 1 { "each file: " } else { "" };
        writeln!(
            f,
            "{every}{}, {}, {} records, written {} at a time; page-cache folios: {folios}",
            file.format.name(),
            known(&file.bytes_at_start, |bytes| format_bytes(*bytes)),
            file.records,
            format_bytes(file.write_size),
        )
    }

    /// What was due and reached, by role.
    pub fn rates(&self) -> Grid {
        let header = ["role", "due", "due/s", "completed", "completed/s", "reached", "stalls"];
        let mut rates = Grid::new(header, 1);
        for (role, totals) in [("reader", self.summary.readers), ("writer", self.summary.writers)] {
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
                format!("{:.1} %", 100.0 * completed as f64 / due as f64),
                format!("{stalls} over {}", format_duration_ns(self.scenario.run.stall_ns)),
            ]);
        }
        rates
    }

    fn latencies(&self) -> Grid {
        let header = ["role", "operation", "time", "count", "p50", "p90", "p99", "p99.9", "max"];
        let mut latencies = Grid::new(header, 3);
        for row in self.summary.rows.iter().filter(|row| WHOLE.contains(&row.series.as_str())) {
            let times = [row.p50_ns, row.p90_ns, row.p99_ns, row.p999_ns, row.max_ns].map(format_duration_ns);
            let names = [&row.role, &row.operation, &row.series].map(Clone::clone);
            latencies.add_row(names.into_iter().chain([row.count.to_string()]).chain(times));
        }
        latencies
    }

    /// What service was made of: phases, their percentiles, and their share of the whole service time.
    pub fn phases(&self) -> Grid {
        let header = ["role", "operation", "phase", "count", "p50", "p90", "p99", "max", "share"];
        let mut phases = Grid::new(header, 3);
        let total = |row: &Row| row.mean_ns * row.count as f64;
        for row in self.summary.rows.iter().filter(|row| !WHOLE.contains(&row.series.as_str())) {
            let same = |other: &&Row| other.role == row.role && other.operation == row.operation;
            let service = self.summary.rows.iter().filter(same).find(|other| other.series == "service");
            let share = service.filter(|service| total(service) > 0.0).map(|service| total(row) / total(service));
            let times = [row.p50_ns, row.p90_ns, row.p99_ns, row.max_ns].map(format_duration_ns);
            let names = [&row.role, &row.operation, &row.series].map(Clone::clone);
            let share = or_unavailable(share, |share| format!("{:.1} %", share * 100.0));
            phases.add_row(names.into_iter().chain([row.count.to_string()]).chain(times).chain([share]));
        }
        phases
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sample;

    fn run() -> Run {
        let mut outcome = sample::outcome();
        outcome.lost =
            (0..7).map(|number| format!("mapstorm reader {number} instance 0 (killed by SIGKILL)")).collect();
        sample::run(&outcome)
    }

    #[test]
    fn the_summary_says_what_matters_first() {
        insta::assert_snapshot!(run().to_string());
    }

    #[test]
    fn the_summary_fits_a_terminal() {
        let text = run().to_string();
        let wide = text.lines().filter(|line| line.starts_with('|')).find(|line| line.chars().count() > 100);
        assert_eq!(wide, None);
    }
}
