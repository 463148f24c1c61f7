//! A small made-up what-if for tests: a baseline, and a mitigation in every state.

use super::{
    Availability, CauseShare, Change, Conclusion, Difference, FORMAT_VERSION, KeyFigure, MeasuredFigures,
    MitigationResult, MitigationStatus, PredictedFigures, Tried, TriedSettings, WhatIf,
};
use crate::{
    mailboxes::{LockKind, OpenMode, RemapRule},
    stats::Estimate,
};

const MS: u64 = 1_000_000;

fn tried(directory: &str, reader_ns: u64, predicted: Availability<PredictedFigures>) -> Tried {
    Tried {
        directory: directory.to_owned(),
        scenario_hash: String::new(),
        settings: TriedSettings {
            instances: 1,
            readers: 6000,
            readers_per_instance: 6000,
            reader_rate_per_s: Some(1.0),
            open: OpenMode::ReadWrite,
            lock: LockKind::Fcntl,
            remap: RemapRule::WhenNeeded,
            write_size_bytes: 1 << 20,
            emulate: crate::scenario::Emulation::Nothing,
        },
        complete: true,
        errors: 0,
        measured: MeasuredFigures {
            reader_p50_ns: Some(reader_ns / 400),
            reader_p99_ns: Some(reader_ns),
            commit_p50_ns: Some(reader_ns + MS),
            commit_p99_ns: None,
            completed_share: Some(0.9751),
            stalled_ns_per_s: Some(123e9),
            longest_freeze_ns: if reader_ns > 10 * MS { 3014 * MS } else { 0 },
        },
        predicted,
        verdict: None,
    }
}

fn estimate(value: f64) -> Estimate {
    Estimate { value, low: value * 0.9, high: value * 1.1 }
}

fn difference(figure: KeyFigure, before: f64, after: f64, change: Change) -> Difference {
    Difference {
        figure,
        before: Some(before),
        after: Some(after),
        ratio: Availability::Value(estimate(after / before)),
        change,
    }
}

fn mitigation(name: &str, set: &str, status: MitigationStatus, reason: Option<&str>) -> MitigationResult {
    MitigationResult {
        name: name.to_owned(),
        meaning: String::new(),
        overrides: if set.is_empty() { vec![] } else { vec![set.to_owned()] },
        suggested_by: vec!["sync-walks-mappers".to_owned()],
        status,
        reason: reason.map(str::to_owned),
        run: None,
        differences: vec![],
    }
}

/// The what-if.
pub fn what_if() -> WhatIf {
    let predicted = PredictedFigures {
        hold_base_ns: estimate(3e6),
        hold_per_mapper_ns: estimate(50.0),
        source: "made up".to_owned(),
        mappers: 6001,
        reader_cpu_ns: 40e3,
        utilisation: estimate(0.03),
        reader_p50_ns: estimate(60e3),
        reader_p99_ns: estimate(4e6),
        commit_p50_ns: estimate(3.3e6),
        commit_p99_ns: estimate(5e6),
        completed_share: estimate(0.9),
        longest_wait_ns: estimate(7e6),
    };
    let unmeasured =
        Availability::Unavailable { unavailable: "the cost model of a commit was not measured".to_owned() };
    let mut read_only = mitigation("read-only", "readers.open=read-only", MitigationStatus::Measured, None);
    read_only.run = Some(tried("mitigations/read-only", 3 * MS + MS / 2, Availability::Value(predicted)));
    read_only.differences = vec![
        difference(KeyFigure::ReaderP99Ns, 49e6, 3.5e6, Change::Better),
        difference(KeyFigure::CommitP50Ns, 50e6, 49e6, Change::Same),
        difference(KeyFigure::StalledNsPerS, 123e9, 1e9, Change::Better),
        difference(KeyFigure::CompletedShare, 0.97, 0.5, Change::Worse),
    ];
    let mut remap = mitigation("remap-when-needed", "readers.remap=when-needed", MitigationStatus::Measured, None);
    remap.run = Some(tried("mitigations/remap-when-needed", 118_123_456, unmeasured.clone()));
    let unknown = Availability::Unavailable { unavailable: "20 operations are too few".to_owned() };
    let p99 = difference(KeyFigure::ReaderP99Ns, 49e6, 118e6, Change::Unknown);
    let commit = difference(KeyFigure::CommitP50Ns, 50e6, 119e6, Change::Same);
    remap.differences = vec![Difference { ratio: unknown, ..p99 }, commit];
    WhatIf {
        format_version: FORMAT_VERSION,
        mapstorm_version: String::new(),
        command: vec![],
        incomplete_because: Vec::new(),
        started: String::new(),
        ended: String::new(),
        scenario: "fastmail-150m-6000".to_owned(),
        seed: 2007,
        complete: false,
        named: vec![],
        baseline: tried("baseline", 49 * MS, unmeasured),
        findings: vec![CauseShare {
            cause: "sync-walks-mappers".to_owned(),
            share: 0.86,
            statement: "A sync visits every process that maps the page: 86 % of the stalled time.".to_owned(),
        }],
        mitigations: vec![
            read_only,
            remap,
            mitigation("2-instances", "", MitigationStatus::NotApplicable, Some("there are 2 instances already")),
            mitigation("4-instances", "instances.count=4", MitigationStatus::Refused, Some("memory is short")),
            mitigation("12-instances", "instances.count=12", MitigationStatus::Failed, Some("the disk is full")),
            mitigation("small-writes", "file.write-size=4KiB", MitigationStatus::NotRun, Some("interrupted")),
        ],
        conclusion: Conclusion { lowered: vec![], best: None, statement: "Nothing is significant.".to_owned() },
    }
}
