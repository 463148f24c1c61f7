//! The figures of a run, as `run.json` keeps them and the terminal shows them.
//! What is unavailable on this machine is absent (`null`), never zero.

use crate::{
    driver::outcome::{Evidence, INTERRUPTED, InFlight, NoiseProbe, Outcome, Overhead, Trace},
    scenario::{Scenario, units::format_duration_ns},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Availability, Diagnosis, Environment, FileFacts, MAPSTORM_VERSION, Provenance, Row, Stacks};

/// All of `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Version of this format.
    pub format_version: u32,
    /// Version of mapstorm.
    pub mapstorm_version: String,
    /// The command as it was typed.
    pub command: Vec<String>,
    /// When the command began, UTC, ISO 8601.
    pub started: String,
    /// When measuring began, UTC, ISO 8601 with milliseconds: the zero of all times in `timeline.csv` and `latency.hlog`.
    pub measuring_began: String,
    /// The same moment on the monotonic clock, nanoseconds: to align traces of other tools.
    pub measuring_began_monotonic_ns: u64,
    /// When the last worker had ended, UTC, ISO 8601.
    pub ended: String,
    /// The scenario, every default filled in.
    pub scenario: Scenario,
    /// SHA-256 of the scenario's canonical JSON: runs with the same hash had the same load.
    pub scenario_hash: String,
    /// The machine.
    pub environment: Environment,
    /// The mapped files.
    pub files: Vec<FileFacts>,
    /// The figures.
    pub summary: Summary,
    /// What was recorded in addition to latencies; `null`: the scenario did not want it.
    pub recording: Option<Recording>,
    /// The command that traced during the run; `null` or missing: none was asked for (`--trace`).
    #[serde(default)]
    pub trace: Option<Trace>,
    /// Did the workers freeze, why, and is this machine fit?
    pub diagnosis: Diagnosis,
}

/// The figures of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// False if the run was interrupted, workers or noise probes were lost, or anything else went wrong after measuring began.
    pub complete: bool,
    /// Why it is not complete, apart from lost workers: `interrupted` if a signal ended it early, and what else went wrong.
    #[serde(default)]
    pub incomplete_because: Vec<String>,
    /// Workers that died or did not end, by name and cause.
    pub lost_workers: Vec<String>,
    /// From the first fork until every worker waited at the start barrier, nanoseconds.
    pub ready_ns: u64,
    /// Length of the measured span, nanoseconds.
    pub measured_ns: u64,
    /// Readers' operations.
    pub readers: Totals,
    /// Writers' commits.
    pub writers: Totals,
    /// What was due and had not completed when the measured span ended, the oldest first; `null`: the result is older than this record.
    pub in_flight: Option<Vec<InFlight>>,
    /// Operations that failed, warm-up included.
    pub errors: u64,
    /// Cause of the first failure; `null`: there was none.
    pub first_error: Option<String>,
    /// Page tables of the whole machine, at most, while the workers ran, bytes; `null`: unavailable.
    pub page_table_bytes: Option<u64>,
    /// Load average of the last minute at the end; `null`: unavailable.
    pub load_average: Option<f64>,
    /// CPU time of the driver from the start of the load to the end of the measured span, warm-ups and control span included, as a share
    /// of one CPU over the same time, 0 to 1; `null`: unavailable.
    pub driver_cpu_share: Option<f64>,
    /// Width of a slot of `slots.csv`, nanoseconds.
    pub slot_width_ns: u64,
    /// Slots of each instance.
    pub slots: u64,
    /// One row for every role, operation and series that has values.
    pub rows: Vec<Row>,
}

impl Summary {
    pub fn interrupted(&self) -> bool {
        self.incomplete_because.iter().any(|reason| reason == INTERRUPTED)
    }

    pub fn mark_incomplete(&mut self, reason: String) {
        self.complete = false;
        self.incomplete_because.push(reason);
    }

    /// What else makes it incomplete, apart from lost workers.
    pub fn troubles(&self) -> impl Iterator<Item = &String> {
        self.incomplete_because.iter().filter(|reason| *reason != INTERRUPTED)
    }
}

impl Run {
    pub fn provenance(&self) -> Provenance {
        Provenance::of_run(!self.scenario.writer.emulate.is_nothing())
    }

    /// Why nothing may be concluded from it, in a sentence: nothing was measured, or less than one interval. `None`: enough was.
    pub fn unmeasured(&self) -> Option<String> {
        let run = &self.scenario.run;
        match self.summary.measured_ns {
            0 => Some("Nothing was measured: the run ended before measuring began.".to_owned()),
            measured if measured < run.interval_ns.min(run.duration_ns) => Some(format!(
                "Nothing can be concluded: only {} were measured, less than one interval ({}).",
                format_duration_ns(measured),
                format_duration_ns(run.interval_ns)
            )),
            _ => None,
        }
    }
}

/// What was scheduled and what completed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Operations due in the measured span (closed loop: begun).
    pub due: u64,
    /// Of those, completed before the measured span ended, or within the stall threshold.
    pub completed: u64,
    /// Completed operations whose response was over the stall threshold.
    pub stalls: u64,
    /// Due, per second.
    pub due_per_s: f64,
    /// Completed, per second.
    pub completed_per_s: f64,
}

impl Totals {
    /// The share of what was due that completed, 0 to 1; `None`: nothing was due.
    pub fn completed_share(&self) -> Option<f64> {
        (self.due > 0).then(|| self.completed as f64 / self.due as f64)
    }
}

/// The facts of a run that are neither in its scenario nor in its outcome.
pub struct Circumstances {
    /// The command as it was typed.
    pub command: Vec<String>,
    /// When it began.
    pub started: jiff::Timestamp,
    /// The machine.
    pub environment: Environment,
    /// The mapped files, before and after.
    pub files: Vec<FileFacts>,
}

/// A moment as results keep it: UTC, ISO 8601.
pub fn utc(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub fn utc_now() -> String {
    utc(jiff::Timestamp::now())
}

/// Everything that `run.json` says about a finished run.
pub fn resolve(scenario: &Scenario, outcome: &Outcome, circumstances: Circumstances) -> Run {
    let Circumstances { command, started, environment, files } = circumstances;
    let began = jiff::Timestamp::try_from(outcome.began).unwrap_or(started);
    let seconds = outcome.measured_ns as f64 / 1e9;
    let per_s = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
    let totals = |role: usize| Totals {
        due: outcome.due[role],
        completed: outcome.completed[role],
        stalls: outcome.stalls[role],
        due_per_s: per_s(outcome.due[role]),
        completed_per_s: per_s(outcome.completed[role]),
    };
    Run {
        format_version: super::FORMAT_VERSION,
        mapstorm_version: MAPSTORM_VERSION.to_owned(),
        command,
        started: utc(started),
        measuring_began: began.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        measuring_began_monotonic_ns: outcome.monotonic_began_ns,
        ended: utc_now(),
        scenario: scenario.clone(),
        scenario_hash: scenario.hash(),
        environment,
        files,
        summary: Summary {
            complete: outcome.incomplete_because().is_empty() && outcome.lost.is_empty(),
            incomplete_because: outcome.incomplete_because(),
            lost_workers: outcome.lost.clone(),
            ready_ns: outcome.ready_ns,
            measured_ns: outcome.measured_ns,
            readers: totals(0),
            writers: totals(1),
            in_flight: Some(outcome.in_flight.clone()),
            errors: outcome.errors,
            first_error: outcome.first_error.map(|(number, offset)| match number {
                0 => format!("the file is corrupt or unclean, at offset {offset:#x}"),
                number => std::io::Error::from_raw_os_error(number as i32).to_string(),
            }),
            page_table_bytes: outcome.page_table_bytes,
            load_average: outcome.load_average,
            driver_cpu_share: outcome.driver_cpu_ns.map(|busy| busy as f64 / outcome.driven_ns.max(1) as f64),
            slot_width_ns: outcome.slots.width_ns,
            slots: outcome.slots.instances.first().map_or(0, |slots| slots.len() as u64),
            rows: Row::all(&outcome.measured),
        },
        recording: outcome.evidence.as_ref().map(Recording::of),
        trace: outcome.trace.clone(),
        diagnosis: Diagnosis::default(),
    }
}

/// What was recorded in addition to latencies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recording {
    /// Slow operations and commits that have a record in `stalls.jsonl`.
    pub records: u64,
    /// Slow operations that have none: there was no room (each worker keeps its longest), or their worker died meanwhile.
    pub without_record: u64,
    /// The time of those that had no room, nanoseconds.
    pub without_record_ns: u64,
    /// The noise probes.
    pub noise_probes: Vec<NoiseProbe>,
    /// The control span: the same readers without any writer; `null`: there was none.
    pub control: Option<ControlSpan>,
    /// Kernel stacks of stalled workers; unavailable where the system shows none to this process.
    #[serde(default = "Availability::<Stacks>::not_recorded")]
    pub stacks: Availability<Stacks>,
    /// What a TLB interrupt costs its receiver on this machine, measured before the run, nanoseconds.
    #[serde(default = "Availability::<f64>::not_recorded")]
    pub tlb_interrupt_ns: Availability<f64>,
    /// The overhead of collecting it.
    pub overhead: Overhead,
}

/// The control span. Times are nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlSpan {
    /// Its begin, since measuring began: negative.
    pub start_ns: i64,
    /// Its length.
    pub length_ns: u64,
    /// Readers' operations that were due in it and completed.
    pub completed: u64,
    /// Median of their response times; `null`: there were none.
    pub p50_ns: Option<u64>,
    /// 99th percentile.
    pub p99_ns: Option<u64>,
    /// Longest.
    pub max_ns: Option<u64>,
}

impl Recording {
    pub fn of(evidence: &Evidence) -> Recording {
        let control = evidence.control.as_ref().map(|control| {
            let some = |value: u64| (!control.response.is_empty()).then_some(value);
            ControlSpan {
                start_ns: control.start_ns,
                length_ns: control.length_ns,
                completed: control.response.len(),
                p50_ns: some(control.response.value_at_quantile(0.5)),
                p99_ns: some(control.response.value_at_quantile(0.99)),
                max_ns: some(control.response.max()),
            }
        });
        Recording {
            records: evidence.stalls.len() as u64,
            without_record: evidence.dropped,
            without_record_ns: evidence.dropped_ns,
            noise_probes: evidence.noise_probes.all.clone(),
            control,
            stacks: Stacks::of(&evidence.stacks),
            tlb_interrupt_ns: evidence.tlb_interrupt_ns.clone().into(),
            overhead: evidence.overhead,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::results::fixtures;

    #[test]
    fn the_drivers_share_is_of_the_time_in_which_its_cpu_time_was_counted() {
        let mut outcome = fixtures::outcome();
        // Two warm-ups of 5 s, a control span of 10 s and a measured span of 20 s.
        (outcome.measured_ns, outcome.driven_ns) = (20_000_000_000, 40_000_000_000);
        outcome.driver_cpu_ns = Some(400_000_000);
        assert_eq!(fixtures::run(&outcome).summary.driver_cpu_share, Some(0.01));
    }

    #[test]
    fn whatever_went_wrong_after_measuring_began_makes_it_incomplete_and_is_said() {
        let mut outcome = fixtures::outcome();
        assert!(fixtures::run(&outcome).summary.complete);
        outcome.troubles.push("the disk was full".to_owned());
        let run = fixtures::run(&outcome);
        assert!(!run.summary.complete && !run.summary.interrupted());
        assert!(run.warnings().contains(&"the result is incomplete: the disk was full".to_owned()));
        (outcome.troubles, outcome.interrupted) = (Vec::new(), true);
        let run = fixtures::run(&outcome);
        assert!(!run.summary.complete && run.summary.interrupted());
        assert!(run.warnings().iter().any(|warning| warning.contains("interrupted")), "{:?}", run.warnings());
    }

    #[test]
    fn nothing_is_concluded_from_nothing_or_from_less_than_an_interval() {
        let mut run = fixtures::run(&fixtures::outcome());
        assert_eq!(run.unmeasured(), None);
        (run.scenario.run.interval_ns, run.scenario.run.duration_ns) = (1_000_000_000, 60_000_000_000);
        run.summary.complete = false;
        for (measured_ns, said) in [(0, "Nothing was measured"), (12_000_000, "only 12 ms were measured")] {
            run.summary.measured_ns = measured_ns;
            assert!(run.unmeasured().unwrap().contains(said));
            for text in [run.to_string(), run.diagnosis_text(), run.diagnosis_sentence(), run.freeze_statement()] {
                assert!(text.contains(said) && !text.contains("No freeze"), "{text}");
            }
        }
        run.summary.measured_ns = 1_000_000_000;
        assert_eq!(run.unmeasured(), None);
    }
}
