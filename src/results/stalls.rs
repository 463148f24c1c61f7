//! `stalls.jsonl`: one JSON object a line. First what was recorded (slow operations, commits, bystanders' pauses, stops), then
//! what was made of it (freezes, findings, the verdict).

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
    /// A bystander could not tick.
    Pause(Pause),
    /// Workers were stopped by a signal, or went on.
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
    let mut text = Vec::new();
    let mut put = |line: Line| -> anyhow::Result<()> {
        serde_json::to_writer(&mut text, &line)?;
        text.push(b'\n');
        Ok(())
    };
    for stall in &evidence.stalls {
        put(Line::Stall(stall.clone()))?;
    }
    for pause in &evidence.noise_probes.pauses {
        put(Line::Pause(pause.clone()))?;
    }
    for stop in &evidence.stop_events {
        put(Line::Stop(stop.clone()))?;
    }
    let Some(diagnosis) = diagnosis else { return Ok(text) };
    for freeze in &diagnosis.freezes {
        put(Line::Freeze(freeze.clone()))?;
    }
    for finding in &diagnosis.findings {
        put(Line::Finding(finding.clone()))?;
    }
    if let Some(verdict) = &diagnosis.verdict {
        put(Line::Verdict(verdict.clone()))?;
    }
    Ok(text)
}

/// The most time of all records together, nanoseconds: it is added up.
const LONGEST_OF_ALL: i64 = i64::MAX / 4;

/// Reads lines back.
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
    let (start, others, end) = match line {
        Line::Stall(stall) => (stall.due_ns, vec![stall.free_ns, stall.start_ns], stall.end_ns),
        Line::Pause(pause) => (pause.start_ns, Vec::new(), pause.end_ns),
        Line::Stop(stop) => (stop.reported_ns, Vec::new(), stop.reported_ns),
        // What was made of it is made anew, and not used.
        Line::Freeze(_) | Line::Finding(_) | Line::Verdict(_) => return Ok(0),
    };
    let queued = match line {
        Line::Pause(pause) => pause.queued_ns.unwrap_or(0),
        _ => 0,
    };
    if let Some(time) = [start, end].iter().chain(&others).find(|time| time.unsigned_abs() > LONGEST_NS as u64) {
        bail!("a time of {time} ns; at most {LONGEST_NS} ns are possible");
    }
    if queued > LONGEST_NS as u64 {
        bail!("queued_ns is {queued}; at most {LONGEST_NS} is possible");
    }
    if let Some(time) = others.iter().chain([&start]).find(|time| **time > end) {
        bail!("it ends at {end} ns, before a moment in it, at {time} ns");
    }
    Ok(end - start)
}
