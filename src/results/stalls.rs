//! `stalls.jsonl`: one JSON object a line. First what was recorded (slow operations, commits, bystanders' pauses, stops), then
//! what was made of it (freezes, findings, the verdict).

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{Diagnosis, Finding, Freeze, Verdict};
use crate::record::{Evidence, Pause, Stall, StopEvent};

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
    for pause in &evidence.bystanders.pauses {
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

/// Reads lines back.
pub fn read(text: &str) -> anyhow::Result<Vec<Line>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| serde_json::from_str(line).with_context(|| format!("stalls.jsonl, line {}", number + 1)))
        .collect()
}
