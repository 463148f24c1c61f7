//! `stalls.jsonl`: one JSON object a line. First what was recorded (slow operations, commits, pauses of noise probes, stops),
//! then the diagnosis (freezes, findings, the verdict).

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::{Diagnosis, Finding, Freeze, Verdict, limits::LONGEST_NS};
use crate::driver::outcome::{Evidence, Pause, Stall, StopEvent};

/// One line; `type` says which kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Line {
    /// A slow operation, or a commit.
    Stall(Stall),
    /// A noise probe could not tick.
    Pause(Pause),
    /// Workers were stopped by a signal, or continued.
    Stop(StopEvent),
    /// A freeze.
    Freeze(Freeze),
    /// A finding.
    Finding(Finding),
    /// The verdict.
    Verdict(Verdict),
}

/// All lines of a run; with its diagnosis once there is one.
pub fn text(evidence: &Evidence, diagnosis: Option<&Diagnosis>) -> anyhow::Result<Vec<u8>> {
    let stalls = evidence.stalls.iter().cloned().map(Line::Stall);
    let pauses = evidence.noise_probes.pauses.iter().cloned().map(Line::Pause);
    let stops = evidence.stop_events.iter().cloned().map(Line::Stop);
    let concluded = diagnosis.into_iter().flat_map(|diagnosis| {
        let freezes = diagnosis.freezes.iter().cloned().map(Line::Freeze);
        let findings = diagnosis.findings.iter().cloned().map(Line::Finding);
        freezes.chain(findings).chain(diagnosis.verdict.clone().map(Line::Verdict))
    });
    let mut text = Vec::new();
    for line in stalls.chain(pauses).chain(stops).chain(concluded) {
        serde_json::to_writer(&mut text, &line)?;
        text.push(b'\n');
    }
    Ok(text)
}

/// The most time of all records together, nanoseconds: it is added up.
const LONGEST_OF_ALL: i64 = i64::MAX / 4;

pub fn read(text: &str) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    let mut together = 0;
    for (number, text) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let read = serde_json::from_str(text).map_err(anyhow::Error::from).and_then(|line| {
            together += check(&line)?;
            if together > LONGEST_OF_ALL {
                bail!("all records together last over {LONGEST_OF_ALL} ns; so much is not possible");
            }
            Ok(line)
        });
        lines.push(read.with_context(|| format!("stalls.jsonl, line {}", number + 1))?);
    }
    Ok(lines)
}

/// Whether the times of a record are possible, and how long it lasted, nanoseconds.
fn check(line: &Line) -> anyhow::Result<i64> {
    let (moments, end, queued) = match line {
        Line::Stall(stall) => ([stall.due_ns, stall.free_ns, stall.start_ns], stall.end_ns, 0),
        Line::Pause(pause) => ([pause.start_ns; 3], pause.end_ns, pause.queued_ns.unwrap_or(0)),
        Line::Stop(stop) => ([stop.reported_ns; 3], stop.reported_ns, 0),
        // A diagnosis is made again, not used.
        Line::Freeze(_) | Line::Finding(_) | Line::Verdict(_) => return Ok(0),
    };
    if let Some(time) = moments.iter().chain([&end]).find(|time| time.unsigned_abs() > LONGEST_NS as u64) {
        bail!("a time of {time} ns; at most {LONGEST_NS} ns are possible");
    }
    if queued > LONGEST_NS as u64 {
        bail!("queued_ns is {queued}; at most {LONGEST_NS} is possible");
    }
    if let Some(time) = moments.iter().find(|time| **time > end) {
        bail!("it ends at {end} ns, before a moment in it, at {time} ns");
    }
    Ok(end - moments[0])
}
